"""Interactions: a person uses a command, a button or a form, and the bot answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.messages import EPHEMERAL, LOADING, Message
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
TO_ANSWER = timedelta(seconds=3)
TO_FOLLOW_UP = timedelta(minutes=15)
MOST = 5000  # are kept
ATTACHMENT_LIMIT = 10 * 2**20


class Kind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(kw_only=True, eq=False, repr=False)
class Interaction:
    """What a person did with a bot, and all that came of it."""

    id: int
    token: str
    kind: Kind
    bot: Bot
    user: User
    channel: Channel
    data: Json
    created_at: datetime
    message: Message | None = None  # whose button it was
    before: Interaction | None = None  # of a form: what opened it
    answered: int | None = None  # the type of the first answer
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    @property
    def replies(self) -> list[Message]:
        """What the bot has answered, oldest first; one that it still thinks about is not there yet."""
        own = [self.original] if self.original and self.original is not self.message else []
        return [one for one in [*own, *self.followups] if not one.deleted and not one.flags & LOADING]

    @property
    def reply(self) -> Message | None:
        """The newest answer."""
        return self.replies[-1] if self.replies else None

    @property
    def thinking(self) -> bool:
        """Has the bot asked for time, and not used it yet?"""
        return bool(self.original and self.original.flags & LOADING)

    def late(self, now: datetime) -> bool:
        """Is it too late for the first answer?"""
        return now > self.created_at + TO_ANSWER

    def over(self, now: datetime) -> bool:
        """Is the token worth nothing any more?"""
        return now > self.created_at + TO_FOLLOW_UP

    def metadata(self) -> Json:
        """How a message says what it answers."""
        owners = {"0": str(self.channel.guild.id)} if self.channel.guild else {"1": str(self.user.id)}
        shown: Json = {
            "id": str(self.id),
            "type": int(self.kind),
            "user": self.user.json(),
            "authorizing_integration_owners": owners,
        }
        if self.kind is Kind.COMPONENT and self.message:
            shown["interacted_message_id"] = str(self.message.id)
        if self.kind is Kind.MODAL and self.before:
            shown["triggering_interaction_metadata"] = self.before.metadata()
        return shown

    def event(self) -> Json:
        """What the INTERACTION_CREATE event carries."""
        guild = self.channel.guild
        shown: Json = {
            "id": str(self.id),
            "application_id": str(self.bot.id),
            "type": int(self.kind),
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(self.channel.id),
            "channel": self.channel.json(),
            "locale": self.user.locale,
            "app_permissions": "0",
            "attachment_size_limit": ATTACHMENT_LIMIT,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.metadata()["authorizing_integration_owners"],
            "context": 0 if guild else 1,
        }
        if self.message:
            shown["message"] = self.message.json()
        if guild is None:
            return shown | {"user": self.user.json()}
        permissions = {"permissions": str(int(guild.permissions_of(self.user, self.channel)))}
        return shown | {
            "guild_id": str(guild.id),
            "guild_locale": "en-US",
            "guild": {"id": str(guild.id), "locale": "en-US", "features": sorted(guild.features)},
            "member": guild.members[self.user.id].json() | permissions,
            "app_permissions": str(int(guild.permissions_of(self.bot, self.channel))),
        }

    def answer_fields(self, flags: int) -> Json:
        """The fields that every message in answer to this has."""
        return {
            "bot": self.bot,
            "interaction": self.metadata(),
            "flags": flags,
            "only_for": self.user if flags & EPHEMERAL else None,
            "type": 20 if self.kind is Kind.COMMAND else 19 if self.message else 0,
        }

    def __repr__(self) -> str:
        return f"<Interaction {self.id} {self.kind.name} {self.data.get('name') or self.data.get('custom_id')}>"


def begin(
    world: DiscordWorld,
    kind: Kind,
    bot: Bot,
    user: User,
    channel: Channel,
    data: Json,
    *,
    message: Message | None = None,
    before: Interaction | None = None,
) -> Interaction:
    """Tell the bot, whatever its intents, what somebody did."""
    interaction = Interaction(
        id=world.snowflake(),
        token=world.secret(64),
        kind=kind,
        bot=bot,
        user=user,
        channel=channel,
        data=data,
        created_at=world.clock.now(),
        message=message,
        before=before,
    )
    world.interactions[interaction.token] = interaction
    if len(world.interactions) > MOST:
        del world.interactions[next(iter(world.interactions))]
    guild = channel.guild
    event = interaction.event()
    bot.gateway.tell("INTERACTION_CREATE", guild.id if guild else None, lambda session: event)
    world.changed.beat()
    return interaction

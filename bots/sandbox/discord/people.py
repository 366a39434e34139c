"""People, and what they do in their apps. What Discord would not let them do raises `ImpossibleError`."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import ImpossibleError
from bots.sandbox.discord.joining import Joining
from bots.sandbox.discord.messages import Message
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.posting import change, delete, post
from bots.sandbox.discord.users import Bot, User
from bots.sandbox.discord.using import Using

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld


@dataclass(kw_only=True, eq=False, repr=False)
class Person(Joining, Using, User):
    """A person with Discord on their screen. Make one with `DiscordWorld.user`."""

    world: DiscordWorld
    takes_dms: bool = True  # from bots in guilds they are in
    blocked: set[int] = field(default_factory=set)
    received: deque[Message] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.received = deque(maxlen=self.world.history)

    @property
    def inbox(self) -> list[Message]:
        """What bots have written to this person in private, oldest first, as it reads now."""
        return [message for message in self.received if not message.deleted]

    def sees(self, where: Channel | Bot) -> list[Message]:
        """The messages in a channel, or with a bot, as this person sees them: ephemeral ones are for one only."""
        channel = self._place(where)
        if not channel.allows(self, Permission.VIEW_CHANNEL):
            raise ImpossibleError(f"{self} does not see {channel}")
        return channel.visible(self)

    # Talking

    def says(self, where: Channel | Bot, text: str, **fields: Any) -> Message:
        """Write into a channel, or to a bot in private."""
        channel = self._place(where)
        if not channel.allows(self, Permission.SEND_MESSAGES):
            raise ImpossibleError(f"{self} may not write into {channel}")
        if channel.guild and channel.guild.members[self.id].pending:
            raise ImpossibleError(f"{self} must accept the rules of {channel.guild} first")
        return post(self.world, channel, self, content=text, **fields)

    def edits(self, message: Message, text: str) -> None:
        self._must_be_own(message)
        change(self.world, message, content=text)

    def deletes(self, message: Message) -> None:
        self._must_be_own(message)
        delete(self.world, message)

    # Private messages

    def closes_dms(self) -> None:
        """Take no private messages from bots any more: they get 50007."""
        self.takes_dms = False

    def opens_dms(self) -> None:
        self.takes_dms = True

    def blocks(self, bot: Bot) -> None:
        self.blocked.add(bot.id)

    def unblocks(self, bot: Bot) -> None:
        self.blocked.discard(bot.id)

    def reachable_by(self, bot: Bot) -> bool:
        """Would a private message from this bot arrive?"""
        return self.takes_dms and bot.id not in self.blocked

    # OAuth2

    def authorizes(self, url: str) -> str:
        """Open an authorize link and say yes; answers the address that the browser is sent to."""
        return self.world.oauth.consent(self, self.world.oauth.asked(url))

    def declines(self, url: str) -> str:
        """Open an authorize link and cancel; answers the address that the browser is sent to."""
        return self.world.oauth.decline(self.world.oauth.asked(url))

    # Underneath

    def _place(self, where: Channel | Bot) -> Channel:
        return self.world.private(where, self) if isinstance(where, Bot) else where

    def _must_be_own(self, message: Message) -> None:
        if message.author is not self or message.deleted:
            raise ImpossibleError("only one's own messages, while they are there")

"""Making, using and losing invites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.audit import Action
from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.errors import too_many_invites
from bots.sandbox.discord.events import tell_invite, tell_invite_gone
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.users import User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
DAY = 86_400


def make_invite(
    world: DiscordWorld,
    channel: Channel,
    inviter: User,
    *,
    max_age: int = DAY,
    max_uses: int = 0,
    temporary: bool = False,
    unique: bool = False,
    roles: list[int] | None = None,
) -> Invite:
    """A new invite, or without `unique` a similar one that is there; a full guild refuses."""
    guild = channel.guild
    assert guild
    expire(world, guild)
    old = (one for one in guild.invites.values() if one.channel is channel)
    found = next((one for one in old if one.similar(inviter, max_age, max_uses, temporary)), None)
    if found and not unique and not roles:
        return found
    if len(guild.invites) >= guild.most_invites:
        raise too_many_invites(guild.most_invites)
    invite = Invite(
        code=world.invite_code(),
        channel=channel,
        inviter=inviter,
        created_at=world.clock.now(),
        max_age=max_age,
        max_uses=max_uses,
        temporary=temporary,
        roles=roles or [],
    )
    guild.invites[invite.code] = invite
    tell_invite(guild, invite)
    world.note(guild, Action.INVITE_CREATE, inviter, changes=[{"key": "code", "new_value": invite.code}])
    return invite


def delete_invite(world: DiscordWorld, invite: Invite, by: User | None = None) -> None:
    """Take an invite out of the list; somebody did it, or time."""
    guild = invite.channel.guild
    assert guild
    guild.invites.pop(invite.code, None)
    tell_invite_gone(guild, invite)
    if by:
        world.note(guild, Action.INVITE_DELETE, by, changes=[{"key": "code", "old_value": invite.code}])
    world.changed.beat()


def expire(world: DiscordWorld, guild: Guild) -> None:
    """Delete the invites whose time is over."""
    now = world.clock.now()
    for invite in [one for one in guild.invites.values() if one.expired(now)]:
        delete_invite(world, invite)


@contextmanager
def note_use(world: DiscordWorld, guild: Guild, invite: Invite | None) -> Iterator[None]:
    """Count a use around the join it lets in; an invite that is used up goes when the guild is set to let it go."""
    if invite is None:
        yield
        return
    invite.uses += 1
    if invite.used_up and guild.used_up == "before":
        delete_invite(world, invite)
    yield
    if invite.used_up and guild.used_up == "after":
        delete_invite(world, invite)
    elif invite.used_up and guild.used_up == "late":
        guild.late_deletes.append(invite)


def hold_uses(guild: Guild) -> None:
    """From now on lists show the invites and their uses as they are now, until `settle`; new ones show no use."""
    guild.held_uses = {invite.code: (invite, invite.uses) for invite in guild.invites.values()}


def settle(world: DiscordWorld, guild: Guild) -> None:
    """Lists are true again, and used-up invites that were to go late go now."""
    guild.held_uses = None
    for invite in guild.late_deletes:
        delete_invite(world, invite)
    guild.late_deletes.clear()


def listed(guild: Guild) -> list[tuple[Invite, int]]:
    """The invites with their uses, as a list shows them."""
    if guild.held_uses is None:
        return [(invite, invite.uses) for invite in guild.invites.values()]
    new = {code: (invite, 0) for code, invite in guild.invites.items()}
    return list((new | guild.held_uses).values())

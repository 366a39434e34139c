"""Coming into a guild and leaving it: what it does to members, invites and bots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.sandbox.discord.audit import Action
from bots.sandbox.discord.events import (
    tell_ban,
    tell_change,
    tell_guild,
    tell_guild_gone,
    tell_join,
    tell_leave,
    tell_of_guild,
)
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.inviting import note_use
from bots.sandbox.discord.members import DID_REJOIN, JoinSource, Member
from bots.sandbox.discord.roles import Role
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld


def join(
    world: DiscordWorld,
    guild: Guild,
    user: User,
    source: JoinSource,
    *,
    invite: Invite | None = None,
    roles: list[int] | None = None,
    nick: str | None = None,
    by: User | None = None,
) -> Member:
    """Let a user in. Bots hear of it, and of an invite that is used up thereby, in the order the guild is set to."""
    by = invite.inviter if invite else by
    member = Member(
        user=user,
        joined_at=world.clock.now(),
        roles=[*(roles or []), *(invite.roles if invite else [])],
        pending=guild.screening and not roles,
        flags=DID_REJOIN if user.id in guild.former else 0,
        source=source,
        code=invite.code if invite else guild.vanity_code if source is JoinSource.VANITY else None,
        inviter=by.id if by else None,
        nick=nick,
    )
    with note_use(world, guild, invite):
        guild.members[user.id] = member
        for _ in range(guild.join_copies):
            tell_join(guild, member)
    world.changed.beat()
    return member


def add_bot(world: DiscordWorld, guild: Guild, bot: Bot, by: User, roles: list[int]) -> None:
    """Put a bot into a guild; from now on it hears of it."""
    member = Member(user=bot, joined_at=world.clock.now(), roles=roles, inviter=by.id)
    tell_join(guild, member)
    guild.members[bot.id] = member
    tell_of_guild(guild, bot)
    world.note(guild, Action.BOT_ADD, by, target=bot.id)


def leave(world: DiscordWorld, guild: Guild, user: User) -> None:
    """Out, of one's own will or not: bots are told the same."""
    del guild.members[user.id]
    guild.former.add(user.id)
    tell_leave(guild, user)
    if isinstance(user, Bot):
        tell_guild_gone(guild, user)
        for role in [one for one in guild.roles.values() if one.bot_id == user.id]:
            remove_role(guild, role)
    world.changed.beat()


def kick(world: DiscordWorld, guild: Guild, user: User, by: User, reason: str | None = None) -> None:
    leave(world, guild, user)
    world.note(guild, Action.MEMBER_KICK, by, target=user.id, reason=reason)


def ban(world: DiscordWorld, guild: Guild, user: User, by: User, reason: str | None = None) -> None:
    guild.bans[user.id] = reason
    tell_ban(guild, user)
    if guild.has(user):
        leave(world, guild, user)
    world.note(guild, Action.MEMBER_BAN_ADD, by, target=user.id, reason=reason)


def unban(world: DiscordWorld, guild: Guild, user: User, by: User) -> None:
    del guild.bans[user.id]
    tell_ban(guild, user, lifted=True)
    world.note(guild, Action.MEMBER_BAN_REMOVE, by, target=user.id)


def set_roles(world: DiscordWorld, guild: Guild, member: Member, roles: list[int], by: User) -> None:
    """Give and take roles; nothing happens if the member has just these."""
    added, removed = set(roles) - set(member.roles), set(member.roles) - set(roles)
    if not added and not removed:
        return
    member.roles = roles
    tell_change(guild, member)
    changes = [
        {"key": key, "new_value": [{"id": str(role), "name": guild.roles[role].name} for role in sorted(changed)]}
        for key, changed in (("$add", added), ("$remove", removed))
        if changed
    ]
    world.note(guild, Action.MEMBER_ROLE_UPDATE, by, target=member.user.id, changes=changes)


def remove_role(guild: Guild, role: Role) -> None:
    """The role is no more; its holders must have lost it before."""
    del guild.roles[role.id]
    tell_guild(guild, "GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(role.id)}, Intent.GUILDS)


def pass_screening(world: DiscordWorld, guild: Guild, member: Member) -> None:
    """The newcomer has accepted the rules."""
    member.pending = False
    tell_change(guild, member)
    world.changed.beat()

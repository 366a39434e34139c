"""Telling bots what happens: each hears only what it asked for, and what it may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bots.sandbox.discord.channels import Channel
from bots.sandbox.discord.gateway.session import Session
from bots.sandbox.discord.gateway.welcome import guild_create
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.invites import Invite
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.messages import Message
from bots.sandbox.discord.permissions import NONE, Permission
from bots.sandbox.discord.users import Bot, User

Json = dict[str, Any]


def tell_guild(
    guild: Guild,
    kind: str,
    data: Json,
    intent: Intent,
    *,
    needs: Permission = NONE,
    channel: Channel | None = None,
) -> None:
    """Tell the guild's bots that have the intent, and the permission in this channel."""
    for bot in guild.bots():
        if needs in guild.permissions_of(bot, channel):
            bot.gateway.tell(kind, guild.id, _for(intent, data))


def tell_of_guild(guild: Guild, bot: Bot) -> None:
    """The guild is there for this bot: it was added, or the guild is back after an outage."""

    def wants(session: Session) -> Json | None:
        return guild_create(guild, bot, session) if Intent.GUILDS in session.intents else None

    bot.gateway.tell("GUILD_CREATE", guild.id, wants)


def tell_guild_gone(guild: Guild, bot: Bot, *, outage: bool = False) -> None:
    """The bot is out of the guild, or the guild is away for a while."""
    data: Json = {"id": str(guild.id)} | ({"unavailable": True} if outage else {})
    bot.gateway.tell("GUILD_DELETE", guild.id, _for(Intent.GUILDS, data))


def tell_join(guild: Guild, member: Member) -> None:
    tell_guild(guild, "GUILD_MEMBER_ADD", _with_guild(guild, member.json()), Intent.GUILD_MEMBERS)


def tell_change(guild: Guild, member: Member) -> None:
    """A member's roles, name or screening have changed; a bot hears of its own in any case."""
    data = _with_guild(guild, member.json())
    for bot in guild.bots():
        needed = Intent(0) if bot is member.user else Intent.GUILD_MEMBERS
        bot.gateway.tell("GUILD_MEMBER_UPDATE", guild.id, _for(needed, data))


def tell_leave(guild: Guild, user: User) -> None:
    tell_guild(guild, "GUILD_MEMBER_REMOVE", _with_guild(guild, {"user": user.json()}), Intent.GUILD_MEMBERS)


def tell_ban(guild: Guild, user: User, *, lifted: bool = False) -> None:
    kind = "GUILD_BAN_REMOVE" if lifted else "GUILD_BAN_ADD"
    tell_guild(
        guild,
        kind,
        _with_guild(guild, {"user": user.json()}),
        Intent.GUILD_MODERATION,
        needs=Permission.BAN_MEMBERS,
    )


def tell_invite(guild: Guild, invite: Invite) -> None:
    _about_invite(guild, "INVITE_CREATE", invite, invite.created_json())


def tell_invite_gone(guild: Guild, invite: Invite) -> None:
    data = {"channel_id": str(invite.channel.id), "guild_id": str(guild.id), "code": invite.code}
    _about_invite(guild, "INVITE_DELETE", invite, data)


def tell_message(kind: str, message: Message) -> None:
    """MESSAGE_CREATE or _UPDATE, without the words for those who may not read them."""
    channel = message.channel
    private = channel.guild is None
    intent = Intent.DIRECT_MESSAGES if private else Intent.GUILD_MESSAGES
    for bot in _readers(channel):
        _tell_reader(bot, kind, message, intent)


def tell_deleted(message: Message) -> None:
    channel, guild = message.channel, message.channel.guild
    data = {"id": str(message.id), "channel_id": str(channel.id)} | ({"guild_id": str(guild.id)} if guild else {})
    intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
    for bot in _readers(channel):
        wanted = guild.id if guild else None
        bot.gateway.tell("MESSAGE_DELETE", wanted, _for(intent, data))


def _for(intent: Intent, data: Json) -> Callable[[Session], Json | None]:
    """The data for sessions with the intent, nothing for others."""
    return lambda session: data if intent in session.intents else None


def _tell_reader(bot: Bot, kind: str, message: Message, intent: Intent) -> None:
    guild = message.channel.guild

    def wants(session: Session) -> Json | None:
        if intent not in session.intents:
            return None
        whole = Intent.MESSAGE_CONTENT in session.intents or message.readable_by(bot)
        data = message.json() if whole else message.blank_json()
        if guild is None:
            return data
        member = guild.members.get(message.author.id)
        return _with_guild(guild, data) | ({"member": member.bare_json()} if member else {})

    bot.gateway.tell(kind, guild.id if guild else None, wants)


def _readers(channel: Channel) -> list[Bot]:
    if channel.guild is None:
        return [channel.bot] if channel.bot else []
    return [bot for bot in channel.guild.bots() if channel.allows(bot, Permission.VIEW_CHANNEL)]


def _about_invite(guild: Guild, kind: str, invite: Invite, data: Json) -> None:
    tell_guild(guild, kind, data, Intent.GUILD_INVITES, needs=Permission.MANAGE_CHANNELS, channel=invite.channel)


def _with_guild(guild: Guild, data: Json) -> Json:
    return {"guild_id": str(guild.id)} | data

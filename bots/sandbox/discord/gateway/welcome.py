"""What a session is told first: who it is, and the guilds of its shard, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.gateway.session import Session
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.users import Bot

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]


def greet(world: DiscordWorld, bot: Bot, session: Session, url: str) -> None:
    """READY, then GUILD_CREATE for every guild that is available."""
    guilds = [guild for guild in world.guilds_of(bot) if session.handles(guild.id)]
    ready: Json = {
        "v": 10,
        "user": bot.own_json(),
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "session_id": session.id,
        "resume_gateway_url": url,
        "session_type": "normal",
        "private_channels": [],
        "relationships": [],
        "application": {"id": str(bot.id), "flags": bot.flags},
        "shard": list(session.shard),
    }
    session.tell("READY", ready)
    for guild in guilds:
        if not guild.unavailable and Intent.GUILDS in session.intents:
            session.tell("GUILD_CREATE", guild_create(guild, bot, session))


def resume_greeting(session: Session) -> None:
    session.tell("RESUMED", {})


def guild_create(guild: Guild, bot: Bot, session: Session) -> Json:
    """The guild as the gateway sends it: members only for those with presences, else the bot alone."""
    everybody = Intent.GUILD_PRESENCES in session.intents and guild.size <= session.large_threshold
    members = guild.members.values() if everybody else [guild.members[bot.id]]
    return guild.json() | {
        "joined_at": guild.members[bot.id].joined_at.isoformat(),
        "large": guild.size > session.large_threshold,
        "unavailable": False,
        "member_count": guild.size,
        "members": [member.json() for member in members],
        "channels": [channel.json() for channel in guild.text_channels()],
        "threads": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }

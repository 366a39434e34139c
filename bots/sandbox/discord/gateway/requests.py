"""Op 8: a bot asks for the members of a guild, and gets them in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.gateway.session import Session
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.members import Member
from bots.sandbox.discord.users import Bot

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
CHUNK = 1000


def request_members(world: DiscordWorld, bot: Bot, session: Session, asked: Json) -> None:
    """Answer with GUILD_MEMBERS_CHUNK; the whole list is only for those with the intent."""
    guild = world.guilds.get(int(asked["guild_id"]))
    if guild is None or not guild.has(bot):
        return
    members, missing = _chosen(guild, session, asked)
    chunks = [members[start : start + CHUNK] for start in range(0, len(members), CHUNK)] or [[]]
    for number, chunk in enumerate(chunks):
        session.tell(
            "GUILD_MEMBERS_CHUNK",
            {
                "guild_id": str(guild.id),
                "members": [member.json() for member in chunk],
                "chunk_index": number,
                "chunk_count": len(chunks),
            }
            | ({"not_found": missing} if missing else {})
            | ({"nonce": asked["nonce"]} if "nonce" in asked else {}),
        )


def _chosen(guild: Guild, session: Session, asked: Json) -> tuple[list[Member], list[str]]:
    wanted = asked.get("user_ids")
    if wanted:
        ids = [int(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        missing = [str(id_) for id_ in ids if id_ not in guild.members]
        return [guild.members[id_] for id_ in ids if id_ in guild.members], missing
    query, limit = asked.get("query") or "", asked.get("limit") or guild.size
    if not query and limit >= guild.size and Intent.GUILD_MEMBERS not in session.intents:
        return [], []
    found = [one for one in guild.members.values() if one.user.username.lower().startswith(query.lower())]
    return found[:limit], []

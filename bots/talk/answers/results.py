"""`/top`: who has brought the most."""

from bots.talk import wording
from bots.talk.answers.me import own_standing
from bots.talk.talk import Talk
from core import links, totals
from core.campaign import Applied
from core.status import leaderboard

SHOWN = 10
"""How many places a message lists."""


async def top(talk: Talk) -> None:
    """The leaderboard, and where the asker stands on it."""
    applied = await talk.campaign("top")
    if applied is None:
        return
    title = talk.worded("top.title", title=talk.title(applied))
    lines = [
        wording.board_line(talk.language, place.rank, talk.shown(place.name), place.qualified, place.points)
        for place in await leaderboard(talk.tx, applied.id, limit=SHOWN)
    ]
    parts = [title, "\n".join(lines) or talk.worded("top.empty")]
    if talk.ask.private:
        parts.append(await _mine(talk, applied))
    talk.reply("\n\n".join(parts), [[talk.button("my_link", f"invite:{applied.id}")]] if talk.ask.private else None)


async def _mine(talk: Talk, applied: Applied) -> str:
    standing = await own_standing(talk, applied)
    has_link = (applied.id, talk.member.id) in await links.of_members(talk.tx, [talk.member.id])
    if not standing.qualified:
        return "" if has_link else talk.worded("top.nothing_yet")
    rank = await totals.rank_of(talk.tx, applied.id, standing)
    return talk.worded(
        "top.you", rank=rank, results=wording.results(talk.language, standing.qualified, standing.points)
    )

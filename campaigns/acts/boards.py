"""Standings, posted where everybody sees them."""

from datetime import datetime
from typing import Any

from campaigns.acts.telling import places, title, to_community
from core import chats, outbox
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.occurrences import Due


async def leaderboard(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Post the standings in the chats that the job names, or in all; an empty leaderboard is not posted."""
    assert job is not None
    found = await places(tx, applied, job.top)
    if not found:
        return "nobody is on it yet"
    communities = (await chats.communities_of(tx, [applied.id])).get(applied.id, {})
    there = {name: chat for name, chat in communities.items() if not job.where or name in job.where}
    posts = [to_community(applied, due, name, chat, _board(applied, name, found), now) for name, chat in there.items()]
    await outbox.put(tx, posts)
    return f"posted in {len(posts)} chats"


def _board(applied: Applied, community: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The standings in the language of the community."""
    language = applied.campaign.spoken_in(community)
    return {"news": "leaderboard", "language": language, "title": title(applied, language), "places": found}

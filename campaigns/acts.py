"""What the occurrences do. Everything goes through the outbox, so that it is in the same transaction as the mark."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from core import chats, links, members, outbox, referrals, totals
from core.campaign import Applied
from core.campaign.values import Account, Job, Platform, in_language
from core.database import Tx
from core.members import Member
from core.occurrences import Due
from core.outbox import Outgoing
from core.status import leaderboard as leaderboard_of

IN_FINAL_LEADERBOARD = 10

APART = timedelta(milliseconds=50)
"""Between two messages to everybody, so that the answer to somebody's question does not wait behind all of them."""


async def start(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Tell the organizers that it has begun."""
    told = await _tell_organizers(tx, applied, due, {"news": "campaign_started"}, now)
    return f"told {told} organizers"


async def end(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Tell the organizers how it ended; friends who came in time may still qualify."""
    await referrals.wake(tx, applied.id, now=now)
    counted = await totals.of_campaign(tx, applied.id)
    content = {
        "news": "campaign_ended",
        "joins": counted.get("joins", 0),
        "advocates": counted.get("advocates", 0),
        "places": await _places(tx, applied, IN_FINAL_LEADERBOARD),
    }
    told = await _tell_organizers(tx, applied, due, content, now)
    return f"told {told} organizers"


async def leaderboard(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Post the standings in the chats that the job names, or in all; an empty leaderboard is not posted."""
    assert job is not None
    places = await _places(tx, applied, job.top)
    if not places:
        return "nobody is on it yet"
    language = next(iter(applied.campaign.title), "en").replace("*", "en")
    content = {"news": "leaderboard", "language": language, "title": _title(applied, language), "places": places}
    communities = (await chats.communities_of(tx, [applied.id])).get(applied.id, {})
    there = {name: chat for name, chat in communities.items() if not job.where or name in job.where}
    posts = [_post(applied, due, name, chat, content, now) for name, chat in there.items()]
    await outbox.put(tx, posts)
    return f"posted in {len(posts)} chats"


async def remind(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Remind every advocate who can be written to and has not asked to be left alone; a person once."""
    everyone = (await members.by_id(tx, await links.advocates(tx, applied.id))).values()
    wanted = {member.person: member for member in everyone if member.reachable and member.reminders}.values()
    standings = await totals.standings(tx, [member.person for member in wanted])
    notes = []
    for number, member in enumerate(wanted):
        standing = standings.get((applied.id, member.person), totals.Standing())
        about = {"pending": standing.pending, "qualified": standing.qualified, "points": standing.points}
        notes.append(_to_member(applied, due, member, {"news": "reminder", **about}, now + number * APART))
    await outbox.put(tx, notes)
    return f"reminded {len(notes)} advocates"


async def _tell_organizers(tx: Tx, applied: Applied, due: Due, content: dict[str, Any], now: datetime) -> int:
    """To each organizer on a platform where they can be written to."""
    organizers: Sequence[Account] = applied.campaign.organizers
    found = [member for member in (await members.by_account(tx, organizers)).values() if member.reachable]
    await outbox.put(tx, [_to_member(applied, due, member, content, now) for member in found])
    return len(found)


def _to_member(applied: Applied, due: Due, member: Member, content: dict[str, Any], now: datetime) -> Outgoing:
    about = {"language": member.speaks, "title": _title(applied, member.speaks), **content}
    return _news(due, member.account.platform, member.account.id, about, now)


def _news(due: Due, platform: Platform, address: int, content: dict[str, Any], now: datetime) -> Outgoing:
    key = f"{due.campaign_id}/{due.name}/{due.due_at.timestamp():.0f}/{platform.value}/{address}"
    return Outgoing(key=key, door=platform.value, address=address, kind="news", content=content, due_at=now)


def _post(applied: Applied, due: Due, name: str, chat: chats.Chat, content: dict[str, Any], now: datetime) -> Outgoing:
    """For everybody in a community. A server has many channels: the one that the file names, or as the door finds."""
    if chat.platform is not Platform.DISCORD:
        return _news(due, chat.platform, chat.native_id, content, now)
    channel = next((each.channel for each in applied.campaign.communities if each.name == name), None)
    where = {"guild": chat.native_id, "channel": channel}
    return _news(due, chat.platform, channel or chat.native_id, {**content, **where}, now)


async def _places(tx: Tx, applied: Applied, limit: int) -> list[dict[str, Any]]:
    """The leaderboard as news carries it."""
    names = ("rank", "name", "qualified", "points")
    return [
        {name: getattr(place, name) for name in names} for place in await leaderboard_of(tx, applied.id, limit=limit)
    ]


def _title(applied: Applied, language: str) -> str:
    return in_language(applied.campaign.title, language)

"""A word to advocates who can be written to."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.acts.telling import to_member
from core import links, members, outbox, reminders, totals
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.members import Member
from core.occurrences import Due, More

APART = timedelta(milliseconds=50)
"""Between two messages to everybody, so that the answer to somebody's question does not wait behind all of them."""


AT_ONCE = 5000
"""Members who are looked at in one transaction: nobody waits long for it, however many there are."""


async def remind(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str | More:
    """Remind every advocate who can be written to and has not asked to be left alone; a person once, and once a day."""
    so_far = due.so_far or begun(now, already=0)
    wanted, last = await advocates(tx, applied, after=so_far["after"])
    today = await reminders.once_a_day(tx, wanted, timezone=applied.campaign.window.timezone, now=now)
    told = {person: member for person, member in wanted.items() if person in today}
    await tell(tx, applied, due, told, {"news": "reminder"}, so_far)
    n, already = so_far["told"] + len(told), so_far["already"] + len(wanted) - len(told)
    if last is not None:
        return More({**so_far, "after": last, "told": n, "already": already})
    others = f", {already} were reminded today already" if already else ""
    return f"reminded {n} advocates{others}"


def begun(now: datetime, **more: Any) -> dict[str, Any]:
    """How far it has got with the advocates before the first portion."""
    return {"began": now.timestamp(), "after": 0, "told": 0, **more}


async def advocates(tx: Tx, applied: Applied, *, after: int) -> tuple[dict[int, Member], int | None]:
    """The next of the campaign's advocates who can be written to and have not said stop, each person once; and who was
    looked at last, if there are more.
    """
    found, more = await links.advocates(tx, applied.id, after=after, limit=AT_ONCE)
    everyone = (await members.by_id(tx, [each for accounts in found.values() for each in accounts])).values()
    wanted = {member.person: member for member in everyone if member.reachable and member.reminders}
    return wanted, max(found) if more else None


async def tell(
    tx: Tx,
    applied: Applied,
    due: Due,
    portion: Mapping[int, Member],
    content: Mapping[str, Any],
    so_far: Mapping[str, Any],
) -> None:
    """Bring these persons this, and how each of them stands; after all those who were told before them."""
    standings = await totals.standings(tx, portion)
    began = datetime.fromtimestamp(so_far["began"], UTC)
    notes = []
    for number, person in enumerate(sorted(portion), so_far["told"]):
        standing = standings.get((applied.id, person), totals.Standing())
        about = {"pending": standing.pending, "qualified": standing.qualified, "points": standing.points}
        notes.append(to_member(applied, due, portion[person], {**content, **about}, began + number * APART))
    await outbox.put(tx, notes)

"""A word to advocates who can be written to."""

from datetime import datetime, timedelta

from campaigns.acts.telling import to_member
from core import links, members, outbox, reminders, totals
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.members import Member
from core.occurrences import Due

APART = timedelta(milliseconds=50)
"""Between two messages to everybody, so that the answer to somebody's question does not wait behind all of them."""


async def remind(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Remind every advocate who can be written to and has not asked to be left alone; a person once, and once a day."""
    wanted = await advocates(tx, applied)
    timezone = applied.campaign.window.timezone
    today = await reminders.once_a_day(tx, wanted, timezone=timezone, now=now)
    standings = await totals.standings(tx, today)
    notes = []
    for number, person in enumerate(sorted(today)):
        standing = standings.get((applied.id, person), totals.Standing())
        about = {"pending": standing.pending, "qualified": standing.qualified, "points": standing.points}
        notes.append(to_member(applied, due, wanted[person], {"news": "reminder", **about}, now + number * APART))
    await outbox.put(tx, notes)
    already = f", {len(wanted) - len(notes)} were reminded today already" if len(notes) < len(wanted) else ""
    return f"reminded {len(notes)} advocates{already}"


async def advocates(tx: Tx, applied: Applied) -> dict[int, Member]:
    """The campaign's advocates who can be written to and have not said stop, each person once."""
    everyone = (await members.by_id(tx, await links.advocates(tx, applied.id))).values()
    return {member.person: member for member in everyone if member.reachable and member.reminders}

"""A word to advocates who can be written to."""

from datetime import datetime, timedelta

from campaigns.acts.telling import to_member
from core import links, members, outbox, totals
from core.campaign import Applied
from core.campaign.values import Job
from core.database import Tx
from core.occurrences import Due

APART = timedelta(milliseconds=50)
"""Between two messages to everybody, so that the answer to somebody's question does not wait behind all of them."""


async def remind(tx: Tx, applied: Applied, due: Due, job: Job | None, now: datetime) -> str:
    """Remind every advocate who can be written to and has not asked to be left alone; a person once."""
    everyone = (await members.by_id(tx, await links.advocates(tx, applied.id))).values()
    wanted = {member.person: member for member in everyone if member.reachable and member.reminders}.values()
    standings = await totals.standings(tx, [member.person for member in wanted])
    notes = []
    for number, member in enumerate(wanted):
        standing = standings.get((applied.id, member.person), totals.Standing())
        about = {"pending": standing.pending, "qualified": standing.qualified, "points": standing.points}
        notes.append(to_member(applied, due, member, {"news": "reminder", **about}, now + number * APART))
    await outbox.put(tx, notes)
    return f"reminded {len(notes)} advocates"

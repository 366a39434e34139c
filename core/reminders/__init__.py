"""What members are written without having asked: never twice a day, and never again once they say stop."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from core import broadcasts, members, outbox
from core.campaign import rules
from core.database import Conflict, Tx, insert_rows, lock_table, rows_of, table_of
from core.members import Member
from core.members.table import MemberRow
from core.reminders.table import ReminderRow

_REMINDER, _MEMBER = table_of(ReminderRow), table_of(MemberRow)
_PERSON = func.coalesce(_MEMBER.c.merged_into, _MEMBER.c.id)
_LATELY = timedelta(days=2)
"""No day is longer, wherever it begins."""

UNASKED = ("reminder", "digest_mine")
"""The news that nobody asked for."""


async def once_a_day(tx: Tx, persons: Iterable[int], *, timezone: str, now: datetime) -> set[int]:
    """Those of these persons who have not been reminded today, who are now. Others who ask the same wait.

    Today is the day in this zone, and the day in the zone for which they were reminded last, of whichever campaign and
    by whichever account that was.
    """
    asked = set(persons)
    if not asked:
        return set()
    await lock_table(tx, _REMINDER)
    begins, ends = rules.day_of(timezone, now)
    query = select(_PERSON.label("person"), _REMINDER.c.at, _REMINDER.c.until)
    lately = query.join_from(_REMINDER, _MEMBER, _MEMBER.c.id == _REMINDER.c.member_id).where(
        _REMINDER.c.at > now - _LATELY, _PERSON.between(min(asked), max(asked))
    )
    today = {row.person for row in await rows_of(tx, lately) if row.until > now or row.at >= begins}
    wanted = sorted(asked - today)
    rows = ((person, now, ends) for person in wanted)
    await insert_rows(tx, _REMINDER, ("member_id", "at", "until"), rows, conflict=Conflict.REPLACE, key=("member_id",))
    return set(wanted)


async def stop(tx: Tx, member: Member) -> None:
    """Write nothing more to the person that they do not ask for; not even what is on its way already."""
    await members.want_reminders(tx, member.id, False)
    theirs = await members.by_id(tx, await members.accounts_of(tx, member.id))
    await outbox.drop_news(tx, [each.account for each in theirs.values()], UNASKED)
    await broadcasts.leave_out(tx, member.person)


async def again(tx: Tx, member: Member) -> None:
    """The person wants to be written to again."""
    await members.want_reminders(tx, member.id, True)

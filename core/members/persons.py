"""Which members are one person. Whoever writes it holds every campaign; see `core.persons`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, func, select, update

from core.database import Tx, rows_among, rows_of, table_of
from core.members.table import MemberRow

_MEMBER = table_of(MemberRow)
_MINE, _OF_PERSON = _MEMBER.alias("mine"), _MEMBER.alias("of_person")
_TOGETHER = (
    select(_OF_PERSON.c.id, _OF_PERSON.c.merged_into)
    .join_from(_MINE, _OF_PERSON, _OF_PERSON.c.merged_into == _MINE.c.merged_into)
    .where(_MINE.c.merged_into.is_not(None))
)


async def persons(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """The person, by the number of the first of their members, of each member of these members' persons.

    Who has only one account is left out.
    """
    rows = await rows_among(tx, _TOGETHER, _MINE.c.id, set(ids))
    return {row.id: row.merged_into for row in rows}


async def accounts_of(tx: Tx, member_id: int) -> list[int]:
    """All members that are the same person as this one, this one included."""
    return sorted({member_id, *await persons(tx, [member_id])})


async def count_as_one(tx: Tx, member_ids: Sequence[int]) -> None:
    """These are one person from now on. The language that one of them chose is the others' if they chose none, and who
    wants no reminders on one messenger wants none on the other.
    """
    theirs = _MEMBER.c.id.in_(member_ids)
    rows = await rows_of(tx, select(_MEMBER).where(theirs).order_by(_MEMBER.c.id))
    chosen = next((row.language for row in rows if row.language is not None), None)
    reminders = all(row.reminders for row in rows)
    language = func.coalesce(_MEMBER.c.language, chosen)
    await tx.execute(
        update(_MEMBER).where(theirs).values(merged_into=min(member_ids), language=language, reminders=reminders)
    )


async def count_apart(tx: Tx, member_ids: Sequence[int]) -> None:
    """Each of these is a person of their own again."""
    await tx.execute(update(_MEMBER).where(_MEMBER.c.id.in_(member_ids)).values(merged_into=None))


def same_person(member_id: int) -> Select[int]:
    """For a query: the members that are the same person as this one, this one included."""
    mine = select(_MINE.c.merged_into).where(_MINE.c.id == member_id).scalar_subquery()
    theirs = (_OF_PERSON.c.id == member_id) | (_OF_PERSON.c.merged_into == mine)
    return select(_OF_PERSON.c.id).where(theirs)

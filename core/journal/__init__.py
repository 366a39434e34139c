"""The journal: every fact, once, in the order in which it was recorded. Nothing here changes or removes one.

Whoever reads it piece by piece asks for the `horizon` first: below it nothing is added any more. PostgreSQL hands out
ids before it commits, so a smaller one can turn up after a greater one; every writer therefore shares a lock from
before its first id until its commit, and the horizon is read by whoever holds that lock alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, func, literal_column, select, text

from core.database import Conflict, Tx, insert_rows, rows_among, rows_kept, table_of
from core.journal.table import FactRow

ORDER_LOCK = 5_711_302
"""PostgreSQL's name for "somebody adds to the journal"; any number of ours."""

_JOURNAL = table_of(FactRow)
_KEYS = select(_JOURNAL.c.key)


class Kind(StrEnum):
    """What can be in the journal."""

    LINK = "link"  # an advocate got their link
    START = "start"  # somebody met an advocate's link in a messenger
    INVALID = "invalid"  # a start that counts for nobody, a conversion that is in no figure; its data says why
    REQUEST = "request"  # somebody asked to be let in
    JOIN = "join"
    TRACED = "traced"  # how a join came about, as far as is known; replaces what was told of it before
    LEAVE = "leave"
    SEEN = "seen"  # asked whether a member is there, and told
    SHARE = "share"  # something was really passed on: a post, or a link sent through a messenger
    INTENT = "intent"  # a button of the share kit was pressed; whether anything was sent, nobody can tell
    CLICK = "click"  # somebody opened a link on the web
    UNFURL = "unfurl"  # an app fetched a link's preview: a share seen
    UNRECORDED = "unrecorded"  # visits that could not be kept in time; its data counts them
    CONVERSION = "conversion"  # the brand's shop reported that somebody did what it wants
    CLAIM = "claim"
    CLAIM_ANSWER = "claim_answer"
    DECIDED = "decided"  # an organizer said who brought a friend
    RULED = "ruled"  # an organizer said whether a friend counts; its data says who, and why
    APPEALED = "appealed"  # somebody asks the organizers to look at a referral again
    JUDGED = "judged"  # a referral stands somewhere else than before
    GRANTED = "granted"
    HELD = "held"  # a grant waits until what is lacking is there; its data says for what
    FUNDED = "funded"  # a campaign's budget was filled with points, or emptied; its data says by how many
    DELIVERED = "delivered"
    TAKEN_BACK = "taken_back"  # what was granted is not earned any more; its data says why
    GIVEN_AGAIN = "given_again"  # ... and is earned again
    LINKED = "linked"  # two members are one person from here on; its data names the first of them
    UNLINKED = "unlinked"
    MOVED = "moved"  # points went from one member's purse to another's; its data says whose, and how many
    OCCURRED = "occurred"  # a campaign's scheduled act was done
    PAUSED = "paused"  # an organizer stopped a campaign for a while; its data says who
    RESUMED = "resumed"
    ANNOUNCED = "announced"  # an organizer wrote to everybody; its data says to how many, not what
    RESULTS = (
        "results"  # a campaign's standings are final; its data says who is on top, and what each draw's entries are
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the journal. `at` is when it happened by the platform's clock, aware and in UTC."""

    key: str
    kind: Kind
    at: datetime
    campaign_id: int | None = None
    member_id: int | None = None
    advocate_id: int | None = None
    code: str | None = None
    chat_id: int | None = None
    data: dict[str, Any] | None = None


async def known(tx: Tx, keys: Iterable[str]) -> set[str]:
    """Those of these keys that are in the journal."""
    return {row.key for row in await rows_among(tx, _KEYS, _JOURNAL.c.key, keys)}


async def append(tx: Tx, facts: Sequence[Fact], *, now: datetime) -> None:
    """Add facts. A key that is there already is an error: whoever appends looks first, and holds the campaign.

    A fact of no campaign, for which nobody holds anything, may be told by two at once: then the first one stays.
    """
    if facts and tx.dialect.name != "sqlite":
        await rows_kept(tx, _SHARE_ORDER)
    for conflict, of_campaign in ((Conflict.ERROR, True), (Conflict.SKIP, False)):
        rows = ((*_values(fact), now) for fact in facts if (fact.campaign_id is not None) is of_campaign)
        await insert_rows(tx, _JOURNAL, (*Fact.__slots__, "recorded_at"), rows, conflict=conflict)


async def horizon(tx: Tx) -> int:
    """The id up to which the journal is complete. On PostgreSQL, give it a writing transaction, and end that soon."""
    if tx.dialect.name != "sqlite":
        await tx.execute(_HOLD_ORDER)
    return await last(tx)


async def last(tx: Tx) -> int:
    """The newest id that this transaction sees; older ones may still turn up."""
    return int((await tx.execute(_LAST)).scalar_one())


async def between(tx: Tx, after: int, upto: int, *, limit: int) -> list[tuple[int, Fact]]:
    """Facts with their ids, in order: those after one id, up to another one."""
    read = _READ.where(_JOURNAL.c.id > after, _JOURNAL.c.id <= upto).limit(limit)
    return [(row[0], _fact(*row[1:])) for row in await tx.execute(read)]


def _fact(key: str, kind: str, *rest: Any) -> Fact:
    return Fact(**dict(zip(Fact.__slots__, (key, Kind(kind), *rest), strict=True)))


_SHARE_ORDER: Select[Any] = select(literal_column("1")).select_from(
    func.pg_advisory_xact_lock_shared(literal_column(f"{ORDER_LOCK}"))
)
_HOLD_ORDER = text(f"SELECT pg_advisory_xact_lock({ORDER_LOCK})")
_LAST = select(func.coalesce(func.max(_JOURNAL.c.id), 0))
_READ = select(_JOURNAL.c.id, *(_JOURNAL.c[name] for name in Fact.__slots__)).order_by(_JOURNAL.c.id)
_values = attrgetter(*Fact.__slots__)

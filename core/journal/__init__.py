"""The journal: every fact, once, in the order in which it was recorded. Nothing here changes or removes one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sqlalchemy import select

from core.database import Conflict, Tx, insert_rows, rows_among, table_of
from core.journal.table import FactRow

_JOURNAL = table_of(FactRow)
_KEYS = select(_JOURNAL.c.key)


class Kind(StrEnum):
    """What can be in the journal."""

    LINK = "link"  # an advocate got their link
    START = "start"  # somebody met an advocate's link in a messenger
    INVALID = "invalid"  # a start that counts for nobody; its data says why
    REQUEST = "request"  # somebody asked to be let in
    JOIN = "join"
    LEAVE = "leave"
    SEEN = "seen"  # asked whether a member is there, and told
    SHARE = "share"
    CLICK = "click"  # somebody opened a link on the web
    UNFURL = "unfurl"  # an app fetched a link's preview: a share seen
    UNRECORDED = "unrecorded"  # visits that could not be kept in time; its data counts them
    CLAIM = "claim"
    CLAIM_ANSWER = "claim_answer"
    JUDGED = "judged"  # a referral stands somewhere else than before
    GRANTED = "granted"
    DELIVERED = "delivered"
    OCCURRED = "occurred"  # a campaign's scheduled act was done


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
    for conflict, of_campaign in ((Conflict.ERROR, True), (Conflict.SKIP, False)):
        rows = ((*_values(fact), now) for fact in facts if (fact.campaign_id is not None) is of_campaign)
        await insert_rows(tx, _JOURNAL, (*Fact.__slots__, "recorded_at"), rows, conflict=conflict)


_values = attrgetter(*Fact.__slots__)

"""Writing visits, many at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from core import journal, totals
from core.database import Tx
from core.journal import Fact, Kind
from core.visits.rules import Met, Visit, key

_KINDS = {Met.CLICK: (Kind.CLICK, "clicks"), Met.UNFURL: (Kind.UNFURL, "unfurls"), Met.INTENT: (Kind.INTENT, "intents")}


async def keep(tx: Tx, visits: Sequence[Visit], unrecorded: Mapping[int, int], *, now: datetime, number: int) -> None:
    """Journal and count these visits, each once, and how many could not be recorded, by campaign."""
    new = {key(visit): visit for visit in visits}
    for known in await journal.known(tx, list(new)):
        del new[known]
    counted: Counter[tuple[int, str]] = Counter()
    lines = []
    for name, visit in new.items():
        kind, total = _KINDS[visit.met]
        counted[visit.campaign_id, total] += 1
        lines.append(_line(name, kind, visit))
    for campaign_id, lost in unrecorded.items():
        counted[campaign_id, "unrecorded"] += lost
        lines.append(
            Fact(
                key=f"unrecorded/{campaign_id}/{now.timestamp():.6f}/{number}",
                kind=Kind.UNRECORDED,
                at=now,
                campaign_id=campaign_id,
                data={"n": lost},
            )
        )
    await journal.append(tx, lines, now=now)
    await totals.add(tx, counted)


def _line(name: str, kind: Kind, visit: Visit) -> Fact:
    told = (("channel", visit.channel), ("app", visit.app))
    return Fact(
        key=name,
        kind=kind,
        at=visit.at,
        campaign_id=visit.campaign_id,
        advocate_id=visit.advocate_id,
        code=visit.code,
        data={name: value for name, value in told if value} or None,
    )

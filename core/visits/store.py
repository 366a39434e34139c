"""The one statement that writes visits, many at a time: those that are new go into the journal, and are counted.

It stands beside `core.journal.append` and `core.totals.add` and does as they do, without looking first: a visit that is
in the journal already is left out, and only what was added is counted. So the same visits may be written again when
nobody knows what became of the first attempt. All of them travel as one value, since each one more would be paid for
while others wait. On PostgreSQL the journal's lock is shared, as by every writer: the visits come out of a join with
the row that says that the lock is held, and no id is drawn before that.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from core.database import Statement
from core.journal import ORDER_LOCK, Kind
from core.visits.rules import Met, Visit, key

Line: TypeAlias = tuple[str, str, int, int, int | None, str | None, dict[str, Any] | None]
"""Key, kind, time, campaign, advocate, code, data."""

_KINDS = {Met.CLICK: Kind.CLICK.value, Met.UNFURL: Kind.UNFURL.value, Met.INTENT: Kind.INTENT.value}
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

_NAMES = "key, kind, at, campaign_id, advocate_id, code, data, recorded_at"
_TOTAL = "CASE kind WHEN 'unrecorded' THEN kind ELSE kind || 's' END"
_SINCE = "timestamptz 'epoch' + interval '1 microsecond' *"

STATEMENT = Statement(
    sqlite=f"""
        INSERT INTO journal ({_NAMES})
        SELECT {", ".join(f"json_extract(value, '$[{at}]')" for at in range(7))}, ?2
        FROM json_each(?1) WHERE true
        ON CONFLICT DO NOTHING
    """,  # noqa: S608 (our own words; what comes from outside is in the values)
    sqlite_first=f"""
        CREATE TEMP TRIGGER visit_counted AFTER INSERT ON main.journal BEGIN
            INSERT INTO total (campaign_id, name, n)
            SELECT campaign_id, {_TOTAL}, coalesce(json_extract(data, '$.n'), 1)
            FROM (SELECT NEW.campaign_id AS campaign_id, NEW.kind AS kind, NEW.data AS data) WHERE true
            ON CONFLICT (campaign_id, name) DO UPDATE SET n = n + excluded.n;
        END
    """,  # noqa: S608 (the trigger is this connection's alone, and nothing but visits goes through that)
    postgres=f"""
        WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({ORDER_LOCK})),
        added AS (
            INSERT INTO journal ({_NAMES})
            SELECT it ->> 0, it ->> 1, {_SINCE} (it ->> 2)::bigint, (it ->> 3)::int, (it ->> 4)::bigint, it ->> 5,
                (it ->> 6)::json, {_SINCE} $2::bigint
            FROM turn, jsonb_array_elements($1::text::jsonb) AS it
            ON CONFLICT DO NOTHING
            RETURNING campaign_id, {_TOTAL} AS name, coalesce((data ->> 'n')::bigint, 1) AS n
        )
        INSERT INTO total (campaign_id, name, n)
        SELECT campaign_id, name, sum(n) FROM added
        GROUP BY campaign_id, name ORDER BY campaign_id, name COLLATE "C"
        ON CONFLICT (campaign_id, name) DO UPDATE SET n = total.n + excluded.n
    """,  # noqa: S608
)


def line(visit: Visit) -> Line:
    """The visit as a line of the journal."""
    told = (("channel", visit.channel), ("app", visit.app), ("guessed", visit.guessed))
    data = {name: value for name, value in told if value}
    at = (visit.at - _EPOCH) // _MICROSECOND
    return key(visit), _KINDS[visit.met], at, visit.campaign_id, visit.advocate_id, visit.code, data or None


def unrecorded(campaign_id: int, lost: int, *, now: datetime, number: int) -> Line:
    """How many visits could not be recorded, as a line of the journal. No other line has the same time and number."""
    name, at = f"unrecorded/{now.timestamp():.6f}/{campaign_id}/{number}", (now - _EPOCH) // _MICROSECOND
    return name, Kind.UNRECORDED.value, at, campaign_id, None, None, {"n": lost}


def values(lines: Iterable[Line], now: datetime) -> tuple[str, int]:
    """What STATEMENT takes. The lines are in an order in which two processes cannot wait for each other in a circle."""
    return msgspec.json.encode(sorted(lines, key=_name)).decode(), (now - _EPOCH) // _MICROSECOND


def _name(line: Line) -> str:
    return line[0]

"""Whatever is recorded in whatever order, and however it is cut into batches: the cascade is what the journal says."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.cascade import fold
from core.cascade.store import everybody
from core.cascade.table import SpreadRow
from core.database import rows_of, table_of
from core.histograms.table import CountRow
from core.referrals import Reason
from tests.core.test_cascade import Journal
from tests.depth import times
from tests.emptied import emptied

member = st.integers(1, 9)
campaign = st.sampled_from([1, 1, 1, 2])
channel = st.sampled_from([None, "email", "whatsapp"])
reason = st.sampled_from([Reason.STAYING, Reason.STAYING, Reason.ALL_MET, Reason.LEFT_EARLY, Reason.ALREADY_MEMBER])
later = st.integers(0, 10).map(lambda minutes: -30 * minutes)
deeds = st.one_of(
    st.tuples(st.just("link"), member, st.none() | member, channel, campaign),
    st.tuples(st.just("judged"), member, member, channel, reason, campaign, st.booleans(), later),
    st.tuples(st.just("judged"), member, member, channel, reason, campaign, st.just(True), later),
)
histories = st.lists(deeds, max_size=45)
pieces = st.lists(st.integers(1, 12), min_size=1, max_size=8)
at_once = st.tuples(st.integers(1, 9), st.integers(0, 2))
SOME = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


async def fold_in_pieces(db, history, sizes, limits):
    """In transactions of these sizes, the journal growing meanwhile, and each carrying things so far at most."""
    await emptied(db)
    lines = Journal(db)
    written = [getattr(lines, what)(*told) for what, *told in history]
    turn = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "AT_ONCE", limits[0])
        patch.setattr(fold, "ABOVE_A_FRIEND", limits[1])
        while written:
            size = sizes[turn % len(sizes)]
            await lines.write(*written[:size], at_once=sizes[(turn + 1) % len(sizes)])
            del written[:size]
            turn += 1
            if turn % 3 == 0:
                assert await lines.differences() == []
    return lines


async def kept(db):
    """All that is kept, but for numbers that only name rows."""
    async with db.read() as tx:
        rows = [await rows_of(tx, select(table_of(each))) for each in (SpreadRow, CountRow)]
        spread = sorted(tuple(row) for row in rows[0] if any(row[2:]))
        return await everybody(tx), spread, sorted(tuple(row) for row in rows[1])


async def check(db, history, one, other):
    lines = await fold_in_pieces(db, history, *one)
    assert await lines.differences() == []
    first = await kept(db)
    assert not any(is_in_a_circle(first[0], key) for key in first[0])
    lines = await fold_in_pieces(db, history, *other)
    assert await kept(db) == first


def is_in_a_circle(nodes, key):
    way = [key]
    while (parent := nodes[way[-1]].parent) is not None and len(way) <= len(nodes):
        way.append((key[0], parent))
    return len(way) > len(nodes)


@given(histories, st.tuples(pieces, at_once), st.tuples(pieces, at_once))
@settings(SOME, max_examples=times(60))
async def test_on_sqlite_the_cascade_is_what_the_journal_says(sqlite_db, history, one, other):
    await check(sqlite_db, history, one, other)


@given(histories, st.tuples(pieces, at_once), st.tuples(pieces, at_once))
@settings(SOME, max_examples=times(8))
async def test_on_postgres_too(postgres_db, history, one, other):
    await check(postgres_db, history, one, other)

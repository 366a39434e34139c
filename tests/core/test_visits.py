"""Visits of links: each kept before it is answered, counted once, and never with who it was."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from core import journal, totals
from core.audit import audit
from core.database import Database, DatabaseUnavailableError, Direct, Statement
from core.journal import Fact, Kind
from core.visits import Met, Recorder, Visit, day_of, pseudonym, salt_of
from core.visits.rules import key
from tests.clock import FakeClock
from tests.waiting import until

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def visit(met: Met = Met.CLICK, *, at: datetime = NOON, visitor: str | None = "v", number: int = 0, **more) -> Visit:
    return Visit(
        met=met,
        code="AAAAAAAAAAA",
        campaign_id=1,
        advocate_id=7,
        at=at,
        visitor=visitor,
        number=number,
        **{"channel": None, "app": None, **more},
    )


def test_a_visitors_clicks_within_an_hour_are_one():
    assert key(visit()) == key(visit(at=NOON + timedelta(minutes=59), channel="whatsapp", number=1))
    assert key(visit()) != key(visit(at=NOON + timedelta(minutes=60)))
    assert key(visit()) != key(visit(visitor="w"))


def test_clicks_of_people_who_must_not_be_recognised_are_one_each():
    assert key(visit(visitor=None, number=1)) != key(visit(visitor=None, number=2))


def test_a_storm_of_previews_is_one_share_seen():
    first = visit(Met.UNFURL, app="mastodon", visitor="a")
    assert key(first) == key(visit(Met.UNFURL, app="mastodon", visitor="b", at=NOON + timedelta(seconds=59), number=9))
    assert key(first) != key(visit(Met.UNFURL, app="telegram", visitor="a"))
    assert key(first) != key(visit(Met.UNFURL, app="mastodon", visitor="a", channel="copy"))


def test_somebody_who_types_in_whatsapp_shares_once():
    first = visit(Met.UNFURL, app="whatsapp", visitor="a")
    assert key(first) == key(visit(Met.UNFURL, app="whatsapp", visitor="a", at=NOON + timedelta(minutes=9)))
    assert key(first) != key(visit(Met.UNFURL, app="whatsapp", visitor="b"))


@given(st.binary(min_size=16, max_size=64), st.text(), st.text(), st.text())
def test_a_pseudonym_says_nothing_and_stays_the_same(salt, address, agent, language):
    name = pseudonym(salt, address=address, agent=agent, language=language)
    assert name == pseudonym(salt, address=address, agent=agent, language=language)
    assert name != pseudonym(
        salt + b"x" if len(salt) < 64 else salt[1:], address=address, agent=agent, language=language
    )
    assert len(name) == 16


async def test_the_salt_of_a_day_is_the_same_everywhere_and_then_gone(db: Database):
    async with db.begin() as tx:
        first = await salt_of(tx, day_of(NOON), now=NOON, fresh=b"one" * 8)
    async with db.begin() as tx:
        assert await salt_of(tx, day_of(NOON), now=NOON, fresh=b"two" * 8) == first == b"one" * 8
        later = NOON + timedelta(days=2)
        assert await salt_of(tx, day_of(later), now=later, fresh=b"new" * 8) == b"new" * 8
        assert await salt_of(tx, date(2026, 12, 1), now=later, fresh=b"other" * 8) == b"other" * 8


async def test_a_visit_is_there_when_it_is_answered_and_counted_once(db: Database, clock: FakeClock):
    async with recording(db, clock) as recorder:
        many = [visit(visitor=f"v{n % 40}", number=n) for n in range(100)]
        assert all(await asyncio.gather(*(recorder.record(each) for each in many)))
        assert await recorder.record(visit(Met.UNFURL, app="telegram"))
        assert await recorder.record(visit(Met.UNFURL, app="telegram"))
        async with db.read() as tx:
            assert await totals.of_campaign(tx, 1) == {"clicks": 40, "unfurls": 1}
            assert await audit(tx) == []


async def test_two_processes_count_the_same_visitor_once(db: Database, clock: FakeClock):
    async with recording(db, clock) as one, recording(db, clock) as two:
        both = [recorder.record(visit(visitor=f"v{n}")) for n in range(50) for recorder in (one, two)]
        assert all(await asyncio.gather(*both))
    async with db.read() as tx:
        assert (await totals.of_campaign(tx, 1))["clicks"] == 50
        assert await audit(tx) == []


async def test_a_visitor_who_hangs_up_is_recorded_all_the_same(db: Database, clock: FakeClock):
    async with recording(db, clock) as recorder:
        asked = asyncio.create_task(recorder.record(visit()))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await recorder.record(visit(visitor="w"))
    async with db.read() as tx:
        assert (await totals.of_campaign(tx, 1))["clicks"] == 2


async def test_what_could_not_be_recorded_in_time_is_counted_as_that(sqlite_db: Database, clock: FakeClock):
    recorder = Recorder(sqlite_db, clock, lambda: 0, within=0.01)
    assert not await recorder.record(visit())  # nobody writes
    assert recorder.unrecorded == 1
    stop = asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    patient = Recorder.record
    recorder._within = 5.0
    assert await patient(recorder, visit(visitor="w"))
    stop.set()
    await writing
    async with sqlite_db.read() as tx:
        assert await totals.of_campaign(tx, 1) == {"clicks": 1, "unrecorded": 1}
        assert await audit(tx) == []


async def test_the_journal_says_of_a_visit_what_it_says_of_any_fact(db: Database, clock: FakeClock):
    at = datetime(2026, 12, 1, 12, 0, 0, 123_457, tzinfo=UTC)
    first = visit(at=at, channel="whatsapp", app="whatsapp")
    clock.advance(microseconds=1)
    async with recording(db, clock) as recorder:
        await recorder.record(first)
        await recorder.record(visit(Met.INTENT, channel="sms"))
    async with db.begin() as tx:
        facts = [fact for _, fact in await journal.between(tx, 0, await journal.horizon(tx), limit=10)]
        known_at = (await tx.execute(text("SELECT DISTINCT recorded_at FROM journal"))).scalar_one()
    mine = {"campaign_id": 1, "advocate_id": 7, "code": "AAAAAAAAAAA"}
    assert facts == [
        Fact(key=key(first), kind=Kind.CLICK, at=at, data={"channel": "whatsapp", "app": "whatsapp"}, **mine),
        Fact(key=facts[1].key, kind=Kind.INTENT, at=NOON, data={"channel": "sms"}, **mine),
    ]
    microseconds = (clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert known_at in (clock.now(), microseconds)
    async with db.begin() as tx:  # what was appended the other way has the same form, and a visit is not added to it
        await journal.append(tx, [Fact(key=key(visit(visitor="z")), kind=Kind.CLICK, at=at, **mine)], now=clock.now())
    async with recording(db, clock) as recorder:
        await recorder.record(visit(visitor="z"))
    async with db.read() as tx:
        assert await totals.of_campaign(tx, 1) == {"clicks": 1, "intents": 1}


async def test_presses_of_one_button_within_a_minute_are_one(db: Database, clock: FakeClock):
    async with recording(db, clock) as recorder:
        for seconds in (0, 59, 60):
            await recorder.record(visit(Met.INTENT, channel="sms", at=NOON + timedelta(seconds=seconds)))
    async with db.read() as tx:
        assert await totals.of_campaign(tx, 1) == {"intents": 2}
        assert await audit(tx) == []


async def test_two_processes_that_meet_the_same_visitors_in_any_order_do_not_stop_each_other(
    db: Database, clock: FakeClock
):
    async with recording(db, clock) as one, recording(db, clock) as two:
        for turn in range(20):
            there = [visit(visitor=f"{turn} {n}") for n in range(30)]
            both = [*(one.record(each) for each in there), *(two.record(each) for each in reversed(there))]
            assert all(await asyncio.gather(*both))
    async with db.read() as tx:
        assert (await totals.of_campaign(tx, 1))["clicks"] == 600
        assert await audit(tx) == []


class AnswerLost(Database):
    """A database whose first commits arrive, but not the word of it."""

    lost = 2

    def direct(self, statement: Statement) -> Direct:
        real, database = super().direct(statement), self

        class Forgetful:
            async def run(self, values: Sequence[object]) -> None:
                await real.run(values)
                if database.lost:
                    database.lost -= 1
                    raise DatabaseUnavailableError("the connection is gone")

            async def close(self) -> None:
                await real.close()

        return Forgetful()


async def test_what_nobody_knows_to_be_committed_is_written_again_and_counted_once(db_url: str, clock: FakeClock):
    db = AnswerLost(db_url)
    unlucky = Recorder(db, clock, lambda: 5, within=0.0)
    assert not await unlucky.record(visit(visitor="lost"))
    unlucky._within = 20.0
    stop = asyncio.Event()
    writing = asyncio.create_task(unlucky.run(stop))
    assert all(await asyncio.gather(*(unlucky.record(visit(visitor=f"{n}")) for n in range(5))))
    stop.set()
    await writing
    async with db.read() as tx:
        assert db.lost == 0
        assert await totals.of_campaign(tx, 1) == {"clicks": 5, "unrecorded": 1}
        assert await audit(tx) == []
    await db.close()


async def test_what_was_lost_is_told_though_nobody_comes_any_more(db: Database, clock: FakeClock):
    recorder = Recorder(db, clock, lambda: 0, within=0.0)
    assert not await recorder.record(visit())
    stop = asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))

    async def told() -> bool:
        async with db.read() as tx:
            return await totals.of_campaign(tx, 1) == {"unrecorded": 1}

    await until(told)
    stop.set()
    await writing


async def test_a_visit_that_is_being_written_when_its_time_is_over_is_not_lost(
    sqlite_db: Database, sqlite_url: str, clock: FakeClock
):
    recorder = Recorder(sqlite_db, clock, lambda: 0, within=0.3)
    stop = asyncio.Event()
    writing = asyncio.create_task(recorder.run(stop))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not await recorder.record(visit())
    other.execute("COMMIT")
    other.close()
    stop.set()
    await writing
    assert recorder.unrecorded == 0
    async with sqlite_db.read() as tx:
        assert await totals.of_campaign(tx, 1) == {"clicks": 1}


async def test_no_id_is_drawn_before_the_journals_lock_is_shared(postgres_db: Database, clock: FakeClock):
    async with recording(postgres_db, clock) as recorder:
        await recorder.record(visit(visitor="first"))
        async with postgres_db.begin() as tx:
            before = await journal.horizon(tx)  # and hold the lock
            asked = asyncio.create_task(recorder.record(visit(visitor="second")))
            await until(lambda: _somebody_waits(postgres_db))
            async with postgres_db.read() as other:
                drawn = await other.execute(text("SELECT last_value FROM journal_id_seq"))
                assert drawn.scalar_one() == before
            assert not asked.done()
        assert await asked


async def _somebody_waits(db: Database) -> bool:
    async with db.read() as tx:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool((await tx.execute(text(query))).scalar_one())


class recording:  # noqa: N801 (used as a context manager)
    """A recorder with its writer at work."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.recorder = Recorder(db, clock, lambda: id(self), within=20.0)
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Recorder:
        self._writing = asyncio.create_task(self.recorder.run(self._stop))
        return self.recorder

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._writing

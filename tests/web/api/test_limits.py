"""Who asks too often waits, and is told how long; others do not notice."""

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bots.web.api import cache
from bots.web.api.limits import REMEMBERED, Allowance, Limit
from core.database import Database
from tests.clock import FakeClock
from tests.web.api.conftest import Keys, bearer, served

THREE = Allowance("test", 3, timedelta(seconds=60))
MANY = Allowance("many", 1000, timedelta(seconds=60))


def test_a_bucket_is_emptied_and_fills_again() -> None:
    limit, clock = Limit(THREE), FakeClock()
    assert [limit.take("ana", now=clock.now()).wait for _ in range(5)] == [0, 0, 0, 20, 20]
    assert limit.take("ben", now=clock.now()).wait == 0
    clock.advance(seconds=19)
    assert limit.take("ana", now=clock.now()).wait == 1
    clock.advance(seconds=1)
    assert [limit.take("ana", now=clock.now()).wait for _ in range(2)] == [0, 20]
    clock.advance(days=1)
    assert limit.look("ana", now=clock.now()).tokens == 3


def test_the_headers_say_what_is_left() -> None:
    limit, clock = Limit(THREE), FakeClock()
    assert limit.take("ana", now=clock.now()).headers() == {
        "RateLimit-Policy": '"test";q=3;w=60',
        "RateLimit": '"test";r=2;t=20',
    }
    for _ in range(3):
        left = limit.take("ana", now=clock.now())
    assert left.headers()["Retry-After"] == "20"
    assert left.headers()["RateLimit"] == '"test";r=0;t=60'


@given(waits=st.lists(st.floats(0, 100), max_size=60))
def test_nobody_gets_more_than_is_allowed(waits: list[float]) -> None:
    limit, clock, got, waited = Limit(THREE), FakeClock(), 0, 0.0
    for wait in waits:
        clock.advance(seconds=wait)
        waited += wait
        got += not limit.take("ana", now=clock.now()).wait
        assert got <= 3 + waited / 20 + 0.001


def test_only_so_many_are_remembered() -> None:
    limit, clock = Limit(THREE), FakeClock()
    for number in range(REMEMBERED + 1):
        for _ in range(3):
            limit.take(number, now=clock.now())
    assert limit.look(0, now=clock.now()).tokens == 3
    assert limit.look(1, now=clock.now()).tokens == 0


async def test_a_key_that_asks_too_often_waits(db: Database, clock: FakeClock, secrets: Keys) -> None:
    async with served(db, clock, allowed=THREE) as api:
        answers = [await api.get("/api/v1/campaigns", headers=bearer(secrets.reads)) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit"] for answer in answers[:2]] == ['"test";r=2;t=20', '"test";r=1;t=40']
        assert answers[3].headers["Retry-After"] == "20"
        assert (await answers[3].json())["type"] == "/api/docs#too-many"
        assert (await api.get("/api/v1/campaigns", headers=bearer(secrets.writes))).status == 200
        clock.advance(seconds=20)
        assert (await api.get("/api/v1/campaigns", headers=bearer(secrets.reads))).status == 200


async def test_guessing_keys_is_slowed_down_and_those_who_have_one_are_not(
    db: Database, clock: FakeClock, secrets: Keys
) -> None:
    async with served(db, clock, failures=THREE, allowed=MANY) as api:
        assert (await api.get("/api/v1/campaigns", headers=bearer(secrets.reads))).status == 200
        clock.advance(seconds=2)
        guesses = [await api.get("/api/v1/campaigns", headers=bearer(f"sayso_{n:040}")) for n in range(5)]
        assert [answer.status for answer in guesses] == [401, 401, 401, 429, 429]
        assert guesses[4].headers["Retry-After"] == "20"
        assert (await api.get("/api/v1/campaigns")).status == 429
        assert (await api.get("/api/v1/campaigns", headers=bearer(secrets.reads))).status == 200
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        assert (await api.get("/api/v1/campaigns", headers=bearer("sayso_x", **elsewhere))).status == 401


async def test_all_addresses_of_a_network_are_one_guesser(db: Database, clock: FakeClock, town: object) -> None:
    async with served(db, clock, failures=THREE) as api:
        statuses = [
            (await api.get("/api/v1/campaigns", headers={"X-Forwarded-For": f"2001:db8::{n}"})).status
            for n in range(1, 6)
        ]
        other = await api.get("/api/v1/campaigns", headers={"X-Forwarded-For": "2001:db8:0:1::1"})
    assert (statuses, other.status) == ([401, 401, 401, 429, 429], 401)


async def test_an_answer_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    answers, clock, made = cache.Cache(), FakeClock(), 0

    async def make() -> bytes:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return str(made).encode()

    async def ask() -> bytes:
        return (await answers.get("question", make, now=clock.now())).body

    assert set(await asyncio.gather(*(ask() for _ in range(10)))) == {b"1"}
    clock.advance(seconds=0.9)
    assert await ask() == b"1"
    clock.advance(seconds=0.1)
    assert await ask() == b"2"


async def test_an_answer_that_fails_is_not_kept() -> None:
    answers, clock, fails = cache.Cache(), FakeClock(), True

    async def make() -> bytes:
        if fails:
            raise ValueError
        return b"fine"

    for _ in range(2):
        try:
            await answers.get("question", make, now=clock.now())
        except ValueError:
            fails = False
    assert (await answers.get("question", make, now=clock.now())).body == b"fine"


async def test_only_so_many_answers_are_kept() -> None:
    answers, clock, made = cache.Cache(), FakeClock(), list[int]()

    async def ask(number: int) -> None:
        async def make() -> bytes:
            made.append(number)
            return b""

        await answers.get(number, make, now=clock.now())

    for number in (*range(cache.KEPT + 1), cache.KEPT, 0):
        await ask(number)
    assert made == [*range(cache.KEPT + 1), 0]

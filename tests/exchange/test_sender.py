"""What every door's sender does. How it keeps to a messenger's own limits is tested with that messenger's door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bots.exchange.attempt import ATTEMPTS, HELD_AT_MOST, RETRY
from bots.exchange.errors import (
    ClosedError,
    HeldError,
    MovedError,
    NoAnswerError,
    NotReachedError,
    RefusedError,
    RefusedTokenError,
    ShutOutError,
    SlowDownError,
)
from bots.exchange.outlet import CALLS, IN_HAND
from bots.exchange.sender import LEASE, SPARE
from core import outbox
from core.campaign.values import Platform
from core.database import Database, DatabaseUnavailableError, Tx
from tests.clock import FakeClock
from tests.exchange.post import ANA, BEN, CLEO, Post
from tests.waiting import until

HERE = Platform.DISCORD
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def post(db: Database, clock: FakeClock) -> Post:
    return Post(db=db, clock=clock)


# Sending


async def test_what_is_handed_over_leaves_the_outbox(post: Post):
    await post.put(ANA, "Hello")
    assert await post.sender.once() == 1
    assert await post.sender.once() == 0
    assert post.piles == {ANA: ["Hello"]}
    assert await post.rows() == []


async def test_a_door_takes_what_is_its_own(post: Post):
    await post.put(ANA, "Hello", door="telegram")
    assert await post.sender.once() == 0
    assert [row.door for row in await post.rows()] == ["telegram"]


async def test_what_is_not_due_yet_waits(post: Post):
    await post.put(ANA, "Hello", after=MINUTE)
    assert await post.sender.once() == 0
    post.clock.advance(minutes=1)
    assert await post.sender.once() == 1


async def test_without_limits_of_its_own_a_door_waits_for_nothing(post: Post):
    texts = [str(n) for n in range(2 * IN_HAND)]
    await post.put(ANA, *texts)
    began = post.clock.now()
    await post.send_all()
    assert post.piles == {ANA: texts}
    assert post.clock.now() - began < SECOND


async def test_a_chat_is_written_to_by_one_at_a_time_and_others_meanwhile(post: Post):
    post.means.gate.clear()
    await post.put(ANA, "first", "second")
    for n in range(CALLS):
        await post.put(100 + n, "hello")
    working = asyncio.create_task(post.sender.once())
    await until(lambda: post.means.under_way == CALLS)
    assert post.means.tried.count(ANA) == 1
    post.means.gate.set()
    await working
    await post.send_all()
    assert post.piles[ANA] == ["first", "second"]
    assert post.means.most_under_way == CALLS


async def test_what_comes_later_never_gets_past_a_chat_that_is_slow(post: Post):
    post.means.gate.clear()
    await post.put(ANA, "first")
    stop, running = _running(post)
    await until(lambda: post.means.under_way)
    await post.put(ANA, "second")
    post.sender.wake()
    await until(lambda: _is_turned_away(post, "second"))
    post.means.gate.set()

    def second_came() -> bool:
        post.clock.advance(seconds=1)
        post.sender.wake()
        return len(post.means.piles[ANA]) == 2

    await until(second_came)
    stop.set()
    await running
    assert post.piles == {ANA: ["first", "second"]}


async def test_a_slow_reader_takes_no_more_room_than_its_share(post: Post):
    post.means.gate.clear()
    slow = post.another(each=2)
    await post.put(ANA, *(str(n) for n in range(2 * IN_HAND)))
    for n in range(CALLS - 1):
        await post.put(100 + n, "hello")
    stop = asyncio.Event()
    running = asyncio.create_task(slow.run(stop))
    await until(lambda: post.means.under_way == CALLS)
    rows = [row for row in await post.rows() if row.state == "sending"]
    assert [row.address for row in rows].count(ANA) == 2
    assert len({row.address for row in rows}) == CALLS
    post.means.gate.set()
    await until(lambda: len(post.means.piles[ANA]) == 2 * IN_HAND)
    assert post.means.piles[ANA] == [str(n) for n in range(2 * IN_HAND)]
    stop.set()
    await running


async def test_of_a_kind_of_which_only_the_newest_counts_the_others_are_dropped(post: Post):
    await post.put(ANA, "1", "2", "3", kind="flash")
    await post.put(BEN, "4", kind="flash")
    assert await post.sender.once() == 2
    assert post.piles == {ANA: ["3"], BEN: ["4"]}
    assert await post.rows() == []


async def test_what_a_delivery_leads_to_is_written_with_it(post: Post):
    await post.put(ANA, "Hello", kind="parcel")
    await post.sender.once()
    assert await post.knows(ANA)
    assert await post.rows() == []


async def test_a_wake_is_heard_at_once(post: Post):
    stop, running = _running(post)
    await asyncio.sleep(0)
    await post.put(ANA, "Hello")
    post.sender.wake()
    await until(lambda: post.piles, 0.9)
    stop.set()
    await running


async def test_stopping_finishes_what_is_being_sent_and_leaves_the_rest(post: Post):
    post.means.gate.clear()
    await post.put(ANA, "sent", "waits")
    stop, running = _running(post)
    await until(lambda: post.means.under_way)
    stop.set()
    await asyncio.sleep(0)
    post.means.gate.set()
    await running
    assert post.piles == {ANA: ["sent"]}
    assert [(row.content["text"], row.state, row.attempts) for row in await post.rows()] == [("waits", "waiting", 0)]
    post.clock.advance(seconds=1)
    assert await post.another().once() == 1


# The messenger says no


@pytest.mark.parametrize("kind", ["letter", "call", "flash"])
async def test_whoever_must_wait_waits_alone_and_that_is_no_attempt(post: Post, kind: str):
    for chat in (ANA, BEN, CLEO):  # several of them do not add up
        post.means.trouble[chat] = [SlowDownError(HERE, MINUTE)]
        await post.put(chat, "Hello", kind=kind)
    await post.put(99, "Hello", kind=kind)
    assert await post.sender.once() == 1
    rows = await post.rows()
    assert [(row.state, row.attempts, row.due_at - post.clock.now()) for row in rows] == [("waiting", 0, MINUTE)] * 3
    await post.put(ANA, "and", kind=kind)
    await post.sender.once()
    assert post.means.tried.count(ANA) == 1
    await post.send_all()
    assert post.means.piles[ANA][-1] == "and"
    assert len(post.piles) == 4


async def test_the_chat_that_must_wait_may_be_another_one(post: Post):
    post.means.trouble[ANA] = [SlowDownError(HERE, MINUTE, chat=BEN)]
    await post.put(ANA, "about Ben")
    await post.sender.once()
    await post.put(BEN, "to Ben")
    await post.sender.once()
    assert post.means.tried == [ANA]


async def test_while_the_messenger_cannot_be_reached_nothing_is_lost_or_counted(post: Post):
    post.means.trouble[ANA] = [NotReachedError(HERE, "no route") for _ in range(ATTEMPTS + 1)]
    await post.put(ANA, "Hello")
    await post.sender.once()
    (row,) = await post.rows()
    assert (row.state, row.attempts, row.due_at) == ("waiting", 0, post.clock.now() + RETRY)
    assert "Discord cannot be reached (no route)" in row.error
    await post.put(BEN, "Hello")
    assert await post.sender.once() == 0
    assert post.means.tried == [ANA]
    await post.send_all()
    assert post.piles == {ANA: ["Hello"], BEN: ["Hello"]}


async def test_what_gets_no_answer_is_tried_with_growing_pauses_and_then_given_up(post: Post):
    post.means.trouble[ANA] = [NoAnswerError(HERE, "502") for _ in range(ATTEMPTS)]
    await post.put(ANA, "Hello")
    pauses = []
    while not await post.failures():
        await post.sender.once()
        (row,) = await post.rows()
        pauses.append(row.due_at - post.clock.now())
        post.clock.advance(seconds=pauses[-1].total_seconds())
    assert len(post.means.tried) == ATTEMPTS
    assert pauses[:-1] == sorted(pauses[:-1])
    assert sum(pauses[:-1], timedelta(0)) > 3 * 60 * MINUTE
    assert await post.failures() == ["Discord gave no answer (502); it is tried again"]


async def test_one_that_gets_no_answer_holds_up_its_chat_for_a_minute_at_most(post: Post):
    post.means.trouble[ANA] = [NoAnswerError(HERE, "502") for _ in range(6)]
    await post.put(ANA, "cursed")
    for _ in range(6):
        await post.sender.once()
        (row,) = await post.rows()
        last = post.clock.now()
        post.clock.advance(seconds=(row.due_at - last).total_seconds())
    post.clock.advance(seconds=(last - post.clock.now()).total_seconds())
    await post.put(ANA, "after")
    await post.sender.once()
    assert post.piles == {}
    post.clock.advance(seconds=HELD_AT_MOST.total_seconds())
    await post.sender.once()
    assert post.piles == {ANA: ["after"]}


async def test_what_the_door_says_is_written_about_somebody_who_cannot_be_written_to(post: Post):
    post.means.trouble[ANA] = [ClosedError(HERE, ANA, "50007", fix="they see it with their next command")]
    await post.put(ANA, "Hello")
    assert await post.sender.once() == 1
    assert post.piles == {ANA + 1000: ["Hello"]}
    assert await post.rows() == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RefusedError(HERE, ANA, "Missing Permissions", fix="give it"), "refuses this for 1 (Missing Permissions)"),
        (ShutOutError(HERE, ANA, "Missing Access", fix="add it again"), "cannot work in 1 (Missing Access); add it"),
        (KeyError("text"), "KeyError: 'text'"),
    ],
)
async def test_what_will_not_be_done_is_set_aside_and_stops_nobody(post: Post, error: Exception, told: str):
    post.means.trouble[ANA] = [error]
    await post.put(ANA, "Hello", "fine")
    await post.send_all()
    assert post.piles == {ANA: ["fine"]}
    (failure,) = await post.failures()
    assert told in failure
    assert [row.content for row in await post.rows()] == [None]


async def test_what_waits_for_somebody_to_set_it_right_tells_so_and_holds_up_nobody(post: Post):
    post.means.trouble[ANA] = [HeldError(HERE, "it is above the bot's", fix="move it", wait=60 * MINUTE)]
    await post.put(ANA, "role", "fine")
    assert await post.sender.once() == 1
    (row,) = await post.rows()
    assert (row.state, row.attempts, row.error) == ("waiting", 0, "it is above the bot's; move it")
    assert row.due_at == post.clock.now() + 60 * MINUTE
    await post.send_all()
    assert post.piles == {ANA: ["fine", "role"]}


async def test_a_kind_of_another_version_is_set_aside(post: Post):
    await post.put(ANA, "Hello", kind="hologram")
    await post.put(ANA, "fine")
    await post.send_all()
    assert post.piles == {ANA: ["fine"]}
    assert await post.failures() == ["this version of Sayso does not know how to send 'hologram'"]


async def test_a_chat_with_a_new_number_is_followed(post: Post):
    post.means.trouble[ANA] = [MovedError(HERE, ANA, BEN)]
    await post.put(ANA, "Hello")
    await post.send_all()
    assert post.piles == {BEN: ["Hello"]}


async def test_what_follows_a_new_number_happens_with_it_or_neither_does(post: Post):
    post.means.trouble[ANA] = [MovedError(HERE, ANA, BEN), MovedError(HERE, ANA, BEN)]
    moves: list[tuple[int, int]] = []

    async def moved(tx: Tx, old: int, new: int) -> None:
        moves.append((old, new))
        if len(moves) == 1:
            raise ValueError("no such luck")

    await post.put(ANA, "Hello")
    sender = post.another(moved=moved)
    await sender.once()
    assert [(row.address, row.state) for row in await post.rows()] == [(ANA, "failed")]
    await post.put(ANA, "again")
    await sender.once()
    assert moves == [(ANA, BEN)] * 2
    assert post.piles == {BEN: ["again"]}


async def test_a_refused_token_ends_the_run_and_loses_nothing(post: Post):
    post.means.trouble[ANA] = [RefusedTokenError(HERE, fix="copy it again")]
    await post.put(ANA, "Hello")
    with pytest.raises(RefusedTokenError, match="Discord does not know this bot's token; copy it again"):
        await asyncio.wait_for(post.sender.run(asyncio.Event()), 5)
    assert [(row.state, row.attempts) for row in await post.rows()] == [("waiting", 0)]
    assert await post.another().once() == 1


# The database fails, or we do


async def test_a_sender_that_died_is_succeeded_after_its_lease(post: Post):
    await post.put(ANA, "Hello")
    await _claim_and_die(post)
    assert await post.sender.once() == 0
    post.clock.advance(seconds=LEASE.total_seconds())
    assert await post.sender.once() == 1
    assert post.piles == {ANA: ["Hello"]}


async def test_what_a_process_cannot_survive_is_given_up(post: Post):
    await post.put(ANA, "Hello")
    for _ in range(ATTEMPTS):
        await _claim_and_die(post)
        post.clock.advance(seconds=LEASE.total_seconds())
    assert await post.sender.once() == 0
    assert post.piles == {}
    assert "given up" in (await post.failures())[0]


async def test_nothing_is_begun_when_the_claim_is_nearly_over(post: Post):
    post.means.gate.clear()
    for n in range(2 * CALLS):
        await post.put(100 + n, "Hello")
    working = asyncio.create_task(post.sender.once())
    await until(lambda: post.means.under_way == CALLS)
    post.clock.advance(seconds=(LEASE - SPARE).total_seconds())
    post.means.gate.set()
    await working
    await post.send_all()
    assert post.piles == {100 + n: ["Hello"] for n in range(2 * CALLS)}
    assert post.means.claims == [1] * CALLS + [2] * CALLS


async def test_two_senders_send_everything_once(post: Post):
    for n in range(60):
        await post.put(100 + n, "Hello")
    await asyncio.gather(post.sender.once(), post.another().once())
    await post.send_all()
    assert post.piles == {100 + n: ["Hello"] for n in range(60)}


async def test_a_database_that_goes_away_while_sending_costs_nothing(post: Post, monkeypatch: pytest.MonkeyPatch):
    for n in range(10):
        await post.put(100 + n, "Hello")
    begin, left = post.db.begin, 12

    @asynccontextmanager
    async def failing() -> AsyncIterator[Tx]:
        nonlocal left
        if post.piles and left:
            left -= 1
            raise DatabaseUnavailableError("the database went away")
        async with begin() as tx:
            yield tx

    monkeypatch.setattr(post.db, "begin", failing)
    assert await post.sender.once() == 10
    assert left == 0
    assert await post.rows() == []
    assert post.piles == {100 + n: ["Hello"] for n in range(10)}


async def test_the_run_goes_on_when_the_database_is_back(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    await post.put(ANA, "Hello")
    read, tried = post.db.read, asyncio.Event()

    @asynccontextmanager
    async def failing() -> AsyncIterator[Tx]:
        if not tried.is_set():
            tried.set()
            raise DatabaseUnavailableError("the database went away")
        async with read() as tx:
            yield tx

    monkeypatch.setattr(post.db, "read", failing)
    stop, running = _running(post)
    await tried.wait()
    await asyncio.sleep(0)
    post.sender.wake()
    await until(lambda: post.piles)
    stop.set()
    await running
    assert "the database went away" in caplog.text


async def test_what_could_not_be_marked_for_longer_than_its_claim_is_not_sent_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
):
    done, failures = outbox.done, 0

    async def failing(tx: Tx, row: outbox.Claimed) -> bool:
        nonlocal failures
        if post.clock.now() < over_at:
            failures += 1
            post.sender.wake()
            raise DatabaseUnavailableError("the database went away")
        return await done(tx, row)

    over_at = post.clock.now() + 2 * LEASE
    monkeypatch.setattr(outbox, "done", failing)
    await post.put(ANA, "Hello", kind="flash")
    stop, running = _running(post)

    async def nothing_is_left() -> bool:
        return not await post.rows()

    await until(nothing_is_left)
    stop.set()
    await running
    assert failures > 30
    assert post.piles == {ANA: ["Hello"]}


async def test_an_outcome_that_cannot_be_written_is_not_sent_again(post: Post, monkeypatch: pytest.MonkeyPatch):
    await post.put(ANA, "Hello", grant="lune/thanks/1/1")

    async def broken(*_: object, **__: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("bots.exchange.marks.delivered", broken)
    await post.sender.once()
    post.clock.advance(hours=1)
    await post.sender.once()
    assert post.piles == {ANA: ["Hello"]}
    assert "could not be written" in (await post.failures())[0]


def _running(post: Post) -> tuple[asyncio.Event, asyncio.Task[None]]:
    stop = asyncio.Event()
    return stop, asyncio.create_task(post.sender.run(stop))


async def _is_turned_away(post: Post, text: str) -> bool:
    return any(row.content == {"text": text} and row.due_at > post.clock.now() for row in await post.rows())


async def _claim_and_die(post: Post) -> None:
    async with post.db.begin() as tx:
        await outbox.claim(tx, "discord", now=post.clock.now(), limit=10, lease=LEASE)

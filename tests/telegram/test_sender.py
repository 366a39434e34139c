"""What the sender does about Telegram's limits and errors. What every door does is tested in tests/exchange."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
import telegram

from bots.exchange.attempt import ATTEMPTS
from bots.exchange.errors import RefusedTokenError
from bots.exchange.outlet import IN_HAND
from bots.sandbox.telegram import Bot, BotApiError, Chat, TelegramWorld
from core import chats, links, members
from core.campaign.values import Account, Platform
from core.database import Database, Tx
from core.errors import OperatorError
from core.members import Person as Somebody
from tests.clock import FakeClock
from tests.telegram.outgoing import Outgoings, texts
from tests.waiting import until

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
START_CLOCK = FakeClock().now()


@pytest.fixture
async def out(
    db: Database, clock: FakeClock, world: TelegramWorld, bot: Bot, client: telegram.Bot
) -> AsyncIterator[Outgoings]:
    yield Outgoings(db=db, clock=clock, world=world, bot=bot, api=client)
    assert not world.meter.breaches


def a_group(out: Outgoings, kind: str = "supergroup") -> Chat:
    return out.world.chat(kind, "Friends of Lune", admins=[out.bot])


# Sending


async def test_a_message_goes_out_once_and_leaves_the_outbox(out: Outgoings):
    ana = out.person()
    await out.put(ana.id, "Hello")
    assert await out.sender.once() == 1
    assert await out.sender.once() == 0
    assert texts(ana) == ["Hello"]
    assert await out.rows() == []


async def test_messages_to_one_chat_go_out_in_order_a_second_apart(out: Outgoings):
    ana = out.person()
    for n in range(5):
        await out.put(ana.id, f"{n}")
    await _until_empty(out)
    assert texts(ana) == ["0", "1", "2", "3", "4"]
    times = [call.at for call in out.world.calls_of("sendMessage")]
    assert all(later - sooner >= 1 for sooner, later in pairwise(times))
    assert out.clock.now() - START_CLOCK < 6 * SECOND


async def test_a_slow_chat_holds_up_nobody(out: Outgoings):
    lune, people = a_group(out), [out.person(f"P{n}") for n in range(IN_HAND)]
    for n in range(25):
        await out.put(lune.id, f"{n}")
    for person in people:
        await out.put(person.id)
    await _until_empty(out)
    calls = out.world.calls_of("sendMessage")
    to_people = [call.at for call in calls if int(call.params["chat_id"]) > 0]
    assert max(to_people) < (START_CLOCK + 6 * SECOND).timestamp()
    assert [message.text for message in lune.messages.values()] == [f"{n}" for n in range(25)]
    assert out.clock.now() - START_CLOCK < 90 * SECOND


@pytest.mark.parametrize("seed", range(1))
async def test_the_order_in_a_chat_is_kept_however_slow_the_database_is(
    out: Outgoings, monkeypatch: pytest.MonkeyPatch, seed: int
):
    random, begin = Random(seed), out.db.begin

    @asynccontextmanager
    async def slow() -> AsyncIterator[Tx]:
        for _ in range(random.choice([0, 0, 5, 50])):
            await asyncio.sleep(0)
        async with begin() as tx:
            yield tx

    people, others = [out.person(f"P{n}") for n in range(5)], [out.person(f"Q{n}") for n in range(60)]
    for n in range(8):
        for person in people:
            await out.put(person.id, f"{n}")
    for person in others:
        await out.put(person.id)
    monkeypatch.setattr(out.db, "begin", slow)
    await _until_empty(out)
    assert [texts(person) for person in people] == [[f"{n}" for n in range(8)]] * 5
    assert all(texts(person) == ["Hello"] for person in others)


async def test_whoever_waits_for_an_answer_goes_before_what_is_for_many(out: Outgoings):
    """Thirty have gone out; of those that the limit holds back, the answer is the first."""
    for n in range(30):
        await out.put(out.person(f"P{n}").id)
    await _until_empty(out)
    for n in range(15):
        about = {"news": "broadcast", "language": "en", "title": "Lune", "broadcast": 1, "person": n}
        await out.put(out.person(f"M{n}").id, "Hello", kind="broadcast", **about)
    ana = out.person("Ana")
    await out.put(ana.id, "Your answer")
    await _until_empty(out)
    order = [int(call.params["chat_id"]) for call in out.world.calls_of("sendMessage") if call.error is None]
    assert len(order) == 46
    assert order.index(ana.id) <= 31


async def test_a_chat_is_never_written_to_by_two_at_once(out: Outgoings):
    ana, ben = out.person("Ana"), out.person("Ben")
    await out.put(ana.id, "first")
    held = out.world.faults.hold(method="sendMessage")
    stop, running = _running(out)
    await held.hit.wait()
    await out.put(ana.id, "second")
    out.clock.advance(minutes=1)  # however slow Telegram is
    await out.put(ben.id, "hello")
    out.sender.wake()
    await out.world.until(lambda: ben.inbox)
    assert texts(ana) == ["first"]
    held.release()

    def second_came() -> bool:
        out.clock.advance(seconds=1)
        out.sender.wake()
        return len(ana.inbox) == 2

    await until(second_came)
    stop.set()
    await running
    assert texts(ana) == ["first", "second"]
    assert await out.rows() == []


async def test_many_messages_all_arrive_once(out: Outgoings):
    people = [out.person(f"P{n}") for n in range(100)]
    for person in people:
        await out.put(person.id, "one")
        await out.put(person.id, "two")
    await _until_empty(out)
    assert all(texts(person) == ["one", "two"] for person in people)


# Telegram says no


async def test_a_chat_that_must_wait_does_not_slow_the_others(out: Outgoings):
    ana, people = out.person("Ana"), [out.person(f"P{n}") for n in range(50)]
    out.world.faults.too_many(30, chat=out.world.private(out.bot, ana))
    for n in range(3):
        await out.put(ana.id, f"{n}")
    for person in people:
        await out.put(person.id)
    await _until_empty(out, enough=lambda: all(person.inbox for person in people))
    assert out.clock.now() - START_CLOCK < 5 * SECOND
    assert ana.inbox == []
    await _until_empty(out)
    assert texts(ana) == ["0", "1", "2"]
    assert 30 * SECOND <= out.clock.now() - START_CLOCK < 40 * SECOND
    assert len(out.world.calls_of("sendMessage")) == 1 + 3 + 50
    assert all(len(person.inbox) == 1 for person in people)


async def test_when_several_chats_must_wait_nothing_is_sent_until_then(out: Outgoings):
    people = [out.person(f"P{n}") for n in range(60)]
    out.world.faults.too_many(20, times=30)
    for person in people:
        await out.put(person.id)
    await out.sender.once()
    refused = len(out.world.calls_of("sendMessage"))
    assert refused <= 30
    await out.sender.once()
    assert len(out.world.calls_of("sendMessage")) == refused
    out.world.faults.clear()
    await _until_empty(out)
    assert all(len(person.inbox) == 1 for person in people)
    assert await out.failures() == []


async def test_waiting_is_no_attempt(out: Outgoings):
    ana = out.person()
    out.world.faults.too_many(5, times=30)
    await out.put(ana.id)
    await _until_empty(out)
    assert texts(ana) == ["Hello"]


@pytest.mark.parametrize("how", ["blocked", "gone", "never started", "unknown"])
async def test_somebody_who_cannot_be_written_to_is_left_alone(out: Outgoings, how: str):
    ana = out.world.user("Ana") if how == "never started" else out.person("Ana")
    address = 987654321 if how == "unknown" else ana.id
    await _meet(out, address)
    if how == "blocked":
        ana.blocks(out.bot)
    elif how == "gone":
        ana.deletes_account()
    people = [out.person(f"P{n}") for n in range(20)]
    for person in people[:10]:
        await out.put(person.id)
    await out.put(address)
    for person in people[10:]:
        await out.put(person.id)
    assert await out.sender.once() == 20
    assert await out.rows() == []
    assert not await _is_reachable(out, address)


async def test_a_group_that_threw_the_bot_out_is_a_failure_with_a_fix(out: Outgoings):
    lune, ana = a_group(out), out.person()
    out.world.owner(lune).bans(out.bot, lune)
    await out.put(lune.id)
    await out.put(ana.id)
    assert await out.sender.once() == 1
    (error,) = await out.failures()
    assert "bot was kicked" in error
    assert "add it again" in error


async def test_what_telegram_refuses_is_set_aside_and_stops_nobody(out: Outgoings, caplog: pytest.LogCaptureFixture):
    ana = out.person()
    await out.put(ana.id, "<b>broken")
    await out.put(ana.id, "x" * 5000)
    await out.put(ana.id, "fine")
    with caplog.at_level(logging.WARNING):
        await _until_empty(out, enough=lambda: bool(ana.inbox))
    assert texts(ana) == ["fine"]
    assert [row.content for row in await out.rows()] == [None, None]
    too_long, broken = await out.failures()
    assert "too long" in too_long
    assert "close every <b>" in broken
    assert "broken" not in caplog.text


async def test_a_row_of_another_version_is_set_aside(out: Outgoings):
    ana = out.person()
    await out.put(ana.id, kind="hologram")
    await out.put(ana.id, kind="say", key="no text", buttons=[[{"text": "?"}]])
    await out.put(ana.id, "fine")
    await _until_empty(out, enough=lambda: bool(ana.inbox))
    assert texts(ana) == ["fine"]
    assert any("'hologram'" in error for error in await out.failures())
    assert any("KeyError" in error for error in await out.failures())


async def test_a_group_that_became_a_supergroup_is_followed(out: Outgoings):
    lune = a_group(out, "group")
    code = await out.link()
    async with out.db.begin() as tx:
        chat_id = await chats.ensure(tx, Platform.TELEGRAM, lune.id)
        await links.keep_invite(tx, "https://t.me/+old", code=code, chat_id=chat_id, now=out.clock.now())
    new = out.world.migrate(lune)
    for n in range(3):
        await out.put(lune.id, f"{n}")
    await _until_empty(out)
    assert [message.text for message in new.messages.values() if message.text] == ["0", "1", "2"]
    async with out.db.read() as tx:
        known = await chats.at_addresses(tx, Platform.TELEGRAM, [lune.id, new.id])
        assert {chat.id for chat in known.values()} == {chat_id}
        assert known[lune.id].native_id == new.id
        assert await links.invite(tx, code, chat_id) is None


async def test_an_invitation_made_after_the_move_is_not_forgotten(out: Outgoings):
    lune = a_group(out, "group")
    code = await out.link()
    async with out.db.begin() as tx:
        chat_id = await chats.ensure(tx, Platform.TELEGRAM, lune.id)
    new = out.world.migrate(lune)
    await out.put(lune.id, "1")
    await _until_empty(out)
    async with out.db.begin() as tx:
        await links.keep_invite(tx, "https://t.me/+new", code=code, chat_id=chat_id, now=out.clock.now())
    await out.put(lune.id, "2")  # written before anybody knew
    await _until_empty(out)
    assert [message.text for message in new.messages.values() if message.text] == ["1", "2"]
    async with out.db.read() as tx:
        assert await links.invite(tx, code, chat_id) == "https://t.me/+new"


async def test_a_refused_token_ends_the_run_with_an_error_for_the_operator(out: Outgoings):
    ana = out.person()
    out.world.faults.refuse(BotApiError(401, "Unauthorized"))
    await out.put(ana.id)
    with pytest.raises(RefusedTokenError) as refusal:
        await asyncio.wait_for(out.sender.run(asyncio.Event()), 5)
    assert isinstance(refusal.value, OperatorError)
    assert out.bot.token not in str(refusal.value)
    assert await out.another().once() == 1


# The network fails


async def test_a_lost_answer_is_tried_again_and_the_message_may_come_twice(out: Outgoings):
    ana = out.person()
    out.world.faults.lose_answer()
    await out.put(ana.id, "first")
    await out.put(ana.id, "second")
    assert await out.sender.once() == 0
    out.clock.advance(seconds=4)
    await _until_empty(out)
    assert texts(ana) == ["first", "first", "second"]


async def test_a_broken_server_is_tried_again_with_growing_pauses_and_then_given_up(out: Outgoings):
    ana = out.person()
    out.world.faults.broken(502, times=None)
    await out.put(ana.id)
    tried = []
    while not await out.failures():
        await out.sender.once()
        tried.append(out.clock.now())
        (row,) = await out.rows()
        out.clock.advance(seconds=(row.due_at - out.clock.now()).total_seconds())
    assert len(out.world.calls_of("sendMessage")) == ATTEMPTS
    pauses = [(later - sooner) // SECOND for sooner, later in pairwise(tried)]
    assert pauses == sorted(pauses)
    assert sum(pauses) > 3 * 3600
    assert "gave no answer" in (await out.failures())[0]


async def test_while_telegram_cannot_be_reached_nothing_is_lost_or_counted(out: Outgoings, monkeypatch):
    ana = out.person()
    await out.put(ana.id)
    with monkeypatch.context() as away:
        away.setattr(out.api, "_base_url", f"http://127.0.0.1:9/bot{out.bot.token}")
        for _ in range(2 * ATTEMPTS):
            assert await out.sender.once() == 0
            out.clock.advance(seconds=5)
    (row,) = await out.rows()
    assert (row.state, row.attempts) == ("waiting", 0)
    assert out.bot.token not in row.error
    assert await out.sender.once() == 1
    assert texts(ana) == ["Hello"]


def _running(out: Outgoings) -> tuple[asyncio.Event, asyncio.Task[None]]:
    stop = asyncio.Event()
    return stop, asyncio.create_task(out.sender.run(stop))


async def _until_empty(out: Outgoings, *, enough: Callable[[], bool] = lambda: False) -> None:
    """Send, and let time pass to when there is more to send, until nothing is left that can be sent."""
    for _ in range(500):
        await out.sender.once()
        waiting = [row.due_at for row in await out.rows() if row.state != "failed"]
        if not waiting or enough():
            return
        await out.wait(max(0.001, (min(waiting) - out.clock.now()).total_seconds()))
    raise AssertionError("there is no end to it")


async def _meet(out: Outgoings, user_id: int) -> None:
    account = Account(platform=Platform.TELEGRAM, id=user_id)
    async with out.db.begin() as tx:
        await members.meet(tx, [Somebody(account=account, name="Ana", reachable=True)], now=out.clock.now())


async def _is_reachable(out: Outgoings, user_id: int) -> bool:
    account = Account(platform=Platform.TELEGRAM, id=user_id)
    async with out.db.read() as tx:
        return (await members.by_account(tx, [account]))[account].reachable

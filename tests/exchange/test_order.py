from datetime import UTC, datetime, timedelta

import pytest

from bots.exchange import order as order_module
from bots.exchange.order import SHORTLY, Order

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANA, BEN = 1, 2


def test_one_at_a_time_in_each_chat():
    order = Order()
    assert order.enter(ANA, NOW)
    assert not order.enter(ANA, NOW)
    assert order.enter(BEN, NOW)
    order.leave(ANA)
    assert order.enter(ANA, NOW)


def test_nothing_gets_past_messages_that_wait():
    order = Order()
    order.enter(ANA, NOW)
    assert order.wait(ANA, NOW + SECOND, NOW) == NOW + SECOND
    order.leave(ANA)
    assert not order.enter(ANA, NOW)
    assert order.enter(ANA, NOW + SECOND)


def test_all_that_waits_comes_again_at_one_time():
    order = Order()
    order.enter(ANA, NOW)
    assert order.wait(ANA, NOW + 2 * SECOND, NOW) == NOW + 2 * SECOND
    order.leave(ANA)
    assert order.turn_away(ANA, NOW + SECOND, NOW) == NOW + 2 * SECOND
    assert order.turn_away(ANA, NOW + 3 * SECOND, NOW) == NOW + 3 * SECOND
    assert not order.enter(ANA, NOW + 2 * SECOND)


def test_those_turned_away_from_a_busy_chat_come_again_a_little_later():
    order = Order()
    order.enter(ANA, NOW)
    assert order.turn_away(ANA, NOW, NOW) == NOW + SHORTLY


def test_nobody_enters_while_others_are_still_on_their_way_back():
    order = Order()
    order.enter(ANA, NOW)
    again_at = order.turn_away(ANA, NOW, NOW)
    order.leave(ANA)
    assert not order.enter(ANA, again_at)
    order.turned_away(ANA)
    assert order.enter(ANA, again_at)


def test_memory_does_not_grow_with_the_number_of_chats(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(order_module, "_SWEEP_AT", 50)
    order = Order()
    for chat in range(1000):
        now = NOW + chat * SECOND
        order.turn_away(chat, now + SECOND, now)
        order.turned_away(chat)
        assert len(order._again_at) <= 50
        assert not order._on_the_way_back

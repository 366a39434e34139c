from datetime import UTC, datetime, timedelta

from bots.exchange.pace import Pauses

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANA, BEN = 1, 2


def test_without_a_pause_everything_may_go_at_once():
    pauses = Pauses()
    for _ in range(100):
        pauses.begin(ANA, NOW)
        pauses.end(ANA, NOW, began=NOW)
    assert pauses.slot(ANA, NOW) == pauses.slot(None, NOW) == NOW


def test_a_refusal_is_that_chats_own_however_many_there_are():
    pauses = Pauses()
    for chat in range(100, 200):
        pauses.refused(chat, NOW + SECOND, NOW)
    assert {pauses.slot(chat, NOW) for chat in range(100, 200)} == {NOW + SECOND}
    assert pauses.slot(ANA, NOW) == pauses.slot(None, NOW) == NOW
    assert pauses.slot(100, NOW + 2 * SECOND) == NOW + 2 * SECOND


def test_a_closed_door_is_closed_for_all():
    pauses = Pauses()
    pauses.close(NOW + SECOND)
    assert pauses.slot(ANA, NOW) == pauses.slot(None, NOW) == NOW + SECOND


def test_a_pause_is_never_shortened():
    pauses = Pauses()
    pauses.refused(ANA, NOW + 3 * SECOND, NOW)
    pauses.refused(ANA, NOW + SECOND, NOW)
    assert pauses.open_at(ANA, NOW) == NOW + 3 * SECOND
    pauses.close(NOW + 2 * SECOND)
    pauses.close(NOW + SECOND)
    assert (pauses.open_at(BEN, NOW), pauses.open_at(ANA, NOW)) == (NOW + 2 * SECOND, NOW + 3 * SECOND)


def test_pauses_that_are_over_are_forgotten():
    pauses = Pauses()
    for chat in range(1000):
        now = NOW + chat * SECOND
        pauses.refused(chat, now + SECOND, now)
        assert len(pauses._refused) == 1

"""Events brought to a shop: what it gets, what it must answer, and what becomes of an event that it does not take."""

import asyncio
import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bots.exchange.attempt import HELD_AT_MOST
from core import hooks, outbox
from core.hooks import State, Type
from core.hooks.rules import FAILING_FOR, PAUSES, TRIES
from core.outbox import replaying
from tests.web.hooks.conftest import Sending
from tests.web.hooks.shop import Shop, after, long, with_headers


@pytest.fixture
async def trusted(shop: Shop, sending: Sending) -> Shop:
    """The shop, once it has its secret."""
    async with sending.db.begin() as tx:
        await hooks.endpoint(tx, shop.url, now=sending.clock.now())
    shop.secrets = await sending.secrets(shop.url)
    return shop


# What a shop gets


async def test_a_shop_is_told_once_and_can_verify_it(trusted: Shop, sending: Sending) -> None:
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 1
    assert await sending.hooks.once() == 0
    ((told, event),) = trusted.events.items()
    assert trusted.rejected == []
    assert event == {
        "type": "reward.granted",
        "timestamp": "2026-12-01T12:00:00Z",
        "data": {
            "id": told,
            "campaign": "spring",
            "sequence": 1,
            "reward": "tree",
            "step": 1,
            "to": "advocate",
            "grant": "spring/tree/telegram:700000001/1",
            "member": {"id": 12, "account": "telegram:700000001", "name": "Ana", "code": None},
        },
    }
    path, headers, body = trusted.asked[0]
    assert (path, headers["content-type"], headers["webhook-id"]) == ("/hooks/sayso", "application/json", told)
    assert len(body) < 20_000


async def test_what_was_reversed_names_the_same_gift_and_says_why(trusted: Shop, sending: Sending) -> None:
    await sending.tell(trusted.url)
    reversed_ = {"type": Type.REVERSED, "cause": "spring/tree/12/1/turn/1", "reason": "left_after"}
    await sending.tell(trusted.url, **reversed_)
    await sending.send_until_done()
    first, second = trusted.events.values()
    assert second["type"] == "reward.reversed"
    assert second["data"]["reason"] == "left_after"
    assert second["data"]["grant"] == first["data"]["grant"]
    assert second["data"]["id"] != first["data"]["id"]
    assert [each["data"]["sequence"] for each in (first, second)] == [1, 2]


async def test_events_come_in_their_order_and_one_at_a_time(trusted: Shop, sending: Sending) -> None:
    await sending.tell(trusted.url, *range(1, 21))
    await sending.hooks.once()
    assert [event["data"]["sequence"] for event in trusted.events.values()] == list(range(1, 21))
    assert trusted.most_at_once == 1


async def test_numbers_are_counted_for_each_campaign_and_each_address(sending: Sending) -> None:
    for url in ("https://a.example", "https://b.example"):
        for campaign, slug in ((1, "spring"), (2, "autumn")):
            causes = [f"{slug}/tree/12/{number}" for number in (1, 2)]
            for cause in causes:
                await sending.tell(url, cause=f"{url} {cause}", campaign_id=campaign, campaign=slug)
    told = [json.loads(row.content["body"])["data"] for row in await sending.rows()]
    assert [each["sequence"] for each in told] == [1, 2] * 4


async def test_an_event_that_is_in_the_outbox_is_not_told_twice_and_uses_up_no_number(sending: Sending) -> None:
    for _ in range(3):
        await sending.tell("https://a.example", 1)
    await sending.tell("https://a.example", 2)
    told = [json.loads(row.content["body"])["data"]["sequence"] for row in await sending.rows()]
    assert told == [1, 2]


async def test_a_name_as_long_as_can_be_stays_below_what_the_standard_allows(sending: Sending) -> None:
    who = hooks.Who(id=2**63 - 1, account="telegram:700000001", name="\U0001f600" * 5000)
    await sending.tell("https://a.example", member=who, campaign="c" * 100, reward="r" * 100)
    (row,) = await sending.rows()
    assert len(row.content["body"].encode()) < 20_000


async def test_after_a_restored_backup_an_event_has_the_name_that_it_had(sending: Sending) -> None:
    """The shop knows it by that, whatever Sayso has forgotten."""
    await sending.tell("https://a.example")
    (before,) = await sending.rows()
    async with sending.db.begin() as tx:
        (claimed,) = await outbox.claim(tx, hooks.DOOR, now=sending.clock.now(), limit=1, lease=timedelta(minutes=1))
        await outbox.done(tx, claimed)
    sending.clock.advance(days=20)
    await sending.tell("https://a.example")
    (again,) = await sending.rows()
    assert again.key == before.key
    assert again.content["id"] == before.content["id"]


# What it must answer


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_enough(status: int, trusted: Shop, sending: Sending) -> None:
    trusted.replies = [status]
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 1
    assert await sending.state(trusted.url) is State.WELL


@pytest.mark.parametrize("status", [300, 304, 400, 404, 429, 500, 502, 503, 504])
async def test_whatever_else_it_answers_the_event_comes_again_with_the_same_name(
    status: int, trusted: Shop, sending: Sending
) -> None:
    trusted.replies = [status]
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 0
    assert await sending.state(trusted.url) is State.FAILING
    (row,) = await sending.rows()
    assert row.error.startswith(f"127.0.0.1 answered {status}")
    await sending.send_until_done()
    assert list(trusted.seen.values()) == [2]
    stamps = [int(headers["webhook-timestamp"]) for _, headers, _ in trusted.asked]
    assert stamps[1] - stamps[0] >= 5
    assert await sending.state(trusted.url) is State.WELL


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_a_failure_and_not_followed(status: int, trusted: Shop, sending: Sending) -> None:
    trusted.replies = [with_headers(status, Location=f"{trusted.url}/elsewhere")]
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 0
    assert [path for path, _, _ in trusted.asked] == ["/hooks/sayso"]
    (row,) = await sending.rows()
    assert "redirections are not followed" in row.error


async def test_a_shop_that_is_gone_for_good_is_asked_no_more(trusted: Shop, sending: Sending) -> None:
    trusted.always = 410
    await sending.tell(trusted.url, 1, 2, 3)
    await sending.send_until_done()
    assert len(trusted.asked) == 1
    assert await sending.state(trusted.url) is State.DISABLED
    assert [(row.state, row.content is not None) for row in await sending.rows()] == [("failed", True)] * 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_shop_that_asks_us_to_wait_is_left_alone_so_long(status: int, trusted: Shop, sending: Sending) -> None:
    trusted.replies = [with_headers(status, Retry_After="3600")]
    await sending.tell(trusted.url, 1, 2)
    began = sending.clock.now()
    await sending.hooks.once()
    assert len(trusted.asked) == 1
    sending.clock.advance(seconds=3599)
    await sending.hooks.once()
    assert len(trusted.asked) == 1
    await sending.send_until_done()
    assert [event["data"]["sequence"] for event in trusted.events.values()] == [1, 2]
    assert sending.clock.now() - began >= timedelta(hours=1)


async def test_until_when_to_wait_may_be_a_date_and_no_shop_can_put_us_off_for_long(
    trusted: Shop, sending: Sending
) -> None:
    date = format_datetime(sending.clock.now() + timedelta(minutes=10), usegmt=True)
    for asked, least, most in ((date, 590, 600), ("9" * 30, 86_400, 86_400), ("soon", 5, 6), ("-5", 5, 6), ("0", 5, 6)):
        trusted.replies = [with_headers(429, Retry_After=asked)]
        await sending.tell(trusted.url, cause=asked)
        await sending.hooks.once()
        row = (await sending.rows())[-1]
        waits = (row.due_at - sending.clock.now()).total_seconds()
        assert least <= waits <= most, asked
        await sending.send_until_done()
        date = ""


async def test_an_answer_that_comes_too_late_is_none_and_the_shop_sees_the_same_event_again(
    trusted: Shop, sending: Sending
) -> None:
    """It had done its work: it knows the id, and does it once (S5)."""
    trusted.replies = [after(asyncio.Event(), 200)]
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 0
    (row,) = await sending.rows()
    assert "no answer within 0.4 seconds" in row.error
    await sending.send_until_done()
    assert list(trusted.seen.values()) == [2]
    assert len(trusted.events) == 1


@pytest.mark.parametrize("ends", [True, False])
async def test_an_answer_without_end_is_not_read(ends: bool, trusted: Shop, sending: Sending) -> None:
    gate = asyncio.Event()
    trusted.replies = [long(10_000_000, gate=None if ends else gate), 204]
    await sending.tell(trusted.url, 1, 2)
    assert await sending.hooks.once() == 2
    gate.set()


async def test_an_answer_of_headers_without_end_is_cut_off(trusted: Shop, sending: Sending) -> None:
    async def headers(request):  # type: ignore[no-untyped-def]
        transport = request.transport
        transport.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            if transport.is_closing():
                break
            transport.write(f"X-{number}: {'x' * 1000}\r\n".encode())
            await asyncio.sleep(0)
        raise asyncio.CancelledError

    trusted.replies = [headers]
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 0


async def test_a_shop_that_is_not_there_is_tried_again(trusted: Shop, sending: Sending) -> None:
    await trusted.close()
    await sending.tell(trusted.url)
    assert await sending.hooks.once() == 0
    (row,) = await sending.rows()
    assert row.error.startswith("127.0.0.1 cannot be reached")
    await trusted.open()
    await sending.send_until_done()
    assert len(trusted.events) == 1


# What is not taken


async def test_an_event_is_tried_ten_times_in_three_days_and_then_kept(trusted: Shop, sending: Sending) -> None:
    trusted.always = 500
    began = sending.clock.now()
    await sending.tell(trusted.url)
    await sending.send_until_done()
    took = sending.clock.now() - began
    assert len(trusted.asked) == TRIES == len(PAUSES) + 1
    assert timedelta(days=3) < took < timedelta(days=3.6)
    (row,) = await sending.rows()
    assert (row.state, row.attempts) == ("failed", TRIES)
    assert await sending.state(trusted.url) is State.DISABLED


async def test_a_shop_that_takes_others_is_not_disabled_because_of_one_that_it_never_takes(
    trusted: Shop, sending: Sending
) -> None:
    poison = (await sending.tell(trusted.url, 1)) and (await sending.rows())[0].content["id"]

    async def reply(request):  # type: ignore[no-untyped-def]
        from aiohttp import web

        return web.Response(status=500 if request.headers["webhook-id"] == poison else 200)

    trusted.always = reply
    for number in range(2, 100):
        await sending.hooks.once()
        await sending.tell(trusted.url, number)
        sending.clock.advance(hours=1)
    await sending.send_until_done()
    assert await sending.state(trusted.url) is not State.DISABLED
    assert [row.state for row in await sending.rows()] == ["failed"]
    assert len(trusted.events) == 99


async def test_events_that_failed_together_come_again_apart(trusted: Shop, sending: Sending) -> None:
    from core.hooks.rules import again_at

    now = sending.clock.now()
    times = {again_at(3, now=now, asked=None, chance=chance / 10) for chance in range(10)}
    assert len(times) == 10
    assert all(at is not None and PAUSES[2] <= at - now <= PAUSES[2] * 1.1 for at in times)


async def test_nothing_gets_past_an_event_for_longer_than_a_moment(trusted: Shop, sending: Sending) -> None:
    trusted.replies = [500, 500, 500]
    await sending.tell(trusted.url, 1, 2)
    for _ in range(4):
        await sending.hooks.once()
        sending.clock.advance(seconds=HELD_AT_MOST.total_seconds())
    assert len(trusted.events) == 2


async def test_what_was_given_up_is_replayed_once_the_shop_is_well_again(trusted: Shop, sending: Sending) -> None:
    trusted.always = 410
    await sending.tell(trusted.url, 1, 2)
    await sending.send_until_done()
    trusted.always = None
    trusted.events.clear()
    endpoint = await sending.endpoint(trusted.url)
    async with sending.db.begin() as tx:
        given_up = await replaying.undelivered(tx, hooks.DOOR, limit=10)
        await hooks.enable(tx, endpoint.id)
        assert (
            await replaying.again(
                tx, hooks.DOOR, keys=[f"webhook/{given_up[0].content['id']}"], now=sending.clock.now()
            )
            == 1
        )
    await sending.send_until_done()
    assert list(trusted.events) == [given_up[0].content["id"]]
    async with sending.db.begin() as tx:
        assert await replaying.again(tx, hooks.DOOR, now=sending.clock.now()) == 1
        assert await replaying.again(tx, hooks.DOOR, now=sending.clock.now()) == 0
    await sending.send_until_done()
    assert len(trusted.events) == 2
    assert await sending.state(trusted.url) is State.WELL


async def test_an_endpoint_that_failed_for_less_than_three_days_goes_on(sending: Sending) -> None:
    endpoint = await sending.tell("https://a.example")
    began = sending.clock.now()
    async with sending.db.begin() as tx:
        await hooks.failed(tx, endpoint.id, "no", now=began, last=True)
        assert (await hooks.get(tx, endpoint.id)).state is State.FAILING  # type: ignore[union-attr]
        await hooks.failed(tx, endpoint.id, "no", now=began + FAILING_FOR)
        assert (await hooks.get(tx, endpoint.id)).state is State.FAILING  # type: ignore[union-attr]
        await hooks.failed(tx, endpoint.id, "no", now=began + FAILING_FOR, last=True)
        assert (await hooks.get(tx, endpoint.id)).state is State.DISABLED  # type: ignore[union-attr]

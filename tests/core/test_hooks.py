"""Endpoints of shops: who is told when one is switched off, and what is kept of what did not arrive."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import hooks, members, outbox
from core.campaign import by_slug
from core.database import Database, rows_of, table_of
from core.hooks import Endpoint, Event, State, Type, Who
from core.outbox import FAILURES_KEPT_FOR, Outgoing, replaying
from core.outbox.table import OutboxRow
from core.status import status
from tests.clock import FakeClock
from tests.people import ANA, ORGANIZER, Town, a_campaign

URL = "https://shop.example/hooks/sayso?key=canary"


@pytest.fixture
async def town(db: Database, clock: FakeClock) -> Town:
    """Two campaigns with the same organizer, who can be written to."""
    town = Town(db, clock)
    await town.apply(a_campaign(), a_campaign("autumn", chats=(-2001,)))
    for person in (ORGANIZER, ANA):
        await town.code_of(person)
    await _outbox(db)
    return town


async def _outbox(db: Database) -> list[dict[str, object]]:
    """What is in the outbox; it is empty afterwards."""
    row = table_of(OutboxRow)
    async with db.begin() as tx:
        found = [dict(each._mapping) for each in await rows_of(tx, select(row).order_by(row.c.id))]
        await tx.execute(row.delete())
    return found


async def _told(town: Town, slug: str = "spring", number: int = 1, url: str = URL) -> Endpoint:
    async with town.db.begin() as tx:
        campaign = await by_slug(tx, slug)
        assert campaign is not None
        event = Event(
            url=url,
            type=Type.GRANTED,
            cause=f"{slug}/tree/2/{number}",
            campaign_id=campaign.id,
            campaign=slug,
            reward="tree",
            step=number,
            to="advocate",
            grant=f"{slug}/tree/2/{number}",
            member=Who(id=2, account="telegram:11", name="Ana"),
            at=town.now,
        )
        outgoing = await hooks.event(tx, event, now=town.now)
        await outbox.put(tx, [outgoing])
        found = await hooks.get(tx, outgoing.address)
    assert found is not None
    return found


@pytest.mark.parametrize("why", ["gone", "failing"])
async def test_organizers_are_told_once_that_a_shop_gets_nothing_more(why: str, town: Town) -> None:
    endpoint = await _told(town)
    await _told(town, "autumn")
    await _outbox(town.db)
    async with town.db.begin() as tx:
        await hooks.failed(tx, endpoint.id, "it is down", now=town.now)
    town.clock.advance(days=3)
    for _ in range(3):
        async with town.db.begin() as tx:
            await hooks.failed(tx, endpoint.id, "it is down", now=town.now, gone=why == "gone", last=True)
    news = await _outbox(town.db)
    assert [(each["door"], each["address"]) for each in news] == [("telegram", ORGANIZER.account.id)]
    content = news[0]["content"]
    assert isinstance(content, dict)
    assert (content["news"], content["host"], content["why"]) == ("webhook_off", "shop.example", why)
    assert "canary" not in str(news)


async def test_organizers_of_campaigns_that_send_nothing_there_are_told_nothing(town: Town) -> None:
    endpoint = await _told(town, url="https://other.example/")
    await _outbox(town.db)
    async with town.db.begin() as tx:
        await tx.execute(table_of(hooks.table.SequenceRow).delete())
        await hooks.failed(tx, endpoint.id, "no", now=town.now, gone=True)
    assert await _outbox(town.db) == []


async def test_the_status_of_a_campaign_names_its_shops_that_take_nothing(town: Town) -> None:
    endpoint = await _told(town)
    await _told(town, url="https://well.example/")
    async with town.db.begin() as tx:
        await hooks.failed(tx, endpoint.id, "it is down; look at it", now=town.now)
    async with town.db.read() as tx:
        shown = {}
        for slug in ("spring", "autumn"):
            applied = await by_slug(tx, slug)
            assert applied is not None
            shown[slug] = (await status(tx, applied, now=town.now)).as_json()["shops"]
    since = town.now.isoformat()
    problem = {"host": "shop.example", "state": "failing", "failing_since": since, "error": "it is down; look at it"}
    assert shown == {"spring": [problem], "autumn": []}


async def test_the_members_own_code_is_told_if_there_is_one(town: Town) -> None:
    code = await town.code_of(ANA)
    async with town.db.begin() as tx:
        ana = (await members.by_account(tx, [ANA.account]))[ANA.account]
        campaign = await by_slug(tx, "spring")
        assert campaign is not None
        about = {
            "type": Type.GRANTED,
            "campaign": "spring",
            "reward": "tree",
            "to": "advocate",
            "at": town.now,
        }
        who = Who(id=ana.id, account="telegram:11", name="Ana")
        for step, campaign_id in ((1, campaign.id), (2, campaign.id + 100)):
            named = {"step": step, "cause": f"{step}", "grant": f"{step}"}
            event = Event(url=URL, campaign_id=campaign_id, member=who, **about, **named)
            await outbox.put(tx, [await hooks.event(tx, event, now=town.now)])
    bodies = [str(each["content"]) for each in await _outbox(town.db)]
    assert [f'"code":"{code}"' in each for each in bodies] == [True, False]


async def test_success_forgets_what_was_wrong_but_does_not_enable(town: Town) -> None:
    endpoint = await _told(town)
    async with town.db.begin() as tx:
        await hooks.failed(tx, endpoint.id, "no", now=town.now)
        await hooks.took(tx, endpoint.id)
        well = await hooks.get(tx, endpoint.id)
        await hooks.failed(tx, endpoint.id, "no", now=town.now, gone=True)
        await hooks.took(tx, endpoint.id)
        off = await hooks.get(tx, endpoint.id)
        await hooks.enable(tx, endpoint.id)
        again = await hooks.get(tx, endpoint.id)
    assert well == again == endpoint
    assert off is not None
    assert off.state is State.DISABLED


# What did not arrive


def _row(door: str, number: int, now: object, address: int = 7) -> Outgoing:
    return Outgoing(key=f"{door}/{number}", door=door, address=address, kind="x", content={"n": number}, due_at=now)  # type: ignore[arg-type]


async def test_only_what_can_be_replayed_keeps_its_content_and_not_for_ever(db: Database, clock: FakeClock) -> None:
    now, minute = clock.now(), timedelta(minutes=1)
    async with db.begin() as tx:
        await outbox.put(tx, [_row("webhook", 1, now), _row("webhook", 2, now), _row("telegram", 3, now)])
        for door in ("webhook", "telegram"):
            for row in await outbox.claim(tx, door, now=now, limit=9, lease=minute):
                await outbox.failed(tx, row, "no")
        kept = await replaying.undelivered(tx, "webhook", limit=9)
        assert [each.content for each in kept] == [{"n": 2}, {"n": 1}]
        assert await replaying.undelivered(tx, "telegram", limit=9) == []
        assert await replaying.again(tx, "telegram", now=now) == 0
        assert await replaying.again(tx, "webhook", keys=["webhook/1"], without=[7], now=now) == 0
        assert await replaying.again(tx, "webhook", keys=["webhook/1"], now=now) == 1
        assert await replaying.per_address(tx, "webhook") == {(7, True): 1, (7, False): 1}
        (row,) = await outbox.claim(tx, "webhook", now=now, limit=9, lease=minute)
        assert (row.content, row.attempts) == ({"n": 1}, 1)
    async with db.begin() as tx:
        await outbox.purge(tx, now=now + FAILURES_KEPT_FOR + minute)
        assert await replaying.per_address(tx, "webhook") == {(7, True): 1}


async def test_a_claim_may_take_a_few_of_each_address_and_pass_over_some(db: Database, clock: FakeClock) -> None:
    now = clock.now()
    async with db.begin() as tx:
        rows = [_row("webhook", number, now, address=number % 3) for number in range(12)]
        await outbox.put(tx, rows)
        claimed = await outbox.claim(tx, "webhook", now=now, limit=9, lease=timedelta(minutes=1), each=2, without=[1])
        assert sorted((row.address, row.content["n"]) for row in claimed) == [(0, 0), (0, 3), (2, 2), (2, 5)]
        assert await outbox.next_due(tx, "webhook", without=[0, 1, 2]) is None
        assert await outbox.next_due(tx, "webhook", without=[0, 2]) == now


async def test_a_webhook_that_comes_again_is_not_among_what_somebody_must_set_right(
    db: Database, clock: FakeClock
) -> None:
    """The doctor says it of the endpoint instead, once."""
    now = clock.now()
    async with db.begin() as tx:
        await outbox.put(tx, [_row("webhook", 1, now), _row("telegram", 2, now)])
        for door in ("webhook", "telegram"):
            for row in await outbox.claim(tx, door, now=now, limit=9, lease=timedelta(minutes=1)):
                await outbox.later(tx, row, due_at=now + timedelta(hours=1), error="no")
        assert [each.door for each in await outbox.held(tx, limit=9)] == ["telegram"]

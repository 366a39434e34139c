"""From a friend who stays to the shop, and back again when the friend leaves."""

from bots.web.hooks import Hooks, Poster
from core import hooks, rewards
from core.audit import audit
from core.campaign.values import Reward, To
from core.database import Database
from core.outbox import replaying
from tests.clock import FakeClock
from tests.people import ANA, FLO, SALON, Town, a_campaign, joined, left, started
from tests.web.hooks.conftest import HERE, Sending
from tests.web.hooks.shop import Shop


async def test_a_reward_reaches_the_shop_once_and_so_does_its_end(
    db: Database, clock: FakeClock, shop: Shop, sending: Sending
) -> None:
    town = Town(db, clock)
    gift = Reward(id="tree", to=To.ADVOCATE, kind="webhook", setting=shop.url, every=1)
    await town.apply(a_campaign(chats=(SALON,), rewards=(gift,)))
    code = await town.code_of(ANA)
    await town.take(started(FLO, town.now, code), joined(FLO, town.now))
    await town.pass_time(days=4, there=[FLO])
    async with db.begin() as tx:
        endpoint = await hooks.endpoint(tx, shop.url, now=town.now)
        shop.secrets = await hooks.secrets_of(tx, endpoint.id, now=town.now)
    assert await sending.hooks.once() == 1
    (event,) = shop.events.values()
    assert (event["type"], event["data"]["to"], event["data"]["step"]) == ("reward.granted", "advocate", 1)
    assert event["data"]["member"]["account"] == "telegram:11"
    assert event["data"]["member"]["code"] == code
    async with db.read() as tx:
        (grant,) = await rewards.of_member(tx, event["data"]["member"]["id"])
    assert grant.delivered_at == town.now
    named = event["data"]["grant"]
    assert named == f"spring/{grant.reward}/telegram:11/1"

    town.there.clear()
    town.clock.advance(minutes=1)
    await town.take(left(FLO, town.now))
    await town.pass_time(days=1)
    await sending.send_until_done()
    assert shop.rejected == []
    taken_back = list(shop.events.values())[1:]
    assert [(each["type"], each["data"]["grant"]) for each in taken_back] == [("reward.reversed", named)]
    assert taken_back[0]["data"]["reason"]
    async with db.read() as tx:
        assert await audit(tx) == []


async def test_a_shop_that_takes_nothing_leaves_the_gift_as_waiting_until_it_is_replayed(
    db: Database, clock: FakeClock, shop: Shop
) -> None:
    """The member's grant is delivered when the shop has it, not before."""
    town, poster = Town(db, clock), Poster(HERE)
    gift = Reward(id="tree", to=To.FRIEND, kind="webhook", setting=shop.url)
    await town.apply(a_campaign(chats=(SALON,), rewards=(gift,)))
    await town.take(started(FLO, town.now, await town.code_of(ANA)), joined(FLO, town.now))
    await town.pass_time(days=4, there=[FLO])
    shop.replies = [410]
    sender = Hooks(db, clock, poster=poster)
    assert await sender.once() == 0
    (event,) = shop.events.values()
    async with db.begin() as tx:
        (grant,) = await rewards.of_member(tx, event["data"]["member"]["id"])
        assert grant.delivered_at is None
        found = await hooks.under(tx, shop.url)
        assert found is not None
        await hooks.enable(tx, found.id)
        await replaying.again(tx, hooks.DOOR, now=clock.now())
    assert await sender.once() == 1
    async with db.read() as tx:
        (grant,) = await rewards.of_member(tx, event["data"]["member"]["id"])
    assert grant.delivered_at == clock.now()
    await poster.close()

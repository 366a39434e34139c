"""Giving every kind of reward, holding it while something is lacking, taking it back; the audit agrees each time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import exc, func, select, text

from campaigns import heart
from core import campaign as campaigns
from core import codes, intake, notices, outbox, rewards
from core.audit import audit
from core.budgets.table import BudgetRow
from core.campaign.values import Limits, Reward, To
from core.codes.table import CodeRow
from core.database import rows_of, table_of
from core.intake.deliver import delivered
from core.notices import Notice
from tests.core.giving_world import BOTH, CALL, CODE, EVERY, INVITE, POINTS, POSTER, ROLE, GivingTown
from tests.core.persons_world import TwoTowns, on_discord
from tests.people import ANA, BEN, FLO, GUS, ORGANIZER, a_campaign, a_person, assert_audited

HOUR = timedelta(hours=1)
PAUL = a_person(31, "Paul", reachable=True)
THANKS = Reward(id="words", to=To.FRIEND, kind="message", setting={"en": "Thank you."})
CAMPAIGN = replace(a_campaign(rewards=(*EVERY, THANKS), codes={"welcome": "codes/welcome.txt"}), communities=BOTH)


def limited(**limits):
    return replace(CAMPAIGN, limits=Limits(**limits))


@pytest.fixture
async def town(db, clock):
    """Everybody has written to the bot, and nobody has anything yet. Whatever happens, the audit finds nothing."""
    town = GivingTown(db, clock)
    await town.apply(CAMPAIGN)
    await town.meet(ORGANIZER, ANA, BEN, replace(FLO, reachable=True), PAUL)
    yield town
    await assert_audited(db)


async def figures(town):
    found = await town.totals()
    return tuple(found.get(f"rewards.{name}", 0) for name in ("granted", "delivered", "held"))


async def test_a_code_is_brought_to_the_member_and_stays_theirs(town):
    await town.fill("A", "B", "C")
    await town.give(ANA)
    gift, held, delivered = await town.state(ANA)
    assert (gift in "ABC", held, delivered) == (True, None, False)
    assert await figures(town) == (1, 0, 0)
    [(address, kind, content)] = await town.goes_out()
    assert (address, kind, content["news"], content["kind"], content["code"]) == (11, "news", "reward", CODE.kind, gift)
    assert await figures(town) == (1, 1, 0)
    await town.turn(ANA)
    assert (await town.state(ANA))[0] == gift
    assert (await town.pool()).left == 2
    await town.turn(ANA)
    assert (await town.state(ANA))[0] == gift
    assert await town.goes_out() == []


async def test_without_codes_rewards_are_held_and_given_in_their_order(town):
    await town.give(ANA)
    town.clock.advance(hours=1)
    await town.give(BEN, PAUL)
    assert [await town.state(each) for each in (ANA, BEN, PAUL)] == [(None, "codes", False)] * 3
    assert await figures(town) == (0, 0, 3)
    assert await town.release() == 0
    await town.fill("A")
    async with town.db.read() as tx:
        assert await intake.releasable(tx) == [1]
    assert await town.release() == 1
    assert await town.state(ANA) == ("A", None, False)
    await town.fill("B", "C", "D")
    assert await town.release(limit=1) == 1
    assert await town.release() == 1
    assert await town.release() == 0
    assert await figures(town) == (3, 0, 0)
    pool = await town.pool()
    assert (pool.total, pool.left, pool.waiting) == (4, 1, 0)
    codes_told = [content["code"] for _, _, content in await town.goes_out() if "code" in content]
    assert sorted(codes_told) == sorted([(await town.grant(each)).gift for each in (ANA, BEN, PAUL)])


async def test_the_worker_finds_what_whoever_imported_did_not_release(town):
    await town.give(ANA, BEN)
    assert await heart.release(town.db, town.clock) == 0
    await town.fill("A", "B")
    assert await asyncio.gather(*(heart.release(town.db, town.clock) for _ in range(3))) != [0, 0, 0]
    assert await figures(town) == (2, 0, 0)


async def test_nobody_who_comes_later_passes_those_who_wait(town):
    await town.give(ANA, BEN)
    await town.fill("A")
    await town.give(PAUL)
    assert (await town.state(PAUL)) == (None, "codes", False)
    assert await town.release() == 1
    assert (await town.state(ANA))[0] == "A"


async def test_organizers_are_told_once_that_codes_run_out_until_there_are_more(town):
    people = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(12)]
    await town.meet(*people)
    await town.fill(*(f"C{n}" for n in range(10)))
    await town.give(*people[:8])
    assert await town.told("codes_low", "codes_dry") == []
    await town.give(people[8])
    [low] = await town.told("codes_low", "codes_dry")
    assert (low["news"], low["pool"], low["left"], low["total"], low["title"]) == (
        "codes_low",
        "welcome",
        1,
        10,
        "Bring a friend",
    )
    await town.give(people[9])
    [dry] = await town.told("codes_low", "codes_dry")
    assert (dry["news"], dry["left"]) == ("codes_dry", 0)
    await town.give(people[10])
    assert await town.told("codes_low", "codes_dry") == []
    await town.fill("more")
    await town.release()
    [dry] = await town.told("codes_low", "codes_dry")
    assert (dry["news"], dry["total"], dry["waiting"]) == ("codes_dry", 11, 0)


async def test_fifty_at_once_want_the_last_code(db, clock):
    town = GivingTown(db, clock)
    await town.apply(CAMPAIGN)
    people = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(50)]
    await town.meet(*people)
    await town.fill("the-last")
    await asyncio.gather(*(town.give(each) for each in people))
    held = [(await town.state(each))[:2] for each in people]
    assert sorted(held, key=str) == sorted([("the-last", None), *[(None, "codes")] * 49], key=str)
    pool = await town.pool()
    assert (pool.left, pool.waiting) == (0, 49)
    assert await figures(town) == (1, 0, 49)
    await assert_audited(db)


async def test_many_release_and_import_at_once(db, clock):
    town = GivingTown(db, clock)
    await town.apply(CAMPAIGN)
    people = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(30)]
    await town.meet(*people)
    await town.give(*people)
    work = [town.fill(*(f"{n}-{m}" for m in range(4))) for n in range(9)]
    await asyncio.gather(*work, *(town.release() for _ in range(6)), *(town.fill("0-0", "1-1") for _ in range(4)))
    while await town.release():
        pass
    gifts = [(await town.state(each))[0] for each in people]
    assert None not in gifts
    assert len(set(gifts)) == 30
    assert (await town.pool()).left == 6
    await assert_audited(db)


async def test_what_is_held_and_taken_back_leaves_the_line_and_comes_back_into_it(town):
    await town.give(ANA, BEN)
    await town.turn(ANA)
    assert await figures(town) == (0, 0, 1)
    assert (await town.pool()).waiting == 1
    await town.fill("A", "B")
    assert await town.release() == 1
    assert (await town.state(ANA)) == (None, "codes", False)
    await town.turn(ANA)
    assert await figures(town) == (1, 0, 1)
    assert await town.release() == 1
    assert (await town.state(ANA))[1:] == (None, False)


async def test_points_that_are_taken_back_wait_in_an_account_of_their_own(town):
    await town.give(ANA, BEN, reward=POINTS)
    await town.turn(ANA, POINTS)
    ana, ben = [(await town.member(each)).id for each in (ANA, BEN)]
    assert await town.balances() == {"budget/1": -20, f"member/1/{ben}": 10, "reversed/1": 10}
    await town.turn(ANA, POINTS)
    assert await town.balances() == {"budget/1": -20, f"member/1/{ben}": 10, f"member/1/{ana}": 10}


async def test_a_budget_of_points_is_kept_and_what_is_over_waits(town):
    await town.apply(limited(points=25))
    assert await town.balances() == {"brand/1": -25, "budget/1": 25}
    await town.give(ANA, BEN, PAUL, reward=POINTS)
    assert [(await town.grant(each, POINTS)).held for each in (ANA, BEN, PAUL)] == [None, None, "budget"]
    assert (await town.balances())["budget/1"] == 5
    [told] = await town.told("budget_spent")
    assert (told["unit"], told["most"]) == ("points", 25)
    town.clock.advance(hours=1)
    await town.give(FLO, reward=POINTS)
    assert await town.told("budget_spent") == []
    async with town.db.read() as tx:
        assert await intake.releasable(tx) == []
    await town.apply(limited(points=30))
    assert await town.release() == 1
    assert [(await town.grant(each, POINTS)).held for each in (PAUL, FLO)] == [None, "budget"]
    await town.turn(ANA, POINTS)
    assert await town.release() == 1
    assert await figures(town) == (3, 3, 0)
    assert (await town.grant(FLO, POINTS)).held is None


async def test_points_are_released_as_they_were_promised(town):
    await town.apply(limited(points=5))
    await town.give(ANA, reward=POINTS)
    await town.apply(replace(CAMPAIGN, rewards=(replace(POINTS, setting=500), *EVERY[2:], CODE)))
    assert await town.release() == 1
    ana = (await town.member(ANA)).id
    assert (await town.balances())[f"member/1/{ana}"] == 10
    [news] = [content for address, _, content in await town.goes_out() if address == 11]
    assert (news["news"], news["kind"], news["points"]) == ("reward", "points", 10)


async def test_what_cannot_be_given_again_waits_for_room(town):
    await town.apply(limited(points=10))
    await town.give(ANA, reward=POINTS)
    await town.turn(ANA, POINTS)
    await town.give(BEN, reward=POINTS)
    await town.turn(ANA, POINTS)
    assert (await town.grant(ANA, POINTS)).held == "budget"
    assert await figures(town) == (1, 1, 1)
    await town.apply(limited(points=20))
    assert await town.release() == 1
    assert await figures(town) == (2, 2, 0)
    ana = (await town.member(ANA)).id
    assert (await town.balances())[f"member/1/{ana}"] == 10


async def test_a_limit_of_rewards_counts_every_kind_and_is_raised(town):
    await town.fill("A", "B")
    await town.apply(limited(rewards=2))
    await town.give(ANA)
    await town.give(ANA, reward=POINTS)
    await town.give(BEN)
    await town.give(BEN, reward=POINTS)
    assert [(await town.grant(BEN, each)).waits_for for each in (CODE, POINTS)] == ["budget/rewards"] * 2
    assert (await town.pool()).left == 1
    await town.apply(limited(rewards=3))
    assert await town.release() == 1
    await town.apply(CAMPAIGN)
    assert await town.release() == 1
    assert await figures(town) == (4, 2, 0)


async def test_a_limit_below_what_was_given_holds_at_that(town):
    await town.give(ANA, BEN, reward=POINTS)
    await town.apply(limited(points=5, rewards=1))
    await town.give(PAUL, reward=POINTS)
    assert (await town.grant(PAUL, POINTS)).held == "budget"
    assert await town.balances() == {
        "brand/1": -20,
        **{f"member/1/{(await town.member(each)).id}": 10 for each in (ANA, BEN)},
    }
    before = await town.balances()
    await town.apply(limited(points=5, rewards=1))
    assert await town.balances() == before


async def test_a_reward_may_wait_for_one_thing_after_the_other(town):
    await town.apply(limited(rewards=1))
    await town.give(ANA)
    assert (await town.grant(ANA)).held == "codes"
    await town.give(BEN, reward=POINTS)
    await town.fill("A")
    await town.release()
    assert (await town.grant(ANA)).waits_for == "budget/rewards"
    await town.apply(CAMPAIGN)
    assert await town.release() == 1
    assert (await town.state(ANA))[0] == "A"


async def test_nothing_is_released_while_the_campaign_is_paused(town):
    await town.give(ANA)
    await town.fill("A")
    async with town.db.begin() as tx:
        await campaigns.pause(tx, 1, now=town.now)
    assert await town.release() == 0
    async with town.db.begin() as tx:
        assert await intake.releasable(tx) == []
        await campaigns.resume(tx, 1)
    assert await town.release() == 1


async def test_spending_races_end_at_the_limit(db, clock):
    town = GivingTown(db, clock)
    await town.apply(limited(points=100, rewards=1000))
    people = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(40)]
    await town.meet(*people)
    await asyncio.gather(*(town.give(each, reward=POINTS) for each in people))
    assert await figures(town) == (10, 10, 30)
    assert (await town.balances())["brand/1"] == -100
    await assert_audited(db)


async def test_the_database_itself_refuses_overspending(town):
    await town.apply(limited(points=100))
    budget = table_of(BudgetRow)
    with pytest.raises(exc.IntegrityError):
        async with town.db.begin() as tx:
            await tx.execute(budget.update().values(spent=101))


@pytest.mark.parametrize("harm", ["UPDATE ledger SET points = 1000", "DELETE FROM ledger"])
async def test_the_ledger_is_only_added_to(town, harm):
    await town.give(ANA, reward=POINTS)
    before = await town.balances()
    with pytest.raises(exc.IntegrityError, match="only ever added to"):
        async with town.db.begin() as tx:
            await tx.execute(text(harm))
    assert await town.balances() == before


async def test_the_ledger_cannot_be_emptied_at_once(postgres_db):
    with pytest.raises(exc.IntegrityError, match="only ever added to"):
        async with postgres_db.begin() as tx:
            await tx.execute(text("TRUNCATE ledger"))


async def test_what_is_given_by_hand_is_told_to_organizers_who_tick_it_off(town):
    await town.give(ANA, reward=POSTER)
    out = await town.goes_out()
    [mine] = [content for address, _, content in out if address == ANA.account.id]
    [theirs] = [content for address, _, content in out if address == ORGANIZER.account.id]
    assert (mine["news"], mine["kind"], mine["text"]) == ("reward", "by_hand", "A poster.")
    assert (theirs["news"], theirs["member"], theirs["text"]) == ("by_hand", "Ana", "A poster.")
    cause, olga, ana = theirs["cause"], (await town.member(ORGANIZER)).id, (await town.member(ANA)).id
    assert await figures(town) == (1, 0, 0)
    async with town.db.begin() as tx:
        assert [grant.cause for grant in await rewards.by_hand(tx, 1, limit=5)] == [cause]
        assert not await intake.handed(tx, cause, by=ana, now=town.now)
        assert await intake.handed(tx, cause, by=olga, now=town.now)
        assert not await intake.handed(tx, cause, by=olga, now=town.now)
        assert await rewards.by_hand(tx, 1, limit=5) == []
    assert await figures(town) == (1, 1, 0)


@pytest.mark.parametrize("reward", [CODE, THANKS, INVITE, POSTER], ids=lambda reward: reward.kind)
async def test_what_still_waits_is_not_brought_once_it_is_taken_back_and_comes_when_it_is_given_again(town, reward):
    await town.fill(*map(str, range(20)))
    await town.give(ANA, reward=reward)
    async with town.db.read() as tx:
        waited = (await outbox.counts(tx))["waiting"]
    await town.turn(ANA, reward)
    assert await town.goes_out() == []
    await town.turn(ANA, reward)
    assert len(await town.goes_out()) == waited
    assert waited == (2 if reward is POSTER else 1)


async def test_what_is_being_sent_this_moment_is_not_withdrawn(town):
    await town.give(ANA, reward=THANKS)
    async with town.db.begin() as tx:
        [row] = await outbox.claim(tx, "telegram", now=town.now, limit=10, lease=town.LEASE)
    await town.turn(ANA, THANKS)
    async with town.db.begin() as tx:
        await delivered(tx, row.grant_cause, now=town.now)
        assert await outbox.done(tx, row)
    await town.turn(ANA, THANKS)
    assert await town.goes_out() == []
    assert await figures(town) == (1, 1, 0)


async def test_a_notice_of_what_was_taken_back_is_not_shown(town):
    await town.give(ANA, reward=THANKS)
    async with town.db.begin() as tx:
        [row] = await outbox.claim(tx, "telegram", now=town.now, limit=10, lease=town.LEASE)
        told = Notice(key=row.key, content=row.content, grant_cause=row.grant_cause)
        await notices.put(tx, ANA.account, [told], now=town.now)
        await outbox.done(tx, row)
    await town.turn(ANA, THANKS)
    async with town.db.begin() as tx:
        assert await notices.take(tx, [ANA.account], limit=10) == {}


async def test_what_was_taken_back_is_not_handed_over(town):
    await town.give(ANA, reward=POSTER)
    await town.turn(ANA, POSTER)
    grant, olga = await town.grant(ANA, POSTER), (await town.member(ORGANIZER)).id
    async with town.db.begin() as tx:
        assert not await intake.handed(tx, grant.cause, by=olga, now=town.now)


async def test_an_invite_is_made_by_the_door_and_brought_once(town):
    await town.give(ANA, reward=INVITE)
    cause = (await town.grant(ANA, INVITE)).cause
    assert await town.goes_out() == [(-1007, "invite", {"cause": cause, "name": "Ana"})]
    for link in ("https://t.me/+one", "https://t.me/+one", "https://t.me/+two"):
        async with town.db.begin() as tx:
            await intake.gift_made(tx, cause, link, now=town.now)
    assert await town.state(ANA, INVITE) == ("https://t.me/+one", None, False)
    [(address, kind, content)] = await town.goes_out()
    assert (address, kind, content["url"]) == (11, "news", "https://t.me/+one")
    assert await town.state(ANA, INVITE) == ("https://t.me/+one", None, True)


async def test_an_invite_made_for_what_was_taken_back_is_not_brought(town):
    await town.give(ANA, reward=INVITE)
    await town.goes_out()
    await town.turn(ANA, INVITE)
    async with town.db.begin() as tx:
        await intake.gift_made(tx, (await town.grant(ANA, INVITE)).cause, "https://t.me/+one", now=town.now)
    assert await town.goes_out() == []
    assert (await town.grant(ANA, INVITE)).gift is None


async def test_who_cannot_be_written_to_gets_the_same_code_later(town):
    await town.meet(GUS)
    await town.fill("A", "B", "C")
    await town.give(GUS)
    gift, _, delivered = await town.state(GUS)
    assert await town.goes_out() == []
    assert not delivered
    await town.meet(replace(GUS, reachable=True))
    [(address, _, content)] = await town.goes_out()
    assert (address, content["code"]) == (GUS.account.id, gift)


async def test_a_reward_goes_to_the_account_that_can_be_written_to(town):
    elsewhere = replace(on_discord(GUS), reachable=True)
    await town.meet(GUS, elsewhere)
    await TwoTowns.link(town, GUS, elsewhere)
    await town.fill("A")
    await town.goes_out("discord")
    await town.give(GUS)
    assert GUS.account.id not in {address for address, _, _ in await town.goes_out()}
    [(address, _, content)] = await town.goes_out("discord")
    assert (address, content["code"]) == (elsewhere.account.id, "A")


async def test_a_role_is_taken_back_and_given_again(town):
    gil = replace(on_discord(GUS), reachable=True)
    await town.meet(gil)
    await town.give(gil, reward=ROLE)
    for _ in range(2):
        await town.turn(gil, ROLE)
    out = await town.goes_out("discord")
    assert [kind for _, kind, _ in out] == ["role", "unrole", "role"]
    assert {content["role"] for _, _, content in out} == {ROLE.setting}
    assert {content["account"] for _, _, content in out} == {gil.account.id}


async def test_the_shop_is_told_of_what_is_given_and_taken_back(town):
    await town.give(ANA, reward=CALL)
    out = await town.goes_out("webhook")
    await town.turn(ANA, CALL)
    out += await town.goes_out("webhook")
    assert ["reward.granted" in str(out[0]), "reward.reversed" in str(out[1])] == [True, True]
    assert "telegram:11" in str(out[0])
    assert (await town.state(ANA, CALL))[2]
    assert await figures(town) == (0, 0, 0)


async def test_an_older_copy_gives_everybody_the_same_code_again(db, clock):
    people = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(10)]
    town = GivingTown(db, clock)
    await town.apply(CAMPAIGN)
    await town.fill(*(f"C{n}" for n in range(2000)))
    await town.meet(*people)
    await town.give(*people)
    first = [(await town.state(each))[0] for each in people]
    async with db.begin() as tx:  # as in a copy from before anybody came: members get other numbers, in another order
        for table in ("reward_grant", "outbox", "journal", "total", "account", "member"):
            await tx.execute(text(f"DELETE FROM {table}"))
        await tx.execute(text("UPDATE promo_code SET cause = NULL"))
        await tx.execute(text('UPDATE code_pool SET "left" = total'))
    await town.meet(ANA, *reversed(people))
    for each in reversed(people):
        await town.give(each)
    assert [(await town.state(each))[0] for each in people] == first


async def test_a_code_is_in_one_pool_for_ever(town):
    await town.apply(replace(CAMPAIGN, codes={"welcome": "a.txt", "other": "b.txt"}))
    assert (await town.fill("A", "B")).new == 2
    again = await town.fill("B", "C", "B")
    assert (again.new, again.known) == (1, {("spring", "welcome"): 1})
    other = await town.fill("A", "D", pool="other")
    assert (other.new, other.known) == (1, {("spring", "welcome"): 1})
    await town.give(ANA)
    taken = (await town.state(ANA))[0]
    assert (await town.fill(taken)).new == 0
    pool = await town.pool()
    assert (pool.total, pool.left, pool.given) == (3, 2, 1)


async def test_a_code_given_to_somebody_else_is_found_by_the_audit(town):
    await town.fill("A", "B")
    await town.give(ANA)
    async with town.db.begin() as tx:
        await tx.execute(text("UPDATE reward_grant SET gift = 'forged'"))
    async with town.db.read() as tx:
        assert [each.what for each in await audit(tx)] == ["spring: giving: gifts that are not the code given for them"]
    async with town.db.begin() as tx:
        await tx.execute(text("UPDATE reward_grant SET gift = (SELECT code FROM promo_code WHERE cause IS NOT NULL)"))


async def test_rewards_without_codes_and_limits_ask_nothing_more(town, statements):
    async with statements(town.db) as sent:
        await town.give(ANA, reward=POINTS)
    asked = ("FROM code_pool", "promo_code", "FROM budget", "UPDATE budget", "webhook")
    assert not [each for each in sent if any(name in each for name in asked)]


async def test_codes_are_looked_up_in_few_statements(town, statements):
    people = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(100)]
    await town.meet(*people)
    await town.fill(*(f"C{n}" for n in range(5000)))
    async with statements(town.db) as sent:
        await town.give(*people)
    assert len([each for each in sent if "code_pool" in each or "promo_code" in each]) <= 8
    async with town.db.read() as tx:
        query = select(func.count()).where(table_of(CodeRow).c.cause.is_not(None))
        assert (await rows_of(tx, query))[0][0] == 100
        assert len(await codes.pools(tx)) == 1

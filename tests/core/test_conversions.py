"""Conversions: counted once each, and what they do for a friend who has to bring one."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core import conversions, intake
from core.campaign.values import Attribution, Qualify
from core.campaign.values import Touch as Counts
from core.conversions import (
    BadConversionError,
    Converted,
    OtherContentError,
    Uncounted,
    UnknownCodeError,
    UnknownMemberError,
    WhichCampaignError,
)
from core.database import Database, rows_of, table_of
from core.intake.facts import ClaimAnswered, Claimed
from core.journal.table import FactRow
from tests.core.plans import plan_of
from tests.people import (
    ANA,
    BEN,
    ENDS,
    FLO,
    GUS,
    SALON,
    STARTS,
    Town,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    left,
    started,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ORDER = Qualify(conversion="first-order")


def asking(slug="spring", **changes):
    """A campaign that asks for a first order, and for nothing else unless it is said."""
    return a_campaign(slug, **{"qualify": ORDER, "chats": (SALON,), **changes})


def bought(person=None, at=None, *, number="order-1", name="first-order", **how):
    member = person and f"telegram:{person.account.id}"
    return Converted(id=number, name=name, at=at or STARTS, member=member, **how)


async def tell(town, *facts):
    """Report these; what was kept of the last one."""
    for fact in facts:
        async with town.db.begin() as tx:
            kept = await intake.converted(tx, fact, now=town.now)
    return kept


@pytest.fixture
async def town(db, clock):
    return Town(db, clock)


async def came(town, friend=FLO, *, by=ANA, after=HOUR, slug="spring"):
    """The friend presses the link now, and joins later; answers the time of the press."""
    code, at = await town.code_of(by, slug), town.now
    await town.take(started(friend, at, code))
    town.clock.advance(seconds=after.total_seconds())
    await town.take(joined(friend, town.now))
    town.there.add(friend.account)
    await town.settle()
    return at


async def lines(town, kind):
    table = table_of(FactRow)
    async with town.db.read() as tx:
        return await rows_of(tx, select(table).where(table.c.kind == kind))


# what a friend needs


async def test_a_friend_who_has_joined_still_has_to_order(town):
    await town.apply(asking())
    await came(town)
    assert await town.standing(FLO) == ("pending", "not_converted", "Ana")
    assert (ANA.account.id, "friend_arrived") in town.heard
    await tell(town, bought(FLO, town.now))
    await town.settle()
    assert await town.standing(FLO) == ("rewarded", "rewarded", "Ana")
    totals = await town.totals()
    assert (totals["conversions"], totals["referrals.rewarded"]) == (1, 1)
    assert "referrals.pending" not in totals
    await assert_audited(town.db)


async def test_weeks_later_the_friend_has_to_be_there_still(town):
    await town.apply(asking())
    for friend in (FLO, GUS):
        await came(town, friend)
    await town.pass_time(days=14)
    town.there.discard(GUS.account)  # and nobody told us
    for friend in (FLO, GUS):
        await tell(town, bought(friend, town.now, number=friend.name))
        assert await town.standing(friend) == ("pending", "confirming", "Ana")
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"
    assert await town.standing(GUS) == ("rejected", "left_early", "Ana")


async def test_an_order_waits_for_what_else_is_asked(town):
    await town.apply(asking(qualify=Qualify(stay=3 * DAY, conversion="first-order")))
    await came(town)
    await tell(town, bought(FLO, town.now))
    assert await town.standing(FLO) == ("pending", "staying", "Ana")
    await town.pass_time(days=3)
    assert (await town.standing(FLO))[0] == "rewarded"


async def test_an_order_between_the_link_and_the_join_counts(town):
    await town.apply(asking())
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    await tell(town, bought(FLO, town.now))
    assert await town.standing(FLO) == ("pending", "not_joined", "Ana")
    town.clock.advance(hours=1)
    town.there.add(FLO.account)
    await town.take(joined(FLO, town.now))
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"


async def test_an_order_from_before_the_link_is_counted_and_proves_nothing(town):
    await town.apply(asking())
    await town.code_of(FLO)
    await tell(town, bought(FLO, town.now))
    town.clock.advance(seconds=1)
    await came(town)
    assert await town.standing(FLO) == ("pending", "not_converted", "Ana")
    await tell(town, bought(FLO, town.now, number="order-2"))
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"
    assert (await town.totals())["conversions"] == 2


async def test_news_of_the_link_may_come_after_the_order(town):
    await town.apply(asking())
    code, pressed_at = await town.code_of(ANA), town.now
    await town.code_of(FLO)
    town.clock.advance(hours=1)
    await tell(town, bought(FLO, town.now))
    assert await town.standing(FLO) is None
    await town.take(joined(FLO, town.now), started(FLO, pressed_at, code))
    town.there.add(FLO.account)
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"
    await assert_audited(town.db)


async def test_the_order_has_to_follow_the_link_that_is_credited(town):
    await town.apply(asking(attribution=Attribution(touch=Counts.LAST)))
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    town.clock.advance(hours=1)
    await tell(town, bought(FLO, town.now))
    town.clock.advance(hours=1)
    await came(town, by=BEN)
    assert await town.standing(FLO) == ("pending", "not_converted", "Ben")


async def test_with_a_claim_the_order_counts_from_the_join_on(town):
    await town.apply(asking())
    await town.code_of(ANA)
    await town.take(joined(FLO, town.now))
    town.there.add(FLO.account)
    town.clock.advance(hours=1)
    await tell(town, bought(FLO, town.now))
    town.clock.advance(hours=1)
    campaign_id = (await town.campaign()).id
    async with town.db.begin() as tx:
        claim = Claimed(key="claim", at=town.now, person=FLO, campaign_id=campaign_id, advocate=ANA.account)
        made = (await intake.claim(tx, claim, now=town.now)).claim
    async with town.db.begin() as tx:
        yes = ClaimAnswered(key="yes", at=town.now, person=ANA, claim_id=made.id, confirmed=True)
        await intake.answer_claim(tx, yes, now=town.now)
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"


async def test_another_kind_of_conversion_is_counted_and_proves_nothing(town):
    await town.apply(asking())
    await came(town)
    await tell(town, bought(FLO, town.now, name="newsletter"))
    await town.settle()
    assert await town.standing(FLO) == ("pending", "not_converted", "Ana")
    assert (await town.totals())["conversions"] == 1


async def test_a_campaign_that_asks_for_none_counts_them_all_the_same(town):
    await town.apply(asking(qualify=Qualify(stay=3 * DAY)))
    await came(town)
    await tell(town, bought(FLO, town.now))
    assert await town.standing(FLO) == ("pending", "staying", "Ana")
    assert (await town.totals())["conversions"] == 1


async def test_after_the_end_an_order_is_in_no_figure_and_still_helps_who_came_in_time(town):
    await town.apply(asking())
    town.clock.advance(seconds=(ENDS - 2 * HOUR - town.now).total_seconds())
    await came(town)
    town.clock.advance(hours=2)
    kept = await tell(town, bought(FLO, town.now))
    assert kept.uncounted is Uncounted.ENDED
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"
    assert "conversions" not in await town.totals()
    assert [line.data["problem"] for line in await lines(town, "invalid")] == ["ended"]
    await assert_audited(town.db)


async def test_a_friend_who_joined_after_the_end_is_not_saved_by_an_order(town):
    await town.apply(asking())
    town.clock.advance(seconds=(ENDS - HOUR - town.now).total_seconds())
    await came(town, after=2 * HOUR)
    await tell(town, bought(FLO, town.now))
    await town.settle()
    assert await town.standing(FLO) == ("rejected", "outside_window", "Ana")


async def test_an_order_brings_nobody_back_who_has_left(town):
    await town.apply(asking())
    await came(town)
    town.clock.advance(minutes=1)
    await town.take(left(FLO, town.now))
    town.there.clear()
    await tell(town, bought(FLO, town.now))
    assert await town.standing(FLO) == ("rejected", "left_early", "Ana")
    town.clock.advance(hours=1)
    await town.take(joined(FLO, town.now))
    town.there.add(FLO.account)
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"  # the order is remembered


async def test_a_link_that_was_pressed_too_long_before_the_join_gets_nothing_for_the_order(town):
    await town.apply(asking())
    await came(town, after=8 * DAY)
    await tell(town, bought(FLO, town.now))
    await town.settle()
    assert (await town.standing(FLO))[0] == "rejected"


# figures


async def test_a_conversion_through_a_link_counts_for_it_and_qualifies_nobody(town):
    await town.apply(asking())
    await came(town)
    code = await town.code_of(ANA)
    kept = await tell(town, bought(code=code, at=town.now), bought(code=code, at=town.now, number="order-2"))
    assert (kept.code, kept.member_id, kept.uncounted) == (code, None, None)
    assert await town.standing(FLO) == ("pending", "not_converted", "Ana")
    assert (await town.totals())["conversions"] == 2
    ana = await town.member(ANA)
    assert [(line.code, line.advocate_id, line.member_id) for line in await lines(town, "conversion")] == [
        (code, ana.id, None)
    ] * 2
    async with town.db.read() as tx:
        assert await conversions.counts_of_links(tx, [code, await town.code_of(BEN)]) == {code: 2}
    await assert_audited(town.db)


async def test_an_advocate_who_orders_counts_for_no_advocate_and_by_their_own_link_for_nobody(town):
    await town.apply(asking())
    code = await town.code_of(ANA)
    kept = await tell(town, bought(ANA, town.now))
    assert kept.uncounted is None
    assert [line.advocate_id for line in await lines(town, "conversion")] == [None]
    own = await tell(town, bought(ANA, town.now, number="order-2", code=code))
    assert own.uncounted is Uncounted.OWN_LINK
    assert (await town.totals())["conversions"] == 1
    assert await town.standing(ANA) is None
    async with town.db.read() as tx:
        assert await conversions.counts_of_links(tx, [code]) == {}
    await assert_audited(town.db)


async def test_a_member_and_a_code_together_count_once_for_both(town):
    await town.apply(asking())
    await came(town)
    code = await town.code_of(ANA)
    await tell(town, bought(FLO, town.now, code=code))
    await town.settle()
    assert (await town.standing(FLO))[0] == "rewarded"
    assert (await town.totals())["conversions"] == 1
    async with town.db.read() as tx:
        assert await conversions.counts_of_links(tx, [code]) == {code: 1}


async def test_before_the_start_nothing_counts(town):
    await town.apply(asking(starts=town.now + HOUR))
    kept = await tell(town, bought(code=await town.code_of(ANA), at=town.now))
    assert kept.uncounted is Uncounted.NOT_STARTED
    assert "conversions" not in await town.totals()
    await assert_audited(town.db)


# the same again


async def test_the_same_again_is_the_same_answer_and_counts_nothing(town):
    await town.apply(asking())
    await came(town)
    fact = bought(FLO, town.now, value=Decimal("49.90"), currency="EUR")
    first = await tell(town, fact)
    await town.settle()
    before = await town.totals(), await lines(town, "conversion")
    town.clock.advance(days=40)
    flo = await town.member(FLO)
    again = [
        fact,
        bought(FLO, town.now, value=Decimal("49.9000"), currency="EUR"),
        Converted(id="order-1", name="first-order", at=town.now, member=str(flo.id), value=fact.value, currency="EUR"),
    ]
    for each in again:
        kept = await tell(town, each)
        assert kept.repeated
        assert (kept.at, str(kept.value), kept.uncounted) == (first.at, str(first.value), first.uncounted)
    assert (await town.totals(), await lines(town, "conversion")) == before
    await assert_audited(town.db)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "second-order"},
        {"value": Decimal(50)},
        {"value": None},
        {"currency": "USD"},
        {"person": GUS},
        {"code": True},
        {"person": None, "code": True},
    ],
)
async def test_the_same_id_with_other_content_is_refused_and_changes_nothing(town, other):
    await town.apply(asking())
    for friend in (FLO, GUS):
        await came(town, friend)
    usual = {"person": FLO, "value": Decimal("49.90"), "currency": "EUR"}
    await tell(town, bought(at=town.now, **usual))
    before = await town.totals()
    changed = {**usual, **other}
    if changed.pop("code", None):
        changed["code"] = await town.code_of(ANA)
    with pytest.raises(OtherContentError, match="'order-1'"):
        await tell(town, bought(at=town.now, **changed))
    assert await town.totals() == before
    await assert_audited(town.db)


async def test_told_by_many_at_once_it_counts_once(town, db_url):
    await town.apply(asking())
    await came(town)
    other = Town(Database(db_url), town.clock)
    facts = [bought(FLO, town.now), bought(FLO, town.now, value=Decimal(1))] * 4
    told = await asyncio.gather(
        *(tell(each, fact) for each, fact in zip((town, other) * 4, facts, strict=True)), return_exceptions=True
    )
    kept = [each for each in told if isinstance(each, conversions.Conversion)]
    assert (len(kept), sum(not each.repeated for each in kept)) == (4, 1)
    assert {type(each) for each in told if each not in kept} == {OtherContentError}
    await asyncio.gather(town.settle(), other.settle())
    await other.db.close()
    assert (await town.totals())["conversions"] == 1
    assert (await town.totals())["rewards.granted"] == 1
    await assert_audited(town.db)


async def test_an_order_and_the_news_of_the_join_may_come_at_once(town, db_url):
    await town.apply(asking())
    friends = [a_person(100 + number, f"Friend {number}") for number in range(8)]
    code = await town.code_of(ANA)
    await town.take(*(started(friend, town.now, code) for friend in friends))
    town.there = {friend.account for friend in friends}
    other = Town(Database(db_url), town.clock)
    work = [town.take(joined(friend, town.now)) for friend in friends]
    work += [tell(other, bought(friend, town.now, number=friend.name)) for friend in friends]
    await asyncio.gather(*work)
    await other.db.close()
    await town.settle()
    assert {(await town.standing(friend))[0] for friend in friends} == {"rewarded"}
    await assert_audited(town.db)


# which campaign


async def test_an_id_is_its_campaigns_own(town):
    await town.apply(asking(), asking("autumn"))
    codes = [await town.code_of(ANA, slug) for slug in ("spring", "autumn")]
    assert not (await tell(town, *(bought(code=code, at=town.now) for code in codes))).repeated
    assert [(await town.totals(slug))["conversions"] for slug in ("spring", "autumn")] == [1, 1]


async def test_the_campaign_is_the_one_where_the_member_is_a_friend(town):
    await town.apply(asking(chats=(-1,)), asking("autumn", chats=(-2,)))
    code = await town.code_of(ANA, "autumn")
    await town.take(started(FLO, town.now, code))
    await tell(town, bought(FLO, town.now))
    assert (await town.totals("autumn"))["conversions"] == 1
    assert "conversions" not in await town.totals()


async def test_where_several_could_be_meant_it_has_to_be_named(town):
    await town.apply(asking(), asking("autumn"))
    await town.code_of(GUS)
    spring, autumn = await town.campaign(), await town.campaign("autumn")
    with pytest.raises(WhichCampaignError):  # nobody's friend
        await tell(town, bought(GUS, town.now))
    assert (await tell(town, bought(GUS, town.now, campaign_id=autumn.id))).campaign_id == autumn.id
    for slug in ("spring", "autumn"):
        await town.take(started(FLO, town.now, await town.code_of(ANA, slug)))
    with pytest.raises(WhichCampaignError):
        await tell(town, bought(FLO, town.now, number="order-2"))
    named = bought(FLO, town.now, number="order-2", campaign_id=spring.id)
    assert (await tell(town, named)).campaign_id == spring.id
    with pytest.raises(WhichCampaignError):
        await tell(town, bought(FLO, town.now, number="order-3", campaign_id=99))
    await assert_audited(town.db)


async def test_of_an_old_campaign_and_a_running_one_the_running_one_is_meant(town):
    await town.apply(asking("old", ends=town.now + HOUR), asking(chats=(-2,)))
    await town.take(started(FLO, town.now, await town.code_of(ANA, "old")))
    town.clock.advance(hours=2)
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    await tell(town, bought(FLO, town.now))
    assert (await town.totals())["conversions"] == 1


async def test_told_again_it_is_the_same_campaign_though_the_member_is_in_two_by_now(town):
    await town.apply(asking(), asking("autumn"))
    await town.take(started(FLO, town.now, await town.code_of(ANA)))
    first = await tell(town, bought(FLO, town.now))
    await town.take(started(FLO, town.now, await town.code_of(ANA, "autumn")))
    again = await tell(town, bought(FLO, town.now))
    assert (again.repeated, again.campaign_id) == (True, first.campaign_id)


async def test_a_code_of_another_campaign_is_no_code(town):
    await town.apply(asking(), asking("autumn"))
    code, autumn = await town.code_of(ANA), await town.campaign("autumn")
    for how in ({"code": code, "campaign_id": autumn.id}, {"code": "nothing"}, {"code": "2" * 11}, {"code": "\0"}):
        with pytest.raises(UnknownCodeError):
            await tell(town, bought(at=town.now, **how))
    assert await lines(town, "conversion") == []


@pytest.mark.parametrize("member", ["telegram:999", "discord:11", "987654", "9223372036854775807"])
async def test_somebody_nobody_has_met_is_no_member(town, member):
    await town.apply(asking())
    await town.code_of(ANA)
    with pytest.raises(UnknownMemberError):
        await tell(town, Converted(id="1", name="first-order", at=town.now, member=member))


# what is kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("49.90", "49.9"),
        ("0.0001", "0.0001"),
        ("999999999999.9999", "999999999999.9999"),
        ("1E+3", "1000"),
        ("12.30000000", "12.3"),
    ],
)
async def test_a_value_is_kept_to_the_last_digit(town, value, kept):
    await town.apply(asking())
    fact = bought(code=await town.code_of(ANA), at=town.now, value=Decimal(value), currency="EUR")
    for repeated in (False, True):
        told = await tell(town, fact)
        assert (str(told.value), told.currency, told.repeated) == (kept, "EUR", repeated)
    assert [line.data["value"] for line in await lines(town, "conversion")] == [kept]


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": Decimal("-0.01")},
        {"value": Decimal("0.00001")},
        {"value": Decimal(10**12)},
        {"value": Decimal("1E+999999")},
        {"value": Decimal("1E-999999")},
        {"value": Decimal("NaN")},
        {"value": Decimal("sNaN")},
        {"value": Decimal("Infinity")},
        {"currency": "eur"},
        {"currency": "EURO"},
        {"currency": "É€R"},
        {"currency": ""},
        {"number": ""},
        {"number": "x" * 201},
        {"number": "a\0b"},
        {"number": "\ud800"},
        {"name": " first-order"},
        {"name": ""},
        {"name": "x" * 101},
        {"code": None},
        {"member": ""},
        {"member": "0"},
        {"member": "-1"},
        {"member": "1.5"},
        {"member": "²"},
        {"member": "1" * 5000},
        {"member": "9223372036854775808"},
        {"member": "signal:1"},
        {"member": ":1"},
        {"member": "telegram:"},
        {"member": "telegram:x"},
    ],
)
async def test_what_is_no_conversion_is_refused(sqlite_db, clock, wrong):
    town = Town(sqlite_db, clock)
    await town.apply(asking())
    given = {"id": wrong.pop("number", "1"), "name": "first-order", "at": town.now, "code": await town.code_of(ANA)}
    with pytest.raises(BadConversionError, match=";"):
        await tell(town, Converted(**{**given, **wrong}))
    assert await lines(town, "conversion") == []


async def test_who_is_in_no_campaign_that_asks_for_one_costs_no_question(town, statements):
    await town.apply(asking(qualify=Qualify(stay=3 * DAY)))
    async with statements(town.db) as sent:
        await town.take(joined(FLO, town.now))
    assert not [each for each in sent if "conversion" in each]
    await town.apply(asking())
    async with statements(town.db) as sent:
        await town.take(left(FLO, town.now))
    assert len([each for each in sent if "conversion" in each]) == 1


async def test_however_many_there_are_they_are_found_by_an_index(town):
    async with town.db.begin() as tx:
        for work in (
            conversions.of_members(tx, [1, 2]),
            conversions.counts_of_links(tx, ["a", "b"]),
            conversions.under(tx, "order-1", [1, 2]),
        ):
            plan = await plan_of(tx, work)
            assert "SCAN conversion" not in plan
            assert "Seq Scan on conversion" not in plan

"""One person with two accounts: counted once, and two again when they like."""

import asyncio
from datetime import timedelta

import pytest

from core import conversions, intake, members, persons, referrals
from core.audit import audit
from core.campaign.values import Holding, Qualify, Reward, To
from core.conversions import Converted
from core.database import Database
from core.intake.facts import Claimed
from core.persons import Refusal
from tests.core.persons_world import GUILD, TwoTowns, a_campaign_on_both, on_discord
from tests.people import ANA, ATELIER, BEN, FLO, GUS, POINTS, SALON, a_person, assert_audited, joined, left, started

PAIR = Reward(id="pair", to=To.ADVOCATE, kind="points", setting=100, every=2)
THIRD = Reward(id="third", to=To.ADVOCATE, kind="points", setting=1000, at=3)
GIFT = Reward(id="gift", to=To.FRIEND, kind="points", setting=1)
ANA_TOO, FLO_TOO, GUS_TOO = on_discord(ANA), on_discord(FLO), on_discord(GUS)


@pytest.fixture
async def town(db, clock):
    return await begun(TwoTowns(db, clock))


async def begun(town, *rewards, **changes):
    await town.apply(a_campaign_on_both(rewards=rewards or (POINTS,), **changes))
    await town.code_of(ANA)
    await town.code_of(ANA_TOO)
    town.clock.advance(minutes=1)
    return town


async def brought(town, advocate, *friends):
    """Each of these friends came through the advocate, and stayed."""
    code = await town.code_of(advocate)
    for friend in friends:
        chat = SALON if friend.account.platform == "telegram" else GUILD
        await town.take(started(friend, town.now, code), joined(friend, town.now, chat=chat))
        town.clock.advance(minutes=1)
    await town.pass_time(days=4, there=friends)


def friends(*numbers):
    return [a_person(number) for number in numbers]


async def test_what_two_accounts_brought_is_one_line_of_the_leaderboard(town):
    await brought(town, ANA, *friends(31, 32))
    await brought(town, ANA_TOO, *friends(33))
    assert sorted(await town.board()) == [(1, "Ana", 2, 20), (2, "Ana on Discord", 1, 10)]
    assert (await town.link(ANA, ANA_TOO)).other.name == "Ana"
    assert await town.board() == [(1, "Ana", 3, 30)]
    assert [await town.points(each) for each in (ANA, ANA_TOO)] == [30, 0]
    await assert_audited(town.db)


async def test_what_comes_later_by_either_account_is_the_persons(town):
    await town.link(ANA, ANA_TOO)
    await brought(town, ANA_TOO, *friends(31, 32))
    await brought(town, ANA, *friends(33))
    assert await town.board() == [(1, "Ana", 3, 30)]
    await assert_audited(town.db)
    async with town.db.read() as tx:
        me, campaign_id = (await town.member(ANA_TOO)).id, (await town.campaign()).id
        assert len(await referrals.of_advocate(tx, campaign_id, me, limit=10)) == 3
        assert await referrals.count_of_advocate(tx, campaign_id, me) == 3
    await town.unlink(ANA)
    assert sorted(await town.board()) == [(1, "Ana on Discord", 2, 20), (2, "Ana", 1, 10)]
    await assert_audited(town.db)


async def test_a_milestone_that_both_reach_together_is_granted_once_and_taken_back_when_they_part(db, clock):
    town = await begun(TwoTowns(db, clock), PAIR, THIRD)
    await brought(town, ANA, *friends(31))
    await brought(town, ANA_TOO, *friends(32, 33))
    before = await town.everything()
    assert [await town.gifts(each) for each in (ANA, ANA_TOO)] == [{}, {"pair": 1}]
    for _ in range(2):
        await town.link(ANA, ANA_TOO)
        assert await town.gifts(ANA) == await town.gifts(ANA_TOO) == {"pair": 1, "third": 1}
        await assert_audited(town.db)
        await town.unlink(ANA_TOO)
        assert await town.everything() == before
        await assert_audited(town.db)


async def test_what_both_had_is_not_given_again(db, clock):
    town = await begun(TwoTowns(db, clock), THIRD)
    await brought(town, ANA, *friends(31, 32, 33))
    await brought(town, ANA_TOO, *friends(34, 35, 36))
    await town.link(ANA, ANA_TOO)
    assert await town.gifts(ANA) == {"third": 2}
    await brought(town, ANA, *friends(37))
    assert await town.gifts(ANA) == {"third": 2}
    await assert_audited(town.db)


async def test_who_recommended_to_themselves_is_refused(town):
    await town.take(started(ANA_TOO, town.now, await town.code_of(ANA)), joined(ANA_TOO, town.now, chat=GUILD))
    assert await town.standing(ANA_TOO) == ("pending", "staying", "Ana")
    await town.link(ANA, ANA_TOO)
    assert await town.standing(ANA_TOO) == ("rejected", "self_referral", "Ana")
    await town.pass_time(days=4, there=[ANA_TOO])
    assert await town.board() == []
    await assert_audited(town.db)
    await town.unlink(ANA)
    await town.settle()
    assert await town.standing(ANA_TOO) == ("rewarded", "rewarded", "Ana")
    await assert_audited(town.db)


async def test_who_was_paid_for_themselves_gives_it_back(db, clock):
    town = await begun(TwoTowns(db, clock), POINTS, GIFT)
    await brought(town, ANA, ANA_TOO, *friends(31))
    assert [await town.points(each) for each in (ANA, ANA_TOO)] == [20, 1]
    before = await town.everything()
    await town.link(ANA, ANA_TOO)
    assert await town.standing(ANA_TOO) == ("reversed", "self_referral", "Ana")
    assert await town.board() == [(1, "Ana", 1, 10)]
    assert [await town.points(each) for each in (ANA, ANA_TOO)] == [10, 0]
    await assert_audited(town.db)
    await town.unlink(ANA)
    assert await town.everything() == before
    await assert_audited(town.db)


async def test_ones_own_link_counts_for_nothing_on_the_other_messenger(town):
    await town.link(ANA, ANA_TOO)
    [outcome] = await town.take(started(ANA_TOO, town.now, await town.code_of(ANA)))
    assert outcome.problem == "own_link"
    assert await town.referral(ANA_TOO) is None


async def test_a_friend_counts_once_for_whoever_they_came_through_first(town):
    await brought_both(town)
    await town.link(FLO, FLO_TOO)
    assert await town.standing(FLO) == ("pending", "staying", "Ana")
    assert await town.standing(FLO_TOO) == ("rejected", "same_person", "Ben")
    await town.pass_time(days=4, there=[FLO, FLO_TOO])
    assert await town.board() == [(1, "Ana", 1, 10)]
    assert await town.standing(FLO_TOO) == ("rejected", "same_person", "Ben")
    await assert_audited(town.db)
    await town.unlink(FLO_TOO)
    await town.settle()
    assert await town.standing(FLO_TOO) == ("rewarded", "rewarded", "Ben")
    assert len(await town.board()) == 2
    await assert_audited(town.db)


async def brought_both(town):
    """Flo came through Ana on Telegram, and a little later through Ben on Discord."""
    for advocate, friend, chat in ((ANA, FLO, SALON), (BEN, FLO_TOO, GUILD)):
        code = await town.code_of(advocate)
        await town.take(started(friend, town.now, code), joined(friend, town.now, chat=chat))
        town.clock.advance(minutes=5)


async def test_a_friend_who_has_been_paid_for_twice_counts_for_the_first(db, clock):
    town = await begun(TwoTowns(db, clock), POINTS, GIFT)
    await brought_both(town)
    await town.pass_time(days=4, there=[FLO, FLO_TOO])
    await town.link(FLO_TOO, FLO)
    assert await town.standing(FLO) == ("rewarded", "rewarded", "Ana")
    assert await town.standing(FLO_TOO) == ("reversed", "same_person", "Ben")
    assert await town.board() == [(1, "Ana", 1, 10)]
    assert [await town.points(each) for each in (BEN, FLO, FLO_TOO)] == [0, 1, 0]
    await assert_audited(town.db)
    await brought(town, BEN, GUS)
    assert await town.points(BEN) == 10
    await town.unlink(FLO)
    assert await town.points(BEN) == 20
    await assert_audited(town.db)
    before = await town.everything()
    await town.link(FLO, FLO_TOO)
    await town.unlink(FLO)
    assert await town.everything() == before


async def test_when_the_first_leaves_too_early_the_other_account_counts(town):
    await brought_both(town)
    await town.link(FLO, FLO_TOO)
    town.clock.advance(hours=1)
    await town.take(left(FLO, town.now))
    assert await town.standing(FLO) == ("rejected", "left_early", "Ana")
    assert await town.standing(FLO_TOO) == ("pending", "staying", "Ben")
    await town.pass_time(days=4, there=[FLO_TOO])
    assert await town.board() == [(1, "Ben", 1, 10)]
    await assert_audited(town.db)


async def test_what_somebody_buys_is_bought_by_the_person(db, clock):
    town = await begun(TwoTowns(db, clock), qualify=Qualify(conversion="order"))
    await town.take(started(FLO, town.now, await town.code_of(ANA)), joined(FLO, town.now))
    await town.take(joined(FLO_TOO, town.now, chat=GUILD))
    await town.link(FLO, FLO_TOO)
    town.clock.advance(minutes=5)
    town.there |= {FLO.account, FLO_TOO.account}
    async with town.db.begin() as tx:
        bought = Converted(id="1", name="order", at=town.now, member=f"discord:{FLO_TOO.account.id}")
        assert isinstance(await intake.converted(tx, bought, now=town.now), conversions.Conversion)
    town.clock.advance(minutes=5)
    await town.settle()
    assert await town.standing(FLO) == ("rewarded", "rewarded", "Ana")
    await assert_audited(town.db)


async def test_nobody_may_name_themselves_by_their_other_account(town):
    await meet(town, FLO, FLO_TOO)
    await town.link(FLO, FLO_TOO)
    fact = Claimed(
        key="claim/1",
        at=town.now,
        person=FLO,
        campaign_id=(await town.campaign()).id,
        advocate=FLO_TOO.account,
    )
    async with town.db.begin() as tx:
        assert (await intake.claim(tx, fact, now=town.now)).problem == "claim_self"


async def meet(town, *people):
    async with town.db.begin() as tx:
        return await members.meet(tx, people, now=town.now)


async def test_a_language_is_the_persons_and_so_is_the_wish_for_no_reminders(town):
    async with town.db.begin() as tx:
        await members.choose_language(tx, (await members.by_account(tx, [ANA.account]))[ANA.account].id, "fr")
    await town.link(ANA, ANA_TOO)
    assert (await town.member(ANA_TOO)).speaks == "fr"
    async with town.db.begin() as tx:
        me = (await members.by_account(tx, [ANA_TOO.account]))[ANA_TOO.account]
        await members.choose_language(tx, me.id, "en")
        await members.want_reminders(tx, me.id, False)
    assert ((await town.member(ANA)).speaks, (await town.member(ANA)).reminders) == ("en", False)


async def test_to_link_and_to_part_at_once_leaves_everything_as_it_was(db, clock):
    town = await begun(TwoTowns(db, clock), POINTS, PAIR, THIRD, GIFT)
    await brought(town, ANA, *friends(31, 32, 33), ANA_TOO)
    await brought(town, ANA_TOO, *friends(34), FLO, GUS_TOO)
    await brought(town, BEN, FLO_TOO, GUS)
    before = await town.everything()
    for one, other in ((ANA, ANA_TOO), (FLO_TOO, FLO), (GUS, GUS_TOO)):
        await town.link(one, other)
        await assert_audited(town.db)
    for each in (FLO, ANA, GUS_TOO):
        await town.unlink(each)
        await assert_audited(town.db)
    assert await town.everything() == before


async def test_each_account_gets_back_what_it_lost_and_not_what_the_other_had_lost_before(db, clock):
    town = await begun(TwoTowns(db, clock), POINTS, PAIR, holding=Holding(clawback=timedelta(days=90)))
    [gone] = friends(31)
    await brought(town, ANA, FLO, gone)
    town.there.discard(gone.account)
    town.clock.advance(minutes=1)
    await town.take(*(left(gone, town.now, chat=chat) for chat in (SALON, ATELIER)))
    await brought(town, ANA_TOO, FLO_TOO)
    assert [await town.gifts(each) for each in (ANA, ANA_TOO)] == [{"thanks": 1}, {"thanks": 1}]
    await town.link(ANA, ANA_TOO)
    before = await town.everything()
    await town.link(FLO, FLO_TOO)
    assert await town.gifts(ANA) == {"thanks": 1}
    await town.unlink(FLO)
    assert await town.everything() == before
    await assert_audited(town.db)


@pytest.mark.parametrize("who", ["the same", "the same messenger", "linked", "other linked"])
async def test_who_cannot_be_linked_is_refused(town, who):
    await meet(town, ANA, ANA_TOO, BEN, FLO_TOO, GUS)
    if who in ("linked", "other linked"):
        await town.link(ANA, ANA_TOO)
    pair, refusal = {
        "the same": ((ANA, ANA), Refusal.YOURSELF),
        "the same messenger": ((ANA, BEN), Refusal.SAME_PLATFORM),
        "linked": ((GUS, ANA_TOO), Refusal.LINKED),
        "other linked": ((ANA, FLO_TOO), Refusal.OTHER_LINKED),
    }[who]
    assert (await town.link(*pair)).refusal is refusal
    await assert_audited(town.db)


async def test_to_part_who_never_was_linked_does_nothing(town):
    assert await town.unlink(ANA) == []


async def offer(town, person):
    member = await town.member(person)
    async with town.db.begin() as tx:
        return await persons.new_offer(tx, member.id, now=town.now)


async def use(town, person, code, what=persons.look_up):
    member = await town.member(person)
    async with town.db.begin() as tx:
        if what is persons.look_up:
            return await persons.look_up(tx, code, by=member.id, now=town.now)
        return await what(tx, code, member_id=member.id, now=town.now)


async def test_a_code_is_read_however_it_is_typed_and_to_look_spends_nothing(town):
    code = await offer(town, ANA)
    assert (len(code), code[5]) == (11, "-")
    for typed in (code, code.lower(), code.replace("-", " "), persons.plain(code)):
        assert (await use(town, ANA_TOO, typed)).offer.member.name == "Ana"
    async with town.db.read() as tx:
        assert (await persons.offered(tx, code, now=town.now)).member.name == "Ana"
    assert (await use(town, ANA_TOO, code, persons.link)).other.name == "Ana"


async def test_a_code_works_once_for_ten_minutes_and_only_the_newest(town):
    await meet(town, ANA_TOO)
    old, code = await offer(town, ANA), await offer(town, ANA)
    assert (await use(town, ANA_TOO, old)).refusal is Refusal.UNKNOWN_CODE
    town.clock.advance(minutes=9, seconds=59)
    assert (await use(town, ANA_TOO, code)).offer is not None
    town.clock.advance(seconds=1)
    assert (await use(town, ANA_TOO, code, persons.link)).refusal is Refusal.UNKNOWN_CODE
    code = await offer(town, ANA)
    await use(town, ANA_TOO, code, persons.link)
    await town.unlink(ANA)
    assert (await use(town, ANA_TOO, code, persons.link)).refusal is Refusal.UNKNOWN_CODE


async def test_only_a_hash_of_the_code_is_kept(sqlite_db, clock, tmp_path):
    town = await begun(TwoTowns(sqlite_db, clock))
    code = persons.plain(await offer(town, ANA))
    await sqlite_db.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("sayso.db*"))
    assert kept
    assert code.encode() not in kept


async def test_after_five_wrong_codes_there_is_a_pause_of_a_day(town):
    await meet(town, BEN)
    code = await offer(town, ANA)
    for _ in range(persons.TRIES):
        assert (await use(town, ANA_TOO, "22222-22222")).refusal is Refusal.UNKNOWN_CODE
        assert (await use(town, BEN, code)).refusal is Refusal.SAME_PLATFORM
    assert (await use(town, ANA_TOO, code)).refusal is Refusal.TOO_MANY
    assert (await use(town, ANA_TOO, code, persons.link)).refusal is Refusal.TOO_MANY
    town.clock.advance(days=1)
    assert (await use(town, ANA_TOO, await offer(town, ANA))).offer is not None


async def test_right_codes_are_no_wrong_ones(town):
    code = await offer(town, ANA)
    for _ in range(3 * persons.TRIES):
        assert (await use(town, ANA_TOO, code)).offer is not None


async def test_old_codes_and_tries_are_forgotten(town):
    await offer(town, ANA)
    await use(town, ANA_TOO, "nothing like it")
    async with town.db.begin() as tx:
        await persons.purge(tx, now=town.now + timedelta(days=2))
    code = await offer(town, ANA)
    assert (await use(town, ANA_TOO, code)).offer is not None


async def test_two_processes_link_the_same_two_at_once(town, db_url):
    await brought(town, ANA, *friends(31))
    await brought(town, ANA_TOO, *friends(32))
    mine, theirs = await offer(town, ANA), await offer(town, ANA_TOO)
    me, them = [(await town.member(each)).id for each in (ANA, ANA_TOO)]
    each = [Database(db_url) for _ in range(4)]

    async def go(database, code, member_id):
        async with database.begin() as tx:
            return await persons.link(tx, code, member_id=member_id, now=town.now)

    asked = [(theirs, me), (mine, them)] * 2
    found = await asyncio.gather(*(go(each[at], *asked[at]) for at in range(4)))
    for database in each:
        await database.close()
    assert sum(one.other is not None for one in found) == 1
    assert await town.board() == [(1, "Ana", 2, 20)]
    await assert_audited(town.db)


async def test_facts_taken_in_while_two_are_linked_are_counted_once(town, db_url):
    code = await town.code_of(ANA_TOO)
    newcomers = friends(*range(40, 60))
    other = Database(db_url)

    async def arrive():
        for friend in newcomers:
            async with other.begin() as tx:
                facts = [started(friend, town.now, code), joined(friend, town.now)]
                await intake.take(tx, facts, now=town.now)

    async def go_to_and_fro():
        for _ in range(3):
            await town.link(ANA, ANA_TOO)
            await town.unlink(ANA)
        await town.link(ANA, ANA_TOO)

    await asyncio.gather(arrive(), go_to_and_fro())
    await other.close()
    await assert_audited(town.db)
    await town.pass_time(days=4, there=newcomers)
    assert await town.board() == [(1, "Ana", 20, 200)]
    await assert_audited(town.db)


async def test_who_was_parted_by_hand_is_found_by_the_audit(town):
    await brought(town, ANA_TOO, *friends(31))
    await town.link(ANA, ANA_TOO)
    async with town.db.begin() as tx:
        await tx.exec_driver_sql("UPDATE member SET merged_into = NULL")
    async with town.db.read() as tx:
        assert len(await audit(tx)) == 2

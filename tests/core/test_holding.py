"""Rewards that wait, and rewards that are taken back: who leaves too soon earns nobody anything, whatever they try."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import referrals, rewards, totals
from core.attribution.rules import Found, Way
from core.campaign.values import Holding, Qualify, Reward, To
from core.database import rows_of, table_of
from core.intake.facts import Traced
from core.outbox.table import OutboxRow
from tests.core.persons_world import GUILD, TwoTowns, a_campaign_on_both, on_discord
from tests.people import (
    ANA,
    ATELIER,
    BEN,
    ENDS,
    FLO,
    GUS,
    POINTS,
    SALON,
    a_campaign,
    a_person,
    assert_audited,
    joined,
    left,
    seen,
    spoke,
    started,
)

DAY = timedelta(days=1)
PAIR = Reward(id="pair", to=To.ADVOCATE, kind="points", setting=100, at=2)
GIFT = Reward(id="gift", to=To.FRIEND, kind="points", setting=1)
PROMISED = (POINTS, PAIR, GIFT)

REWARDED = ("rewarded", "rewarded", "Ana")
LEFT_AFTER = ("reversed", "left_after", "Ana")


class OfTwoChats(TwoTowns):
    """Here it matters in which chat somebody is."""

    def finds(self, account, chat):
        return (account, chat) in self.there

    async def come(self, *friends, by=ANA, chat=SALON):
        """They come through the advocate's link."""
        code = await self.code_of(by)
        for friend in friends:
            await self.take(started(friend, self.now, code))
            self.clock.advance(minutes=1)
            await self.enter(friend, chat)

    async def enter(self, friend, chat=SALON):
        self.clock.advance(seconds=1)
        self.there.add((friend.account, chat))
        await self.take(joined(friend, self.now, chat=chat))

    async def leave(self, friend, chat=SALON):
        self.clock.advance(seconds=1)
        self.there.discard((friend.account, chat))
        await self.take(left(friend, self.now, chat=chat))

    async def pass_days(self, days):
        for _ in range(days):
            self.clock.advance(days=1)
            await self.settle()

    def told(self, news):
        return [each for _, each in self.heard].count(news)


def holding(wait=0, clawback=30):
    return Holding(wait=wait * DAY, clawback=clawback * DAY)


async def a_town(db, clock, **changes):
    town = OfTwoChats(db, clock)
    await town.apply(a_campaign(**{"rewards": PROMISED, **changes}))
    return town


@pytest.fixture
async def town(db, clock):
    town = await a_town(db, clock)
    yield town
    await assert_audited(db)


async def result(town, person=ANA):
    """How many count for the person, and for how many points."""
    member, applied = await town.member(person), await town.campaign()
    async with town.db.read() as tx:
        found = (await totals.standings(tx, [member.id])).get((applied.id, member.id), totals.Standing())
    return found.qualified, found.points


async def test_rewards_wait_and_then_membership_is_asked_once_more(db, clock):
    town = await a_town(db, clock, holding=holding(wait=2))
    await town.come(FLO)
    await town.pass_days(3)
    assert await town.standing(FLO) == ("pending", "holding", "Ana")
    assert await result(town) == (0, 0)
    await town.pass_days(1)
    assert await town.standing(FLO) == ("pending", "holding", "Ana")
    town.there.clear()  # gone, and we have not heard of it
    await town.pass_days(1)
    assert await town.standing(FLO) == ("rejected", "left_early", "Ana")
    await assert_audited(db)


async def test_after_the_wait_it_counts(db, clock):
    town = await a_town(db, clock, holding=holding(wait=2))
    await town.come(FLO)
    came_at = town.now
    await town.pass_days(6)
    assert await town.standing(FLO) == REWARDED
    referral = await town.referral(FLO)
    assert (referral.met_at, referral.qualified_at - came_at) == (came_at + 3 * DAY, 5 * DAY)
    await assert_audited(db)


async def test_who_leaves_while_rewards_wait_earns_nothing_and_who_comes_back_begins_anew(db, clock):
    town = await a_town(db, clock, holding=holding(wait=2))
    await town.come(FLO)
    await town.pass_days(4)
    await town.leave(FLO)
    assert await town.standing(FLO) == ("rejected", "left_early", "Ana")
    await town.settle()
    assert town.told("friend_left") == 1
    await town.enter(FLO)
    await town.pass_days(4)
    assert await town.standing(FLO) == ("pending", "holding", "Ana")
    await town.pass_days(1)
    assert await town.standing(FLO) == REWARDED
    await assert_audited(db)


async def test_the_wait_begins_when_the_last_of_all_is_done(db, clock):
    """Whoever has to write, and does so late, is waited for from then on; pauses and looks do not move that."""
    town = await a_town(db, clock, holding=holding(wait=2), qualify=Qualify(stay=3 * DAY, messages=1))
    await town.come(FLO)
    await town.pass_days(5)
    assert await town.standing(FLO) == ("pending", "silent", "Ana")
    town.clock.advance(hours=1)
    spoken_at = town.now
    await town.take(spoke(FLO, spoken_at))
    await town.take(spoke(FLO, spoken_at, number=2))
    await town.settle()
    assert ((await town.referral(FLO)).met_at, (await town.referral(FLO)).reason) == (spoken_at, "holding")
    await town.pass_days(1)
    await town.take(spoke(FLO, town.now, number=3))
    assert (await town.referral(FLO)).met_at == spoken_at
    await town.pass_days(1)
    assert await town.standing(FLO) == REWARDED
    await assert_audited(db)


async def test_who_leaves_too_soon_counts_no_more_and_all_that_can_be_is_taken_back(town):
    await town.come(FLO, GUS)
    await town.pass_days(4)
    assert (await result(town), await result(town, FLO)) == ((2, 120), (0, 1))
    await town.leave(FLO)
    assert await town.standing(FLO) == LEFT_AFTER
    assert (await result(town), await result(town, FLO)) == ((1, 10), (0, 0))
    await town.settle()
    assert town.told("referral_reversed") == 1


async def test_the_advocate_is_told_why_and_what_it_costs(town):
    await town.come(FLO, GUS)
    await town.pass_days(4)
    await town.leave(FLO)
    content = (await waiting_news(town, "referral_reversed"))[0]
    told = {name: content[name] for name in ("friend", "reason", "points", "kinds", "qualified", "appeal")}
    about = {"friend": "Flo", "reason": "left_after", "qualified": 1, "appeal": True}
    assert told == {**about, "points": 110, "kinds": ["points"]}
    assert content["friend_id"] == (await town.member(FLO)).id


async def test_the_friend_is_told_once_what_they_lost_themselves(db, clock):
    role = Reward(id="role", to=To.FRIEND, kind="discord_role", setting=310)
    words = Reward(id="words", to=To.FRIEND, kind="message", setting={"en": "Thank you."})
    town = await a_town(db, clock, rewards=(*PROMISED, role, words))
    flo = replace(FLO, reachable=True, language="fr")
    await town.come(flo, GUS)
    await town.pass_days(4)
    await town.leave(flo)
    await town.leave(GUS)  # cannot be written to
    [content] = await waiting_news(town, "gift_reversed")
    told = {name: content[name] for name in ("language", "reason", "points", "kinds")}
    assert told == {"language": "fr", "reason": "left_after", "points": 1, "kinds": ["discord_role", "points"]}
    await town.settle()
    await town.pass_days(2)
    assert town.told("gift_reversed") == 1
    await assert_audited(db)


async def test_who_lost_no_gift_is_not_told_of_one(db, clock):
    words = Reward(id="words", to=To.FRIEND, kind="message", setting={"en": "Thank you."})
    town = await a_town(db, clock, rewards=(POINTS, words))
    await town.come(replace(FLO, reachable=True))
    await town.pass_days(4)
    await town.leave(FLO)
    assert await waiting_news(town, "gift_reversed") == []


async def waiting_news(town, news):
    """What is about to be told, of this kind."""
    async with town.db.read() as tx:
        rows = await rows_of(tx, table_of(OutboxRow).select())
    return [row.content for row in rows if row.content.get("news") == news]


async def test_who_comes_back_in_time_counts_again_and_nothing_is_given_twice(town):
    await town.come(FLO, GUS)
    await town.pass_days(4)
    for _ in range(5):
        await town.leave(FLO)
        assert await result(town) == (1, 10)
        await town.pass_days(1)
        await town.enter(FLO)
        assert (await result(town), await result(town, FLO)) == ((2, 120), (0, 1))
        await town.pass_days(1)
    assert await town.standing(FLO) == REWARDED
    assert town.told("referral_again") == 5


async def test_who_comes_back_too_late_stays_lost(town):
    await town.come(FLO)
    await town.pass_days(4)
    await town.leave(FLO)
    await town.pass_days(35)
    await town.enter(FLO)
    await town.pass_days(5)
    assert await town.standing(FLO) == LEFT_AFTER
    await town.leave(FLO)
    assert await town.standing(FLO) == LEFT_AFTER
    assert await result(town) == (0, 0)


async def test_who_leaves_when_the_time_is_over_has_stayed(town):
    await town.come(FLO)
    await town.pass_days(3)
    assert await town.standing(FLO) == REWARDED
    await town.pass_days(30)  # and a second
    await town.leave(FLO)
    assert await town.standing(FLO) == REWARDED


async def test_where_nothing_is_ever_taken_back_a_leave_changes_nothing(db, clock):
    town = await a_town(db, clock, holding=holding(clawback=0))
    await town.come(FLO)
    await town.pass_days(4)
    await town.leave(FLO)
    assert await town.standing(FLO) == REWARDED
    assert (await town.referral(FLO)).look_at is None
    await assert_audited(db)


async def test_a_leave_of_which_no_news_came_is_found_before_the_time_is_over(town):
    await town.come(FLO, GUS)
    await town.pass_days(4)
    town.there.discard((FLO.account, SALON))
    await town.pass_days(24)
    assert await town.standing(FLO) == REWARDED
    await town.pass_days(6)
    assert await town.standing(FLO) == LEFT_AFTER
    assert await town.standing(GUS) == REWARDED
    assert (await town.referral(GUS)).look_at is None


async def test_a_leave_that_is_heard_of_late_counts_by_its_own_time(town):
    await town.come(FLO, GUS)
    await town.pass_days(4)
    in_time, late = town.now + DAY, town.now + 40 * DAY
    town.clock.advance(days=50)
    await town.take(left(FLO, in_time), left(GUS, late))
    assert await town.standing(FLO) == LEFT_AFTER
    assert await town.standing(GUS) == REWARDED


async def test_an_answer_from_after_the_time_proves_no_leave_within_it(town):
    await town.come(FLO)
    await town.pass_days(4)
    town.clock.advance(days=50)
    await town.take(seen(FLO, town.now, False))
    assert await town.standing(FLO) == REWARDED


async def test_a_community_that_the_campaign_gives_up_costs_nobody_their_friends(town):
    await town.come(FLO)
    await town.pass_days(4)
    await town.apply(a_campaign(rewards=PROMISED, chats=(ATELIER,)))
    await town.pass_days(35)
    assert await town.standing(FLO) == REWARDED


async def test_a_friend_in_two_communities_has_left_when_in_neither(town):
    await town.come(FLO)
    await town.pass_days(4)
    await town.enter(FLO, ATELIER)
    await town.leave(FLO, SALON)
    assert await town.standing(FLO) == REWARDED
    await town.leave(FLO, ATELIER)
    assert await town.standing(FLO) == LEFT_AFTER
    await town.enter(FLO, ATELIER)
    assert await town.standing(FLO) == REWARDED


async def test_somebody_who_has_moved_to_another_messenger_has_not_left(db, clock):
    town = OfTwoChats(db, clock)
    await town.apply(a_campaign_on_both(rewards=PROMISED))
    await town.come(FLO)
    await town.pass_days(4)
    there = on_discord(FLO)
    await town.enter(there, GUILD)
    await town.link(FLO, there)
    await town.leave(FLO)
    assert await town.standing(FLO) == REWARDED
    await town.leave(there, GUILD)
    assert await town.standing(FLO) == LEFT_AFTER
    await town.enter(there, GUILD)
    assert await town.standing(FLO) == REWARDED
    await town.unlink(FLO)
    assert await town.standing(FLO) == LEFT_AFTER
    await assert_audited(db)


async def test_going_round_under_several_advocates_gains_nobody_anything(db, clock):
    """A3: leave and come back through others' links, before and after it counts."""
    town = await a_town(db, clock, ends=None)
    friends = [FLO, GUS]
    await town.come(*friends, by=ANA)
    for days, by in ((1, BEN), (4, BEN), (1, ANA), (2, BEN), (5, ANA)):
        await town.pass_days(days)
        for friend in friends:
            await town.leave(friend)
        await town.pass_days(1)
        await town.come(*friends, by=by)
    await town.pass_days(5)
    assert (await result(town), await result(town, BEN)) == ((2, 120), (0, 0))
    for friend in friends:
        await town.leave(friend)
    assert (await result(town), await result(town, BEN), await result(town, FLO)) == ((0, 0), (0, 0), (0, 0))
    await town.pass_days(50)
    await town.come(*friends, by=BEN)
    await town.pass_days(9)
    assert (await result(town), await result(town, BEN)) == ((0, 0), (0, 0))
    await assert_audited(db)


async def test_a_milestone_falls_with_those_who_leave_and_is_reached_again_by_others(town):
    """A10: many near a threshold, who then leave; new entries take it back, and it is given once however often."""
    crowd = [a_person(100 + n, f"Friend {n}") for n in range(4)]
    await town.come(*crowd[:2])
    await town.pass_days(4)
    assert await result(town) == (2, 120)
    for n in (2, 3):
        await town.leave(crowd[n - 2])
        assert await result(town) == (1, 10)
        await town.come(crowd[n])
        await town.pass_days(4)
        assert await result(town) == (2, 120)
    async with town.db.begin() as tx:
        grants = await rewards.given_to(tx, [(await town.member(ANA)).id])
    assert [each.cause for each in grants if each.reward == "pair"] == [f"spring/pair/{(await town.member(ANA)).id}/1"]
    assert next(each.turns for each in grants if each.reward == "pair") == 4


async def test_a_burst_in_the_last_minute_counts_by_when_they_came_and_is_paid_to_who_stays(db, clock):
    """A13: the platform's own time decides who came before the end; what is heard of late is not later for that."""
    town = await a_town(db, clock, holding=holding(wait=2))
    code = await town.code_of(ANA)
    clock.advance(seconds=(ENDS - town.now).total_seconds() - 60)
    crowd = [a_person(200 + n, f"Last {n}") for n in range(30)]
    pressed = [started(each, town.now, code) for each in crowd]
    came = [joined(each, ENDS + timedelta(seconds=2 * n - 40)) for n, each in enumerate(crowd)]
    clock.advance(minutes=5)  # all of it is heard of after the end
    town.there = {(each.account, SALON) for each in crowd}
    await town.take(*pressed, *came)
    in_time = sum(fact.at < ENDS for fact in came)
    assert in_time == 20
    assert (await town.totals())["referrals.pending"] == in_time
    for each in crowd[:15]:
        await town.leave(each)
    await town.pass_days(7)
    assert await result(town) == (5, 50 + 100)
    await assert_audited(db)


def found_later(town, at, found, *codes, withdrawn):
    ways = tuple(Way(code) for code in codes)
    told = {"found": found, "how": "searched", "before": Found.PROBABLE, "withdrawn": withdrawn, "ways": ways}
    return Traced(key="traced/2", at=at, person=FLO, chat=SALON, **told)


async def a_traced_friend(town):
    """Flo counts for Ana by what comparing invites found."""
    ana, at = await town.code_of(ANA), town.now
    first = Traced(
        key="traced/1", at=at, person=FLO, chat=SALON, found=Found.PROBABLE, how="compared", ways=(Way(ana),)
    )
    town.there.add((FLO.account, SALON))
    await town.take(joined(FLO, at), first)
    await town.pass_days(4)
    assert await town.standing(FLO) == REWARDED
    return ana, at


async def test_when_it_turns_out_that_another_brought_the_friend_the_reward_is_theirs(town):
    ana, at = await a_traced_friend(town)
    ben = await town.code_of(BEN)
    later = found_later(town, at, Found.EXACT, ben, withdrawn=(ana,))
    await town.take(later)
    await town.take(later)
    assert await town.standing(FLO) == ("rewarded", "rewarded", "Ben")
    assert (await result(town), await result(town, BEN), await result(town, FLO)) == ((0, 0), (1, 10), (0, 1))
    await town.settle()
    assert town.told("referral_reversed") == 1
    await town.leave(FLO)
    assert await town.standing(FLO) == ("reversed", "left_after", "Ben")
    assert await result(town, BEN) == (0, 0)


async def test_when_it_turns_out_that_nobody_brought_the_friend_the_reward_is_taken_back(town):
    ana, at = await a_traced_friend(town)
    await town.take(found_later(town, at, Found.OTHERWISE, withdrawn=(ana,)))
    assert await town.standing(FLO) == ("reversed", "came_otherwise", "Ana")
    assert (await result(town), await result(town, FLO)) == ((0, 0), (0, 0))


async def test_a_later_word_that_agrees_changes_nothing(town):
    ana, at = await a_traced_friend(town)
    await town.take(found_later(town, at, Found.EXACT, ana, withdrawn=()))
    assert await town.standing(FLO) == REWARDED
    assert await result(town) == (1, 10)


async def test_a_friend_from_before_anything_could_be_lost_keeps_what_was_earned(town):
    """Referrals that had qualified when this version came have no time from which to count."""
    await town.come(FLO)
    await town.pass_days(4)
    referral = await town.referral(FLO)
    async with town.db.begin() as tx:
        key = (referral.campaign_id, referral.friend_id)
        await referrals.keep(tx, {key: replace(referral, qualified_at=None, look_at=None)})
    await town.leave(FLO)
    assert await town.standing(FLO) == REWARDED

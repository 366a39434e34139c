from hypothesis import given
from hypothesis import strategies as st

from core.campaign.values import Reward, To
from core.rewards import KINDS, owed
from tests.people import POINTS, WELCOME, a_campaign

ANA, FLO, GUS = 1, 21, 22


def reward(name, **how):
    return Reward(id=name, to=To.ADVOCATE, kind="points", setting=5, **how)


THIRD = reward("third", at=3)
PAIR = reward("pair", every=2)


def earned(*rewards, qualified, friend=FLO):
    found = owed(a_campaign(rewards=rewards), advocate=ANA, friend=friend, qualified=qualified)
    return [(each.reward.id, each.member) for each in found]


def test_every_friend_earns_where_every_is_one():
    assert [earned(POINTS, qualified=n) for n in (1, 2, 3)] == [[("thanks", ANA)]] * 3


def test_every_second_friend_earns_where_every_is_two():
    assert [earned(PAIR, qualified=n) for n in (1, 2, 3, 4)] == [[], [("pair", ANA)], [], [("pair", ANA)]]


def test_a_milestone_is_earned_once():
    assert [earned(THIRD, qualified=n) for n in (2, 3, 4, 6)] == [[], [("third", ANA)], [], []]


def test_a_friend_earns_for_themselves():
    assert earned(WELCOME, qualified=7) == [("welcome", FLO)]


def test_rewards_come_in_the_order_of_the_file():
    assert earned(WELCOME, PAIR, POINTS, qualified=2) == [("welcome", FLO), ("pair", ANA), ("thanks", ANA)]


def test_top_and_draw_are_settled_at_the_end():
    assert earned(reward("podium", top=3), reward("raffle", draw=5), qualified=3) == []


def test_a_cause_is_spelled_with_all_that_makes_it_another_one():
    [pair] = owed(a_campaign(rewards=(PAIR,)), advocate=ANA, friend=FLO, qualified=4)
    assert pair.cause == "spring/pair/1/2"


def test_points_are_handed_over_at_once_and_a_message_by_a_door():
    assert (KINDS["points"](POINTS).points, KINDS["points"](POINTS).text) == (10, None)
    assert KINDS["message"](WELCOME).text == {"en": "Hello!", "fr": "Bonjour !"}
    assert KINDS["message"](Reward(id="one", to=To.FRIEND, kind="message", setting="Hi")).text == {"*": "Hi"}


numbers = st.integers(1, 200)
REWARDS = (POINTS, PAIR, THIRD, WELCOME)


@given(numbers, numbers)
def test_an_advocate_never_earns_under_one_cause_twice(one, other):
    campaign = a_campaign(rewards=(POINTS, PAIR, THIRD))
    causes = [{each.cause for each in owed(campaign, advocate=ANA, friend=n, qualified=n)} for n in {one, other}]
    assert len(set().union(*causes)) == sum(len(each) for each in causes)


@given(st.integers(1, 60))
def test_the_number_earned_is_the_number_promised(friends):
    campaign = a_campaign(rewards=REWARDS)
    found = [
        each.reward.id
        for n in range(1, friends + 1)
        for each in owed(campaign, advocate=ANA, friend=100 + n, qualified=n)
    ]
    assert found.count("thanks") == found.count("welcome") == friends
    assert found.count("pair") == friends // 2
    assert found.count("third") == (friends >= 3)


@given(numbers)
def test_a_friends_reward_is_the_same_whoever_brought_them(qualified):
    campaign = a_campaign(rewards=(WELCOME,))
    causes = {owed(campaign, advocate=advocate, friend=FLO, qualified=qualified)[0].cause for advocate in (ANA, GUS)}
    assert len(causes) == 1

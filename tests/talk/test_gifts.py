"""Rewards and rules in words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bots.talk import gifts
from bots.talk.reader import Reader
from bots.talk.rules import rules
from bots.texts import languages, text
from core.campaign.values import Holding, Limits, Qualify, Reward, To
from core.rewards import KINDS, Grant
from tests.people import ENDS, STARTS, a_campaign

READER = Reader(language="en", timezone="Europe/Paris", now=STARTS)
SETTINGS: dict[str, Any] = {
    "points": 10,
    "message": {"*": "Hi"},
    "promo_code": "welcome",
    "discord_role": "300000000000000010",
    "telegram_invite": -1001,
    "webhook": "https://shop.example/hook",
    "by_hand": {"en": "tea & cake", "fr": "thé & gâteau"},
    "post": "teaser",
}


def reward(kind: str = "points", to: To = To.ADVOCATE, **when: int) -> Reward:
    return Reward(id=f"r-{kind}-{when}", to=to, kind=kind, setting=SETTINGS[kind], **when)


def grant(kind: str, **changes: Any) -> Grant:
    known: dict[str, Any] = {"cause": "spring/r/1/1", "campaign_id": 1, "member_id": 1, "reward": "r", "kind": kind}
    return Grant(**{**known, "granted_at": STARTS, "delivered_at": None, **changes})


def line(given: Grant, *, reachable: bool = True, paused: bool = False) -> str:
    promised = Reward(id="r", to=To.ADVOCATE, kind=given.kind, setting=SETTINGS[given.kind], every=1)
    return gifts.grant_line(given, promised, READER, reachable=reachable, paused=paused)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_name_of_its_own(kind: str, language: str):
    named = gifts.gift(reward(kind), language)
    assert named != text(language, "gift.other")
    assert "{" not in named


def test_what_an_organizer_wrote_is_escaped_once_and_its_beginning_is_enough():
    assert gifts.gift(reward("by_hand"), "en") == "tea &amp; cake"
    assert gifts.ahead(a_campaign(rewards=(reward("by_hand", every=1),)), 0, "en") == [
        "🎯 One more friend until: tea &amp; cake"
    ]
    sentence = replace(reward("by_hand"), setting={"*": "A dinner for two. "})
    assert gifts.gift(sentence, "en") == "A dinner for two"  # it stands within another sentence
    long = replace(reward("by_hand"), setting={"*": "word " * 1000})
    assert len(gifts.gift(long, "en")) <= 200


def test_the_next_rewards_are_named_with_how_far_they_are_the_nearest_first():
    campaign = a_campaign(
        rewards=(reward("promo_code", at=10), reward("points", every=5), reward("message", at=3), reward(top=3))
    )
    assert gifts.ahead(campaign, 0, "en") == [
        "🎯 <b>3</b> more friends until: a personal message",
        "🎯 <b>5</b> more friends until: 10 points",
        "🎯 <b>10</b> more friends until: a promo code",
    ]
    assert gifts.ahead(campaign, 9, "en") == [
        "🎯 One more friend until: a promo code",
        "🎯 One more friend until: 10 points",
    ]
    assert gifts.ahead(campaign, 10, "en") == ["🎯 <b>5</b> more friends until: 10 points"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (grant("promo_code", waits_for="codes/welcome"), "your code waits; the organizers have to add new ones"),
        (grant("message", waits_for="budget/rewards"), "waits; the campaign has given all that it may for now"),
        (grant("by_hand"), "the organizers will hand it over to you"),
        (grant("webhook"), "on its way"),
        (grant("message"), "on its way"),
    ],
)
def test_a_reward_that_waits_says_why(given: Grant, told: str):
    assert line(given).endswith(f": {told}")


def test_one_that_cannot_be_brought_says_that_too():
    assert "I could not reach you" in line(grant("message"), reachable=False)
    assert "goes out after the break" in line(grant("message"), paused=True)
    assert "as soon as you are on the server" in line(grant("discord_role"))


def test_a_code_is_shown_again_to_be_copied_and_a_link_to_be_pressed():
    code = grant("promo_code", gift="LUNE-<1>", delivered_at=STARTS)
    assert line(code) == "• a promo code: <code>LUNE-&lt;1&gt;</code>"
    link = grant("telegram_invite", gift="https://t.me/+abc", delivered_at=STARTS)
    assert line(link) == '• an invitation to a private chat: <a href="https://t.me/+abc">https://t.me/+abc</a>'
    assert line(grant("message", delivered_at=STARTS)) == "• a personal message"


def test_the_rules_tell_of_the_wait_the_clawback_the_limits_and_the_end():
    campaign = a_campaign(
        qualify=Qualify(stay=timedelta(days=3)),
        holding=Holding(wait=timedelta(days=2), clawback=timedelta(days=30)),
        limits=Limits(per_advocate=200, per_advocate_per_day=20, rewards=5000, points=9000),
        rewards=(reward("promo_code", top=3), reward("message", draw=5), reward("points", To.FRIEND)),
    )
    told = "\n".join(rules(campaign, "en", longest=4000, results_at=ENDS))
    for said in (
        "After that there is a wait of 2 days.",
        "If a friend leaves within 30 days after that, it does not count any more",
        "At most 200 friends per person count.",
        "At most 20 friends per person count each day",
        "There are 5,000 rewards in all.",
        "There are 9,000 points to give in all.",
        "• for the first 3 places at the end: a promo code",
        "• for 5 winners drawn at the end: a personal message",
        "• for the friend: 10 points",
        "Whoever brought the most friends is first",
        "each friend who counts is one ticket",
        "The results are final on Thursday, December 31, 2026",
    ):
        assert said in told


def test_the_rules_are_silent_about_what_there_is_not():
    campaign = a_campaign(holding=Holding(wait=timedelta(0), clawback=timedelta(0)), rewards=(reward(every=1),))
    told = "\n".join(rules(campaign, "en", longest=4000, results_at=ENDS))
    for word in ("wait", "leaves", "At most", "in all", "ticket", "final", "first;"):
        assert word not in told.replace("at most 7 days", "")

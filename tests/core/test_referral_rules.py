from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attribution import Claim, Touch
from core.campaign.values import Attribution, Holding, Qualify
from core.chats import Membership, Sight, observe
from core.conversions import Conversion
from core.referrals import Case, Messages, Missing, Reason, Status, Stay, judge
from core.referrals.rules import ASK_AGAIN, ASK_EVERY, LATE_NEWS
from tests.people import ENDS, STARTS, a_campaign

ANA, BEN, FLO = 1, 2, 21
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
SECOND = timedelta(seconds=1)
MET = STARTS + DAY
"""When Flo presses Ana's link."""
BY_ANA = Touch(ANA, "ana", MET)
CAME = MET + HOUR
CAMPAIGN = a_campaign(qualify=Qualify(stay=3 * DAY))
STAYED = CAME + 3 * DAY


def member(*sights):
    return reduce(lambda known, each: observe(known, *each), sights, Membership())


def case(*memberships, touches=(BY_ANA,), **changes):
    """Flo, who met Ana's link, and what is known of her in the campaign's chats."""
    usual = Case(friend=FLO, is_bot=False, touches=touches, claims=(), memberships=memberships)
    return replace(usual, **changes)


def judged(known, *, now, campaign=CAMPAIGN, ends_at=ENDS, paused=False):
    return judge(known, campaign, ends_at=ends_at, paused=paused, now=now)


def outcome(known, **when):
    found = judged(known, **when)
    return found.status.value, found.reason


JOINED = member((Sight.JOINED, CAME))
CONFIRMED = observe(JOINED, Sight.PRESENT, STAYED)


def test_without_a_sign_there_is_no_referral():
    assert judged(case(JOINED, touches=()), now=STAYED) is None


def test_who_has_not_joined_yet_is_waited_for_and_asked_after():
    found = judged(case(), now=MET)
    assert (found.status, found.reason, found.ask) == (Status.PENDING, Reason.NOT_JOINED, True)
    assert found.look_at == MET + ASK_EVERY


def test_who_has_not_joined_when_the_window_is_over_never_did():
    last = judged(case(), now=MET + WEEK - SECOND)
    assert (last.reason, last.look_at) == (Reason.NOT_JOINED, MET + WEEK)
    over = judged(case(), now=MET + WEEK)
    assert (over.status, over.reason, over.look_at, over.ask) == (Status.REJECTED, Reason.NEVER_JOINED, None, False)


def test_the_end_of_the_campaign_is_waited_for_a_little_longer_because_news_takes_time():
    ends_at = MET + HOUR
    assert judged(case(), now=MET, ends_at=ends_at).look_at == ends_at + LATE_NEWS
    assert outcome(case(), now=ends_at + LATE_NEWS, ends_at=ends_at) == ("rejected", Reason.NEVER_JOINED)


def test_without_an_end_only_the_window_counts():
    assert judged(case(), now=MET + WEEK - SECOND, ends_at=None).look_at == MET + WEEK


def test_a_bot_is_nobodys_friend():
    assert outcome(case(JOINED, is_bot=True), now=STAYED) == ("rejected", Reason.A_BOT)


def test_nobody_recommends_themselves():
    own = case(JOINED, touches=(), claims=(Claim(FLO, CAME),))
    assert outcome(own, now=STAYED) == ("rejected", Reason.SELF_REFERRAL)


def test_who_was_there_before_the_link_was_a_member_already():
    before = member((Sight.JOINED, MET - 2 * HOUR))
    assert outcome(case(before), now=MET) == ("rejected", Reason.ALREADY_MEMBER)


def test_a_former_member_was_a_member_already():
    former = member((Sight.LEFT, MET - DAY), (Sight.JOINED, CAME))
    assert outcome(case(former), now=STAYED) == ("rejected", Reason.ALREADY_MEMBER)


def test_who_is_found_there_may_just_have_come_and_is_given_a_minute():
    found = judged(case(member((Sight.PRESENT, MET + SECOND))), now=MET + SECOND)
    assert (found.status, found.reason) == (Status.PENDING, Reason.CONFIRMING)
    assert found.look_at == MET + SECOND + LATE_NEWS


def test_who_is_found_there_without_a_join_was_a_member_already():
    there = case(member((Sight.PRESENT, MET + SECOND)))
    assert outcome(there, now=MET + SECOND + LATE_NEWS) == ("rejected", Reason.ALREADY_MEMBER)


def test_who_is_found_there_after_they_were_not_has_come():
    came = case(member((Sight.ABSENT, MET), (Sight.PRESENT, CAME)))
    assert outcome(came, now=CAME) == ("pending", Reason.STAYING)


@pytest.mark.parametrize(
    ("starts", "ends_at", "counts"),
    [
        (CAME, None, True),
        (CAME + SECOND, None, False),
        (STARTS, CAME, False),
        (STARTS, CAME + SECOND, True),
    ],
)
def test_only_who_comes_while_the_campaign_runs_counts(starts, ends_at, counts):
    found = outcome(case(JOINED), campaign=a_campaign(starts=starts), ends_at=ends_at, now=CAME)
    assert found == (("pending", Reason.STAYING) if counts else ("rejected", Reason.OUTSIDE_WINDOW))


def test_who_came_in_time_can_qualify_after_the_end():
    assert outcome(case(CONFIRMED), now=STAYED, ends_at=CAME + HOUR) == ("qualified", Reason.ALL_MET)


def test_they_must_stay():
    found = judged(case(JOINED), now=STAYED - SECOND)
    assert (found.status, found.reason, found.look_at) == (Status.PENDING, Reason.STAYING, STAYED)


def test_who_leaves_early_is_out_and_who_comes_back_stays_anew():
    left = observe(JOINED, Sight.LEFT, CAME + DAY)
    assert outcome(case(left), now=CAME + DAY) == ("rejected", Reason.LEFT_EARLY)
    back = observe(left, Sight.JOINED, CAME + 2 * DAY)
    assert judged(case(back), now=CAME + 2 * DAY).look_at == CAME + 5 * DAY


def test_when_they_have_stayed_the_platform_is_asked_before_anything_is_given():
    found = judged(case(JOINED), now=STAYED)
    assert (found.status, found.reason, found.ask) == (Status.PENDING, Reason.CONFIRMING, True)
    assert found.look_at == STAYED + ASK_AGAIN


def test_an_answer_from_before_they_had_stayed_is_not_enough():
    early = observe(JOINED, Sight.PRESENT, STAYED - SECOND)
    assert outcome(case(early), now=STAYED) == ("pending", Reason.CONFIRMING)


def test_who_has_stayed_and_is_there_qualifies():
    assert outcome(case(CONFIRMED), now=STAYED) == ("qualified", Reason.ALL_MET)


def test_who_is_not_there_when_asked_has_left_early():
    gone = observe(JOINED, Sight.ABSENT, STAYED)
    assert outcome(case(gone), now=STAYED) == ("rejected", Reason.LEFT_EARLY)


def test_they_must_speak_where_the_campaign_says_so():
    campaign = a_campaign(qualify=Qualify(messages=2))
    once = observe(CONFIRMED, Sight.SPOKE, CAME)
    assert outcome(case(once), campaign=campaign, now=STAYED) == ("pending", Reason.SILENT)
    elsewhere = observe(Membership(), Sight.SPOKE, CAME)
    assert outcome(case(once, elsewhere), campaign=campaign, now=STAYED) == ("qualified", Reason.ALL_MET)


def test_nothing_qualifies_in_a_pause():
    assert outcome(case(CONFIRMED), now=STAYED, paused=True) == ("pending", Reason.PAUSED)


def test_staying_in_one_of_the_chats_is_enough():
    other = member((Sight.JOINED, CAME + HOUR), (Sight.LEFT, CAME + DAY))
    assert outcome(case(CONFIRMED, other), now=STAYED) == ("qualified", Reason.ALL_MET)
    assert outcome(case(other, CONFIRMED), now=STAYED) == ("qualified", Reason.ALL_MET)


def test_who_was_in_another_of_the_chats_before_was_a_member_already():
    other = member((Sight.PRESENT, MET - DAY))
    assert outcome(case(JOINED, other), now=STAYED) == ("rejected", Reason.ALREADY_MEMBER)


def test_of_two_chats_in_the_same_second_the_one_that_was_joined_counts_in_either_order():
    found = member((Sight.PRESENT, CAME))
    assert outcome(case(JOINED, found), now=CAME + HOUR) == outcome(case(found, JOINED), now=CAME + HOUR)


def test_a_friend_who_presses_the_link_after_joining_counts_for_an_hour():
    for after, expected in ((HOUR, ("pending", Reason.STAYING)), (HOUR + SECOND, ("rejected", Reason.ALREADY_MEMBER))):
        late = case(JOINED, touches=(Touch(ANA, "ana", CAME + after),))
        assert outcome(late, now=CAME + after) == expected


def test_a_claim_is_credit_enough():
    claimed = case(CONFIRMED, touches=(), claims=(Claim(BEN, STAYED),))
    found = judged(claimed, now=STAYED)
    assert (found.credit.advocate, found.status) == (BEN, Status.QUALIFIED)


ASKING = a_campaign(qualify=Qualify(stay=3 * DAY, messages=1, conversion="order"))
SPOKEN = replace(CONFIRMED, messages=1)


def order(at, name="order"):
    return Conversion(campaign_id=1, id=f"{name} {at}", name=name, at=at, member_id=FLO)


def bought(*orders, there=SPOKEN, **changes):
    known = case(there, conversions=orders, **changes)
    return outcome(known, now=STAYED + DAY, campaign=ASKING)


def test_a_conversion_that_is_asked_for_comes_after_everything_else_that_is_missing():
    assert outcome(case(JOINED), now=CAME, campaign=ASKING) == ("pending", Reason.STAYING)
    assert bought(there=CONFIRMED) == ("pending", Reason.SILENT)
    assert bought() == ("pending", Reason.NOT_CONVERTED)
    assert judged(case(SPOKEN), now=STAYED, campaign=ASKING).look_at is None


def test_a_conversion_counts_from_the_link_on():
    for at, expected in ((MET - SECOND, "pending"), (MET, "qualified"), (CAME, "qualified"), (STAYED, "qualified")):
        assert bought(order(at))[0] == expected
    assert bought(order(MET - DAY), order(CAME)) == ("qualified", Reason.ALL_MET)


def test_a_conversion_of_another_name_is_not_the_one():
    assert bought(order(CAME, "Order"), order(CAME, "newsletter")) == ("pending", Reason.NOT_CONVERTED)


def test_a_conversion_from_between_the_join_and_a_late_sign_counts():
    pressed = {"touches": (Touch(ANA, "ana", CAME + HOUR),)}
    claimed = {"touches": (), "claims": (Claim(ANA, CAME + DAY),)}
    for sign in (pressed, claimed):
        assert bought(order(CAME + MINUTE), **sign) == ("qualified", Reason.ALL_MET)
        assert bought(order(CAME - SECOND), **sign) == ("pending", Reason.NOT_CONVERTED)


def test_after_a_conversion_the_platform_is_asked_once_more():
    late = judged(case(SPOKEN, conversions=(order(STAYED + HOUR),)), now=STAYED + HOUR, campaign=ASKING)
    assert (late.status, late.reason, late.ask) == (Status.PENDING, Reason.CONFIRMING, True)
    there = observe(SPOKEN, Sight.PRESENT, STAYED + HOUR)
    assert bought(order(STAYED + HOUR + timedelta(microseconds=9)), there=there) == ("qualified", Reason.ALL_MET)


def test_in_a_pause_a_conversion_waits():
    known = case(SPOKEN, conversions=(order(CAME),))
    assert outcome(known, now=STAYED, campaign=ASKING, paused=True) == ("pending", Reason.PAUSED)


NAMED = {
    "join": "not_joined",
    "paused": "paused",
    "stay": "staying",
    "messages": "silent",
    "conversion": "not_converted",
    "holding": "holding",
    "confirming": "confirming",
    "day_full": "day_full",
}
sights = st.tuples(st.sampled_from(list(Sight)), st.integers(-30, 150).map(lambda hours: CAME + timedelta(hours=hours)))
memberships = st.lists(st.lists(sights, max_size=5).map(lambda each: member(*each)), max_size=2)
touches = st.lists(
    st.integers(-200, 30).map(lambda hours: Touch(ANA + hours % 2, f"c{hours}", CAME + timedelta(hours=hours))),
    max_size=3,
)
claims = st.lists(st.builds(Claim, st.sampled_from([ANA, FLO]), st.just(CAME)), max_size=1)
orders = st.lists(st.integers(-30, 150).map(lambda hours: order(CAME + timedelta(hours=hours))), max_size=2)
cases = st.builds(case, touches=touches, claims=claims, is_bot=st.booleans(), conversions=orders).flatmap(
    lambda known: memberships.map(lambda there: replace(known, memberships=there))
)
campaigns = st.sampled_from(
    [
        CAMPAIGN,
        a_campaign(qualify=Qualify(messages=1), attribution=Attribution(window=DAY)),
        a_campaign(qualify=Qualify(conversion="order")),
        a_campaign(qualify=Qualify(stay=DAY, messages=1), holding=Holding(wait=DAY)),
    ]
)
times = st.integers(0, 300).map(lambda hours: CAME + timedelta(hours=hours))


@given(cases, campaigns, times, st.booleans(), st.sampled_from([None, CAME + HOUR]))
def test_every_judgement_says_what_happens_next(known, campaign, now, paused, ends_at):
    found = judge(known, campaign, ends_at=ends_at, paused=paused, now=now)
    assert (found is None) == (not known.touches and not known.claims)
    if found is None:
        return
    if found.look_at is not None:
        assert found.status is Status.PENDING
        assert found.look_at > now
    if found.ask:
        assert found.look_at is not None
    if found.status is Status.PENDING and found.look_at is None:
        assert found.reason in (Reason.PAUSED, Reason.SILENT, Reason.NOT_CONVERTED)
    assert bool(found.missing) is (found.status is Status.PENDING)
    if found.missing:
        assert found.reason is found.missing.reason
        assert found.reason.value in NAMED.values()
        assert {NAMED[each["what"]] for each in found.missing.plain()} >= {found.reason.value}
    if found.status is Status.QUALIFIED:
        assert found.credit.advocate != known.friend
        assert found.credit.confidence.pays
        assert not any((found.credit.late, known.is_bot, paused))
        assert any(each.present for each in known.memberships)


@given(cases, campaigns, times)
def test_in_which_chat_something_happened_first_does_not_matter(known, campaign, now):
    turned = replace(
        known, memberships=known.memberships[::-1], touches=known.touches[::-1], conversions=known.conversions[::-1]
    )
    same = {"ends_at": None, "paused": False, "now": now}
    assert judge(turned, campaign, **same) == judge(known, campaign, **same)


@given(cases, campaigns, times, st.integers(0, 500))
def test_who_qualifies_would_qualify_later_too_once_they_are_seen_again(known, campaign, now, hours):
    found = judge(known, campaign, ends_at=None, paused=False, now=now)
    if found is not None and found.status is Status.QUALIFIED:
        then = now + timedelta(hours=hours)
        later = judge(known, campaign, ends_at=None, paused=False, now=then)
        assert later == found or (later.reason, later.ask, later.met_at) == (Reason.CONFIRMING, True, found.met_at)
        seen = [observe(each, Sight.PRESENT, then) if each.present else each for each in known.memberships]
        assert judge(replace(known, memberships=seen), campaign, ends_at=None, paused=False, now=then) == found


def test_an_answer_of_more_than_a_day_ago_is_not_enough():
    """Somebody who spoke weeks after they were asked about, or who came before a long pause, may have left since."""
    known = case(CONFIRMED)
    assert outcome(known, now=STAYED + DAY) == ("qualified", Reason.ALL_MET)
    late = judged(known, now=STAYED + DAY + SECOND)
    assert (late.reason, late.ask, late.met_at) == (Reason.CONFIRMING, True, STAYED)


WAITING = a_campaign(qualify=Qualify(stay=3 * DAY), holding=Holding(wait=2 * DAY))


def test_what_is_done_has_to_hold_and_then_the_platform_is_asked():
    held = judged(case(CONFIRMED), now=STAYED + DAY, campaign=WAITING)
    assert (held.reason, held.look_at, held.met_at) == (Reason.HOLDING, STAYED + 2 * DAY, STAYED)
    assert held.missing == Missing(holding_until=STAYED + 2 * DAY)
    assert outcome(case(CONFIRMED), now=STAYED + 2 * DAY, campaign=WAITING) == ("pending", Reason.CONFIRMING)
    again = observe(CONFIRMED, Sight.PRESENT, STAYED + 2 * DAY)
    assert outcome(case(again), now=STAYED + 2 * DAY, campaign=WAITING) == ("qualified", Reason.ALL_MET)


def test_who_wrote_late_is_held_from_then_on():
    asking = replace(WAITING, qualify=Qualify(stay=3 * DAY, messages=1))
    held = judged(case(SPOKEN, spoken_at=STAYED + DAY), now=STAYED + DAY, campaign=asking)
    assert (held.reason, held.met_at, held.look_at) == (Reason.HOLDING, STAYED + DAY, STAYED + 3 * DAY)


def test_everything_that_is_missing_is_said_with_figures_and_times():
    asking = replace(ASKING, qualify=replace(ASKING.qualify, messages=3))
    found = judged(case(replace(JOINED, messages=1)), now=CAME + DAY, campaign=asking)
    stay = Stay(total=3 * DAY, done=DAY, until=STAYED)
    assert found.missing == Missing(stay=stay, messages=Messages(wanted=3, so_far=1), conversion="order")
    assert found.missing.plain() == [
        {"what": "stay", "total": 259200, "done": 86400, "until": int(STAYED.timestamp())},
        {"what": "messages", "wanted": 3, "so_far": 1},
        {"what": "conversion", "name": "order"},
    ]
    assert judged(case(), now=MET).missing == Missing(join_until=MET + WEEK)
    assert judged(case(JOINED), now=STAYED).missing == Missing(confirming=True)
    paused = judged(case(JOINED), now=CAME + DAY, paused=True).missing
    assert (paused.reason, paused.stay) == (Reason.PAUSED, stay)
    assert [each["what"] for each in paused.plain()] == ["paused", "stay"]


@given(cases, campaigns, times, times)
def test_between_two_looks_nothing_would_have_changed(known, campaign, now, other):
    found = judge(known, campaign, ends_at=None, paused=False, now=now)
    if found is not None and now <= other < (found.look_at or other + SECOND):
        between = judge(known, campaign, ends_at=None, paused=False, now=other)
        assert (between.status, between.reason) == (found.status, found.reason)
        if found.status is not Status.REJECTED:
            assert between.credit == found.credit

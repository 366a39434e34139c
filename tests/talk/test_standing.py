"""Where a referral stands, as people read it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.telegram.entities import from_html
from bots.talk.reader import Reader
from bots.talk.standing import friend_line, needed, to_do, to_wait_for
from bots.texts import languages, text
from core.attribution.rules import Confidence
from core.referrals import Messages, Missing, Reason, Referral, Status, Stay

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
TOMORROW, LATER = NOW + timedelta(hours=20), datetime(2026, 12, 4, 8, tzinfo=UTC) + timedelta(days=2)
EN, FR = (Reader(language=each, timezone="Europe/Paris", now=NOW) for each in ("en-GB", "fr"))
STAY = Stay(total=timedelta(days=3), done=timedelta(days=2, hours=3), until=LATER)


def referral(status: Status = Status.PENDING, reason: Reason = Reason.STAYING) -> Referral:
    return Referral(
        campaign_id=1,
        friend_id=2,
        advocate_id=3,
        code="x",
        version=1,
        confidence=Confidence.EXACT,
        status=status,
        reason=reason,
        judgements=1,
        since_at=NOW,
        look_at=None,
    )


@pytest.mark.parametrize(
    ("missing", "english", "french"),
    [
        (
            Missing(stay=STAY, messages=Messages(wanted=1, so_far=0)),
            "2 of 3 days (until Sun 6 Dec, 09:00); needs to say hello",
            "2/3 jours (jusqu’au dim. 6 déc. à 09:00) ; doit encore dire bonjour",
        ),
        (Missing(messages=Messages(wanted=5, so_far=2)), "2 of 5 messages", "2/5 messages"),
        (
            Missing(conversion="first-order"),
            "needs to make a purchase in the shop",
            "doit encore faire un achat dans la boutique",
        ),
        (
            Missing(holding_until=TOMORROW),
            "all done; confirmed tomorrow at 09:00 if they are still here",
            "tout est fait ; confirmation demain à 09:00, si la personne est encore là",
        ),
        (
            Missing(day_full_until=TOMORROW),
            "all done; counts tomorrow at 09:00, for no more friends can count today",
            "tout est fait ; compte demain à 09:00, car plus aucun proche ne peut compter aujourd’hui",
        ),
        (
            Missing(join_until=LATER),
            "has opened the link; has to join (until Sun 6 Dec, 09:00)",
            "a ouvert le lien ; reste à entrer (jusqu’au dim. 6 déc. à 09:00)",
        ),
        (
            Missing(confirming=True),
            "all done; being checked, a moment",
            "tout est fait ; vérification en cours, un instant",
        ),
        (
            Missing(paused=True, messages=Messages(wanted=1, so_far=0)),
            "the campaign is having a break; needs to say hello",
            "la campagne fait une pause ; doit encore dire bonjour",
        ),
    ],
)
def test_an_advocate_reads_what_a_friend_still_needs_and_until_when(missing: Missing, english: str, french: str):
    assert friend_line(referral(), "Flo", missing, EN) == f"⏳ <b>Flo</b>: {english}"
    line = friend_line(referral(), "Flo", missing, FR)
    assert line.replace("\u202f", " ").replace("\u00a0", " ") == f"⏳ <b>Flo</b> : {french}"


def test_a_friend_of_whom_nothing_is_missing_is_being_checked():
    assert friend_line(referral(), "Flo", None, EN) == "⏳ <b>Flo</b>: being checked, a moment"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("status", [each for each in Status if each is not Status.PENDING])
def test_whatever_came_of_a_referral_is_a_sentence(language: str, reason: Reason, status: Status):
    reader = Reader(language=language, timezone="Europe/Paris", now=NOW)
    line = friend_line(referral(status, reason), "Flo", None, reader)
    assert line.endswith(text(language, f"reason.{reason.value}", n=1))


def test_a_friend_reads_what_is_left_to_do():
    missing = Missing(stay=STAY, messages=Messages(wanted=3, so_far=1), conversion="first-order")
    assert to_do(missing, EN) == [
        "stay until Sun 6 Dec, 09:00 (2 of 3 days)",
        "write 2 more messages in the group",
        "make a purchase in the shop",
    ]
    assert to_do(Missing(join_until=TOMORROW, messages=Messages(wanted=1, so_far=0)), EN) == [
        "join (until tomorrow, 09:00)",
        "say hello in the group",
    ]


def test_a_friend_who_has_done_everything_reads_what_happens_now():
    waiting = [Missing(holding_until=TOMORROW), Missing(day_full_until=TOMORROW), Missing(confirming=True), Missing()]
    assert all(to_do(each, EN) == [] for each in waiting)
    assert [to_wait_for(each, EN) for each in waiting] == [
        "It is confirmed tomorrow at 09:00, if you are still here then.",
        "It counts tomorrow at 09:00: enough friends of the same person have counted today.",
        "It is being checked; this takes a moment.",
        "It is being checked; this takes a moment.",
    ]


def test_news_says_it_without_a_time():
    missing = Missing(stay=STAY, messages=Messages(wanted=1, so_far=0), conversion="first-order")
    assert needed(missing.plain(), "en") == "stay for 21 hours, say hello once, and make a purchase in the shop"
    assert needed(Missing(confirming=True).plain(), "en") == ""


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=8), "3 days"),
        (timedelta(hours=1, seconds=8), "2 days and 23 hours"),
        (timedelta(days=2, hours=22, minutes=30, seconds=8), "1 hour and 30 minutes"),
        (timedelta(days=2, hours=23, minutes=59, seconds=1), "59 seconds"),
    ],
)
def test_news_does_not_say_that_less_is_missing_than_there_is(gone: timedelta, said: str):
    missing = Missing(stay=Stay(total=timedelta(days=3), done=gone, until=TOMORROW))
    assert needed(missing.plain(), "en") == f"stay for {said}"


@given(name=st.text(max_size=80) | st.sampled_from(["<b>", "</b>", "&lt;", '"><a href="x">', "{until}", "\u202e"]))
def test_no_name_breaks_a_line(name: str):
    line = friend_line(referral(), name, Missing(stay=STAY), EN)
    read, entities = from_html(line)
    assert [entity["type"] for entity in entities] == ["bold"]
    assert "\n" not in read
    assert read.endswith(": 2 of 3 days (until Sun 6 Dec, 09:00)")

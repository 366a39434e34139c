"""News in words. What members read is the catalogues' business; here it is what is said when, and that it is safe."""

from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.telegram.entities import from_html, units
from bots.talk.news import rendered
from bots.texts import languages, text
from core.intake import news as core_news
from core.referrals import Reason

PLACES = [
    {"rank": 1, "name": "Ana", "qualified": 3, "points": 30},
    {"rank": 1, "name": "Ben", "qualified": 3, "points": 0},
    {"rank": 3, "name": "<Cleo>", "qualified": 1, "points": 10},
    {"rank": 4, "name": "Dan", "qualified": 1, "points": 0},
]
ABOUT: dict[str, dict[str, Any]] = {
    "friend_arrived": {"friend": "Ben", "missing": "staying"},
    "friend_left": {"friend": "Ben"},
    "friend_qualified": {"friend": "Ben", "points": 10},
    "reward": {"text": "A dinner for two"},
    "claim": {"friend": "Ben", "claim": 7},
    "claim_answered": {"advocate": "Ana", "confirmed": True},
    "reminder": {"pending": 2, "qualified": 1, "points": 10},
    "leaderboard": {"places": PLACES},
    "campaign_started": {},
    "campaign_ended": {"joins": 12, "advocates": 3, "places": PLACES},
    "invites_shut": {"server": "Lune", "reason": "full"},
}
every_kind = pytest.mark.parametrize("kind", ABOUT)
every_language = pytest.mark.parametrize("language", [*languages(), "xx"])


def news(kind: str, language: str = "en", **changes: Any) -> dict[str, Any]:
    return {"news": kind, "language": language, "title": "Maison Lune", **ABOUT[kind], **changes}


def plain(content: Mapping[str, Any]) -> str:
    """What is read on a telephone; anything that Telegram would refuse is an error."""
    return from_html(content["text"])[0]


@every_language
@every_kind
def test_every_news_is_worded_in_every_language(kind: str, language: str):
    text = plain(rendered(news(kind, language)))
    assert ("Ana" if kind == "claim_answered" else "Maison Lune") in text
    assert "{" not in text


@every_kind
def test_a_language_is_not_mixed_with_another(kind: str):
    assert plain(rendered(news(kind, "en"))) != plain(rendered(news(kind, "fr")))


@pytest.mark.parametrize("missing", [reason.value for reason in core_news._ARRIVED])
def test_an_arrival_says_what_is_missing(missing: str):
    assert len(plain(rendered(news("friend_arrived", missing=missing))).splitlines()) == 2


def test_whatever_can_be_missing_has_words():
    assert set(core_news._ARRIVED) <= set(Reason)


def test_a_friend_who_counts_brings_points_or_none():
    assert "10 points" in plain(rendered(news("friend_qualified")))
    assert "1 point " in plain(rendered(news("friend_qualified", points=1)))
    assert "point" not in plain(rendered(news("friend_qualified", points=0)))


def test_a_claim_has_two_answers():
    ((yes, no),) = rendered(news("claim", "fr"))["buttons"]
    assert (yes, no) == ({"text": "Oui", "data": "claim_yes:7"}, {"text": "Non", "data": "claim_no:7"})


def test_the_friend_hears_what_the_advocate_said():
    yes, no = (plain(rendered(news("claim_answered", confirmed=confirmed))) for confirmed in (True, False))
    said = [plain({"text": text("en", f"claim.{answer}", advocate="Ana")}) for answer in ("confirmed", "refused")]
    assert [yes, no] == said


def test_a_reminder_can_be_the_last_one():
    buttons = [button for row in rendered(news("reminder"))["buttons"] for button in row]
    assert [button["data"] for button in buttons] == ["invite", "reminders:off"]
    assert "2 friends" in plain(rendered(news("reminder")))
    assert "friends" not in plain(rendered(news("reminder", pending=0)))


def test_a_leaderboard_has_medals_ranks_and_results():
    _, _, ana, ben, cleo, dan = plain(rendered(news("leaderboard"))).splitlines()
    assert ana == "🥇 Ana · 3 friends · 30 points"
    assert ben == "🥇 Ben · 3 friends"
    assert cleo == "🥉 <Cleo> · 1 friend · 10 points"
    assert dan == "4. Dan · 1 friend"


def test_an_empty_leaderboard_says_so():
    assert "empty" in plain(rendered(news("leaderboard", places=[])))


def test_the_end_comes_with_figures_and_the_best():
    text = plain(rendered(news("campaign_ended")))
    assert "12 people joined" in text
    assert "3 advocates" in text
    assert "🥇 Ana" in text
    assert "🥇" not in plain(rendered(news("campaign_ended", places=[])))


def test_a_long_leaderboard_is_cut_to_what_a_message_holds():
    places = [{"rank": n, "name": "👩" * 40, "qualified": 10, "points": 1000} for n in range(1, 101)]
    text = plain(rendered(news("leaderboard", places=places)))
    assert units(text) <= 4096
    assert text.splitlines()[2].startswith("🥇")


def test_a_reward_of_any_length_arrives():
    text = plain(rendered(news("reward", text="x" * 4000, title="y" * 200)))
    assert units(text) <= 4096
    assert "x" * 4000 in text


def test_a_message_is_cut_to_what_the_messenger_takes():
    places = [{"rank": n, "name": "x" * 40, "qualified": 10, "points": 1000} for n in range(1, 101)]
    text = plain(rendered(news("leaderboard", places=places), longest=1000))
    assert 900 < units(text) <= 1000


def test_an_address_in_a_reward_can_be_pressed():
    found = rendered(news("reward", text="Fetch it at https://lune.example/?a=1&b=<2>."))["text"]
    assert '<a href="https://lune.example/?a=1&amp;b=">https://lune.example/?a=1&amp;b=</a>&lt;2&gt;.' in found


@pytest.mark.parametrize("reason", ["full", "forbidden", "slow", "paused"])
def test_an_organizer_is_told_why_there_are_no_invitations(reason: str):
    assert "Lune" in plain(rendered(news("invites_shut", reason=reason)))


def test_unknown_news_is_an_error():
    with pytest.raises(KeyError):
        rendered({"news": "hologram", "language": "en", "title": "Maison Lune"})


@every_kind
@given(evil=st.text(max_size=60) | st.sampled_from(["<b>", "</b>", "&lt;", "&", '"><a href="x">', "{title}", "\u202e"]))
def test_no_name_title_or_text_breaks_a_message(kind: str, evil: str):
    given_ = {"title": evil} | {name: evil for name in ("friend", "text") if name in ABOUT[kind]}
    if "places" in ABOUT[kind]:
        given_["places"] = [{**PLACES[0], "name": evil}]
    content = rendered(news(kind, **given_))
    text, entities = from_html(content["text"])
    assert {entity["type"] for entity in entities} <= {"bold"}
    assert unescape(text)

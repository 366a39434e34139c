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
from core.referrals import Reason

PLACES = [
    {"rank": 1, "name": "Ana", "qualified": 3, "points": 30},
    {"rank": 1, "name": "Ben", "qualified": 3, "points": 0},
    {"rank": 3, "name": "<Cleo>", "qualified": 1, "points": 10},
    {"rank": 4, "name": "Dan", "qualified": 1, "points": 0},
]
CAUSE = "lune-printemps/dinner/42/1"
REFERRAL = {"campaign": 3, "friend_id": 21}
STAY = {"what": "stay", "total": 259200, "done": 0, "until": 1796400000}
HELLO = {"what": "messages", "wanted": 1, "so_far": 0}
ABOUT: dict[str, dict[str, Any]] = {
    "friend_arrived": {"friend": "Ben", "missing": [STAY, HELLO], **REFERRAL},
    "friend_left": {"friend": "Ben"},
    "friend_qualified": {"friend": "Ben", "points": 10},
    "referral_reversed": {
        "friend": "Ben",
        "reason": "left_after",
        "points": 10,
        "kinds": ["points"],
        "qualified": 2,
        "appeal": True,
        **REFERRAL,
    },
    "referral_again": {"friend": "Ben", "points": 10, "qualified": 3, **REFERRAL},
    "gift_reversed": {"reason": "left_after", "points": 10, "kinds": ["discord_role", "points"]},
    "appeal": {"advocate": "Ana", "friend": "Ben", "reason": "left_after", "by_friend": False, "appeal": 1, **REFERRAL},
    "appeal_answered": {"friend": "Ben", "counts": True, "reason": "appeal", **REFERRAL},
    "reward": {"text": "A dinner for two", "kind": "message", "reward": "dinner"},
    "handed": {"text": "A dinner for two"},
    "by_hand": {"member": "Ben", "text": "A dinner for two", "cause": CAUSE, "campaign": 3, "reward": "dinner"},
    "codes_low": {"pool": "welcome", "left": 9, "total": 100, "waiting": 0},
    "codes_dry": {"pool": "welcome", "left": 0, "total": 100, "waiting": 4},
    "budget_spent": {"unit": "rewards", "most": 5000},
    "claim": {"friend": "Ben", "claim": 7},
    "claim_answered": {"advocate": "Ana", "confirmed": True},
    "reminder": {"pending": 2, "qualified": 1, "points": 10},
    "leaderboard": {"places": PLACES},
    "campaign_started": {},
    "campaign_ended": {"joins": 12, "advocates": 3, "places": PLACES},
    "invites_shut": {"server": "Lune", "reason": "full"},
    "webhook_off": {"host": "shop.example", "why": "gone"},
}
every_kind = pytest.mark.parametrize("kind", ABOUT)
every_language = pytest.mark.parametrize("language", [*languages(), "xx"])


def news(kind: str, language: str = "en", /, **changes: Any) -> dict[str, Any]:
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


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ([STAY], "It counts once they: stay for 3 days. I will tell you."),
        ([STAY, HELLO], "It counts once they: stay for 3 days and say hello once. I will tell you."),
        ([{"what": "messages", "wanted": 5, "so_far": 2}], "It counts once they: write 3 messages. I will tell you."),
        ([{"what": "conversion", "name": "x"}], "It counts once they: make a purchase in the shop. I will tell you."),
        ([{"what": "paused"}], "The campaign is having a break; this friend is not forgotten."),
        ([{"what": "confirming"}], "I am just making sure; this takes a moment."),
        ([{"what": "holding", "until": 1796400000}], "I am just making sure; this takes a moment."),
        ([], None),
        ("silent", "All that is missing: saying hello in the chat."),
    ],
)
def test_an_arrival_says_what_is_missing(missing: Any, said: str | None):
    assert plain(rendered(news("friend_arrived", missing=missing))).splitlines()[1:] == ([said] if said else [])


@pytest.mark.parametrize("reason", [each.value for each in Reason])
@pytest.mark.parametrize("language", languages())
def test_a_friend_who_is_lost_is_told_with_the_reason_in_a_sentence(reason: str, language: str):
    told = plain(rendered(news("referral_reversed", language, reason=reason)))
    assert text(language, f"reason.{reason}", n=1) in told


def test_what_is_lost_can_be_asked_about_where_that_makes_sense():
    told = rendered(news("referral_reversed", kinds=["discord_role", "points"]))
    assert told["buttons"] == [[{"text": text("en", "button.appeal_mine"), "data": "appeal:3:21"}]]
    said = plain(told)
    assert "10 points were taken back." in said
    assert text("en", "news.role_back") in said
    assert "2 friends count for you now." in said
    settled = rendered(news("referral_reversed", appeal=False, points=0))
    assert settled["buttons"] == []
    assert "taken back" not in plain(settled)


@pytest.mark.parametrize("reason", [each.value for each in Reason])
def test_a_friend_reads_what_they_lost_and_why(reason: str):
    told = plain(rendered(news("gift_reversed", reason=reason)))
    assert text("en", f"yours.{reason}") in told
    assert "10 points were taken back.\nThe role was taken back as well." in told
    assert plain(rendered(news("gift_reversed", points=0))).endswith("\nThe role was taken back.")


def test_an_organizer_who_is_asked_to_look_again_has_two_answers():
    told = rendered(news("appeal"))
    assert [each["data"] for each in told["buttons"][0]] == ["rule_in:3:21", "rule_out:3:21"]
    assert "Ana asks you" in plain(told)
    assert "Ben, who came through Ana, asks you" in plain(rendered(news("appeal", by_friend=True)))


def test_whoever_asked_is_told_what_the_organizers_say():
    yes, no = (plain(rendered(news("appeal_answered", counts=counts))) for counts in (True, False))
    assert "Ben counts in" in yes
    assert "Ben does not count in" in no


def test_a_friend_beyond_the_limit_brings_the_advocate_nothing_and_that_is_said():
    told = plain(rendered(news("friend_qualified", counts=False, points=0)))
    assert told == plain({"text": text("en", "news.over_limit", friend="Ben", title="Maison Lune")})


def test_a_code_can_be_copied_with_a_tap():
    told = rendered(news("reward", kind="promo_code", code="LUNE-<1>"))
    assert "<code>LUNE-&lt;1&gt;</code>" in told["text"]
    assert told["buttons"] == [[{"text": text("en", "button.copy_code"), "copy": "LUNE-<1>"}]]


def test_an_invitation_can_be_pressed():
    told = rendered(news("reward", kind="telegram_invite", url="https://t.me/+abc"))
    assert '<a href="https://t.me/+abc">' in told["text"]
    assert told["buttons"][0][0]["url"] == "https://t.me/+abc"


def test_points_and_what_is_handed_over_are_told_too():
    points = {name: value for name, value in news("reward", kind="points", points=1).items() if name != "text"}
    assert "1 point for you" in plain(rendered(points))
    assert "organizers will hand it over" in plain(rendered(news("reward", kind="by_hand")))


def test_what_an_organizer_hands_over_is_ticked_off_by_a_button_that_is_short_enough():
    longest = f"{'x' * 40}/{'y' * 40}/{2**62}/1"
    done, all_ = rendered(news("by_hand", cause=longest))["buttons"][0]
    assert done["data"].startswith(f"handed:{2**62}:")
    assert len(done["data"].encode()) <= 64
    assert all_["data"] == "handout:3"


def test_an_organizer_is_told_how_many_codes_are_left_and_what_to_type():
    low, dry = (plain(rendered(news(kind))) for kind in ("codes_low", "codes_dry"))
    assert "only 9 of 100 codes are left in welcome" in low
    assert "4 rewards wait for a code." in dry
    assert all("sayso codes import welcome FILE" in told for told in (low, dry))
    assert "wait for a code" not in plain(rendered(news("codes_dry", waiting=0)))


@pytest.mark.parametrize("unit", ["rewards", "points"])
def test_an_organizer_is_told_that_the_budget_is_spent_and_where_to_raise_it(unit: str):
    told = plain(rendered(news("budget_spent", unit=unit)))
    assert "5,000" in told
    assert f"limits.{unit}" in told


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


@pytest.mark.parametrize("why", ["gone", "failing"])
def test_an_organizer_is_told_why_the_shop_gets_nothing_more_and_what_to_do(why: str):
    text = plain(rendered(news("webhook_off", why=why)))
    assert "shop.example" in text
    assert "sayso webhooks replay --all" in text


def test_unknown_news_is_an_error():
    with pytest.raises(KeyError):
        rendered({"news": "hologram", "language": "en", "title": "Maison Lune"})


@every_kind
@given(evil=st.text(max_size=60) | st.sampled_from(["<b>", "</b>", "&lt;", "&", '"><a href="x">', "{title}", "\u202e"]))
def test_no_name_title_or_text_breaks_a_message(kind: str, evil: str):
    written = ("friend", "advocate", "member", "pool", "text")
    given_ = {"title": evil} | {name: evil for name in written if name in ABOUT[kind]}
    if "places" in ABOUT[kind]:
        given_["places"] = [{**PLACES[0], "name": evil}]
    content = rendered(news(kind, **given_))
    text, entities = from_html(content["text"])
    assert {entity["type"] for entity in entities} <= {"bold", "code"}
    assert unescape(text)

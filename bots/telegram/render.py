"""News from the core and from the campaigns, in words and buttons for Telegram."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from bots.telegram.say import Rows, button, worded
from bots.telegram.wording import board_line
from bots.texts import shown

News: TypeAlias = Mapping[str, Any]
"""`news`, `language`, `title`, and what this kind of news has besides."""

LONGEST = 4000
"""Telegram takes 4,096 units."""

FIGURES = (
    "advocates",
    "starts",
    "shares",
    "joins",
    "leaves",
    "qualified",
    "pending",
    "rejected",
    "granted",
    "delivered",
)


def rendered(news: News) -> dict[str, Any]:
    """The content of a `say` that brings this news. A KeyError if this version does not know such news."""
    text, buttons = _KINDS[news["news"]](news, news["language"])
    return {"text": text, "buttons": buttons}


def _friend_arrived(news: News, language: str) -> tuple[str, Rows]:
    parts = [_about_friend(news, language)]
    if news.get("missing"):
        parts.append(worded(language, f"missing.{news['missing']}"))
    return "\n".join(parts), []


def _friend_left(news: News, language: str) -> tuple[str, Rows]:
    return _about_friend(news, language), []


def _friend_qualified(news: News, language: str) -> tuple[str, Rows]:
    parts = [_about_friend(news, language)]
    if news.get("points"):
        parts.append(worded(language, "news.points", n=news["points"]))
    return "\n".join(parts), [[button(language, "my_referrals", "me")]]


def _about_friend(news: News, language: str) -> str:
    return worded(language, f"news.{news['news']}", friend=shown(news["friend"], language), title=news["title"])


def _reward(news: News, language: str) -> tuple[str, Rows]:
    text = worded(language, "news.reward", title=news["title"], text=news["text"])
    if _units(text) > LONGEST:  # the gift matters, not what it is wrapped in
        text = worded(language, "gift.by_hand", description=news["text"])
    return text, []


def _claim(news: News, language: str) -> tuple[str, Rows]:
    text = worded(language, "claim.question", friend=shown(news["friend"], language), title=news["title"])
    yes, no = (button(language, answer, f"claim_{answer}:{news['claim']}") for answer in ("yes", "no"))
    return text, [[yes, no]]


def _reminder(news: News, language: str) -> tuple[str, Rows]:
    parts = [worded(language, "reminder.text", title=news["title"])]
    if news.get("pending"):
        parts.append(worded(language, "reminder.pending", n=news["pending"]))
    buttons = [[button(language, "my_link", "invite")], [button(language, "no_reminders", "reminders:off")]]
    return "\n".join(parts), buttons


def _leaderboard(news: News, language: str) -> tuple[str, Rows]:
    places = _places(news, language)
    head = worded(language, "board.title" if places else "board.empty", title=news["title"])
    return _fitting(head, places), []


def _campaign_started(news: News, language: str) -> tuple[str, Rows]:
    return worded(language, "organizer.started", title=news["title"]), []


def _campaign_ended(news: News, language: str) -> tuple[str, Rows]:
    parts = [worded(language, "organizer.ended", title=news["title"])]
    figures = [worded(language, f"figure.{name}", n=news[name]) for name in FIGURES if name in news]
    if figures:
        parts.append("\n".join([worded(language, "organizer.figures"), *figures]))
    places = _places(news, language)
    if places:
        parts.append(worded(language, "organizer.best"))
    return _fitting("\n\n".join(parts), places), []


def _places(news: News, language: str) -> list[str]:
    return [
        board_line(language, place["rank"], shown(place["name"], language), place["qualified"], place["points"])
        for place in news.get("places", ())
    ]


def _fitting(head: str, lines: list[str]) -> str:
    """As many of the lines as one message holds."""
    while _units(text := "\n".join([head, *lines])) > LONGEST:
        lines = lines[:-1]
    return text


def _units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


_KINDS: dict[str, Callable[[News, str], tuple[str, Rows]]] = {
    "friend_arrived": _friend_arrived,
    "friend_left": _friend_left,
    "friend_qualified": _friend_qualified,
    "reward": _reward,
    "claim": _claim,
    "reminder": _reminder,
    "leaderboard": _leaderboard,
    "campaign_started": _campaign_started,
    "campaign_ended": _campaign_ended,
}

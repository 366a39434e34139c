"""News from the core and from the campaigns, in words and buttons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bots.talk.wording import board_line
from bots.talk.words import Rows, button, linked, units, worded
from bots.texts import shown

News: TypeAlias = Mapping[str, Any]
"""`news`, `language`, `title`, and what this kind of news has besides."""

LONGEST = 4000
"""Telegram takes 4,096 units, Discord as many in an embed."""

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


@dataclass(frozen=True, slots=True)
class _Told:
    """`lines` stand below the text, as many as there is room for; `brief` is said instead of what is too long."""

    text: str
    buttons: Rows = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    brief: str | None = None

    def within(self, longest: int) -> str:
        if self.brief is not None and units(self.text) > longest:
            return self.brief
        lines = self.lines
        while units(text := "\n".join([self.text, *lines])) > longest and lines:
            lines = lines[:-1]
        return text


def rendered(news: News, *, longest: int = LONGEST) -> dict[str, Any]:
    """`text` and `buttons` that bring this news. A KeyError if this version does not know such news.

    What is longer than `longest` is cut where that does no harm, as in a leaderboard.
    """
    told = _KINDS[news["news"]](news, news["language"])
    return {"text": told.within(longest), "buttons": told.buttons}


def _friend_arrived(news: News, language: str) -> _Told:
    parts = [_about_friend(news, language)]
    if news.get("missing"):
        parts.append(worded(language, f"missing.{news['missing']}"))
    return _Told("\n".join(parts))


def _friend_left(news: News, language: str) -> _Told:
    return _Told(_about_friend(news, language))


def _friend_qualified(news: News, language: str) -> _Told:
    parts = [_about_friend(news, language)]
    if news.get("points"):
        parts.append(worded(language, "news.points", n=news["points"]))
    return _Told("\n".join(parts), [[button(language, "my_referrals", "me")]])


def _about_friend(news: News, language: str) -> str:
    return worded(language, f"news.{news['news']}", friend=shown(news["friend"], language), title=news["title"])


def _reward(news: News, language: str) -> _Told:
    """The gift matters, not what it is wrapped in."""
    text = worded(language, "news.reward", title=news["title"], text=linked(news["text"]))
    return _Told(text, brief=worded(language, "gift.by_hand", description=linked(news["text"])))


def _claim(news: News, language: str) -> _Told:
    text = worded(language, "claim.question", friend=shown(news["friend"], language), title=news["title"])
    yes, no = (button(language, answer, f"claim_{answer}:{news['claim']}") for answer in ("yes", "no"))
    return _Told(text, [[yes, no]])


def _claim_answered(news: News, language: str) -> _Told:
    answer = "claim.confirmed" if news["confirmed"] else "claim.refused"
    return _Told(worded(language, answer, advocate=shown(news["advocate"], language)))


def _reminder(news: News, language: str) -> _Told:
    parts = [worded(language, "reminder.text", title=news["title"])]
    if news.get("pending"):
        parts.append(worded(language, "reminder.pending", n=news["pending"]))
    buttons = [[button(language, "my_link", "invite")], [button(language, "no_reminders", "reminders:off")]]
    return _Told("\n".join(parts), buttons)


def _leaderboard(news: News, language: str) -> _Told:
    places = _places(news, language)
    return _Told(worded(language, "board.title" if places else "board.empty", title=news["title"]), lines=places)


def _campaign_started(news: News, language: str) -> _Told:
    return _Told(worded(language, "organizer.started", title=news["title"]))


def _campaign_ended(news: News, language: str) -> _Told:
    parts = [worded(language, "organizer.ended", title=news["title"])]
    figures = [worded(language, f"figure.{name}", n=news[name]) for name in FIGURES if name in news]
    if figures:
        parts.append("\n".join([worded(language, "organizer.figures"), *figures]))
    places = _places(news, language)
    if places:
        parts.append(worded(language, "organizer.best"))
    return _Told("\n\n".join(parts), lines=places)


def _invites_shut(news: News, language: str) -> _Told:
    about = {"title": news["title"], "server": shown(news["server"], language)}
    return _Told(worded(language, f"news.invites_shut.{news['reason']}", **about))


def _linked(news: News, language: str) -> _Told:
    about = {"name": shown(news["name"], language), "platform": news["platform"].capitalize()}
    undo = [[button(language, "unlink", "unlink")]] if news["news"] == "linked" else []
    return _Told(worded(language, f"news.{news['news']}", **about), undo)


def _places(news: News, language: str) -> list[str]:
    return [
        board_line(language, place["rank"], shown(place["name"], language), place["qualified"], place["points"])
        for place in news.get("places", ())
    ]


_KINDS: dict[str, Callable[[News, str], _Told]] = {
    "friend_arrived": _friend_arrived,
    "friend_left": _friend_left,
    "friend_qualified": _friend_qualified,
    "reward": _reward,
    "claim": _claim,
    "claim_answered": _claim_answered,
    "linked": _linked,
    "unlinked": _linked,
    "reminder": _reminder,
    "leaderboard": _leaderboard,
    "campaign_started": _campaign_started,
    "campaign_ended": _campaign_ended,
    "invites_shut": _invites_shut,
}

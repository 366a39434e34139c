"""Of friends: who came, who counts, who does not any more, and what was asked about that."""

from collections.abc import Iterator

from bots.talk.news.told import News, Told
from bots.talk.standing import needed
from bots.talk.words import button, worded
from bots.texts import shown


def friend_arrived(news: News, language: str) -> Told:
    """`missing` is a word where an earlier version of Sayso has written it."""
    parts, missing = [_about_friend(news, language)], news.get("missing")
    if isinstance(missing, str):
        parts.append(worded(language, f"missing.{missing}"))
    elif missing and (needs := needed(missing, language)):
        parts.append(worded(language, "news.arrived_needs", needs=needs))
    elif missing:
        what = missing[0]["what"]
        parts.append(worded(language, "missing.paused" if what == "paused" else "missing.confirming"))
    return Told("\n".join(parts), [[button(language, "my_referrals", "me")]])


def friend_left(news: News, language: str) -> Told:
    return Told(_about_friend(news, language))


def friend_qualified(news: News, language: str) -> Told:
    if not news.get("counts", True):
        return Told(worded(language, "news.over_limit", friend=shown(news["friend"], language), title=news["title"]))
    parts = [_about_friend(news, language)]
    if news.get("points"):
        parts.append(worded(language, "news.points", n=news["points"]))
    return Told("\n".join(parts), [[button(language, "my_referrals", "me")]])


def _about_friend(news: News, language: str) -> str:
    return worded(language, f"news.{news['news']}", friend=shown(news["friend"], language), title=news["title"])


def referral_reversed(news: News, language: str) -> Told:
    """Why, what was taken back, and what is left; with a button to ask the organizers, where that may help."""
    reason = worded(language, f"reason.{news['reason']}", n=1)
    parts = [
        _about_friend(news, language),
        worded(language, "news.because", reason=reason),
        *_taken_back(news, language),
    ]
    parts.append(worded(language, "news.now_count", n=news["qualified"]))
    if not news.get("appeal"):
        return Told("\n".join(parts))
    ask = button(language, "appeal_mine", f"appeal:{news['campaign']}:{news['friend_id']}")
    return Told("\n".join([*parts, worded(language, "news.appeal_hint")]), [[ask]])


def gift_reversed(news: News, language: str) -> Told:
    """To the friend: what they had got for coming, and why it was taken back."""
    reason = worded(language, f"yours.{news['reason']}")
    return Told(
        "\n".join(
            [worded(language, "news.gift_reversed", title=news["title"], reason=reason), *_taken_back(news, language)]
        )
    )


def _taken_back(news: News, language: str) -> Iterator[str]:
    if news.get("points"):
        yield worded(language, "news.points_back", n=news["points"])
    if "discord_role" in news.get("kinds", ()):
        yield worded(language, "news.role_back" if news.get("points") else "news.only_role_back")


def referral_again(news: News, language: str) -> Told:
    parts = [_about_friend(news, language)]
    if news.get("points"):
        parts.append(worded(language, "news.points", n=news["points"]))
    parts.append(worded(language, "news.now_count", n=news["qualified"]))
    return Told("\n".join(parts), [[button(language, "my_referrals", "me")]])


def appeal(news: News, language: str) -> Told:
    """To an organizer: who asks to look again, and why it stands as it does."""
    about = {name: shown(news[name], language) for name in ("advocate", "friend")}
    by = "news.appeal_by_friend" if news.get("by_friend") else "news.appeal_by_advocate"
    parts = [worded(language, by, title=news["title"], **about)]
    parts.append(worded(language, "news.because", reason=worded(language, f"reason.{news['reason']}", n=1)))
    place = f"{news['campaign']}:{news['friend_id']}"
    return Told("\n".join(parts), [[button(language, what, f"{what}:{place}") for what in ("rule_in", "rule_out")]])


def appeal_answered(news: News, language: str) -> Told:
    key = "news.appeal_granted" if news["counts"] else "news.appeal_refused"
    about = {"friend": shown(news["friend"], language), "title": news["title"]}
    return Told(worded(language, key, **about), [[button(language, "my_referrals", "me")]])


def claim(news: News, language: str) -> Told:
    question = worded(language, "claim.question", friend=shown(news["friend"], language), title=news["title"])
    yes, no = (button(language, answer, f"claim_{answer}:{news['claim']}") for answer in ("yes", "no"))
    return Told(question, [[yes, no]])


def claim_answered(news: News, language: str) -> Told:
    answer = "claim.confirmed" if news["confirmed"] else "claim.refused"
    return Told(worded(language, answer, advocate=shown(news["advocate"], language)))

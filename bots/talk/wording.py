"""Campaigns and results in words, as HTML."""

from bots.talk.words import Html, worded
from bots.texts import duration, listed
from core.campaign.values import Campaign, in_language

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def title(campaign: Campaign, language: str) -> str:
    """The campaign's title; not escaped."""
    return in_language(campaign.title, language)


def needs(campaign: Campaign, language: str) -> list[Html]:
    """What is asked of a friend once they have joined."""
    asked = campaign.qualify
    found = []
    if asked.stay:
        found.append(worded(language, "needs.stay", duration=Html(duration(language, asked.stay))))
    if asked.messages:
        found.append(worded(language, "needs.messages", n=asked.messages))
    if asked.conversion is not None:
        found.append(worded(language, "needs.conversion"))
    return found


def conditions(campaign: Campaign, language: str) -> Html:
    """When a friend counts."""
    asked = needs(campaign, language)
    if not asked:
        return worded(language, "invite.counts_at_once")
    joined = [worded(language, "needs.join"), *asked]
    return worded(language, "invite.counts", needs=Html(listed(language, joined)))


def results(language: str, qualified: int, points: int) -> Html:
    """Such as "3 friends · 30 points"."""
    parts = [worded(language, "count.friends", n=qualified)]
    if points:
        parts.append(worded(language, "count.points", n=points))
    return Html(" · ".join(parts))


def board_line(language: str, rank: int, name: str, qualified: int, points: int) -> Html:
    """One line of a leaderboard."""
    place = _MEDALS.get(rank) or worded(language, "top.place", rank=rank)
    return worded(language, "top.line", place=place, name=name, results=results(language, qualified, points))

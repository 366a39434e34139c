"""A campaign's rules in words, as HTML: when it runs, when a friend counts, what there is to get. Pure."""

from collections.abc import Iterator
from datetime import datetime

from bots.talk import gifts
from bots.talk.wording import needs, title
from bots.talk.words import Html, linked, worded
from bots.texts import duration, listed, moment
from core.campaign.values import Campaign, Touch, in_language

_TERMS_AT_ONCE = 2000


def rules(campaign: Campaign, language: str, *, longest: int, results_at: datetime | None = None) -> list[str]:
    """The rules, whole, in paragraphs of that length at most. `results_at`: when the standings are final."""
    return [
        worded(language, "rules.title", title=title(campaign, language)),
        *_terms(campaign, language, min(_TERMS_AT_ONCE, longest)),
        _window(campaign, language),
        "\n".join(_counting(campaign, language)),
        "\n".join(_whose(campaign, language)),
        "\n".join(_rewards(campaign, language, results_at)),
    ]


def _terms(campaign: Campaign, language: str, most: int) -> list[Html]:
    """The organizer's own terms, cut between words where they are too long for one message."""
    left, found = in_language(campaign.terms, language).strip(), []
    while len(left) > most:
        cut = max(left.rfind(gap, 1, most) for gap in "\n ")
        head, left = left[: cut if cut > 0 else most], left[cut if cut > 0 else most :].strip()
        found.append(head.rstrip())
    return [linked(each) for each in (*found, left)]


def _window(campaign: Campaign, language: str) -> Html:
    window = campaign.window
    starts = moment(language, window.starts, window.timezone)
    if window.ends is None:
        return worded(language, "rules.window_open", starts=starts)
    return worded(language, "rules.window", starts=starts, ends=moment(language, window.ends, window.timezone))


def _counting(campaign: Campaign, language: str) -> Iterator[Html]:
    """When a friend counts, and when not any more."""
    asked, holding = needs(campaign, language), campaign.holding
    if asked:
        joined = listed(language, [worded(language, "needs.join"), *asked])
        yield worded(language, "rules.conditions", needs=Html(joined))
    else:
        yield worded(language, "rules.no_conditions")
    if holding.wait:
        yield worded(language, "rules.wait", duration=duration(language, holding.wait))
    if holding.clawback:
        yield worded(language, "rules.clawback", duration=duration(language, holding.clawback))


def _whose(campaign: Campaign, language: str) -> Iterator[Html]:
    """For whom a friend counts, and how many can."""
    limits = campaign.limits
    yield worded(language, "rules.once")
    which = "rules.first_touch" if campaign.attribution.touch is Touch.FIRST else "rules.last_touch"
    yield worded(language, which, duration=duration(language, campaign.attribution.window))
    if limits.per_advocate is not None:
        yield worded(language, "rules.limit", n=limits.per_advocate)
    if limits.per_advocate_per_day is not None:
        yield worded(language, "rules.limit_per_day", n=limits.per_advocate_per_day)


def _rewards(campaign: Campaign, language: str, results_at: datetime | None) -> Iterator[Html]:
    promised, limits = gifts.promised(campaign), campaign.limits
    if not promised:
        yield worded(language, "rules.no_rewards")
        return
    yield worded(language, "rules.rewards")
    for reward in promised:
        what = gifts.gift(reward, language)
        yield worded(language, "rules.reward", when=gifts.earned_by(reward, language), reward=what)
    if any(reward.top for reward in promised):
        yield worded(language, "rules.ranking")
    if any(reward.draw for reward in promised):
        yield worded(language, "rules.tickets")
    if results_at is not None and any(reward.top or reward.draw for reward in promised):
        when = moment(language, results_at, campaign.window.timezone)
        yield worded(language, "rules.results", when=when)
    if limits.rewards is not None:
        yield worded(language, "rules.rewards_limit", n=limits.rewards)
    if limits.points is not None:
        yield worded(language, "rules.points_limit", n=limits.points)

"""Rewards in words, as HTML: what they are, how they are earned, and why one has not come yet. Pure."""

from collections.abc import Iterator
from textwrap import shorten

from bots.talk.reader import Reader
from bots.talk.words import Html, anchor, code, linked, worded
from bots.texts import listed, text
from core.campaign.values import Campaign, Reward, To, in_language
from core.rewards import KINDS, Grant

LONGEST = 200
"""What an organizer hands over may be described at length; lists hold the beginning of it."""

AHEAD = 3
"""How many of the next rewards are named."""

_NAMED = ("message", "promo_code", "discord_role", "telegram_invite", "webhook", "post")


def promised(campaign: Campaign, *, to: To | None = None) -> list[Reward]:
    """The campaign's rewards, of those that can be given; with `to`, only for these."""
    return [each for each in campaign.rewards if each.kind in KINDS and to in (None, each.to)]


def gift(reward: Reward, language: str) -> Html:
    """What a reward is."""
    if reward.kind == "points" and isinstance(reward.setting, int):
        return worded(language, "gift.points", n=reward.setting)
    if reward.kind == "by_hand" and isinstance(reward.setting, dict):
        described = shorten(in_language(reward.setting, language), LONGEST, placeholder=" …").removesuffix(".")
        return worded(language, "gift.by_hand", description=linked(described))
    return kind(reward.kind, language)


def kind(name: str, language: str) -> Html:
    """What a reward of this kind is, where no more is known of it."""
    return worded(language, f"gift.{name}" if name in _NAMED else "gift.other")


def granted(grant: Grant, reward: Reward | None, language: str) -> Html:
    """What was granted; `reward`: what the campaign promised, if it is known."""
    same = reward is not None and reward.kind == grant.kind
    return gift(reward, language) if reward is not None and same else kind(grant.kind, language)


def in_words(reward: Reward | None, language: str) -> str:
    """What an organizer hands over, as they wrote it; not escaped."""
    setting = reward.setting if reward is not None else None
    return in_language(setting, language) if isinstance(setting, dict) else text(language, "gift.other")


def for_friends(campaign: Campaign, language: str) -> Html:
    """What a friend gets, such as "a promo code and 10 points"; empty if there is nothing."""
    return Html(listed(language, [gift(each, language) for each in promised(campaign, to=To.FRIEND)]))


def earned_by(reward: Reward, language: str) -> Html:
    """What a reward is for."""
    if reward.to is To.FRIEND:
        return worded(language, "earn.friend")
    for how in ("every", "at", "top", "draw"):
        if (n := getattr(reward, how)) is not None:
            return worded(language, f"earn.{how}", n=n)
    return worded(language, "earn.at", n=1)


def ahead(campaign: Campaign, counting: int, language: str) -> list[Html]:
    """What an advocate of so many counting friends gets next, and how many more that takes; the nearest first."""
    most = campaign.limits.per_advocate
    if most is not None and counting >= most:
        return [worded(language, "me.limit_reached", n=most)]
    found = [(n, each) for each in promised(campaign, to=To.ADVOCATE) if (n := _missing(each, counting)) is not None]
    near = sorted(found, key=lambda each: each[0])[:AHEAD]
    return [worded(language, "me.next_reward", n=n, reward=gift(each, language)) for n, each in near]


def _missing(reward: Reward, counting: int) -> int | None:
    """How many friends it still takes; None if more of them earn nothing."""
    if reward.every is not None:
        return reward.every - counting % reward.every
    return reward.at - counting if reward.at is not None and reward.at > counting else None


def at_the_end(campaign: Campaign, tickets: dict[str, int], language: str) -> Iterator[Html]:
    """What there is to win when the campaign is over, and with how many tickets, by reward."""
    for reward in promised(campaign, to=To.ADVOCATE):
        if reward.top is not None:
            yield worded(language, "me.top", n=reward.top, reward=gift(reward, language))
        elif reward.draw is not None:
            n = tickets.get(reward.id, 0)
            yield worded(language, "me.tickets" if n else "me.draw", n=n, reward=gift(reward, language))


def grant_line(grant: Grant, reward: Reward | None, reader: Reader, *, reachable: bool, paused: bool) -> Html:
    """A reward that somebody has been granted: what it is, what they were given, or why it has not come yet."""
    what = granted(grant, reward, reader.language)
    if grant.gift is not None and grant.held is None:
        given = anchor(grant.gift) if grant.gift.startswith("https://") else code(grant.gift)
        return reader.worded("me.reward_with", reward=what, gift=given)
    if grant.delivered_at is not None:
        return reader.worded("me.reward", reward=what)
    why = reader.worded(f"waits.{_why(grant, reachable=reachable, paused=paused)}")
    return reader.worded("me.reward_waits", reward=what, why=why)


def _why(grant: Grant, *, reachable: bool, paused: bool) -> str:
    if grant.held is not None:
        return grant.held
    if grant.kind == "by_hand":
        return "by_hand"
    if grant.kind == "discord_role":
        return "role"
    if not reachable and grant.kind != "webhook":
        return "unreachable"
    return "paused" if paused else "on_its_way"

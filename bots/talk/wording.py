"""Campaigns, rewards and referrals in words, as HTML."""

from datetime import datetime, timedelta

from bots.talk.words import Html, linked, worded
from bots.texts import duration, listed, moment, progress
from core.campaign.values import Campaign, Reward, To, Touch, in_language
from core.chats import Membership
from core.referrals import Reason, Referral, Status
from core.rewards import KINDS

_MARKS = {
    Status.PENDING: "⏳",
    Status.QUALIFIED: "✅",
    Status.REWARDED: "✅",
    Status.HELD: "🔍",
    Status.REJECTED: "✖️",
    Status.REVERSED: "↩️",
}
_TERMS_AT_ONCE = 2000
_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def title(campaign: Campaign, language: str) -> str:
    """The campaign's title; not escaped."""
    return in_language(campaign.title, language)


def needs(campaign: Campaign, language: str) -> list[str]:
    """What is asked of a friend once they have joined."""
    asked = campaign.qualify
    found = []
    if asked.stay:
        found.append(worded(language, "needs.stay", duration=duration(language, asked.stay)))
    if asked.messages:
        found.append(worded(language, "needs.messages", n=asked.messages))
    if asked.conversion is not None:
        found.append(worded(language, "needs.conversion"))
    return found


def conditions(campaign: Campaign, language: str) -> str:
    """When a friend counts."""
    asked = needs(campaign, language)
    if not asked:
        return worded(language, "invite.counts_at_once")
    joined = [worded(language, "needs.join"), *asked]
    return worded(language, "invite.counts", needs=listed(language, joined))


def gift(reward: Reward, language: str) -> str:
    """What a reward is."""
    if reward.kind == "points" and isinstance(reward.setting, int):
        return worded(language, "gift.points", n=reward.setting)
    if reward.kind == "by_hand" and isinstance(reward.setting, dict):
        return worded(language, "gift.by_hand", description=in_language(reward.setting, language))
    known = ("message", "promo_code", "discord_role", "telegram_invite", "webhook")
    return worded(language, f"gift.{reward.kind}" if reward.kind in known else "gift.other")


def rules(campaign: Campaign, language: str, *, longest: int) -> list[str]:
    """The campaign's rules, whole, in paragraphs of that length at most."""
    window, zone = campaign.window, campaign.window.timezone
    starts = moment(language, window.starts, zone)
    asked = needs(campaign, language)
    terms = _terms(campaign, language, min(_TERMS_AT_ONCE, longest))
    parts = [worded(language, "rules.title", title=title(campaign, language)), *terms]
    if window.ends is None:
        parts.append(worded(language, "rules.window_open", starts=starts))
    else:
        parts.append(worded(language, "rules.window", starts=starts, ends=moment(language, window.ends, zone)))
    if asked:
        parts.append(
            worded(language, "rules.conditions", needs=listed(language, [worded(language, "needs.join"), *asked]))
        )
    else:
        parts.append(worded(language, "rules.no_conditions"))
    which = "rules.first_touch" if campaign.attribution.touch is Touch.FIRST else "rules.last_touch"
    parts.append(worded(language, which, duration=duration(language, campaign.attribution.window)))
    parts.append(worded(language, "rules.once"))
    parts.append(_rewards(campaign, language))
    return parts


def _terms(campaign: Campaign, language: str, most: int) -> list[Html]:
    """The organizer's own terms, cut between words where they are too long for one message."""
    left, found = in_language(campaign.terms, language).strip(), []
    while len(left) > most:
        cut = max(left.rfind(gap, 1, most) for gap in "\n ")
        head, left = left[: cut if cut > 0 else most], left[cut if cut > 0 else most :].strip()
        found.append(head.rstrip())
    return [linked(each) for each in (*found, left)]


def _rewards(campaign: Campaign, language: str) -> str:
    promised = [reward for reward in campaign.rewards if reward.kind in KINDS and not (reward.top or reward.draw)]
    if not promised:
        return worded(language, "rules.no_rewards")
    lines = (
        worded(language, "rules.reward", when=_earn(reward, language), reward=gift(reward, language))
        for reward in promised
    )
    return "\n".join([worded(language, "rules.rewards"), *lines])


def _earn(reward: Reward, language: str) -> str:
    if reward.to is To.FRIEND:
        return worded(language, "earn.friend")
    if reward.every is not None:
        return worded(language, "earn.every", n=reward.every)
    return worded(language, "earn.at", n=reward.at or 0)


def next_reward(campaign: Campaign, qualified: int, language: str) -> str | None:
    """What the advocate gets next, and how many friends it still takes; None if there is nothing more to get."""
    ahead: list[tuple[int, Reward]] = []
    for reward in campaign.rewards:
        if reward.kind not in KINDS or reward.to is To.FRIEND:
            continue
        if reward.every is not None:
            ahead.append((reward.every - qualified % reward.every, reward))
        elif reward.at is not None and reward.at > qualified:
            ahead.append((reward.at - qualified, reward))
    if not ahead:
        return None
    missing, reward = min(ahead, key=lambda each: (each[0], -(each[1].at or 0)))
    return worded(language, "me.next_reward", n=missing, reward=gift(reward, language))


def friend_line(
    referral: Referral,
    friend: str,
    campaign: Campaign,
    membership: Membership | None,
    language: str,
    *,
    converted: bool,
    now: datetime,
) -> str:
    """One referral in the advocate's list: who, and what is still missing."""
    reason = standing_of(referral, campaign, membership, language, converted=converted, now=now)
    return worded(language, "me.friend", mark=_MARKS[referral.status], friend=friend, reason=reason)


def standing_of(
    referral: Referral,
    campaign: Campaign,
    membership: Membership | None,
    language: str,
    *,
    converted: bool,
    now: datetime,
) -> str:
    """Where a referral stands, such as "2 of 3 days; needs to say hello". `converted`: nothing is missing there."""
    if referral.reason not in (Reason.STAYING, Reason.SILENT) or membership is None:
        return worded(language, f"reason.{referral.reason.value}", n=campaign.qualify.messages)
    parts = []
    since = membership.joined_at or membership.first_present_at or now
    if referral.reason is Reason.STAYING:
        parts.append(progress(language, max(now - since, timedelta(0)), campaign.qualify.stay))
    missing = campaign.qualify.messages - membership.messages
    if missing > 0:
        parts.append(worded(language, "reason.silent", n=missing))
    if not converted:
        parts.append(worded(language, "reason.not_converted"))
    return "; ".join(parts)


def results(language: str, qualified: int, points: int) -> str:
    """Such as "3 friends · 30 points"."""
    parts = [worded(language, "count.friends", n=qualified)]
    if points:
        parts.append(worded(language, "count.points", n=points))
    return " · ".join(parts)


def board_line(language: str, rank: int, name: str, qualified: int, points: int) -> str:
    """One line of a leaderboard."""
    place = _MEDALS.get(rank) or worded(language, "top.place", rank=rank)
    return worded(language, "top.line", place=place, name=name, results=results(language, qualified, points))

"""What is asked of a campaign as a whole: the platforms' rules, and settings that an organizer would regret.

Each rule is a plain function of the campaign; it yields what it finds. Add one to `RULES`, and it is checked.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from campaigns.context import Loc
from core.campaign.values import Campaign, Do, Platform


class Level(StrEnum):
    """Errors refuse the file; warnings are for the organizer to weigh."""

    ERROR = "error"
    WARNING = "warning"


class Remark(NamedTuple):
    level: Level
    loc: Loc
    problem: str
    fix: str


Rule: TypeAlias = Callable[[Campaign], Iterator[Remark]]


def _warn(problem: str, fix: str, *loc: int | str) -> Remark:
    return Remark(Level.WARNING, loc, problem, fix)


def _refuse(problem: str, fix: str, *loc: int | str) -> Remark:
    return Remark(Level.ERROR, loc, problem, fix)


def no_pay_for_joins(campaign: Campaign) -> Iterator[Remark]:
    """Discord forbids rewards for invites alone."""
    asked = campaign.qualify
    if campaign.rewards and not (asked.stay or asked.messages or asked.conversion):
        for index in _on(campaign, Platform.DISCORD):
            yield _refuse(
                "a join on Discord would be enough for a reward, and Discord's Platform Manipulation Policy forbids "
                "invite rewards",
                "ask for more than the join, such as qualify: {stay: 3 days, messages: 1}",
                *("communities", index, "discord"),
            )


def roles_need_a_server(campaign: Campaign) -> Iterator[Remark]:
    """A role is given on a server of the campaign."""
    if not _on(campaign, Platform.DISCORD):
        for index, reward in enumerate(campaign.rewards):
            if reward.kind == "discord_role":
                yield _refuse(
                    "'discord_role' needs a Discord server, and the campaign has none",
                    "add the server to communities, or give something else",
                    *("rewards", index, "give", "discord_role"),
                )


def rewarded_friends_stay(campaign: Campaign) -> Iterator[Remark]:
    """Without a stay, people join, are rewarded and leave."""
    if campaign.rewards and not campaign.qualify.stay:
        yield _warn(
            "rewards are given without a stay, so a friend may join and leave at once",
            "add qualify: {stay: 3 days}",
            "rewards",
        )


def age_is_seen_on_discord(campaign: Campaign) -> Iterator[Remark]:
    """Telegram tells nobody how old an account is."""
    if campaign.qualify.account_age and _on(campaign, Platform.TELEGRAM):
        yield _warn(
            "'account_age' cannot be seen on Telegram, so it is asked of friends on Discord only",
            "add stay or messages for the others",
            *("qualify", "account_age"),
        )


def has_terms(campaign: Campaign) -> Iterator[Remark]:
    """Members should be able to read the rules."""
    if campaign.rewards and not campaign.terms:
        yield _warn(
            "there are rewards and no 'terms' for members to read", "add terms: One referral per friend.", "campaign"
        )


def has_an_organizer(campaign: Campaign) -> Iterator[Remark]:
    """Somebody must be able to settle what is held."""
    if not campaign.organizers:
        yield _warn(
            "nobody is an organizer, so nobody can settle what is held",
            "add organizers: [{telegram: 700000001}]",
            *("organizers",),
        )


def ends_for_the_winners(campaign: Campaign) -> Iterator[Remark]:
    """What is given at the end needs an end."""
    for index, reward in enumerate(campaign.rewards):
        for key in ("top", "draw"):
            if getattr(reward, key) and campaign.window.ends is None:
                yield _warn(
                    f"{key!r} is given when the campaign ends, and it has no end",
                    "add window.ends, or stop it by hand",
                    *("rewards", index, key),
                )


def ends_after_the_stay(campaign: Campaign) -> Iterator[Remark]:
    """Friends must be able to qualify."""
    window, stay = campaign.window, campaign.qualify.stay
    if window.ends is not None and stay >= window.ends - window.starts:
        yield _warn(
            "'stay' is as long as the whole campaign", "write a shorter stay, or a later end", "qualify", "stay"
        )


def posts_come_out(campaign: Campaign) -> Iterator[Remark]:
    """A post has a time while the campaign runs, or is for friends only."""
    starts, ends = campaign.window.starts, campaign.window.ends
    for index, post in enumerate(campaign.posts):
        if post.at is None and not post.exclusive:
            yield _warn(
                "this post has no time, so it is never posted", "add at: …, or exclusive: true", "posts", index, "id"
            )
        elif post.at is not None and (post.at < starts or (ends is not None and post.at >= ends)):
            yield _warn(
                "'at' is outside the campaign's window", "write a time between starts and ends", "posts", index, "at"
            )


def posts_fit(campaign: Campaign) -> Iterator[Remark]:
    """The platforms cut off long texts."""
    limit = 2000 if _on(campaign, Platform.DISCORD) else 4000
    for index, post in enumerate(campaign.posts):
        most = 1024 if post.image and _on(campaign, Platform.TELEGRAM) else limit
        for language, text in post.text.items():
            if len(text) > most:
                yield _warn(
                    f"the text has {len(text)} characters, and {most} fit in one message",
                    "write a shorter one",
                    *("posts", index, "text", language),
                )


def servers_have_a_channel(campaign: Campaign) -> Iterator[Remark]:
    """A post needs a channel to go to."""
    board = any(job.do is Do.LEADERBOARD and not job.where for job in campaign.schedule)
    used = {name for post in campaign.posts for name in post.where}
    used |= {name for job in campaign.schedule for name in job.where}
    for index in _on(campaign, Platform.DISCORD):
        community = campaign.communities[index]
        if community.channel is None and (board or community.name in used):
            yield _warn(
                "something is posted here, and the server has no channel for it",
                'add channel: "300000000000000002"',
                *("communities", index, "discord"),
            )


def limits_agree(campaign: Campaign) -> Iterator[Remark]:
    """A day is part of the whole."""
    limits = campaign.limits
    if limits.per_advocate and limits.per_advocate_per_day and limits.per_advocate_per_day > limits.per_advocate:
        yield _warn(
            "'per_advocate_per_day' is more than 'per_advocate', so it limits nothing",
            "write a smaller number",
            *("limits", "per_advocate_per_day"),
        )


def pools_are_used(campaign: Campaign) -> Iterator[Remark]:
    """A pool that nothing takes from is often a misspelt one."""
    used = {reward.setting for reward in campaign.rewards if reward.kind == "promo_code"}
    for pool in campaign.codes:
        if pool not in used:
            yield _warn(f"no reward gives codes from {pool!r}", f"add give: {{promo_code: {pool}}}", "codes", pool)


def facts_are_kept_long_enough(campaign: Campaign) -> Iterator[Remark]:
    """A sign that is deleted cannot count."""
    keep, needed = campaign.privacy.keep_facts, campaign.attribution.window + campaign.qualify.stay
    if keep is not None and keep < needed:
        yield _warn(
            "'keep_facts' is shorter than attribution.window and qualify.stay together, so signs would be lost",
            f"write at least {-(-needed // timedelta(days=1))} days",
            *("privacy", "keep_facts"),
        )


RULES: tuple[Rule, ...] = (
    no_pay_for_joins,
    roles_need_a_server,
    rewarded_friends_stay,
    age_is_seen_on_discord,
    has_terms,
    has_an_organizer,
    ends_for_the_winners,
    ends_after_the_stay,
    posts_come_out,
    posts_fit,
    servers_have_a_channel,
    limits_agree,
    pools_are_used,
    facts_are_kept_long_enough,
)


def _on(campaign: Campaign, platform: Platform) -> list[int]:
    """Where in `communities` those of the platform are."""
    return [index for index, community in enumerate(campaign.communities) if community.platform is platform]

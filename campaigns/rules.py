"""What is asked of a campaign as a whole: the platforms' rules, and settings that an organizer would regret.

Each rule is a plain function of the campaign; it yields what it finds. Add one to `RULES`, and it is checked.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from campaigns.context import Loc
from core.campaign.values import Campaign, Community, Do, Platform, Post


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

MOST_ALONE, MOST_UNDER_MEDIA = 4096, 1024
"""What Telegram takes in a message, and below a picture or a video."""


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


def waiting_is_bearable(campaign: Campaign) -> Iterator[Remark]:
    """Who waits too long thinks that it does not work; who hardly waits at all may leave at once."""
    window, wait = campaign.window, campaign.holding.wait
    if window.ends is not None and wait and campaign.qualify.stay + wait >= window.ends - window.starts:
        yield _warn(
            "'stay' and 'wait' together are as long as the whole campaign",
            "write a shorter wait, or a later end",
            *("holding", "wait"),
        )
    elif wait > timedelta(days=30):
        yield _warn("'wait' keeps members waiting for more than a month", "write 2 days", "holding", "wait")
    if campaign.rewards and not campaign.holding.clawback:
        yield _warn(
            "'clawback' is nothing, so a friend may leave as soon as they count", "write 30 days", "holding", "clawback"
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
    """Telegram refuses a long text, and one under a picture or a video sooner."""
    for index, post in enumerate(campaign.posts):
        if not any(each.platform is Platform.TELEGRAM for each in _communities_of(campaign, post)):
            continue
        most = MOST_UNDER_MEDIA if post.image or post.video or post.album else MOST_ALONE
        for language, text in post.text.items():
            if (units := len(text.encode("utf-16-le")) // 2) > most:  # what lies beyond the first 65,536 counts twice
                yield _refuse(
                    f"the text has {units} characters, and Telegram takes {most}"
                    + (" under a picture or video" if most == MOST_UNDER_MEDIA else ""),
                    "write a shorter one",
                    *("posts", index, "text", language),
                )


def servers_have_a_channel(campaign: Campaign) -> Iterator[Remark]:
    """A post needs a channel to go to."""
    board = any(job.do is Do.LEADERBOARD and not job.where for job in campaign.schedule)
    used = {each.name for post in campaign.posts if not post.exclusive for each in _communities_of(campaign, post)}
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
    together = "attribution.window and qualify.stay"
    if campaign.holding.wait:
        needed, together = needed + campaign.holding.wait, "attribution.window, qualify.stay and holding.wait"
    if keep is not None and keep < needed:
        yield _warn(
            f"'keep_facts' is shorter than {together} together, so signs would be lost",
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
    waiting_is_bearable,
    posts_come_out,
    posts_fit,
    servers_have_a_channel,
    limits_agree,
    pools_are_used,
    facts_are_kept_long_enough,
)


def _communities_of(campaign: Campaign, post: Post) -> list[Community]:
    """Where people get to read it."""
    return [each for each in campaign.communities if post.exclusive or not post.where or each.name in post.where]


def _on(campaign: Campaign, platform: Platform) -> list[int]:
    """Where in `communities` those of the platform are."""
    return [index for index, community in enumerate(campaign.communities) if community.platform is platform]

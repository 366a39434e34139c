"""The answers, as types: the description is made of these, so the two cannot part."""

import re
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.shares import Sharing
from core.status import Rank

Time: TypeAlias = Annotated[datetime, Meta(tz=True)]
Next: TypeAlias = Annotated[str, Meta(description="Where the rest is; null if this was the last piece.")] | None
SLUG = re.compile("[a-z0-9-]{1,40}")
CampaignId = Meta(pattern=f"^{SLUG.pattern}$", description="The campaign's id, as it is in its file.")
"""What may stand for {campaign} in a path."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign; more about it is at its own address."""

    campaign: Annotated[str, Meta(description="Its id in the file.")]
    title: str
    state: Annotated[str, Meta(description="scheduled, running, paused or ended")]
    starts_at: Time
    ends_at: Time | None


class CampaignList(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the list of campaigns."""

    items: list[Campaign]
    next: Next


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the leaderboard, the best first. Equal results have equal ranks."""

    items: list[Rank]
    next: Next


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a pending referral still lacks. Which of the others there are, `what` says."""

    what: Annotated[str, Meta(description="join, stay, messages, conversion, holding, day_full, confirming or paused")]
    until: Annotated[Time, Meta(description="join, stay, holding, day_full: until then.")] | UnsetType = UNSET
    total_seconds: Annotated[int, Meta(description="stay: how long in all.")] | UnsetType = UNSET
    done_seconds: Annotated[int, Meta(description="stay: how much of it is over.")] | UnsetType = UNSET
    wanted: Annotated[int, Meta(description="messages: how many in all.")] | UnsetType = UNSET
    so_far: Annotated[int, Meta(description="messages: how many were written.")] | UnsetType = UNSET
    name: Annotated[str, Meta(description="conversion: which one.")] | UnsetType = UNSET


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """A friend, and the advocate they came through. Members are numbers here: the leaderboard has names."""

    friend: int
    advocate: int
    status: Annotated[str, Meta(description="pending, qualified, rewarded, held, rejected or reversed")]
    reason: Annotated[str, Meta(description="Why it stands there, as a word that never changes.")]
    reason_text: Annotated[str, Meta(description="The same for people, in the language asked for.")]
    confidence: Annotated[str, Meta(description="exact, probable, ambiguous or unknown; the last two never pay")]
    channel: Annotated[str, Meta(description="The variant of the link they came by.")] | None
    since_at: Annotated[Time, Meta(description="Since when it stands there.")]
    qualified_at: Annotated[Time, Meta(description="When it counted first, whatever came of it.")] | None
    missing: Annotated[list[Missing], Meta(description="What a pending one still lacks; empty for all others.")]


class ReferralList(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the campaign's referrals, the newest first."""

    items: list[Referral]
    next: Next


class DrawList(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the records of the campaign's draws, each whole as it was published."""

    items: list[dict[str, Any]]
    next: Next


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How the recommendation spread through one channel. Its K-factor is per all advocates: they add up."""

    friends: int
    new_advocates: int
    k_factor: float | None
    cycle_time_seconds: (
        Annotated[float, Meta(description="The median, from an advocate's join to the friend's.")] | None
    )
    mean_cycle_time_seconds: float | None


class MemberCascade(msgspec.Struct, frozen=True, kw_only=True):
    """One member's place: who brought them, how far from the beginning, and what came of them."""

    member: int
    parent: Annotated[int, Meta(description="Who brought them; null for nobody.")] | None
    channel: str | None
    depth: Annotated[int, Meta(description="Hops from whoever began.")]
    size: Annotated[int, Meta(description="All who came through them, directly or not.")]
    height: Annotated[int, Meta(description="Hops to the farthest of those.")]
    direct: int
    is_advocate: bool
    entered_at: Time | None


class Cascade(msgspec.Struct, frozen=True, kw_only=True):
    """How the recommendation spread. The figures follow what happens by some seconds."""

    advocates: int
    roots: Annotated[int, Meta(description="Advocates whom nobody brought.")]
    new_advocates: Annotated[int, Meta(description="Advocates whom another one brought.")]
    friends: int
    k_factor: Annotated[float, Meta(description="New advocates per advocate; null while there is none.")] | None
    cycle_time_seconds: (
        Annotated[float, Meta(description="The median, from an advocate's join to the friend's.")] | None
    )
    mean_cycle_time_seconds: float | None
    biggest: Annotated[int, Meta(description="The most who came through one member, directly or not.")]
    deepest: Annotated[int, Meta(description="The most hops from whoever began.")]
    channels: dict[str, Spread]
    member: Annotated[MemberCascade, Meta(description="Whose was asked for.")] | None


class OfMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose place is wanted, too."""

    member: Annotated[int, Meta(ge=1, le=2**63 - 1, description="Say this member's place in it, too.")] | UnsetType = (
        UNSET
    )


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """From a link that is passed on to a reward. Each step is what was seen of it, so a later one may be more."""

    campaign: str
    shares: Annotated[int, Meta(description="Surely passed on: posts, and links sent through a messenger.")]
    intents: Annotated[int, Meta(description="Buttons of the share kit that were pressed.")]
    unfurls: Annotated[int, Meta(description="Previews that apps fetched.")]
    clicks: Annotated[int, Meta(description="Links that were opened on the web.")]
    starts: Annotated[int, Meta(description="Links that were opened in a messenger.")]
    joins: int
    sharing: Annotated[
        dict[str, Sharing], Meta(description="How many shares there were, as a range: by channel, and `total`.")
    ]
    qualified: Annotated[int, Meta(description="Friends who have done what is asked, the rewarded ones included.")]
    rewarded: int

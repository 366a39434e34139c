"""What the doors tell the core, in the domain's words.

`key` names the fact by the platform's own numbers, so that the same thing told twice has the same key. `at` is when it
happened, by the platform's clock. `order` breaks the tie between two facts of the same second. Chats are the
platform's numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.attribution.rules import Found, Way
from core.campaign import Applied
from core.campaign.values import Account
from core.chats import Chat
from core.links import Link
from core.members import Member, Person
from core.referrals import Appeal, OpenClaim, Referral


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    key: str
    at: datetime
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Fact):
    """The person opened an advocate's link in a messenger."""

    code: str
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InChat(Fact):
    """Something about the person in a chat."""

    chat: int
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested(InChat):
    """The person asked to be let in; `invite` is the invitation they used."""

    invite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(InChat):
    """The person is a member now and was not; `invite` is the invitation they used, where the platform says.

    `returning`: the platform says that they had been a member before.
    """

    invite: str | None = None
    returning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced(InChat):
    """How the person came into the chat at that time, as far as is known now. Only `core.arrivals` tells this.

    `ways`: the links by which they may have come; `or_nobody`: or by none of them. `before` is what was found before,
    and `withdrawn` the links that were thought possible then and are not now.
    """

    found: Found
    how: str
    ways: tuple[Way, ...] = ()
    or_nobody: bool = False
    before: Found | None = None
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(InChat):
    """The person was a member and is not now: they left, or were removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke(InChat):
    """The person wrote something. Told once for each message; what was written is nobody's business here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(InChat):
    """The platform was asked whether the person is a member, and answered."""

    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared(InChat):
    """The person passed on a post of this chat, where we could see it: in the chat `seen_in`, or None in private.

    `code`: of the link that the post holds, if it holds one; `channel`: what that was given out for.
    """

    post: int
    seen_in: int | None = None
    code: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded(Fact):
    """The person passed on a message that holds somebody's link, given out for `channel`, where we could see it."""

    code: str
    channel: str | None = None
    seen_in: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Fact):
    """The person really sent their own link to somebody, through the bot; the platform says so."""

    code: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWanted(Fact):
    """The person wants their personal link in a campaign."""

    campaign_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Fact):
    """The person says that this account told them of the campaign."""

    campaign_id: int
    advocate: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswered(Fact):
    """The advocate says whether a claim is true."""

    claim_id: int
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Fact):
    """An organizer says by whom a friend came, of those who may have brought them; None: by none of them."""

    campaign_id: int
    friend: int
    advocate: int | None


class Ground(StrEnum):
    """Why an organizer rules as they do; what there is to say besides is in the note."""

    FRAUD = "fraud"
    APPEAL = "appeal"
    RULES = "rules"
    MISTAKE = "mistake"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled(Fact):
    """An organizer says that a friend counts, or does not; that is final, unless somebody asks them to look again."""

    campaign_id: int
    friend: int
    counts: bool
    ground: Ground = Ground.OTHER
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appealed(Fact):
    """The advocate or the friend asks the organizers to look again at a friend who does not count."""

    campaign_id: int
    friend: int


class Problem(StrEnum):
    """Why a fact counts for nothing; the door words it kindly."""

    UNKNOWN_CODE = "unknown_code"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    OWN_LINK = "own_link"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    UNKNOWN_ADVOCATE = "unknown_advocate"
    CLAIM_SELF = "claim_self"
    CLAIM_SETTLED = "claim_settled"
    CLAIM_TOO_MANY = "claim_too_many"
    CLAIM_NOT_YOURS = "claim_not_yours"
    NOT_ORGANIZER = "not_organizer"
    UNKNOWN_REFERRAL = "unknown_referral"
    RULED_ALREADY = "ruled_already"
    CANNOT_COUNT = "cannot_count"
    APPEAL_NOT_YOURS = "appeal_not_yours"
    APPEAL_SETTLED = "appeal_settled"


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a fact. `referral` is the person's own in that campaign, as it stands after everything taken in,
    `advocate` whom it is credited to, if that is sure; `places` are the campaign's communities.
    """

    fact: Fact
    member: Member
    campaign: Applied | None = None
    link: Link | None = None
    claim: OpenClaim | None = None
    referral: Referral | None = None
    advocate: Member | None = None
    appeal: Appeal | None = None
    places: Sequence[Chat] = ()
    problem: Problem | None = None

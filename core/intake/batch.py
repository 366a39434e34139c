"""All that a batch of facts can touch, in memory: read with a few queries, changed by plain code, written at once.

That is why a thousand facts cost little more than one: no fact asks the database anything by itself.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core import campaign as campaigns
from core import chats, conversions, journal, links, members, referrals
from core.attribution.rules import Claim, Touch
from core.campaign import Applied, Version
from core.campaign.values import Account, Platform
from core.chats import Chat, Membership
from core.conversions import Conversion
from core.database import Tx
from core.intake.facts import Claimed, Fact, Forwarded, InChat, Joined, LinkWanted, Requested, Sent, Shared, Started
from core.journal import Fact as Line
from core.ledger import Transfer
from core.links import Link
from core.members import Member
from core.outbox import Outgoing
from core.referrals import Case, OpenClaim, Referral
from core.rewards import Grant
from core.totals import Standing

CaseKey = tuple[int, int]
"""A campaign and a friend."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """What is known, and what has changed. Keys are (campaign, member) or (chat, member)."""

    now: datetime
    campaigns: dict[int, Applied] = field(default_factory=dict)
    versions: dict[int, list[Version]] = field(default_factory=dict)
    people: dict[Account, Member] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)  # by the platform's number
    communities: dict[int, dict[str, Chat]] = field(default_factory=dict)
    named_by: dict[int, list[int]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    links_of: dict[tuple[int, int], Link] = field(default_factory=dict)
    invites: dict[str, str] = field(default_factory=dict)
    in_journal: set[str] = field(default_factory=set)
    memberships: dict[tuple[int, int], Membership] = field(default_factory=dict)
    touches: dict[CaseKey, list[Touch]] = field(default_factory=dict)
    claims: dict[CaseKey, list[OpenClaim]] = field(default_factory=dict)
    conversions: dict[CaseKey, list[Conversion]] = field(default_factory=dict)
    referrals: dict[CaseKey, Referral] = field(default_factory=dict)
    standings: dict[tuple[int, int], Standing] = field(default_factory=dict)

    dirty: dict[CaseKey, None] = field(default_factory=dict)  # cases to judge, in the order in which they came up
    new_lines: list[Line] = field(default_factory=list)
    new_links: list[Link] = field(default_factory=list)
    new_touches: list[tuple[int, int, Touch]] = field(default_factory=list)
    new_grants: list[Grant] = field(default_factory=list)
    new_transfers: list[Transfer] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    changed_memberships: dict[tuple[int, int], Membership] = field(default_factory=dict)
    changed_referrals: dict[CaseKey, Referral] = field(default_factory=dict)
    changed_standings: dict[tuple[int, int], Standing] = field(default_factory=dict)
    counted: Counter[tuple[int, str]] = field(default_factory=Counter)

    def record(self, line: Line, *, counts: str | None = None) -> bool:
        """Add a line to the journal, once; with `counts`, add one to that total. False if it was there already."""
        if line.key in self.in_journal:
            return False
        self.in_journal.add(line.key)
        self.new_lines.append(line)
        if counts is not None and line.campaign_id is not None:
            self.counted[line.campaign_id, counts] += 1
        return True

    def campaigns_at(self, chat: Chat) -> Sequence[Applied]:
        """The campaigns that name this chat."""
        return [self.campaigns[campaign_id] for campaign_id in self.named_by.get(chat.id, ())]

    def has_case(self, key: CaseKey) -> bool:
        """Whether anybody recommended this campaign to this member."""
        return key in self.touches or key in self.referrals or key in self.claims

    def touch(self, key: CaseKey, touch: Touch) -> None:
        """Add a sign to the case."""
        known = self.touches.setdefault(key, [])
        if touch not in known:
            known.append(touch)
            self.new_touches.append((*key, touch))

    def case(self, key: CaseKey) -> Case:
        """All that is known of this friend in this campaign."""
        campaign_id, friend_id = key
        there = [self.memberships.get((chat.id, friend_id)) for chat in self.communities.get(campaign_id, {}).values()]
        return Case(
            friend=friend_id,
            is_bot=self.members[friend_id].is_bot,
            touches=self.touches.get(key, ()),
            claims=[Claim(claim.advocate_id, claim.asked_at) for claim in self.claims.get(key, ()) if claim.confirmed],
            memberships=[membership for membership in there if membership is not None],
            conversions=self.conversions.get(key, ()),
        )

    def standing(self, campaign_id: int, member_id: int) -> Standing:
        """The member's standing, to be changed in place."""
        standing = self.standings.setdefault((campaign_id, member_id), Standing())
        self.changed_standings[campaign_id, member_id] = standing
        return standing


async def load(tx: Tx, facts: Sequence[Fact], *, now: datetime) -> Batch:
    """Read what these facts can touch, and become the only one who decides about the campaigns concerned."""
    batch = Batch(now=now)
    batch.people = await members.meet(tx, [fact.person for fact in facts], now=now)
    batch.links = await links.by_code(tx, _codes(facts))
    batch.invites = await links.codes_of_invites(tx, _invites(facts))
    batch.links.update(await links.by_code(tx, batch.invites.values()))
    await _load_places(tx, batch, facts)
    await campaigns.lock(tx, _concerned(batch, facts))
    await load_campaigns(tx, batch)
    batch.in_journal = await journal.known(tx, list(journal_keys(batch, facts)))
    await load_cases(tx, batch, {member.id for member in batch.people.values()})
    return batch


async def load_due(tx: Tx, keys: Sequence[CaseKey], *, now: datetime) -> Batch:
    """Read what is needed to look at these cases again."""
    batch = Batch(now=now, dirty=dict.fromkeys(keys))
    await _load_places(tx, batch, ())
    await campaigns.lock(tx, {campaign_id for campaign_id, _ in keys})
    await load_campaigns(tx, batch)
    await load_cases(tx, batch, {friend_id for _, friend_id in keys})
    return batch


async def load_campaigns(tx: Tx, batch: Batch) -> None:
    """Read the campaigns; once they are locked, so that a pause or a new file counts for whoever waited for it."""
    batch.campaigns = {applied.id: applied for applied in await campaigns.applied(tx)}
    batch.versions = await campaigns.versions(tx, batch.campaigns)
    batch.communities = await chats.communities_of(tx, batch.campaigns)


async def load_cases(tx: Tx, batch: Batch, member_ids: set[int]) -> None:
    """Read all that is known of these members in every campaign."""
    batch.members = {member.id: member for member in batch.people.values()}
    batch.members.update(await members.by_id(tx, member_ids - batch.members.keys()))
    batch.memberships = await chats.memberships_of(tx, member_ids)
    batch.touches = await referrals.touches_of(tx, member_ids)
    batch.claims = await referrals.claims_of(tx, member_ids)
    if any(version.campaign.qualify.conversion for every in batch.versions.values() for version in every):
        batch.conversions = await conversions.of_members(tx, member_ids)
    batch.referrals = await referrals.of_friends(tx, member_ids)
    batch.links_of = await links.of_members(tx, member_ids)


def journal_keys(batch: Batch, facts: Iterable[Fact]) -> Iterable[str]:
    """The names under which these facts would stand in the journal."""
    for fact in facts:
        yield fact.key
        if isinstance(fact, InChat) and fact.chat in batch.chats:
            for campaign_id in batch.named_by.get(batch.chats[fact.chat].id, ()):
                yield line_key(fact, campaign_id)
        if isinstance(fact, Shared | Forwarded | Sent) and fact.code in batch.links:
            yield line_key(fact, batch.links[fact.code].campaign_id)


def line_key(fact: Fact, campaign_id: int) -> str:
    """The fact's name in the journal of one of the campaigns it concerns."""
    return f"{fact.key}@{campaign_id}"


async def _load_places(tx: Tx, batch: Batch, facts: Sequence[Fact]) -> None:
    batch.named_by = await chats.named_by(tx)
    for platform in Platform:
        here = {fact.chat for fact in facts if isinstance(fact, InChat) and fact.person.account.platform is platform}
        if here:
            batch.chats.update(await chats.at_addresses(tx, platform, here))


def _concerned(batch: Batch, facts: Iterable[Fact]) -> set[int]:
    """The campaigns that these facts may change."""
    named = {fact.campaign_id for fact in facts if isinstance(fact, LinkWanted | Claimed)}
    linked = {link.campaign_id for link in batch.links.values()}
    return named.union(linked, *(batch.named_by.get(chat.id, ()) for chat in batch.chats.values()))


def _codes(facts: Iterable[Fact]) -> list[str]:
    named = [fact.code for fact in facts if isinstance(fact, Started | Shared | Forwarded | Sent)]
    return [code for code in named if code is not None]


def _invites(facts: Iterable[Fact]) -> list[str]:
    return [fact.invite for fact in facts if isinstance(fact, Joined | Requested) and fact.invite is not None]

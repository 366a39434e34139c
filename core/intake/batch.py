"""All that a batch of facts can touch, in memory: read with a few queries, changed by plain code, written at once.

That is why a thousand facts cost little more than one: no fact asks the database anything by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core import campaign as campaigns
from core import chats, conversions, journal, links, members, referrals
from core.attribution.rules import Claim, Touch
from core.campaign import Applied, Version
from core.campaign.values import Account, Platform
from core.chats import Chat, Membership
from core.conversions import Conversion
from core.database import Tx
from core.intake.facts import (
    Claimed,
    Decided,
    Fact,
    Forwarded,
    InChat,
    Joined,
    LinkWanted,
    Requested,
    Sent,
    Shared,
    Started,
    Traced,
)
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

Place = tuple[int, int]
"""A campaign and a person."""


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
    standings: dict[Place, Standing] = field(default_factory=dict)
    persons: dict[int, int] = field(default_factory=dict)  # of members who have other accounts
    together: dict[int, list[int]] = field(default_factory=dict)  # the members of these persons

    dirty: dict[CaseKey, None] = field(default_factory=dict)  # cases to judge, in the order in which they came up
    new_lines: list[Line] = field(default_factory=list)
    new_links: list[Link] = field(default_factory=list)
    changed_touches: dict[tuple[int, str, datetime], tuple[int, int, Touch]] = field(default_factory=dict)
    new_grants: list[Grant] = field(default_factory=list)
    new_transfers: list[Transfer] = field(default_factory=list)
    turned_grants: dict[str, Grant] = field(default_factory=dict)  # taken back, or given again
    to_recount: dict[Place, str] = field(default_factory=dict)  # whose rewards are counted anew, and why
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
        """Add a sign to the case, or what is better known of one that is there."""
        known = self.touches.setdefault(key, [])
        for at, each in enumerate(known):
            if each == touch:
                if not touch.confidence.outweighs(each.confidence):
                    return
                touch = replace(touch, channel=each.channel or touch.channel)
                del known[at]
                break
        known.append(touch)
        self.changed_touches[key[1], touch.code, touch.at] = (*key, touch)

    def person(self, member_id: int) -> int:
        """Who this is: the first of the members that are the same person."""
        return self.persons.get(member_id, member_id)

    def accounts(self, member_id: int) -> list[int]:
        """The members that are the same person as this one, this one included."""
        return self.together.get(self.person(member_id)) or [member_id]

    def know_persons(self, persons: Mapping[int, int]) -> None:
        """Who is the same person; all members of each."""
        for member_id, person in sorted(persons.items()):
            if member_id not in self.persons:
                self.persons[member_id] = person
                self.together.setdefault(person, []).append(member_id)

    def named(self) -> set[int]:
        """Everybody who recommended something to the members whose cases are known."""
        named = {link.member_id for link in self.links.values()}
        named.update(touch.advocate for each in self.touches.values() for touch in each)
        named.update(claim.advocate_id for each in self.claims.values() for claim in each)
        return named.union(referral.advocate_id for referral in self.referrals.values())

    def case(self, key: CaseKey) -> Case:
        """All that is known of this friend in this campaign. What a person bought, each of their accounts bought."""
        campaign_id, friend_id = key
        accounts = self.accounts(friend_id)
        there = [self.memberships.get((chat.id, friend_id)) for chat in self.communities.get(campaign_id, {}).values()]
        return Case(
            friend=friend_id,
            is_bot=self.members[friend_id].is_bot,
            touches=self.touches.get(key, ()),
            claims=[Claim(claim.advocate_id, claim.asked_at) for claim in self.claims.get(key, ()) if claim.confirmed],
            memberships=[membership for membership in there if membership is not None],
            conversions=[each for one in accounts for each in self.conversions.get((campaign_id, one), ())],
            accounts=accounts,
            born_at=self.members[friend_id].created_at,
        )

    def standing(self, campaign_id: int, member_id: int) -> Standing:
        """The standing of the person, to be changed in place."""
        place = (campaign_id, self.person(member_id))
        standing = self.changed_standings[place] = self.standings.setdefault(place, Standing())
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


async def load_members(tx: Tx, member_ids: set[int], *, now: datetime) -> Batch:
    """Read all cases of these members, to look at each of them again. Whoever calls this holds every campaign."""
    batch = Batch(now=now)
    await _load_places(tx, batch, ())
    await load_campaigns(tx, batch)
    await load_cases(tx, batch, member_ids)
    cases = {*batch.touches, *batch.claims, *batch.referrals}
    batch.dirty = dict.fromkeys(sorted(key for key in cases if key[1] in member_ids))
    return batch


async def load_campaigns(tx: Tx, batch: Batch) -> None:
    """Read the campaigns; once they are locked, so that a pause or a new file counts for whoever waited for it."""
    batch.campaigns = {applied.id: applied for applied in await campaigns.applied(tx)}
    batch.versions = await campaigns.versions(tx, batch.campaigns)
    batch.communities = await chats.communities_of(tx, batch.campaigns)


async def load_cases(tx: Tx, batch: Batch, member_ids: set[int]) -> None:
    """Read all that is known of these members in every campaign, and of whoever is the same person."""
    batch.members = {member.id: member for member in batch.people.values()}
    await _load_cases(tx, batch, member_ids)
    batch.know_persons(await members.persons(tx, member_ids | batch.named()))
    others = {other for member_id in member_ids for other in batch.accounts(member_id)} - member_ids
    if others:
        await _load_cases(tx, batch, others)
        batch.know_persons(await members.persons(tx, batch.named() - batch.persons.keys()))


async def _load_cases(tx: Tx, batch: Batch, member_ids: set[int]) -> None:
    batch.members.update(await members.by_id(tx, member_ids - batch.members.keys()))
    batch.memberships.update(await chats.memberships_of(tx, member_ids))
    batch.touches.update(await referrals.touches_of(tx, member_ids))
    batch.claims.update(await referrals.claims_of(tx, member_ids))
    if any(version.campaign.qualify.conversion for every in batch.versions.values() for version in every):
        batch.conversions.update(await conversions.of_members(tx, member_ids))
    batch.referrals.update(await referrals.of_friends(tx, member_ids))
    batch.links_of.update(await links.of_members(tx, member_ids))


def journal_keys(batch: Batch, facts: Iterable[Fact]) -> Iterable[str]:
    """The names under which these facts would stand in the journal."""
    for fact in facts:
        yield fact.key
        if isinstance(fact, InChat) and fact.chat in batch.chats:
            for campaign_id in batch.named_by.get(batch.chats[fact.chat].id, ()):
                yield line_key(fact, campaign_id)
                if isinstance(fact, Traced):
                    yield decided_key((campaign_id, batch.people[fact.person.account].id))
        if isinstance(fact, Decided):
            yield decided_key((fact.campaign_id, fact.friend))
        if isinstance(fact, Shared | Forwarded | Sent) and fact.code in batch.links:
            yield line_key(fact, batch.links[fact.code].campaign_id)


def decided_key(key: CaseKey) -> str:
    """The name in the journal of what an organizer decided about a friend: once."""
    return f"decided/{key[0]}/{key[1]}"


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
    named = {fact.campaign_id for fact in facts if isinstance(fact, LinkWanted | Claimed | Decided)}
    linked = {link.campaign_id for link in batch.links.values()}
    return named.union(linked, *(batch.named_by.get(chat.id, ()) for chat in batch.chats.values()))


def _codes(facts: Sequence[Fact]) -> list[str]:
    named = [fact.code for fact in facts if isinstance(fact, Started | Shared | Forwarded | Sent)]
    traced = [fact for fact in facts if isinstance(fact, Traced)]
    named += [code for fact in traced for code in (*fact.withdrawn, *(way.code for way in fact.ways))]
    return [code for code in named if code is not None]


def _invites(facts: Iterable[Fact]) -> list[str]:
    return [fact.invite for fact in facts if isinstance(fact, Joined | Requested) and fact.invite is not None]

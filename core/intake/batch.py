"""All that a batch of facts can touch, in memory: read with a few queries, changed by plain code, written at once.

That is why a thousand facts cost little more than one: no fact asks the database anything by itself.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from core import budgets, chats, conversions, journal, links, members, referrals
from core import campaign as campaigns
from core.attribution.rules import Claim, Touch
from core.budgets import Budget, Unit
from core.campaign import Applied, Version
from core.campaign.values import Account, Platform, Text, To
from core.chats import Chat, Membership
from core.conversions import Conversion
from core.database import Tx, Work, plan_once, together
from core.intake.facts import (
    Appealed,
    Claimed,
    Decided,
    Fact,
    Forwarded,
    InChat,
    Joined,
    LinkWanted,
    Requested,
    Ruled,
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
from core.referrals import Case, OpenClaim, Reason, Referral
from core.rewards import Grant, Handing
from core.totals import Standing

CaseKey = tuple[int, int]
"""A campaign and a friend."""

Place = tuple[int, int]
"""A campaign and a person."""

_LARGEST = 2**63 - 1
"""No member has a larger number: the database could not hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """A grant on its way; its `waits_for` says what it has waited for until now. `again`: it was taken back before."""

    grant: Grant
    handing: Handing
    to: To | None
    is_new: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The shop at this address is told that something was granted; or, with the reason `why`, taken back."""

    grant: Grant
    url: str
    to: To | None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForOrganizers:
    """News for every organizer of the campaign; `text` is added in the language of each."""

    campaign_id: int
    key: str
    content: dict[str, Any]
    text: Text | None = None


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
    today: dict[Place, int] = field(default_factory=dict)  # how many began to count today, where that is limited

    dirty: dict[CaseKey, None] = field(default_factory=dict)  # cases to judge, in the order in which they came up
    new_lines: list[Line] = field(default_factory=list)
    new_links: list[Link] = field(default_factory=list)
    changed_touches: dict[tuple[int, str, datetime], tuple[int, int, Touch]] = field(default_factory=dict)
    new_grants: dict[str, Grant] = field(default_factory=dict)
    new_transfers: list[Transfer] = field(default_factory=list)
    changed_grants: dict[str, Grant] = field(default_factory=dict)  # taken back, given again, held no more
    budgets: dict[tuple[int, Unit], Budget] = field(default_factory=dict)
    changed_budgets: dict[tuple[int, Unit], Budget] = field(default_factory=dict)
    lines: Counter[tuple[int, str]] = field(default_factory=Counter)  # how many more grants wait for each thing
    to_get_codes: list[Giving] = field(default_factory=list)
    to_call: list[Call] = field(default_factory=list)
    to_withdraw: list[str] = field(default_factory=list)  # from the outbox, if it still waits there
    to_tell: list[ForOrganizers] = field(default_factory=list)
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

    def tell_organizers(self, campaign_id: int, key: str, content: dict[str, Any], *, text: Text | None = None) -> None:
        """Bring every organizer of the campaign who can be written to this news, once under its key."""
        self.to_tell.append(ForOrganizers(campaign_id=campaign_id, key=key, content=content, text=text))

    def is_held(self, cause: str) -> bool:
        """Whether this was granted in this batch, and cannot be given yet."""
        grant = self.new_grants.get(cause) or self.changed_grants.get(cause)
        return grant is not None and grant.waits_for is not None

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

    def reachable(self, member_id: int) -> Member | None:
        """The first of the person's accounts that can be written to, this one before the others."""
        others = (each for each in self.accounts(member_id) if each != member_id)
        accounts = (self.members.get(each) for each in (member_id, *others))
        return next((member for member in accounts if member is not None and member.reachable), None)

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
        return Case(
            friend=friend_id,
            is_bot=self.members[friend_id].is_bot,
            touches=self.touches.get(key, ()),
            claims=[Claim(claim.advocate_id, claim.asked_at) for claim in self.claims.get(key, ()) if claim.confirmed],
            memberships=self.memberships_of(campaign_id, [friend_id]),
            conversions=[each for one in accounts for each in self.conversions.get((campaign_id, one), ())],
            accounts=accounts,
            born_at=self.members[friend_id].created_at,
            spoken_at=self._spoken_at(key),
        )

    def memberships_of(self, campaign_id: int, member_ids: Iterable[int]) -> list[Membership]:
        """What is known of these members in each of the campaign's communities."""
        chats = self.communities.get(campaign_id, {}).values()
        there = (self.memberships.get((chat.id, member_id)) for member_id in member_ids for chat in chats)
        return [membership for membership in there if membership is not None]

    def _spoken_at(self, key: CaseKey) -> datetime | None:
        known = self.referrals.get(key)
        if known is None:
            return None
        return self.now if known.reason is Reason.SILENT else known.met_at

    def standing(self, campaign_id: int, member_id: int) -> Standing:
        """The standing of the person, to be changed in place."""
        place = (campaign_id, self.person(member_id))
        standing = self.changed_standings[place] = self.standings.setdefault(place, Standing())
        return standing


async def load(tx: Tx, facts: Sequence[Fact], *, now: datetime) -> Batch:
    """Read what these facts can touch, and become the only one who decides about the campaigns concerned."""
    batch = Batch(now=now)
    met = _into(batch.people, partial(members.meet, now=now), tx, [fact.person for fact in facts])
    await together(tx, met, _load_links(tx, batch, facts), *_places(tx, batch, facts))
    await campaigns.lock(tx, _concerned(batch, facts))
    await load_campaigns(tx, batch)
    known = _load_journal(tx, batch, facts)
    await load_cases(tx, batch, {member.id for member in batch.people.values()}, known)
    return batch


async def load_due(tx: Tx, keys: Sequence[CaseKey], *, now: datetime) -> Batch:
    """Read what is needed to look at these cases again."""
    batch = Batch(now=now, dirty=dict.fromkeys(keys))
    await together(tx, *_places(tx, batch, ()))
    await campaigns.lock(tx, {campaign_id for campaign_id, _ in keys})
    await load_campaigns(tx, batch)
    await load_cases(tx, batch, {friend_id for _, friend_id in keys})
    return batch


async def load_members(tx: Tx, member_ids: set[int], *, now: datetime) -> Batch:
    """Read all cases of these members, to look at each of them again. Whoever calls this holds every campaign."""
    batch = Batch(now=now)
    await together(tx, *_places(tx, batch, ()))
    await load_campaigns(tx, batch)
    await load_cases(tx, batch, member_ids)
    cases = {*batch.touches, *batch.claims, *batch.referrals}
    batch.dirty = dict.fromkeys(sorted(key for key in cases if key[1] in member_ids))
    return batch


async def load_campaigns(tx: Tx, batch: Batch) -> None:
    """Read the campaigns; once they are locked, so that a pause or a new file counts for whoever waited for it."""
    asked = (campaigns.applied(tx), campaigns.versions(tx), chats.communities_of(tx))
    applied, batch.versions, batch.communities = await together(tx, *asked)
    batch.campaigns = {each.id: each for each in applied}
    limited = {each.id for each in batch.campaigns.values() if each.campaign.limits.gives_at_most}
    batch.budgets = await budgets.of_campaigns(tx, limited)


async def load_cases(tx: Tx, batch: Batch, member_ids: set[int], *besides: Work) -> None:
    """Read all that is known of these members in every campaign, and of whoever is the same person.

    Of a number that nobody has, nothing is known. `besides`: what else is to be read at the same time.
    """
    member_ids = {each for each in member_ids if each <= _LARGEST}
    batch.members = {member.id: member for member in batch.people.values()}
    named = member_ids | batch.named()
    known = member_ids - {member.id for member in batch.people.values() if member.is_new}
    persons = members.persons(tx, named)
    batch.know_persons((await together(tx, persons, *_cases(tx, batch, known), *besides))[0])
    batch.know_persons(await members.persons(tx, batch.named() - named))
    others = {other for member_id in member_ids for other in batch.accounts(member_id)} - member_ids
    if others:
        await together(tx, *_cases(tx, batch, others))
        batch.know_persons(await members.persons(tx, batch.named() - batch.persons.keys()))


def _cases(tx: Tx, batch: Batch, member_ids: set[int]) -> Iterator[Work]:
    yield _into(batch.members, members.by_id, tx, member_ids - batch.members.keys())
    yield _into(batch.memberships, chats.memberships_of, tx, member_ids)
    yield _into(batch.touches, referrals.touches_of, tx, member_ids)
    yield _into(batch.claims, referrals.claims_of, tx, member_ids)
    if any(version.campaign.qualify.conversion for every in batch.versions.values() for version in every):
        yield _into(batch.conversions, conversions.of_members, tx, member_ids)
    yield _into(batch.referrals, referrals.of_friends, tx, member_ids)
    yield _into(batch.links_of, links.of_members, tx, member_ids)


async def _into(known: dict[Any, Any], read: Callable[..., Awaitable[Mapping[Any, Any]]], *asked: Any) -> None:
    known.update(await read(*asked))


async def _load_links(tx: Tx, batch: Batch, facts: Sequence[Fact]) -> None:
    batch.invites = await links.codes_of_invites(tx, _invites(facts))
    batch.links = await links.by_code(tx, (*_codes(facts), *batch.invites.values()))


async def _load_journal(tx: Tx, batch: Batch, facts: Sequence[Fact]) -> None:
    batch.in_journal = await journal.known(tx, list(journal_keys(batch, facts)))


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


def _places(tx: Tx, batch: Batch, facts: Sequence[Fact]) -> Iterator[Work]:
    yield plan_once(tx)
    yield _into(batch.named_by, chats.named_by, tx)
    for platform in Platform:
        here = {fact.chat for fact in facts if isinstance(fact, InChat) and fact.person.account.platform is platform}
        if here:
            yield _into(batch.chats, chats.at_addresses, tx, platform, here)


def _concerned(batch: Batch, facts: Iterable[Fact]) -> set[int]:
    """The campaigns that these facts may change."""
    named = {fact.campaign_id for fact in facts if isinstance(fact, LinkWanted | Claimed | Decided | Ruled | Appealed)}
    linked = {link.campaign_id for link in batch.links.values()}
    return named.union(linked, *(batch.named_by.get(chat.id, ()) for chat in batch.chats.values()))


def _codes(facts: Sequence[Fact]) -> list[str]:
    named = [fact.code for fact in facts if isinstance(fact, Started | Shared | Forwarded | Sent)]
    traced = [fact for fact in facts if isinstance(fact, Traced)]
    named += [code for fact in traced for code in (*fact.withdrawn, *(way.code for way in fact.ways))]
    return [code for code in named if code is not None]


def _invites(facts: Iterable[Fact]) -> list[str]:
    return [fact.invite for fact in facts if isinstance(fact, Joined | Requested) and fact.invite is not None]

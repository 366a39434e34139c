"""What each kind of fact changes, before anything is judged."""

from collections.abc import Callable, Iterable, Sequence
from functools import singledispatch
from typing import Any

from core.attribution.rules import Confidence, Touch, first_sign
from core.campaign import Applied
from core.campaign.values import State
from core.chats import Chat, Membership, Sight, observe
from core.intake.batch import Batch, CaseKey, decided_key, line_key
from core.intake.facts import (
    Fact,
    Forwarded,
    InChat,
    Joined,
    Left,
    LinkWanted,
    Outcome,
    Problem,
    Requested,
    Seen,
    Sent,
    Shared,
    Spoke,
    Started,
    Traced,
)
from core.journal import Fact as Line
from core.journal import Kind
from core.links import Link
from core.members import Member


@singledispatch
def apply(fact: Fact, batch: Batch, new_code: Callable[[], str]) -> Outcome:
    """Change what is known by this fact, and mark the cases to judge. Told again, it changes nothing."""
    raise TypeError(f"no such fact: {type(fact).__name__}")


@apply.register
def _started(fact: Started, batch: Batch, _: Callable[[], str]) -> Outcome:
    member = batch.people[fact.person.account]
    link = batch.links.get(fact.code)
    applied = batch.campaigns[link.campaign_id] if link else None
    problem = _start_problem(fact, batch, member, link, applied)
    data = {name: value for name, value in (("channel", fact.channel), ("problem", problem)) if value}
    line = Line(
        key=fact.key,
        kind=Kind.START if problem is None else Kind.INVALID,
        at=fact.at,
        campaign_id=applied.id if applied else None,
        member_id=member.id,
        advocate_id=link.member_id if link else None,
        code=link.code if link else None,
        data=data or None,
    )
    if batch.record(line, counts="starts" if problem is None else None) and link and problem is None:
        _touch(batch, member, link, fact)
    return Outcome(fact=fact, member=member, campaign=applied, link=link, problem=problem)


def _start_problem(
    fact: Started, batch: Batch, member: Member, link: Link | None, applied: Applied | None
) -> Problem | None:
    if link is None or applied is None:
        return Problem.UNKNOWN_CODE
    if not applied.is_open(fact.at):
        return Problem.NOT_STARTED if applied.state(fact.at) is State.SCHEDULED else Problem.ENDED
    return Problem.OWN_LINK if batch.person(link.member_id) == batch.person(member.id) else None


@apply.register
def _joined(fact: Joined, batch: Batch, _: Callable[[], str]) -> Outcome:
    return _in_chat(fact, batch, Kind.JOIN, counts="joins", sight=Sight.JOINED, invite=fact.invite)


@apply.register
def _traced(fact: Traced, batch: Batch, _: Callable[[], str]) -> Outcome:
    member, chat = batch.people[fact.person.account], batch.chats.get(fact.chat)
    for applied in batch.campaigns_at(chat) if chat is not None else ():
        if not applied.is_open(fact.at):
            continue
        links = _links_of(batch, [way.code for way in fact.ways], applied, member)
        one = links[0] if len(links) == 1 else None
        line = Line(
            key=line_key(fact, applied.id),
            kind=Kind.TRACED,
            at=fact.at,
            campaign_id=applied.id,
            member_id=member.id,
            advocate_id=one.member_id if one else None,
            code=one.code if one else None,
            chat_id=chat.id if chat else None,
            data={"found": fact.found, "how": fact.how, **({"before": fact.before} if fact.before else {})},
        )
        if batch.record(line, counts=f"arrivals.{fact.found}"):
            if fact.before:
                batch.counted[applied.id, f"arrivals.{fact.before}"] -= 1
            if decided_key((applied.id, member.id)) not in batch.in_journal:
                _keep_ways(batch, fact, applied, links)
    return Outcome(fact=fact, member=member)


def _links_of(batch: Batch, codes: Iterable[str], applied: Applied, member: Member) -> list[Link]:
    """Those of these links that are the campaign's, and not the member's own."""
    links = (batch.links.get(code) for code in codes)
    return [each for each in links if each and each.campaign_id == applied.id and each.member_id != member.id]


def _keep_ways(batch: Batch, fact: Traced, applied: Applied, links: Sequence[Link]) -> None:
    """Several links of one advocate leave no doubt."""
    member = batch.people[fact.person.account]
    key, channels = (applied.id, member.id), {way.code: way.channel for way in fact.ways}
    confidence = Confidence(fact.found) if links else Confidence.UNKNOWN
    certain = not fact.or_nobody and len(links) == len(fact.ways) and len({each.member_id for each in links}) == 1
    if confidence is Confidence.AMBIGUOUS and certain:
        confidence = Confidence.PROBABLE
    for link in links:
        batch.touch(key, Touch(link.member_id, link.code, fact.at, channels[link.code], confidence, entered=True))
    for link in _links_of(batch, fact.withdrawn, applied, member):
        batch.touch(key, Touch(link.member_id, link.code, fact.at, None, Confidence.UNKNOWN, entered=True))
    if batch.has_case(key):
        batch.dirty[key] = None


@apply.register
def _requested(fact: Requested, batch: Batch, _: Callable[[], str]) -> Outcome:
    return _in_chat(fact, batch, Kind.REQUEST, invite=fact.invite)


@apply.register
def _left(fact: Left, batch: Batch, _: Callable[[], str]) -> Outcome:
    return _in_chat(fact, batch, Kind.LEAVE, counts="leaves", sight=Sight.LEFT)


@apply.register
def _seen(fact: Seen, batch: Batch, _: Callable[[], str]) -> Outcome:
    return _in_chat(fact, batch, Kind.SEEN, sight=Sight.PRESENT if fact.present else Sight.ABSENT)


@apply.register
def _shared(fact: Shared, batch: Batch, _: Callable[[], str]) -> Outcome:
    where = {"how": "forward", "seen": _seen_in(fact)}
    outcome = _in_chat(fact, batch, Kind.SHARE, counts="shares", data={**where, "post": fact.post})
    link = batch.links.get(fact.code or "")
    if link is not None:  # a message counts once in a campaign: as the post it is, or else for its link
        _pass_on(batch, fact, link, {**where, **_given_for(fact)})
    return outcome


@apply.register
def _forwarded(fact: Forwarded, batch: Batch, _: Callable[[], str]) -> Outcome:
    member, link = batch.people[fact.person.account], batch.links.get(fact.code)
    if link is None:
        return Outcome(fact=fact, member=member, problem=Problem.UNKNOWN_CODE)
    _pass_on(batch, fact, link, {"how": "forward", "seen": _seen_in(fact), **_given_for(fact)})
    return Outcome(fact=fact, member=member, campaign=batch.campaigns[link.campaign_id], link=link)


@apply.register
def _sent(fact: Sent, batch: Batch, _: Callable[[], str]) -> Outcome:
    member, link = batch.people[fact.person.account], batch.links.get(fact.code)
    if link is None or link.member_id != member.id:
        return Outcome(fact=fact, member=member, problem=Problem.UNKNOWN_CODE)
    _pass_on(batch, fact, link, {"how": "inline", "channel": fact.channel})
    return Outcome(fact=fact, member=member, campaign=batch.campaigns[link.campaign_id], link=link)


@apply.register
def _spoke(fact: Spoke, batch: Batch, _: Callable[[], str]) -> Outcome:
    """Counted in the membership, not in the journal: a chat's messages are not the campaign's business."""
    member, chat = batch.people[fact.person.account], batch.chats.get(fact.chat)
    if chat is not None and any(applied.campaign.qualify.messages for applied in batch.campaigns_at(chat)):
        _observe(batch, chat, member, Sight.SPOKE, fact)
    return Outcome(fact=fact, member=member)


@apply.register
def _link_wanted(fact: LinkWanted, batch: Batch, new_code: Callable[[], str]) -> Outcome:
    member, applied = batch.people[fact.person.account], batch.campaigns.get(fact.campaign_id)
    if applied is None:
        return Outcome(fact=fact, member=member, problem=Problem.UNKNOWN_CAMPAIGN)
    if applied.state(batch.now) is State.ENDED:
        return Outcome(fact=fact, member=member, campaign=applied, problem=Problem.ENDED)
    link = batch.links_of.get((applied.id, member.id))
    if link is None:
        advocate, parent, channel = _brought_by(batch, (applied.id, member.id))
        link = Link(new_code(), applied.id, member.id, parent)
        batch.links_of[applied.id, member.id] = link
        batch.new_links.append(link)
        line = Line(
            key=f"link/{link.code}",
            kind=Kind.LINK,
            at=batch.now,
            campaign_id=applied.id,
            member_id=member.id,
            advocate_id=advocate,
            code=link.code,
            data={name: value for name, value in (("parent", parent), ("channel", channel)) if value} or None,
        )
        batch.record(line, counts="links")
        batch.counted[applied.id, "advocates"] += 1
    return Outcome(fact=fact, member=member, campaign=applied, link=link)


def _brought_by(batch: Batch, key: CaseKey) -> tuple[int | None, str | None, str | None]:
    """The advocate, code and channel that brought a new advocate: by their referral, or else their first sign."""
    referral, sign = batch.referrals.get(key), first_sign(batch.touches.get(key, ()))
    if referral is not None and referral.reason.names_a_friend:
        return referral.advocate_id, referral.code, referral.channel
    if referral is not None or sign is None:
        return None, None, None
    return sign.advocate, sign.code, sign.channel


def _in_chat(
    fact: InChat,
    batch: Batch,
    kind: Kind,
    *,
    counts: str | None = None,
    sight: Sight | None = None,
    invite: str | None = None,
    data: dict[str, Any] | None = None,
) -> Outcome:
    """A fact about a chat concerns every campaign that names it. Chats that none names are nobody's business."""
    member, chat = batch.people[fact.person.account], batch.chats.get(fact.chat)
    outcome = Outcome(fact=fact, member=member)
    if chat is None:
        return outcome
    link = batch.links.get(batch.invites.get(invite or "", ""))
    for applied in batch.campaigns_at(chat):
        mine = link if link is not None and link.campaign_id == applied.id else None
        is_open = applied.is_open(fact.at)
        if not is_open and kind is not Kind.SEEN:  # what comes before and after is only seen in the membership
            continue
        line = Line(
            key=line_key(fact, applied.id),
            kind=kind,
            at=fact.at,
            campaign_id=applied.id,
            member_id=member.id,
            advocate_id=mine.member_id if mine else None,
            code=mine.code if mine else None,
            chat_id=chat.id,
            data=data,
        )
        new = batch.record(line, counts=counts)
        if new and is_open and mine and batch.person(mine.member_id) != batch.person(member.id):
            _touch(batch, member, mine, fact)
        outcome.campaign, outcome.link = applied, mine or outcome.link
    if sight is not None:
        _observe(batch, chat, member, sight, fact)
    return outcome


def _pass_on(batch: Batch, fact: Fact, link: Link, data: dict[str, Any]) -> None:
    """A link was really passed on, by its advocate or by somebody else; what comes before and after does not count."""
    if batch.campaigns[link.campaign_id].is_open(fact.at):
        line = Line(
            key=line_key(fact, link.campaign_id),
            kind=Kind.SHARE,
            at=fact.at,
            campaign_id=link.campaign_id,
            member_id=batch.people[fact.person.account].id,
            advocate_id=link.member_id,
            code=link.code,
            data=data,
        )
        batch.record(line, counts="shares")


def _seen_in(fact: Shared | Forwarded) -> int | str:
    return "private" if fact.seen_in is None else fact.seen_in


def _given_for(fact: Shared | Forwarded) -> dict[str, str]:
    return {"channel": fact.channel} if fact.channel else {}


def _touch(batch: Batch, member: Member, link: Link, fact: Fact) -> None:
    key = (link.campaign_id, member.id)
    channel = fact.channel if isinstance(fact, Started) else None
    batch.touch(key, Touch(link.member_id, link.code, fact.at, channel))
    batch.dirty[key] = None


def _observe(batch: Batch, chat: Chat, member: Member, sight: Sight, fact: InChat) -> None:
    """Fold what was seen into the membership, and have the member's cases judged that this may change."""
    at = (chat.id, member.id)
    returning = isinstance(fact, Joined) and fact.returning
    known = observe(batch.memberships.get(at, Membership()), sight, fact.at, fact.order, returning=returning)
    batch.memberships[at] = batch.changed_memberships[at] = known
    for campaign_id in batch.named_by.get(chat.id, ()):
        for each in batch.accounts(member.id):
            if batch.has_case((campaign_id, each)):
                batch.dirty[campaign_id, each] = None

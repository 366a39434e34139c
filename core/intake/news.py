"""What members are told of, and what the platforms are asked, because of what was decided.

News carries domain words and plain values; the door that brings it words it in the member's language.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from core.campaign.values import in_language
from core.intake.batch import Batch, CaseKey
from core.members import Member
from core.outbox import Outgoing
from core.referrals import BY_LINK, Appeal, Missing, OpenClaim, Reason, Referral, Status
from core.rewards import Owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """Something that was granted, and is taken back or given again, with so many points."""

    kind: str
    points: int


def of_referral(batch: Batch, before: Referral | None, after: Referral, missing: Missing) -> Iterator[Outgoing]:
    """Tell the advocate that a friend has arrived, and what is `missing`, so that waiting does not look like failure.

    Or that the friend has left too early, or does not count by an organizer's word.
    """
    arrived, was_there = _has_arrived(after), before is not None and _has_arrived(before)
    was_theirs = before is not None and before.advocate_id == after.advocate_id
    was_known = was_there or (before is not None and before.reason in BY_LINK)
    if arrived and not (was_known and was_theirs):
        zone = batch.campaigns[after.campaign_id].campaign.window.timezone
        yield from _tell(batch, after, "friend_arrived", missing=missing.plain(), timezone=zone)
    elif after.reason is Reason.LEFT_EARLY and (before is None or before.reason is not Reason.LEFT_EARLY):
        yield from _tell(batch, after, "friend_left")
    elif after.reason is Reason.RULED_OUT and before is not None and before.status in (Status.PENDING, Status.HELD):
        yield from of_reversed(batch, before, after, [])


def _has_arrived(referral: Referral) -> bool:
    return referral.status is Status.PENDING and referral.reason is not Reason.NOT_JOINED


def of_qualified(batch: Batch, referral: Referral, rewarded: list[Owed]) -> Iterator[Outgoing]:
    """Tell the advocate that the friend counts, and for how many points."""
    mine = [
        owed.reward
        for owed in rewarded
        if owed.member == referral.advocate_id and owed.reward.kind == "points" and not batch.is_held(owed.cause)
    ]
    points = sum(int(str(reward.setting)) for reward in mine)
    yield from _tell(batch, referral, "friend_qualified", points=points, counts=referral.counts)


def of_reversed(batch: Batch, before: Referral, after: Referral, lost: list[Turned]) -> Iterator[Outgoing]:
    """Tell the advocate that a friend counts no more, why, what they `lost` by it, and whether they can object."""
    reason = after.reason if after.advocate_id == before.advocate_id else Reason.CAME_OTHERWISE
    if reason is not Reason.SELF_REFERRAL:  # they have just said so themselves
        told = replace(after, advocate_id=before.advocate_id)
        yield from _tell(
            batch,
            told,
            "referral_reversed",
            reason=reason,
            kinds=sorted({each.kind for each in lost}),
            appeal=reason.can_be_appealed and before.confidence.pays,
            **_result(batch, told, lost),
        )


def of_gifts_reversed(batch: Batch, referral: Referral, lost: list[Turned]) -> Iterator[Outgoing]:
    """Tell the friend what they `lost` of what they had got for coming, and why. Most of it stays theirs."""
    points = sum(each.points for each in lost)
    kinds = sorted({each.kind for each in lost if each.points or each.kind == "discord_role"})
    friend = batch.reachable(referral.friend_id)
    if kinds and friend is not None and referral.reason is not Reason.SELF_REFERRAL:
        title = in_language(batch.campaigns[referral.campaign_id].campaign.title, friend.speaks)
        about = {"title": title, "reason": referral.reason, "points": points, "kinds": kinds}
        key = f"gift_reversed/{referral.campaign_id}/{referral.friend_id}/{referral.judgements}"
        yield _to(batch, friend, key=key, content={"news": "gift_reversed", "language": friend.speaks, **about})


def of_again(batch: Batch, referral: Referral, again: list[Turned]) -> Iterator[Outgoing]:
    """Tell the advocate that a friend counts again, and what they got back by it."""
    yield from _tell(batch, referral, "referral_again", counts=referral.counts, **_result(batch, referral, again))


def _result(batch: Batch, referral: Referral, turned: list[Turned]) -> dict[str, int]:
    """So many points are concerned, and so many friends count now."""
    standing = batch.standings.get((referral.campaign_id, batch.person(referral.advocate_id)))
    return {"points": sum(each.points for each in turned), "qualified": standing.qualified if standing else 0}


def of_appeal(batch: Batch, referral: Referral, appeal: Appeal) -> None:
    """Ask the organizers to look at it again."""
    advocate, friend = batch.members[referral.advocate_id], batch.members[referral.friend_id]
    content = {
        "news": "appeal",
        "advocate": advocate.name,
        "friend": friend.name,
        "reason": referral.reason,
        "by_friend": batch.person(appeal.member_id) == batch.person(friend.id),
        "appeal": appeal.id,
        "campaign": referral.campaign_id,
        "friend_id": friend.id,
    }
    batch.tell_organizers(referral.campaign_id, f"appeal/{appeal.id}", content)


def of_answer(batch: Batch, appeal: Appeal, *, counts: bool, reason: str) -> Iterator[Outgoing]:
    """Tell whoever asked what the organizers say."""
    member, friend = batch.members[appeal.member_id], batch.members[appeal.friend_id]
    if member.reachable:
        title = in_language(batch.campaigns[appeal.campaign_id].campaign.title, member.speaks)
        about = {"title": title, "friend": friend.name, "campaign": appeal.campaign_id, "friend_id": friend.id}
        content = {"news": "appeal_answered", "language": member.speaks, **about, "counts": counts, "reason": reason}
        yield _to(batch, member, key=f"appeal_answered/{appeal.id}", content=content)


def of_claim(batch: Batch, claim: OpenClaim) -> Iterator[Outgoing]:
    """Ask the advocate whether the claim is true."""
    advocate, friend = batch.members[claim.advocate_id], batch.members[claim.friend_id]
    if advocate.reachable:
        title = in_language(batch.campaigns[claim.campaign_id].campaign.title, advocate.speaks)
        about = {"title": title, "friend": friend.name, "claim": claim.id}
        content = {"news": "claim", "language": advocate.speaks, **about}
        yield _to(batch, advocate, key=f"claim/{claim.id}", content=content)


def questions(batch: Batch, key: CaseKey, *, unknown_only: bool = False) -> Iterator[Outgoing]:
    """Ask in each of the campaign's chats on the friend's platform whether the friend is there.

    With `unknown_only`, leave out the chats where something is known of them.
    """
    campaign_id, friend_id = key
    friend = batch.members[friend_id]
    for chat in batch.communities.get(campaign_id, {}).values():
        known = unknown_only and (chat.id, friend_id) in batch.memberships
        if chat.platform is friend.account.platform and not known:
            yield Outgoing(
                key=f"ask/{chat.id}/{friend_id}/{batch.now.timestamp():.0f}",
                door=chat.platform,
                address=chat.native_id,
                kind="ask_membership",
                content={"account": friend.account.id},
                due_at=batch.now,
            )


def _tell(batch: Batch, referral: Referral, news: str, **values: Any) -> Iterator[Outgoing]:
    """To the advocate, about the friend."""
    advocate, friend = batch.members[referral.advocate_id], batch.members[referral.friend_id]
    if not advocate.reachable:
        return
    title = in_language(batch.campaigns[referral.campaign_id].campaign.title, advocate.speaks)
    about = {"title": title, "friend": friend.name, "campaign": referral.campaign_id, "friend_id": friend.id}
    content = {"news": news, "language": advocate.speaks, **about, **values}
    key = f"{news}/{referral.campaign_id}/{referral.friend_id}/{referral.judgements}"
    yield _to(batch, advocate, key=key, content=content)


def _to(batch: Batch, member: Member, *, key: str, content: dict[str, Any]) -> Outgoing:
    return Outgoing(
        key=key,
        door=member.account.platform,
        address=member.account.id,
        kind="news",
        content=content,
        due_at=batch.now,
    )

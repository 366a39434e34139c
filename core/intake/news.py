"""What members are told of, and what the platforms are asked, because of what was decided.

News carries domain words and plain values; the door that brings it words it in the member's language.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from core.campaign.values import Platform, in_language
from core.intake.batch import Batch, CaseKey
from core.members import Member
from core.outbox import Outgoing
from core.referrals import BY_LINK, OpenClaim, Reason, Referral, Status
from core.rewards import KINDS, Grant, Handing, Owed

_ARRIVED = (Reason.STAYING, Reason.SILENT, Reason.NOT_CONVERTED, Reason.CONFIRMING, Reason.PAUSED)


def of_referral(batch: Batch, before: Referral | None, after: Referral) -> Iterator[Outgoing]:
    """Tell the advocate that a friend has arrived, or left too early; so that waiting does not look like failure."""
    arrived = after.status is Status.PENDING and after.reason in _ARRIVED
    was_there = before is not None and before.status is Status.PENDING and before.reason in _ARRIVED
    was_theirs = before is not None and before.advocate_id == after.advocate_id
    was_known = was_there or (before is not None and before.reason in BY_LINK)
    if arrived and not (was_known and was_theirs):
        yield from _tell(batch, after, "friend_arrived", missing=after.reason)
    elif after.reason is Reason.LEFT_EARLY and (before is None or before.reason is not Reason.LEFT_EARLY):
        yield from _tell(batch, after, "friend_left")


def of_qualified(batch: Batch, referral: Referral, rewarded: list[Owed]) -> Iterator[Outgoing]:
    """Tell the advocate that the friend counts, and for how many points."""
    mine = [owed.reward for owed in rewarded if owed.member == referral.advocate_id and owed.reward.kind == "points"]
    yield from _tell(batch, referral, "friend_qualified", points=sum(int(str(reward.setting)) for reward in mine))


def of_reward(batch: Batch, grant: Grant, handing: Handing) -> Iterator[Outgoing]:
    """Bring the member a reward that has to be brought; if that cannot be now, it waits until they turn up."""
    member = batch.members[grant.member_id]
    if handing.role is not None:
        yield from _role(batch, grant, handing.role)
    if handing.text is None or not member.reachable:
        return
    content = {
        "news": "reward",
        "language": member.speaks,
        "title": in_language(batch.campaigns[grant.campaign_id].campaign.title, member.speaks),
        "text": in_language(handing.text, member.speaks),
    }
    yield _to(batch, member, key=f"reward/{grant.cause}", content=content, grant_cause=grant.cause)


def _role(batch: Batch, grant: Grant, role: int) -> Iterator[Outgoing]:
    """To the member's account on Discord, in whichever of the campaign's servers has the role."""
    guilds = [
        chat.native_id
        for chat in batch.communities.get(grant.campaign_id, {}).values()
        if chat.platform is Platform.DISCORD
    ]
    for account in (batch.members[each].account for each in batch.accounts(grant.member_id) if each in batch.members):
        if account.platform is Platform.DISCORD and guilds:
            yield Outgoing(
                key=f"role/{grant.cause}",
                door=Platform.DISCORD,
                address=account.id,
                kind="role",
                content={"role": role, "account": account.id, "guilds": guilds},
                due_at=batch.now,
                grant_cause=grant.cause,
            )
            return


def of_waiting(batch: Batch, grants: Iterable[Grant]) -> Iterator[Outgoing]:
    """Bring members who can be written to again what they were granted meanwhile."""
    for grant in grants:
        promises = (
            reward for version in reversed(batch.versions[grant.campaign_id]) for reward in version.campaign.rewards
        )
        reward = next((each for each in promises if each.id == grant.reward and each.kind == grant.kind), None)
        if reward is not None and reward.kind in KINDS:
            yield from of_reward(batch, grant, KINDS[reward.kind](reward))


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
    content = {"news": news, "language": advocate.speaks, "title": title, "friend": friend.name, **values}
    key = f"{news}/{referral.campaign_id}/{referral.friend_id}/{referral.judgements}"
    yield _to(batch, advocate, key=key, content=content)


def _to(batch: Batch, member: Member, *, key: str, content: dict[str, Any], grant_cause: str | None = None) -> Outgoing:
    return Outgoing(
        key=key,
        door=member.account.platform,
        address=member.account.id,
        kind="news",
        content=content,
        due_at=batch.now,
        grant_cause=grant_cause,
    )

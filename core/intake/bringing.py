"""How rewards get to people: through the doors, by the brand's shop, by an organizer's hand."""

from collections.abc import Iterable, Iterator
from typing import Any

from core.campaign.values import Platform, Reward, To, in_language
from core.intake import posting
from core.intake.batch import Batch, Call
from core.members import Member
from core.outbox import Outgoing
from core.rewards import KINDS, Grant, Handing


def promise(batch: Batch, grant: Grant) -> Reward | None:
    """What was promised, as the newest version of the campaign that has it words it."""
    if grant.kind == posting.KIND:
        return posting.promised(batch.versions[grant.campaign_id], grant)
    for version in reversed(batch.versions[grant.campaign_id]):
        for reward in version.campaign.rewards:
            if reward.id == grant.reward and reward.kind == grant.kind:
                return reward
    return None


def bring(batch: Batch, grant: Grant, handing: Handing, to: To | None) -> None:
    """See to it that the reward gets to the member; what cannot be brought now waits until they turn up."""
    batch.outgoing.extend(of_grant(batch, grant, handing))
    if handing.webhook is not None:
        batch.to_call.append(Call(grant=grant, url=handing.webhook, to=to))
    if handing.by_hand is not None and grant.delivered_at is None:
        member = batch.members[grant.member_id]
        about = {"member": member.name, "cause": grant.cause, "campaign": grant.campaign_id, "reward": grant.reward}
        key = f"by_hand/{grant.cause}/{grant.turns}"
        batch.tell_organizers(grant.campaign_id, key, {"news": "by_hand", **about}, text=handing.by_hand)


def take_back(batch: Batch, grant: Grant, handing: Handing, to: To | None, why: str) -> None:
    """Take away what can be taken away, and tell the shop. What a door has brought or is bringing this moment stays
    with the member; what still waits is not brought, until it is given again.
    """
    batch.to_withdraw.extend(_keys(batch, grant))
    if handing.role is not None:
        batch.outgoing.extend(_role(batch, grant, handing.role, kind="unrole"))
    if handing.webhook is not None:
        batch.to_call.append(Call(grant=grant, url=handing.webhook, to=to, why=why))


def of_grant(batch: Batch, grant: Grant, handing: Handing) -> Iterator[Outgoing]:
    """What the doors have to bring."""
    if handing.role is not None:
        yield from _role(batch, grant, handing.role, kind="role")
    if grant.delivered_at is None:
        yield from _in_private(batch, grant, handing)


def of_waiting(batch: Batch, grants: Iterable[Grant]) -> Iterator[Outgoing]:
    """Bring members who can be written to again what they were granted meanwhile."""
    for grant in grants:
        if (promised := promise(batch, grant)) is not None:
            yield from of_grant(batch, grant, KINDS[promised.kind](promised))


def of_points(batch: Batch, grant: Grant, points: int) -> Iterator[Outgoing]:
    """Tell the member of points that have waited; otherwise they hear of them with what they are for."""
    if (member := batch.reachable(grant.member_id)) is not None:
        yield _news(batch, grant, member, {"points": points})


def _keys(batch: Batch, taken_back: Grant) -> Iterator[str]:
    """Under which it may wait for the member, or for the organizers who hand it over."""
    yield from (f"{what}/{taken_back.cause}" for what in ("reward", "invite"))
    organizers = batch.campaigns[taken_back.campaign_id].campaign.organizers
    asked = f"by_hand/{taken_back.cause}/{taken_back.turns - 1}"
    yield from (f"{asked}/{account.platform}/{account.id}" for account in organizers)


def _in_private(batch: Batch, grant: Grant, handing: Handing) -> Iterator[Outgoing]:
    member = batch.reachable(grant.member_id)
    if member is None:
        return
    if handing.post is not None:
        yield from posting.of_post(batch, grant, handing.post, member)
    elif handing.invite is not None and grant.gift is None:
        yield Outgoing(
            key=f"invite/{grant.cause}",
            door=Platform.TELEGRAM,
            address=handing.invite,
            kind="invite",
            content={"cause": grant.cause, "name": member.name},
            due_at=batch.now,
        )
    elif (told := _told(grant, handing, member.speaks)) is not None:
        cause = grant.cause if handing.by_hand is None else None  # the organizer says when it was handed over
        yield _news(batch, grant, member, told, grant_cause=cause)


def _told(grant: Grant, handing: Handing, language: str) -> dict[str, Any] | None:
    """What the member is told by the news of it."""
    text = handing.text or handing.by_hand
    if text is not None:
        return {"text": in_language(text, language)}
    if handing.code is not None:
        return {"code": grant.gift}
    return {"url": grant.gift} if handing.invite is not None else None


def _role(batch: Batch, grant: Grant, role: int, *, kind: str) -> Iterator[Outgoing]:
    """To the member's account on Discord, in whichever of the campaign's servers has the role."""
    guilds = [
        chat.native_id
        for chat in batch.communities.get(grant.campaign_id, {}).values()
        if chat.platform is Platform.DISCORD
    ]
    for account in (batch.members[each].account for each in batch.accounts(grant.member_id) if each in batch.members):
        if account.platform is Platform.DISCORD and guilds:
            yield Outgoing(
                key=f"{kind}/{grant.cause}" + (f"/{grant.turns}" if grant.turns else ""),
                door=Platform.DISCORD,
                address=account.id,
                kind=kind,
                content={"role": role, "account": account.id, "guilds": guilds},
                due_at=batch.now,
                grant_cause=grant.cause if kind == "role" else None,
            )
            return


def _news(
    batch: Batch, grant: Grant, member: Member, told: dict[str, Any], *, grant_cause: str | None = None
) -> Outgoing:
    title = in_language(batch.campaigns[grant.campaign_id].campaign.title, member.speaks)
    content = {"news": "reward", "language": member.speaks, "title": title, "kind": grant.kind, "reward": grant.reward}
    return Outgoing(
        key=f"reward/{grant.cause}",
        door=member.account.platform,
        address=member.account.id,
        kind="news",
        content={**content, **told},
        due_at=batch.now,
        grant_cause=grant_cause,
    )

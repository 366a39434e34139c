"""Conversions: the brand's shop reports one, and the friend it is about is judged. Rare, so one at a time.

What is decided here depends on the times of what happened, not on the order in which it is heard of:

- Outside the campaign's time, a conversion is kept and in no figure. A friend who came in time can still qualify by one
  that comes after the end, as they can by staying.
- Of whatever name it is, it counts as one. Only the name that the campaign asks for lets a friend qualify.
- It lets a friend qualify from the sign on that brought them, or from their arrival if that was earlier; see `judge`.
- About a member whom nobody recommended, it counts for the campaign and for no advocate; through their own link, for
  nobody at all. It is kept, in case the sign is only heard of later.
- With a code alone, it counts for the link and its advocate, and lets nobody qualify.
"""

from dataclasses import replace
from datetime import datetime

from core import campaign as campaigns
from core import conversions, links, members, referrals
from core.campaign import Applied
from core.campaign.values import State
from core.conversions import (
    Conversion,
    Converted,
    OtherContentError,
    Uncounted,
    UnknownCodeError,
    UnknownMemberError,
    WhichCampaignError,
)
from core.conversions.rules import check, plain, who
from core.database import Tx
from core.intake.batch import Batch, load_campaigns, load_cases
from core.intake.take import finish
from core.journal import Fact as Line
from core.journal import Kind
from core.links import Link
from core.members import Member


async def converted(tx: Tx, fact: Converted, *, now: datetime) -> Conversion:
    """Keep the conversion, once in a campaign under its id, and judge the friend; told again, it changes nothing.

    Raises ConversionError, and keeps nothing, if it is no conversion, or its id stands for another one already.
    """
    check(fact)
    member, link = await _member(tx, fact), await _link(tx, fact)
    campaign_id = link.campaign_id if link else await _campaign(tx, fact, member)
    await campaigns.lock(tx, [campaign_id])
    if known := (await conversions.under(tx, fact.id, [campaign_id])).get(campaign_id):
        return _again(fact, known, member)
    batch = Batch(now=now)
    await load_campaigns(tx, batch)
    accounts = await members.accounts_of(tx, member.id) if member else []
    kept = _kept(fact, batch.campaigns[campaign_id], member, link if link and link.member_id in accounts else None)
    await conversions.add(tx, kept)
    batch.record(_line(kept, link), counts=None if kept.uncounted else "conversions")
    if member is not None:
        await load_cases(tx, batch, {member.id})
        batch.dirty[campaign_id, member.id] = None
    await finish(tx, batch)
    return kept


async def _member(tx: Tx, fact: Converted) -> Member | None:
    if fact.member is None:
        return None
    named = who(fact.member)
    if isinstance(named, int):
        found = (await members.by_id(tx, [named])).get(named)
    else:
        found = (await members.by_account(tx, [named])).get(named)
    if found is None:
        raise UnknownMemberError(f"there is no member {fact.member}", fix="name somebody who has met the bot")
    return found


async def _link(tx: Tx, fact: Converted) -> Link | None:
    """The link with the code; it has to be of the campaign that was named."""
    if fact.code is None:
        return None
    link = (await links.by_code(tx, [fact.code])).get(fact.code)
    if link is None or fact.campaign_id not in (None, link.campaign_id):
        raise UnknownCodeError("there is no link with this code", fix="send the code as it stands in the link")
    return link


async def _campaign(tx: Tx, fact: Converted, member: Member | None) -> int:
    """The campaign that was named; else the one where this was told before; else the one where the member is a friend,
    of several the one that is open; else the only one there is.
    """
    applied = {each.id: each for each in await campaigns.applied(tx)}
    if fact.campaign_id in applied:
        return fact.campaign_id
    if fact.campaign_id is None and member is not None:
        before = await conversions.under(tx, fact.id, applied)
        told = [campaign_id for campaign_id, each in before.items() if each.member_id == member.id]
        friend = await _recommended(tx, member)
        there = [campaign_id for campaign_id in friend if applied[campaign_id].is_open(fact.at)]
        for choice in (told, there, friend, list(applied)):
            if len(choice) == 1:
                return choice[0]
    raise WhichCampaignError("nothing says which campaign is meant", fix="name the campaign, or use a key of that one")


async def _recommended(tx: Tx, member: Member) -> list[int]:
    """The campaigns that somebody recommended to the member, by whichever account."""
    accounts = await members.accounts_of(tx, member.id)
    touches = await referrals.touches_of(tx, accounts)
    claims = await referrals.claims_of(tx, accounts)
    return sorted({campaign_id for campaign_id, _ in (*touches, *claims)})


def _again(fact: Converted, known: Conversion, member: Member | None) -> Conversion:
    if not known.is_told_by(fact, member.id if member else None):
        raise OtherContentError(f"the id {fact.id!r} stands for another conversion", fix="give each its own id")
    return replace(known, repeated=True)


def _kept(fact: Converted, applied: Applied, member: Member | None, own: Link | None) -> Conversion:
    return Conversion(
        campaign_id=applied.id,
        id=fact.id,
        name=fact.name,
        at=fact.at,
        member_id=member.id if member else None,
        code=fact.code,
        value=None if fact.value is None else plain(fact.value),
        currency=fact.currency,
        uncounted=_uncounted(fact, applied, own),
    )


def _uncounted(fact: Converted, applied: Applied, own: Link | None) -> Uncounted | None:
    if not applied.is_open(fact.at):
        return Uncounted.NOT_STARTED if applied.state(fact.at) is State.SCHEDULED else Uncounted.ENDED
    return Uncounted.OWN_LINK if own else None


def _line(kept: Conversion, link: Link | None) -> Line:
    said = {"name": kept.name, "currency": kept.currency, "problem": kept.uncounted}
    data = {name: value for name, value in said.items() if value is not None}
    if kept.value is not None:
        data["value"] = f"{kept.value:f}"
    return Line(
        key=f"converted/{kept.campaign_id}/{kept.id}",
        kind=Kind.INVALID if kept.uncounted else Kind.CONVERSION,
        at=kept.at,
        campaign_id=kept.campaign_id,
        member_id=kept.member_id,
        advocate_id=link.member_id if link else None,
        code=kept.code,
        data=data,
    )

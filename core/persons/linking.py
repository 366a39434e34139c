"""Two accounts become one person, and two again: who may, by which code."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core import intake, members, outbox
from core.database import Tx
from core.members import Member
from core.outbox import Outgoing
from core.persons import codes, joining
from core.persons.codes import Offer


class Refusal(StrEnum):
    """Why two accounts are not linked; the doors word it kindly."""

    UNKNOWN_CODE = "unknown_code"  # wrong, used, replaced or too old: nobody is told which
    TOO_MANY = "too_many"
    YOURSELF = "yourself"
    SAME_PLATFORM = "same_platform"
    LINKED = "linked"
    OTHER_LINKED = "other_linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Whose code it is; or why the two cannot be linked."""

    offer: Offer | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The account that is the same person from now on; or why it is not."""

    other: Member | None = None
    refusal: Refusal | None = None


async def look_up(tx: Tx, code: str, *, by: int, now: datetime) -> Looked:
    """A member has come by this code: with whom would they be linked? Wrong codes are counted."""
    if not await codes.may_try(tx, by, now=now):
        return Looked(refusal=Refusal.TOO_MANY)
    offer = await codes.offered(tx, code, now=now)
    if offer is None:
        return Looked(refusal=Refusal.UNKNOWN_CODE)
    await codes.forgive(tx, by)
    refusal = await _refusal(tx, offer.member, by)
    return Looked(refusal=refusal) if refusal else Looked(offer=offer)


async def link(tx: Tx, code: str, *, member_id: int, now: datetime) -> Linked:
    """The member wants to be one person with whoever made the code. It works once, and everything is counted anew.

    Holds every campaign until the transaction ends.
    """
    await joining.hold(tx)
    looked = await look_up(tx, code, by=member_id, now=now)
    if looked.offer is None:
        return Linked(refusal=looked.refusal)
    other = looked.offer.member
    await codes.spend(tx, code)
    await codes.withdraw(tx, member_id)
    number = await joining.join(tx, member_id, other.id, now=now)
    me = (await members.by_id(tx, [member_id]))[member_id]
    await outbox.put(tx, [_news("linked", number, other, about=me, now=now)] if other.reachable else [])
    await intake.turned_up(tx, {member_id, other.id}, now=now)  # a role may have waited for the other account
    return Linked(other=other)


async def unlink(tx: Tx, member_id: int, *, now: datetime) -> list[int]:
    """The member's accounts are persons of their own again; says which they are, none if it was only one.

    Holds every campaign until the transaction ends.
    """
    await joining.hold(tx)
    accounts = await members.accounts_of(tx, member_id)
    if len(accounts) == 1:
        return []
    number = await joining.part(tx, accounts, now=now)
    people = await members.by_id(tx, accounts)
    told = [people[each] for each in accounts if each != member_id and people[each].reachable]
    await outbox.put(tx, [_news("unlinked", number, each, about=people[member_id], now=now) for each in told])
    return accounts


async def others(tx: Tx, member_id: int) -> list[Member]:
    """The person's other accounts."""
    accounts = await members.accounts_of(tx, member_id)
    return list((await members.by_id(tx, set(accounts) - {member_id})).values())


def _news(news: str, number: int, member: Member, *, about: Member, now: datetime) -> Outgoing:
    """For the account that did not press the button: it should know."""
    names = {"name": about.name, "platform": about.account.platform.value}
    return Outgoing(
        key=f"{news}/{number}",
        door=member.account.platform,
        address=member.account.id,
        kind="news",
        content={"news": news, "language": member.speaks, **names},
        due_at=now,
    )


async def _refusal(tx: Tx, other: Member, member_id: int) -> Refusal | None:
    if other.id == member_id:
        return Refusal.YOURSELF
    linked = await members.persons(tx, [member_id, other.id])
    if member_id in linked:
        return Refusal.LINKED
    if other.id in linked:
        return Refusal.OTHER_LINKED
    me = (await members.by_id(tx, [member_id]))[member_id]
    return Refusal.SAME_PLATFORM if me.account.platform is other.account.platform else None

"""Meeting people: every fact and question names a person as the platform shows them at that moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import select, update

from core.campaign.values import Account, Platform
from core.database import Conflict, Tx, change_rows, insert_alike, insert_rows, rows_among, rows_of, table_of
from core.members.persons import same_person
from core.members.table import AccountRow, MemberRow

_MEMBER = table_of(MemberRow)
_ACCOUNT = table_of(AccountRow)
_TOLD = ("name", "username", "language", "is_bot", "reachable", "created_at")
_MEMBERS = select(
    *(_ACCOUNT.c[name] for name in ("platform", "id", "member_id", *_TOLD)),
    *(_MEMBER.c.language.label("chosen"), _MEMBER.c.reminders, _MEMBER.c.merged_into),
).join(_MEMBER, _MEMBER.c.id == _ACCOUNT.c.member_id)
_BEST_LAST = _MEMBERS.order_by(_ACCOUNT.c.reachable)
_ON = {platform: _MEMBERS.where(_ACCOUNT.c.platform == platform.value) for platform in Platform}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as a platform shows them now. `reachable`: may be written to; None if this says nothing about it."""

    account: Account
    name: str
    username: str | None = None
    language: str | None = None
    is_bot: bool = False
    reachable: bool | None = None
    created_at: datetime | None = None  # when the account was made; None: the platform does not tell


@dataclass(slots=True, kw_only=True)
class Member:
    """A member through one of their accounts. `chosen` is the language they asked for, over the platform's.

    `person`: the first of the members that are the same person, or the member's own number; see `core.persons`.
    `is_new`: made in this transaction, so that nothing can be known of them yet.
    """

    id: int
    account: Account
    name: str
    username: str | None
    language: str | None
    is_bot: bool
    reachable: bool
    chosen: str | None
    reminders: bool
    person: int
    created_at: datetime | None = None
    is_new: bool = field(default=False, compare=False)

    @property
    def speaks(self) -> str:
        """The language to write to them in; English where nothing is known."""
        return self.chosen or self.language or "en"


async def meet(tx: Tx, people: Iterable[Person], *, now: datetime) -> dict[Account, Member]:
    """The members behind these people: new ones are made, changed names taken over. The last word on each counts."""
    latest: dict[Account, Person] = {}
    for person in people:
        latest[person.account] = _after(latest.get(person.account), person)
    known = await by_account(tx, latest)
    new = [person for account, person in latest.items() if account not in known]
    if new:
        known.update(await _add(tx, new, now=now))
    changed = [known[account] for account, person in latest.items() if _take_over(known[account], person)]
    if changed:
        told = [(member.account.platform.value, member.account.id, *_values(member)) for member in changed]
        await change_rows(tx, _ACCOUNT, _TOLD, told, key=("platform", "id"))
    return known


async def by_account(tx: Tx, accounts: Iterable[Account]) -> dict[Account, Member]:
    """The members that have these accounts; unknown accounts are left out."""
    found: dict[Account, Member] = {}
    accounts = list(accounts)
    for platform in Platform:
        ids = [account.id for account in accounts if account.platform is platform]
        if ids:
            rows = await rows_among(tx, _ON[platform], _ACCOUNT.c.id, ids)
            found.update((member.account, member) for member in map(_member, rows))
    return found


async def by_id(tx: Tx, ids: Iterable[int]) -> dict[int, Member]:
    """The members with these ids, each through the account that can best be written to."""
    rows = await rows_among(tx, _BEST_LAST, _ACCOUNT.c.member_id, set(ids))
    return {member.id: member for member in map(_member, rows)}


async def by_username(tx: Tx, platform: Platform, username: str) -> Member | None:
    """The member who has this name on the platform now; case and a leading @ do not matter."""
    wanted = username.removeprefix("@").lower()
    rows = await rows_of(tx, _ON[platform].where(_ACCOUNT.c.username == wanted))
    return _member(rows[0]) if len(rows) == 1 else None


async def choose_language(tx: Tx, member_id: int, language: str | None) -> None:
    """Write to the person in this language from now on, by whichever account; None: in the platform's again."""
    await tx.execute(update(_MEMBER).where(_MEMBER.c.id.in_(same_person(member_id))).values(language=language))


async def want_reminders(tx: Tx, member_id: int, wanted: bool) -> None:
    """Whether the person wants reminders."""
    await tx.execute(update(_MEMBER).where(_MEMBER.c.id.in_(same_person(member_id))).values(reminders=wanted))


async def unreachable(tx: Tx, account: Account) -> None:
    """The platform said that this person does not want to be written to."""
    where = (_ACCOUNT.c.platform == account.platform.value, _ACCOUNT.c.id == account.id)
    await tx.execute(update(_ACCOUNT).where(*where).values(reachable=False))


def _member(row: Sequence[Any]) -> Member:
    platform, number, member_id, name, username, language, is_bot, reachable, created_at, chosen, reminders, first = row
    return Member(
        id=member_id,
        account=Account(platform=_PLATFORMS[platform], id=number),
        name=name,
        username=username,
        language=language,
        is_bot=is_bot,
        reachable=reachable,
        chosen=chosen,
        reminders=reminders,
        person=first or member_id,
        created_at=created_at,
    )


_PLATFORMS = {platform.value: platform for platform in Platform}


async def _add(tx: Tx, people: Sequence[Person], *, now: datetime) -> dict[Account, Member]:
    """Make a member for each new account. If another process was faster with one, its member stays."""
    made = await insert_alike(tx, _MEMBER, {"created_at": now, "reminders": True}, len(people))
    new = [_new(person, member_id) for person, member_id in zip(people, made, strict=True)]
    new.sort(key=lambda member: (member.account.platform, member.account.id))
    rows = ((member.account.platform, member.account.id, member.id, *_values(member)) for member in new)
    if await insert_rows(tx, _ACCOUNT, ("platform", "id", "member_id", *_TOLD), rows, conflict=Conflict.SKIP) < len(
        new
    ):
        return await by_account(tx, [person.account for person in people])
    return {member.account: member for member in new}


def _new(person: Person, member_id: int) -> Member:
    name, username, language, is_bot = _as_told(person)
    return Member(
        id=member_id,
        account=person.account,
        name=name,
        username=username,
        language=language,
        is_bot=is_bot,
        reachable=bool(person.reachable),
        chosen=None,
        reminders=True,
        person=member_id,
        created_at=person.created_at,
        is_new=True,
    )


_values = attrgetter(*_TOLD)


def _as_told(person: Person) -> tuple[str, str | None, str | None, bool]:
    return person.name, person.username and person.username.lower(), person.language, person.is_bot


def _after(before: Person | None, person: Person) -> Person:
    """The later word on somebody; what it leaves open stays as the earlier one had it."""
    if before is None:
        return person
    return replace(
        person,
        language=person.language or before.language,
        reachable=before.reachable if person.reachable is None else person.reachable,
        created_at=person.created_at or before.created_at,
    )


def _take_over(member: Member, person: Person) -> bool:
    """Bring what is known of the member up to date; say whether that changed anything."""
    name, username, language, is_bot = _as_told(person)
    told = (name, username, language or member.language, is_bot)
    reachable = member.reachable if person.reachable is None else person.reachable
    rest = (reachable, member.created_at or person.created_at)
    known = (member.name, member.username, member.language, member.is_bot, member.reachable, member.created_at)
    member.name, member.username, member.language, member.is_bot = told
    member.reachable, member.created_at = rest
    return known != (*told, *rest)

"""Looking at servers where something is open: what is due, what lists and searches say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, union, update

from core.arrivals import store
from core.arrivals.comparing import compare, used_of_vanity
from core.arrivals.rules import LATE, Resolution, Verdict, of_hit, resolve, resolve_blind
from core.arrivals.store import ARRIVAL, CHAT, INVITE, IS_LOOSE, OPEN, SERVER
from core.arrivals.values import Hit, Invite, Listing, MadeFor, Vanity
from core.attribution.rules import Way
from core.database import Tx, insert_new, rows_of, spelled
from core.intake.facts import Traced

AT_ONCE = 1000
"""How many accounts one search may name."""

WHILE_CATCHING_UP = timedelta(days=1)
KEPT_FOR = timedelta(days=90)

_PAST = datetime(1970, 1, 1, tzinfo=UTC)
_UNSURE = [spelled(state) for state in ("probable", "ambiguous", "unattributed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A server to look at now: with `settle`, if it `settles`; by searching for these accounts."""

    chat_id: int
    guild: int
    settles: bool
    searches: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Facts to take in; and whether a list is wanted now."""

    facts: Sequence[Traced]
    lists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A server whose members have been read: since when, and when last."""

    guild: int
    watched_since: datetime
    caught_up_at: datetime


async def due(tx: Tx, *, now: datetime, limit: int = 100) -> list[Due]:
    """The servers to look at now."""
    looks = select(CHAT.c.id, CHAT.c.native_id).where(CHAT.c.id.in_(_open_chats()))
    looks = looks.outerjoin(SERVER, SERVER.c.chat_id == CHAT.c.id)
    ready = await rows_of(tx, looks.where(_reached(SERVER.c.look_at, now)).limit(limit))
    guilds = {row.id: row.native_id for row in ready}
    settles, searches = set(guilds), dict[int, list[int]]()
    for row in await rows_of(tx, _searches(now)):
        guilds[row.chat_id] = row.native_id
        searches.setdefault(row.chat_id, []).append(row.account_id)
    return [
        Due(chat_id=each, guild=guild, settles=each in settles, searches=tuple(searches.get(each, ())))
        for each, guild in guilds.items()
    ]


async def next_due(tx: Tx) -> datetime | None:
    """When `due` has something, at the earliest: the past, if already now. None: nothing is open."""
    looks = select(SERVER.c.look_at).select_from(CHAT.outerjoin(SERVER, SERVER.c.chat_id == CHAT.c.id))
    asks = select(ARRIVAL.c.ask_at.label("at"), SERVER.c.search_at).join(SERVER, SERVER.c.chat_id == ARRIVAL.c.chat_id)
    asked = (ARRIVAL.c.ask_at.is_not(None), SERVER.c.search_off_at.is_(None))
    first = asks.where(*asked).order_by(ARRIVAL.c.ask_at).limit(1)
    times = [row.look_at or _PAST for row in await rows_of(tx, looks.where(CHAT.c.id.in_(_open_chats())))]
    times += [max(row.at, row.search_at or row.at) for row in await rows_of(tx, first)]
    return min(times, default=None)


async def settle(tx: Tx, chat_id: int, *, heard_until: datetime, now: datetime) -> Settled:
    """Explain what can be explained by what is known; say whether a list must be read to go on."""
    return await _settle(tx, await store.hold(tx, chat_id), heard_until=heard_until, now=now)


async def settle_blind(tx: Tx, chat_id: int, *, now: datetime) -> list[Traced]:
    """`settle` where no list may be read."""
    server = await store.hold(tx, chat_id)
    return await _told(tx, chat_id, resolve_blind(await store.window(tx, server), now=now), now=now)


async def listed(tx: Tx, chat_id: int, listing: Listing, *, heard_until: datetime, now: datetime) -> list[Traced]:
    """Compare this list with the one before, and explain what can be explained. An older list says nothing."""
    server = await store.hold(tx, chat_id)
    if server.listed_at is not None and listing.read_at <= server.listed_at:
        return []
    rows = {row.code: row for row in await _invites(tx, chat_id, [invite.code for invite in listing.invites])}
    known = {code: store.known(row) for code, row in rows.items()}
    changes = compare(known, listing, last_at=server.listed_at)
    foreign = [_foreign(chat_id, each, now=listing.asked_at) for each in listing.invites if each.code not in known]
    await insert_new(tx, INVITE, foreign)
    await store.keep_changes(tx, chat_id, changes, known=rows, at=listing.read_at)
    before = Vanity(code=server.vanity_code, uses=server.vanity_uses) if server.vanity_code else None
    by_vanity = used_of_vanity(before, listing.vanity)
    found = by_vanity or any(each.used or each.maybe for each in changes.values())
    values: dict[str, Any] = {"listed_at": listing.read_at, **_vanity(before, listing.vanity)}
    values["seen_at"] = max(listing.read_at, server.seen_at or listing.read_at)
    values["vanity_loose"] = server.vanity_loose + by_vanity
    values["loose_since"] = server.loose_since or (listing.read_at if found else None)
    if server.listed_at is None:
        values["foggy_until"] = max(server.foggy_until or _PAST, listing.read_at + LATE)
    await store.change(tx, chat_id, **values)
    settled = await _settle(tx, await store.hold(tx, chat_id), heard_until=heard_until, now=now)
    return list(settled.facts)


async def searched(
    tx: Tx, chat_id: int, hits: Sequence[Hit], *, asked: Iterable[int] = (), now: datetime
) -> list[Traced]:
    """What the platform says of these stays. Who of the `asked` is not among them is asked for again later."""
    await store.hold(tx, chat_id)
    said = {hit.account: hit for hit in hits}
    found = await store.arrivals_of(tx, chat_id, {*said, *asked})
    rows = [row for row in found if row.ask_at is not None]
    codes = [hit.code for hit in hits if hit.code is not None]
    ways = {row.code: way for row in await _invites(tx, chat_id, codes) if (way := store.way(row)) is not None}
    verdicts, missing = list[Verdict](), list[Row[Any]]()
    for row in rows:
        if (verdict := _of(row, said.get(row.account_id), ways)) is not None:
            verdicts.append(verdict)
        elif row.ask_at <= now:
            missing.append(row)
    await store.ask_again(tx, missing, now=now)
    return await store.tell(tx, chat_id, verdicts, how="searched", ask_at=None)


async def search_later(tx: Tx, chat_id: int, *, until: datetime) -> None:
    """The platform wants no search in this server before then."""
    await store.hold(tx, chat_id)
    await store.change(tx, chat_id, search_at=until)


async def search_off(tx: Tx, chat_id: int, *, now: datetime) -> bool:
    """The platform does not let us search this server. False: that was known."""
    server = await store.hold(tx, chat_id)
    if server.search_off_at is None:
        await store.change(tx, chat_id, search_off_at=now)
    return server.search_off_at is None


async def begin_catch_up(tx: Tx, chat_id: int, *, now: datetime) -> None:
    """Something may have been missed: until that is made up for, nothing is credited by comparison."""
    server = await store.hold(tx, chat_id)
    foggy_until = now + WHILE_CATCHING_UP
    await store.change(tx, chat_id, foggy_until=foggy_until, look_at=None, search_off_at=None, search_at=None)
    if server.search_off_at is None:
        return
    recent = (ARRIVAL.c.chat_id == chat_id, ARRIVAL.c.joined_at > now - KEPT_FOR, ARRIVAL.c.state.in_(_UNSURE))
    await tx.execute(update(ARRIVAL).where(*recent, ARRIVAL.c.ask_at.is_(None)).values(ask_at=now, tries=0))


async def caught_up(tx: Tx, chat_id: int, *, now: datetime) -> None:
    """Everybody who is there is known, and so are the invites."""
    server = await store.hold(tx, chat_id)
    since = server.watched_since or now
    await store.change(tx, chat_id, foggy_until=now + LATE, look_at=None, watched_since=since, caught_up_at=now)


async def watched(tx: Tx) -> dict[int, Watched]:
    """The servers that have been caught up with, by chat."""
    query = select(SERVER, CHAT.c.native_id).join(CHAT, CHAT.c.id == SERVER.c.chat_id)
    rows = await rows_of(tx, query.where(SERVER.c.watched_since.is_not(None)))
    return {
        row.chat_id: Watched(guild=row.native_id, watched_since=row.watched_since, caught_up_at=row.caught_up_at)
        for row in rows
    }


async def _settle(tx: Tx, server: Row[Any], *, heard_until: datetime, now: datetime) -> Settled:
    found = resolve(await store.window(tx, server), heard_until=heard_until, now=now)
    return Settled(facts=await _told(tx, server.chat_id, found, now=now), lists=found.lists)


async def _told(tx: Tx, chat_id: int, found: Resolution, *, now: datetime) -> list[Traced]:
    facts = await store.tell(tx, chat_id, found.verdicts, how="compared", ask_at=now)
    if found.closes:
        await store.close_uses(tx, chat_id)
    await store.change(tx, chat_id, look_at=found.look_at, foggy_until=found.foggy_until)
    return facts


def _of(row: Row[Any], hit: Hit | None, ways: dict[str, Way]) -> Verdict | None:
    """An answer about another stay of the same account says nothing about this one."""
    if hit is None or not hit.is_of(row.joined_at):
        return None
    return of_hit(store.arrival(row), hit, ways)


def _open_chats() -> Select[Any]:
    """The chats where there are arrivals or uses to explain, or were a moment ago."""
    arrivals = select(ARRIVAL.c.chat_id).where(ARRIVAL.c.state == OPEN)
    uses = select(INVITE.c.chat_id).where(IS_LOOSE)
    vanity = select(SERVER.c.chat_id).where((SERVER.c.vanity_loose > 0) | SERVER.c.foggy_until.is_not(None))
    return select(union(arrivals, uses, vanity).subquery().c.chat_id)


def _reached(column: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    return column.is_(None) | (column <= now)


def _searches(now: datetime) -> Select[Any]:
    asked = select(ARRIVAL.c.chat_id, ARRIVAL.c.account_id, CHAT.c.native_id).join(CHAT, CHAT.c.id == ARRIVAL.c.chat_id)
    on = asked.join(SERVER, SERVER.c.chat_id == ARRIVAL.c.chat_id).where(
        SERVER.c.search_off_at.is_(None), _reached(SERVER.c.search_at, now)
    )
    return on.where(ARRIVAL.c.ask_at <= now).order_by(ARRIVAL.c.ask_at).limit(AT_ONCE)


async def _invites(tx: Tx, chat_id: int, codes: Sequence[str]) -> list[Row[Any]]:
    """The living invites, and those with these codes."""
    mine = select(INVITE).where(INVITE.c.chat_id == chat_id)
    rows = {row.code: row for row in await rows_of(tx, mine.where(INVITE.c.gone_at.is_(None)))}
    missing = sorted(set(codes) - rows.keys())
    for at in range(0, len(missing), 500):
        rows.update({row.code: row for row in await rows_of(tx, mine.where(INVITE.c.code.in_(missing[at : at + 500])))})
    return list(rows.values())


def _foreign(chat_id: int, invite: Invite, *, now: datetime) -> dict[str, Any]:
    return {
        "chat_id": chat_id,
        "code": invite.code,
        "uses": invite.uses,
        "max_uses": invite.max_uses,
        "made_for": MadeFor.FOREIGN.value,
        "made_at": now,
        "expires_at": invite.expires_at,
        "loose": 0,
        "maybe": False,
    }


def _vanity(known: Vanity | None, vanity: Vanity | None) -> dict[str, Any]:
    """A counter never goes down: where it seems to, this is an older word on it."""
    if vanity is None:
        return {}
    uses = vanity.uses
    if known is not None and known.code == vanity.code and known.uses is not None and uses is not None:
        uses = max(known.uses, uses)
    return {"vanity_code": vanity.code, "vanity_uses": uses}

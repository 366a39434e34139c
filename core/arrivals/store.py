"""Reading and keeping servers, and what is open in them. Whoever changes what is open holds the server's row."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, true, update

from core import members
from core.arrivals.rules import Verdict, Window, next_search
from core.arrivals.table import ArrivalRow, ServerInviteRow, ServerRow
from core.arrivals.values import Arrival, Change, Known, MadeFor, Use
from core.attribution.rules import Found, Way
from core.campaign.values import Account, Platform
from core.chats.table import ChatRow
from core.database import Tx, change_rows, insert_new, lock_rows, rows_among, rows_of, spelled, table_of
from core.intake.facts import Traced
from core.members import Person

SERVER, INVITE, ARRIVAL = table_of(ServerRow), table_of(ServerInviteRow), table_of(ArrivalRow)
CHAT = table_of(ChatRow)
OPEN = spelled("open")
_STAY = ("chat_id", "account_id", "joined_at")
_IN_CHAT = select(ARRIVAL).where(ARRIVAL.c.chat_id == bindparam("chat"))
IS_LOOSE = (INVITE.c.loose > 0) | (INVITE.c.maybe == true())


async def hold(tx: Tx, chat_id: int) -> Row[Any]:
    """The server's row, for this transaction alone; made if it is new."""
    await insert_new(tx, SERVER, [{"chat_id": chat_id, "vanity_loose": 0}])
    return (await rows_of(tx, lock_rows(tx, select(SERVER).where(SERVER.c.chat_id == chat_id))))[0]


async def change(tx: Tx, chat_id: int, **values: Any) -> None:
    """Keep this of the server."""
    await tx.execute(update(SERVER).where(SERVER.c.chat_id == chat_id).values(**values))


async def look_now(tx: Tx, chat_id: int, *, now: datetime) -> None:
    """There is something new to look at."""
    waits = (SERVER.c.chat_id == chat_id, SERVER.c.look_at > now)
    await tx.execute(update(SERVER).where(*waits).values(look_at=None))


async def native_id(tx: Tx, chat_id: int) -> int:
    """The number that the server has on its platform."""
    return int((await tx.execute(select(CHAT.c.native_id).where(CHAT.c.id == chat_id))).scalar_one())


async def window(tx: Tx, server: Row[Any]) -> Window:
    """What is open in the server."""
    arrivals = select(ARRIVAL).where(ARRIVAL.c.chat_id == server.chat_id, ARRIVAL.c.state == OPEN)
    loose = select(INVITE).where(INVITE.c.chat_id == server.chat_id, IS_LOOSE)
    uses = [_use(row) for row in await rows_of(tx, loose)]
    if server.vanity_loose:
        uses.append(Use(way=None, n=server.vanity_loose))
    return Window(
        arrivals=[arrival(row) for row in await rows_of(tx, arrivals.order_by(ARRIVAL.c.joined_at))],
        uses=uses,
        listed_at=server.listed_at,
        seen_at=server.seen_at,
        loose_since=server.loose_since,
        foggy_until=server.foggy_until,
    )


async def close_uses(tx: Tx, chat_id: int) -> None:
    """Everything that was seen used is explained, or never will be."""
    spent = update(INVITE).where(INVITE.c.chat_id == chat_id, IS_LOOSE)
    await tx.execute(spent.values(loose=0, maybe=False))
    await change(tx, chat_id, vanity_loose=0, loose_since=None)


async def keep_changes(
    tx: Tx, chat_id: int, changes: Mapping[str, Change], *, known: Mapping[str, Row[Any]], at: datetime
) -> None:
    """Keep what is known of these invites now; `known`: their rows, of those that were there before.

    Whoever calls this holds the server.
    """
    rows = []
    for code, each in changes.items():
        loose, maybe = (known[code].loose, known[code].maybe) if code in known else (0, False)
        gone_at = at if each.gone else None
        rows.append((chat_id, code, each.uses, loose + each.used, maybe or each.maybe, gone_at))
    names = ("uses", "loose", "maybe", "gone_at")
    await change_rows(tx, INVITE, names, rows, key=("chat_id", "code"))


async def tell(tx: Tx, chat_id: int, verdicts: Sequence[Verdict], *, how: str, ask_at: datetime | None) -> list[Traced]:
    """Keep what was found, and say it in facts. `ask_at`: when the platform is to be searched for it, if need be."""
    if not verdicts:
        return []
    rows = await arrivals_of(tx, chat_id, [each.arrival.account for each in verdicts])
    known = {(row.account_id, row.joined_at): row for row in rows}
    accounts = (Account(platform=Platform.DISCORD, id=each.arrival.account) for each in verdicts)
    people = await members.by_account(tx, accounts)
    guild, facts = await native_id(tx, chat_id), []
    for verdict in verdicts:
        row = known[verdict.arrival.account, verdict.arrival.joined_at]
        account = Account(platform=Platform.DISCORD, id=row.account_id)
        if not _says_it_already(row, verdict):
            facts.append(traced(verdict, row, _as_known(account, people.get(account)), guild=guild, how=how))
    found = [_found(known, verdict, ask_at) for verdict in verdicts]
    await change_rows(tx, ARRIVAL, ("state", "ways", "told", "ask_at"), found, key=_STAY)
    return facts


async def ask_again(tx: Tx, rows: Sequence[Row[Any]], *, now: datetime) -> None:
    """The platform did not know of these arrivals yet."""
    again = [
        (row.chat_id, row.account_id, row.joined_at, row.tries + 1, next_search(row.tries + 1, now=now)) for row in rows
    ]
    await change_rows(tx, ARRIVAL, ("tries", "ask_at"), again, key=_STAY)


def traced(verdict: Verdict, row: Row[Any] | None, person: Person, *, guild: int, how: str) -> Traced:
    """The fact; `row` is the arrival as it was."""
    joined_at, told = verdict.arrival.joined_at, row.told + 1 if row else 1
    before = Found(row.state) if row is not None and row.told else None
    held = [code for code, _ in (row.ways or ())] if row is not None else []
    codes = {way.code for way in verdict.ways}
    return Traced(
        key=f"traced/{guild}/{person.account.id}/{int(joined_at.timestamp() * 1_000_000)}/{told}",
        at=joined_at,
        person=person,
        chat=guild,
        found=verdict.found,
        how=how,
        ways=verdict.ways,
        or_nobody=verdict.or_nobody,
        before=before,
        withdrawn=tuple(code for code in held if code not in codes),
    )


async def arrivals_of(tx: Tx, chat_id: int, accounts: Iterable[int]) -> Sequence[Row[Any]]:
    """Every stay of these accounts in the server."""
    return await rows_among(tx, _IN_CHAT, ARRIVAL.c.account_id, set(accounts), chat=chat_id)


def arrival(row: Row[Any]) -> Arrival:
    """The arrival in this row."""
    return Arrival(
        account=row.account_id, joined_at=row.joined_at, received_at=row.received_at, reconciled=row.reconciled
    )


def known(row: Row[Any]) -> Known:
    """The invite in this row."""
    return Known(
        uses=row.uses,
        max_uses=row.max_uses,
        made_at=row.made_at,
        expires_at=row.expires_at,
        made_for=MadeFor(row.made_for),
        gone=row.gone_at is not None,
    )


def way(row: Row[Any]) -> Way | None:
    """The link that the invite in this row was given out for."""
    return Way(row.link_code, row.channel) if row.link_code is not None else None


def _use(row: Row[Any]) -> Use:
    return Use(way=way(row), n=row.loose, maybe=row.maybe, until=row.expires_at)


def _as_known(account: Account, member: members.Member | None) -> Person:
    """Under the name that we know: this says nothing new about them."""
    if member is None:
        return Person(account=account, name="?")
    return Person(account=account, name=member.name, username=member.username, is_bot=member.is_bot)


def _says_it_already(row: Row[Any], verdict: Verdict) -> bool:
    return row.told > 0 and row.state == verdict.found and [*map(list, row.ways or ())] == _plain(verdict.ways)


def _plain(ways: Sequence[Way]) -> list[list[str | None]]:
    return [[each.code, each.channel] for each in ways]


def _found(
    known: dict[tuple[int, datetime], Row[Any]], verdict: Verdict, ask_at: datetime | None
) -> tuple[int, int, datetime, str, list[list[str | None]] | None, int, datetime | None]:
    row = known[verdict.arrival.account, verdict.arrival.joined_at]
    told = row.told if _says_it_already(row, verdict) else row.told + 1
    stay = (row.chat_id, row.account_id, row.joined_at)
    return *stay, verdict.found.value, _plain(verdict.ways) or None, told, ask_at

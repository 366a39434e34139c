"""Announcements: drafting, beginning and stopping them, and how far they have got."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from core import journal, outbox
from core.broadcasts.audience import Audience, count
from core.broadcasts.table import BroadcastDoorRow, BroadcastRow, RecipientRow
from core.campaign.values import Platform
from core.database import Tx, lock_rows, rows_of, spelled, table_of
from core.journal import Fact, Kind
from core.members.table import MemberRow

BROADCAST, DOOR, RECIPIENT = table_of(BroadcastRow), table_of(BroadcastDoorRow), table_of(RecipientRow)
IS_WAITING = RECIPIENT.c.state == spelled("waiting")

RECIPIENTS_KEPT_FOR = timedelta(days=30)
DRAFTS_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """An announcement. `state`: draft, running, stopped or done; `ended_at`: nothing of it is on its way any more.

    `people`: how many it was for when it began.
    """

    id: int
    campaign_id: int
    by_member: int
    audience: Audience
    text: str
    state: str
    made_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    people: int
    upto: int
    sent: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it has got. `failed`: could not be written to; `waiting`: on the way, or not begun with yet."""

    sent: int
    waiting: int
    failed: int


def key_of(broadcast_id: int, person: int) -> str:
    """What it is called in the outbox."""
    return f"broadcast/{broadcast_id}/{person}"


async def draft(
    tx: Tx, campaign_id: int, text: str, *, by: int, audience: Audience = Audience.ADVOCATES, now: datetime
) -> Broadcast:
    """Keep what is to be announced; nobody gets it yet."""
    row = {"campaign_id": campaign_id, "by_member": by, "audience": audience, "text": text, "state": "draft"}
    made = await tx.execute(insert(BROADCAST).returning(BROADCAST.c.id), {**row, "made_at": now})
    found = await get(tx, made.scalar_one())
    assert found is not None
    return found


async def get(tx: Tx, broadcast_id: int) -> Broadcast | None:
    """The announcement with this number."""
    rows = await rows_of(tx, select(BROADCAST).where(BROADCAST.c.id == broadcast_id))
    return _broadcast(rows[0]) if rows else None


async def last(tx: Tx, campaign_id: int) -> Broadcast | None:
    """The campaign's running announcement, or the last one that was begun."""
    begun = (BROADCAST.c.campaign_id == campaign_id, BROADCAST.c.state != "draft")
    order = ((BROADCAST.c.state == "running").desc(), BROADCAST.c.began_at.desc(), BROADCAST.c.id.desc())
    rows = await rows_of(tx, select(BROADCAST).where(*begun).order_by(*order).limit(1))
    return _broadcast(rows[0]) if rows else None


async def aim(tx: Tx, broadcast_id: int, *, campaign_id: int, audience: Audience) -> None:
    """Whom a draft is for."""
    change = update(BROADCAST).where(BROADCAST.c.id == broadcast_id, BROADCAST.c.state == "draft")
    await tx.execute(change.values(campaign_id=campaign_id, audience=audience.value))


async def drop(tx: Tx, broadcast_id: int) -> bool:
    """Forget a draft. False if it is none."""
    gone = await tx.execute(delete(BROADCAST).where(BROADCAST.c.id == broadcast_id, BROADCAST.c.state == "draft"))
    return gone.rowcount == 1


async def begin(tx: Tx, broadcast_id: int, *, now: datetime) -> bool:
    """Let a draft go out. False, and nothing done, if it is none: pressed twice, it goes out once."""
    known = await _held(tx, broadcast_id)
    if known is None or known.state != "draft":
        return False
    people = sum((await count(tx, known.campaign_id, known.audience)).values())
    newest = (await tx.execute(select(func.coalesce(func.max(table_of(MemberRow).c.id), 0)))).scalar_one()
    begun = {"state": "running", "began_at": now, "people": people, "upto": newest}
    await tx.execute(update(BROADCAST).where(BROADCAST.c.id == broadcast_id).values(**begun))
    doors = [{"broadcast_id": broadcast_id, "platform": each.value, "cursor": 0, "is_fed": False} for each in Platform]
    await tx.execute(insert(DOOR), doors)
    told = {"broadcast": broadcast_id, "audience": known.audience, "people": people}
    line = Fact(
        key=f"announced/{broadcast_id}",
        kind=Kind.ANNOUNCED,
        at=now,
        campaign_id=known.campaign_id,
        member_id=known.by_member,
        data=told,
    )
    await journal.append(tx, [line], now=now)
    return True


async def stop(tx: Tx, broadcast_id: int) -> bool:
    """Let nothing more of it go out but what is being sent this moment. False if it is not running."""
    known = await _held(tx, broadcast_id)
    if known is None or known.state != "running":
        return False
    await tx.execute(update(BROADCAST).where(BROADCAST.c.id == broadcast_id).values(state="stopped"))
    await withdraw(tx, broadcast_id)
    return True


async def withdraw(tx: Tx, broadcast_id: int) -> None:
    """Take out of the outbox what waits there."""
    keys = {key_of(broadcast_id, person): person for person in await waiting(tx, broadcast_id)}
    gone = [keys[key] for key in await outbox.withdraw(tx, keys)]
    await mark(tx, broadcast_id, gone, "withdrawn")


async def waiting(tx: Tx, broadcast_id: int) -> list[int]:
    """The persons for whom it is on its way."""
    query = select(RECIPIENT.c.person).where(RECIPIENT.c.broadcast_id == broadcast_id, IS_WAITING)
    return [row.person for row in await rows_of(tx, query)]


async def mark(tx: Tx, broadcast_id: int, persons: list[int], state: str) -> None:
    """Keep what became of those that were on their way. What was sent stays so."""
    rows = [{"of": broadcast_id, "who": person, "to": state} for person in persons]
    if rows:
        await tx.execute(_MARK, rows)


async def brought(tx: Tx, *, broadcast_id: int, person: int) -> None:
    """It was handed over."""
    theirs = (RECIPIENT.c.broadcast_id == broadcast_id, RECIPIENT.c.person == person)
    await tx.execute(update(RECIPIENT).where(*theirs).values(state="sent"))


async def progress(tx: Tx, broadcast: Broadcast) -> Progress:
    """How far it has got."""
    if broadcast.ended_at is not None:
        return Progress(sent=broadcast.sent, waiting=0, failed=broadcast.failed)
    states = select(RECIPIENT.c.state, func.count().label("n")).where(RECIPIENT.c.broadcast_id == broadcast.id)
    found = {row.state: row.n for row in await rows_of(tx, states.group_by(RECIPIENT.c.state))}
    sent, failed, on_the_way = (found.get(state, 0) for state in ("sent", "failed", "waiting"))
    rest = max(broadcast.people - sent - failed, on_the_way) if broadcast.state == "running" else on_the_way
    return Progress(sent=sent, waiting=rest, failed=failed)


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget who got what is long over, and drafts that nobody sent."""
    over = select(BROADCAST.c.id).where(BROADCAST.c.ended_at <= now - RECIPIENTS_KEPT_FOR)
    await tx.execute(delete(RECIPIENT).where(RECIPIENT.c.broadcast_id.in_(over)))
    old = (BROADCAST.c.state == "draft", BROADCAST.c.made_at <= now - DRAFTS_KEPT_FOR)
    await tx.execute(delete(BROADCAST).where(*old))


async def _held(tx: Tx, broadcast_id: int) -> Broadcast | None:
    """It, for this transaction alone."""
    rows = await rows_of(tx, lock_rows(tx, select(BROADCAST).where(BROADCAST.c.id == broadcast_id)))
    return _broadcast(rows[0]) if rows else None


def _broadcast(row: Any) -> Broadcast:
    return Broadcast(**{**row._mapping, "audience": Audience(row.audience)})


_MARK = (
    update(RECIPIENT)
    .where(RECIPIENT.c.broadcast_id == bindparam("of"), RECIPIENT.c.person == bindparam("who"), IS_WAITING)
    .values(state=bindparam("to"))
)

"""Putting announcements into the outbox in small portions, and finding out what became of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import func, or_, select, update

from core import campaign as campaigns
from core import outbox
from core.broadcasts import rules
from core.broadcasts.audience import following, persons_of, writable
from core.broadcasts.store import (
    BROADCAST,
    DOOR,
    IS_WAITING,
    RECIPIENT,
    Broadcast,
    get,
    key_of,
    mark,
    waiting,
    withdraw,
)
from core.campaign.values import Platform, Text, in_language
from core.database import Tx, among, insert_rows, lock_rows, rows_of
from core.members import Member
from core.outbox import Outgoing

LOOKED_AT = 500
"""Members who are looked at for one portion, so that none takes long where few can be written to."""

_IS_RUNNING = BROADCAST.c.state == "running"
_IS_OPEN = or_(_IS_RUNNING, (BROADCAST.c.state == "stopped") & BROADCAST.c.ended_at.is_(None))


async def is_busy(tx: Tx) -> bool:
    """Whether an announcement goes out, or has something on its way."""
    return bool(await rows_of(tx, select(BROADCAST.c.id).where(_IS_OPEN).limit(1)))


async def feed(tx: Tx, platform: Platform, *, now: datetime) -> int:
    """Put the next portion of the oldest running announcement into this door's outbox; say how many people that is.

    The place up to which it has got is kept in the same transaction. Nothing, if another process is at it.
    """
    broadcast = await _next(tx, platform)
    if broadcast is None:
        return 0
    counted = select(func.count()).select_from(RECIPIENT).where(RECIPIENT.c.platform == platform.value, IS_WAITING)
    on_the_way = int((await tx.execute(counted)).scalar_one())
    free = rules.room(platform, on_the_way)
    chosen = await _portion(tx, broadcast, platform, free) if free else []
    if chosen:
        rows = ((broadcast.id, member.person, platform.value, "waiting") for member in chosen)
        await insert_rows(tx, RECIPIENT, ("broadcast_id", "person", "platform", "state"), rows)
        title, last = await _title(tx, broadcast), await _due_until(tx, platform)
        due = rules.due_times(platform, on_the_way, last, now=now)
        notes = [_row(broadcast, member, title, next(due)) for member in chosen]
        await outbox.put(tx, notes)
        door = (DOOR.c.broadcast_id == broadcast.id, DOOR.c.platform == platform.value)
        await tx.execute(update(DOOR).where(*door).values(due_until=notes[-1].due_at))
    return len(chosen)


async def settle(tx: Tx, *, now: datetime) -> None:
    """Find those that will not be handed over, take out what was stopped, and end what is over."""
    open_ = lock_rows(tx, select(BROADCAST.c.id).where(_IS_OPEN).order_by(BROADCAST.c.id), skip=True)
    for row in await rows_of(tx, open_):
        broadcast = await get(tx, row.id)
        assert broadcast is not None
        if broadcast.state == "stopped":
            await withdraw(tx, broadcast.id)
        keys = {key_of(broadcast.id, person): person for person in await waiting(tx, broadcast.id)}
        gone = keys.keys() - await outbox.under_way(tx, keys)
        await mark(tx, broadcast.id, [keys[key] for key in gone], "failed")
        if not await waiting(tx, broadcast.id) and (broadcast.state == "stopped" or await _is_fed(tx, broadcast)):
            await _end(tx, broadcast, now=now)


async def leave_out(tx: Tx, person: int) -> None:
    """This person gets nothing of what is on its way to them, and counts in no figure for it."""
    theirs = (RECIPIENT.c.person == person, IS_WAITING)
    on_the_way = [row.broadcast_id for row in await rows_of(tx, select(RECIPIENT.c.broadcast_id).where(*theirs))]
    keys = {key_of(each, person): each for each in on_the_way}
    for key in await outbox.withdraw(tx, keys):
        await tx.execute(RECIPIENT.delete().where(*theirs, RECIPIENT.c.broadcast_id == keys[key]))


async def _next(tx: Tx, platform: Platform) -> Broadcast | None:
    """The oldest that is not fed through this door, for this transaction alone: one after the other keeps the pace."""
    query = (
        select(BROADCAST.c.id)
        .join_from(BROADCAST, DOOR, DOOR.c.broadcast_id == BROADCAST.c.id)
        .where(_IS_RUNNING, DOOR.c.platform == platform.value, DOOR.c.is_fed.is_(False))
        .order_by(BROADCAST.c.id)
        .limit(1)
    )
    oldest = next(iter(await rows_of(tx, query)), None)
    if oldest is None:
        return None
    mine = select(BROADCAST.c.id).where(BROADCAST.c.id == oldest.id, _IS_RUNNING)
    return await get(tx, oldest.id) if await rows_of(tx, lock_rows(tx, mine, skip=True)) else None


async def _portion(tx: Tx, broadcast: Broadcast, platform: Platform, free: int) -> list[Member]:
    """The next people to write to through this door; the place up to which they were looked for is kept."""
    door = (DOOR.c.broadcast_id == broadcast.id, DOOR.c.platform == platform.value)
    at = int((await tx.execute(select(DOOR.c.cursor).where(*door))).scalar_one())
    candidates, more = await following(
        tx, broadcast.campaign_id, broadcast.audience, after=at, upto=broadcast.upto, limit=LOOKED_AT
    )
    persons, people = await persons_of(tx, candidates), await writable(tx, candidates, platform)
    known = await _known(tx, broadcast.id, people)
    chosen: list[Member] = []
    looked_at: Sequence[int] = candidates
    for number, candidate in enumerate(candidates):
        if len(chosen) == free:
            looked_at = candidates[:number]
            break
        member = people.get(persons[candidate])
        if member is not None and member.person not in known:
            known.add(member.person)
            chosen.append(member)
    is_fed = not more and len(looked_at) == len(candidates)
    cursor = looked_at[-1] if looked_at else at
    await tx.execute(update(DOOR).where(*door).values(cursor=cursor, is_fed=is_fed))
    return chosen


async def _due_until(tx: Tx, platform: Platform) -> datetime | None:
    """When the last that was fed through this door is due, of whichever announcement."""
    newest = select(func.max(DOOR.c.due_until)).where(DOOR.c.platform == platform.value)
    return cast("datetime | None", (await tx.execute(newest)).scalar_one())


async def _known(tx: Tx, broadcast_id: int, persons: Iterable[int]) -> set[int]:
    """Those who get it already, or have got it."""
    theirs = (RECIPIENT.c.broadcast_id == broadcast_id, among(tx, RECIPIENT.c.person, persons))
    return {row.person for row in await rows_of(tx, select(RECIPIENT.c.person).where(*theirs))}


async def _title(tx: Tx, broadcast: Broadcast) -> Text:
    return next(each.campaign.title for each in await campaigns.applied(tx) if each.id == broadcast.campaign_id)


def _row(broadcast: Broadcast, member: Member, title: Text, due_at: datetime) -> Outgoing:
    content = {
        "news": "broadcast",
        "language": member.speaks,
        "title": in_language(title, member.speaks),
        "text": broadcast.text,
        "broadcast": broadcast.id,
        "person": member.person,
    }
    return Outgoing(
        key=key_of(broadcast.id, member.person),
        door=member.account.platform,
        address=member.account.id,
        kind="broadcast",
        content=content,
        due_at=due_at,
    )


async def _is_fed(tx: Tx, broadcast: Broadcast) -> bool:
    left = select(DOOR.c.platform).where(DOOR.c.broadcast_id == broadcast.id, DOOR.c.is_fed.is_(False)).limit(1)
    return not await rows_of(tx, left)


async def _end(tx: Tx, broadcast: Broadcast, *, now: datetime) -> None:
    """Keep its figures. One that was stopped stays so."""
    states = select(RECIPIENT.c.state, func.count().label("n")).where(RECIPIENT.c.broadcast_id == broadcast.id)
    found = {row.state: row.n for row in await rows_of(tx, states.group_by(RECIPIENT.c.state))}
    state = "stopped" if broadcast.state == "stopped" else "done"
    over = {"state": state, "ended_at": now, "sent": found.get("sent", 0), "failed": found.get("failed", 0)}
    await tx.execute(update(BROADCAST).where(BROADCAST.c.id == broadcast.id).values(**over))

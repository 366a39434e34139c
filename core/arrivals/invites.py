"""Invites: ours in the pool, for one visit or a member's own, and those of others."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from core import campaign as campaigns
from core import chats, members, outbox
from core.arrivals import store
from core.arrivals.comparing import vanished
from core.arrivals.store import ARRIVAL, INVITE, SERVER
from core.arrivals.supply import PACE_OF, USABLE, Pool
from core.arrivals.table import ExpectedRow
from core.arrivals.values import Invite, MadeFor, Shut
from core.campaign.values import in_language
from core.chats.table import ChatRow
from core.database import Tx, insert_new, lock_rows, rows_among, rows_of, spelled, table_of, upsert
from core.outbox import Outgoing

INVITES_KEPT_FOR = timedelta(days=35)
"""After they are gone: the platform may still name them."""

ARRIVALS_KEPT_FOR = timedelta(days=90)
MISSED_FOR = timedelta(minutes=1)
REUSED_FOR = timedelta(days=1)
"""A member's own invite that ends sooner is made anew."""

_EXPECTED = table_of(ExpectedRow)
_CHAT = table_of(ChatRow)
_HELD = (
    select(INVITE).where(INVITE.c.chat_id == bindparam("chat")).order_by(INVITE.c.code).with_for_update(key_share=True)
)
_IS_FREE = (INVITE.c.made_for == spelled("pool"), INVITE.c.gone_at.is_(None))


async def invites_seen(tx: Tx, chat_id: int, invites: Iterable[Invite], *, now: datetime) -> None:
    """The platform says that these were made. Of those of ours we know more, in whichever order it is told."""
    await insert_new(tx, INVITE, [_row(chat_id, each, MadeFor.FOREIGN, now=now) for each in invites])


async def made(
    tx: Tx,
    chat_id: int,
    invite: Invite,
    *,
    made_for: MadeFor,
    link_code: str | None = None,
    channel: str | None = None,
    now: datetime,
) -> None:
    """We made this invite: for the pool, or for the member whose link that is."""
    row = {**_row(chat_id, invite, made_for, now=now), "link_code": link_code, "channel": channel}
    ours = {name: row[name] for name in ("made_for", "max_uses", "expires_at", "link_code", "channel")}
    put = upsert(tx, INVITE).on_conflict_do_update(index_elements=["chat_id", "code"], set_=ours)
    await tx.execute(put, row)


async def invites_gone(tx: Tx, chat_id: int, codes: Iterable[str], *, at: datetime) -> None:
    """The platform says that these are no more: each was used up, has expired, or was deleted."""
    server = await store.hold(tx, chat_id)  # before its invites, as whoever compares does
    rows = {row.code: row for row in await rows_among(tx, _HELD, INVITE.c.code, set(codes), chat=chat_id)}
    changes = {code: vanished(store.known(row), at) for code, row in rows.items() if row.gone_at is None}
    await store.keep_changes(tx, chat_id, changes, known=rows, at=at)
    if any(each.used or each.maybe for each in changes.values()):
        seen_at = max(at, server.seen_at or at)
        await store.change(tx, chat_id, loose_since=server.loose_since or at, seen_at=seen_at, look_at=None)


async def take_invite(tx: Tx, chat_id: int, link_code: str, channel: str | None, *, now: datetime) -> str | None:
    """An invite out of the pool, for this visit of the link alone. None: there is none."""
    usable = (INVITE.c.chat_id == chat_id, *_IS_FREE, INVITE.c.expires_at > now + USABLE)
    first = select(INVITE.c.code).where(*usable).order_by(INVITE.c.expires_at).limit(1)
    rows = await rows_of(tx, lock_rows(tx, first, skip=True))
    if not rows:
        await _missed(tx, chat_id, now=now)
        return None
    code = str(rows[0].code)
    taken = {"made_for": MadeFor.VISIT.value, "link_code": link_code, "channel": channel, "taken_at": now}
    await tx.execute(update(INVITE).where(INVITE.c.chat_id == chat_id, INVITE.c.code == code).values(**taken))
    return code


async def still_good(tx: Tx, chat_id: int, code: str, link_code: str, channel: str | None, *, now: datetime) -> bool:
    """Whether this invite was taken for that very link and channel, and lets somebody in yet."""
    its = (INVITE.c.chat_id == chat_id, INVITE.c.code == code, INVITE.c.made_for == MadeFor.VISIT.value)
    same = (INVITE.c.link_code == link_code, INVITE.c.channel.is_not_distinct_from(channel))
    unused = (INVITE.c.gone_at.is_(None), func.coalesce(INVITE.c.uses, 0) == 0, INVITE.c.expires_at > now + USABLE)
    return bool(await rows_of(tx, select(INVITE.c.code).where(*its, *same, *unused)))


async def ours(tx: Tx, chat_id: int, codes: Collection[str]) -> set[str]:
    """Which of these invites we made, as far as we know."""
    those = (INVITE.c.chat_id == chat_id, INVITE.c.code.in_(codes), INVITE.c.made_for != MadeFor.FOREIGN.value)
    return {str(row.code) for row in await rows_of(tx, select(INVITE.c.code).where(*those))}


async def personal(tx: Tx, chat_id: int, link_code: str, *, now: datetime) -> str | None:
    """The invite that the owner of this link passes on themselves. None: one has to be made."""
    mine = (INVITE.c.chat_id == chat_id, INVITE.c.made_for == spelled("member"), INVITE.c.link_code == link_code)
    living = (INVITE.c.gone_at.is_(None), INVITE.c.expires_at > now + REUSED_FOR)
    rows = await rows_of(tx, select(INVITE.c.code).where(*mine, *living).order_by(INVITE.c.expires_at.desc()).limit(1))
    return str(rows[0].code) if rows else None


async def pool(tx: Tx, chat_id: int, *, now: datetime) -> Pool:
    """What `pool_wants` has to know."""
    here = INVITE.c.chat_id == chat_id
    living = (here, INVITE.c.gone_at.is_(None), INVITE.c.expires_at.is_(None) | (INVITE.c.expires_at > now))
    visits = (here, INVITE.c.made_for == spelled("visit"), INVITE.c.taken_at > now - PACE_OF)
    missed = select(SERVER.c.missed_at).where(SERVER.c.chat_id == chat_id, SERVER.c.missed_at > now - MISSED_FOR)
    return Pool(
        free=await _count(tx, here, *_IS_FREE, INVITE.c.expires_at > now + USABLE),
        ours=await _count(tx, *living, INVITE.c.made_for != MadeFor.FOREIGN.value),
        in_server=await _count(tx, *living),
        taken_lately=await _count(tx, *visits),
        missed_lately=bool(await rows_of(tx, missed)),
    )


async def expired(tx: Tx, *, now: datetime) -> None:
    """Forget what nobody can ask about any more."""
    over = (INVITE.c.gone_at.is_(None), INVITE.c.expires_at <= now - timedelta(hours=1))
    await tx.execute(update(INVITE).where(*over).values(gone_at=INVITE.c.expires_at))
    await tx.execute(delete(INVITE).where(INVITE.c.gone_at <= now - INVITES_KEPT_FOR))
    await tx.execute(delete(_EXPECTED).where(_EXPECTED.c.until <= now - ARRIVALS_KEPT_FOR))
    old = (ARRIVAL.c.joined_at <= now - ARRIVALS_KEPT_FOR, ARRIVAL.c.state != "open", ARRIVAL.c.ask_at.is_(None))
    await tx.execute(delete(ARRIVAL).where(*old))


async def shut(tx: Tx, chat_id: int, reason: Shut, *, until: datetime, now: datetime) -> None:
    """No invites can be made here until then. The organizers are told once a day for each reason."""
    await store.hold(tx, chat_id)
    await store.change(tx, chat_id, shut_reason=reason.value, shut_until=until)
    await outbox.put(tx, await _notes(tx, chat_id, reason, now=now))


async def is_shut(tx: Tx, chat_id: int, *, now: datetime) -> Shut | None:
    """Why no invites can be made here now."""
    rows = await rows_of(tx, select(SERVER.c.shut_reason, SERVER.c.shut_until).where(SERVER.c.chat_id == chat_id))
    return Shut(rows[0].shut_reason) if rows and rows[0].shut_reason and rows[0].shut_until > now else None


async def opened(tx: Tx, chat_id: int) -> None:
    """Invites can be made here again."""
    shut_now = (SERVER.c.chat_id == chat_id, SERVER.c.shut_reason.is_not(None))
    await tx.execute(update(SERVER).where(*shut_now).values(shut_reason=None, shut_until=None))


async def _notes(tx: Tx, chat_id: int, reason: Shut, *, now: datetime) -> list[Outgoing]:
    named = (await chats.named_by(tx)).get(chat_id, ())
    running = [each for each in await campaigns.applied(tx) if each.id in named and each.is_open(now)]
    wanted = {account: each for each in running for account in each.campaign.organizers}
    server = (await rows_of(tx, select(_CHAT.c.title, _CHAT.c.native_id).where(_CHAT.c.id == chat_id)))[0]
    notes = []
    for account, member in (await members.by_account(tx, wanted)).items():
        if member.reachable:
            title = in_language(wanted[account].campaign.title, member.speaks)
            about = {"title": title, "server": server.title or str(server.native_id), "reason": reason.value}
            notes.append(
                Outgoing(
                    key=f"invites_shut/{chat_id}/{reason}/{now.date()}/{member.id}",
                    door=account.platform,
                    address=account.id,
                    kind="news",
                    content={"news": "invites_shut", "language": member.speaks, **about},
                    due_at=now,
                )
            )
    return notes


async def _missed(tx: Tx, chat_id: int, *, now: datetime) -> None:
    """Kept once in a while: many may find it empty at once."""
    await insert_new(tx, SERVER, [{"chat_id": chat_id, "vanity_loose": 0}])
    old = SERVER.c.missed_at.is_(None) | (SERVER.c.missed_at <= now - MISSED_FOR / 2)
    await tx.execute(update(SERVER).where(SERVER.c.chat_id == chat_id, old).values(missed_at=now))


async def _count(tx: Tx, *where: ColumnElement[bool]) -> int:
    return int((await tx.execute(select(func.count()).select_from(INVITE).where(*where))).scalar_one())


def _row(chat_id: int, invite: Invite, made_for: MadeFor, *, now: datetime) -> dict[str, Any]:
    return {
        "chat_id": chat_id,
        "code": invite.code,
        "uses": invite.uses,
        "max_uses": invite.max_uses,
        "made_for": made_for.value,
        "made_at": now,
        "expires_at": invite.expires_at,
        "loose": 0,
        "maybe": False,
    }

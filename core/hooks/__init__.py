"""Webhooks: where the brands' shops are told of rewards, and what they are told (Standard Webhooks 1.0.0).

Here an event is written and counted; it goes out by the outbox, under the door `webhook`.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, literal, select, update

from core import links, outbox
from core.database import Conflict, Tx, UtcTime, as_note, insert_rows, rows_of, table_of, upsert
from core.hooks import rules
from core.hooks.notes import notes
from core.hooks.table import EndpointRow, SecretRow, SequenceRow
from core.hooks.values import Endpoint, Event, Off, State, Type, Who
from core.outbox import Outgoing, replaying

DOOR = "webhook"
KIND = "webhook"

Random = Callable[[int], bytes]

_ENDPOINT, _SECRET, _SEQUENCE = table_of(EndpointRow), table_of(SecretRow), table_of(SequenceRow)
_ENDPOINTS = select(_ENDPOINT)

__all__ = [
    "DOOR",
    "KIND",
    "Endpoint",
    "Event",
    "Off",
    "State",
    "Type",
    "Who",
    "enable",
    "endpoint",
    "event",
    "every",
    "failed",
    "get",
    "of_campaign",
    "purge",
    "rotate",
    "secrets_of",
    "took",
    "under",
]


async def endpoint(tx: Tx, url: str, *, now: datetime, random: Random = secrets.token_bytes) -> Endpoint:
    """The endpoint at this address, which is made, with a secret of its own, when it is first asked for."""
    if (found := await under(tx, url)) is not None:
        return found
    is_new = await insert_rows(tx, _ENDPOINT, ("url", "made_at"), [(url, now)], conflict=Conflict.SKIP)
    made = await under(tx, url)
    assert made is not None
    if is_new:
        await _add_secret(tx, made.id, random)
    return made


async def event(tx: Tx, told: Event, *, now: datetime, random: Random = secrets.token_bytes) -> Outgoing:
    """What has to go into the outbox so that the shop is told of this.

    As long as an event is in the outbox, also one that failed, it is the same one with the same number. Whoever asks
    holds the campaign.
    """
    target = await endpoint(tx, told.url, now=now, random=random)
    key = f"{DOOR}/{rules.id_of(told)}"
    content = await replaying.content_of(tx, key)
    if content is None:
        link = (await links.of_members(tx, [told.member.id])).get((told.campaign_id, told.member.id))
        sequence = await _next(tx, target.id, told.campaign_id)
        body = rules.body(told, sequence=sequence, code=link.code if link else None)
        content = {"id": rules.id_of(told), "body": body}
    return Outgoing(key=key, door=DOOR, address=target.id, kind=KIND, content=content, due_at=now)


async def get(tx: Tx, endpoint_id: int) -> Endpoint | None:
    """The endpoint with this number."""
    rows = await rows_of(tx, _ENDPOINTS.where(_ENDPOINT.c.id == endpoint_id))
    return _endpoint(rows[0]) if rows else None


async def under(tx: Tx, url: str) -> Endpoint | None:
    """The endpoint at this address, if there is one already."""
    rows = await rows_of(tx, _ENDPOINTS.where(_ENDPOINT.c.url == url))
    return _endpoint(rows[0]) if rows else None


async def every(tx: Tx) -> list[Endpoint]:
    """All endpoints, by address."""
    return [_endpoint(row) for row in await rows_of(tx, _ENDPOINTS.order_by(_ENDPOINT.c.url))]


async def of_campaign(tx: Tx, campaign_id: int) -> list[Endpoint]:
    """The endpoints that events of this campaign went to, by address."""
    used = select(_SEQUENCE.c.endpoint_id).where(_SEQUENCE.c.campaign_id == campaign_id)
    rows = await rows_of(tx, _ENDPOINTS.where(_ENDPOINT.c.id.in_(used)).order_by(_ENDPOINT.c.url))
    return [_endpoint(row) for row in rows]


async def secrets_of(tx: Tx, endpoint_id: int, *, now: datetime) -> list[str]:
    """What an event is signed with now; the newest first."""
    holds = _SECRET.c.until.is_(None) | (_SECRET.c.until > now)
    query = select(_SECRET.c.secret).where(_SECRET.c.endpoint_id == endpoint_id, holds)
    return [row.secret for row in await rows_of(tx, query.order_by(_SECRET.c.id.desc()))]


async def rotate(tx: Tx, endpoint_id: int, *, now: datetime, random: Random = secrets.token_bytes) -> None:
    """Give the endpoint a new secret. Events are signed with the one before too, for a day."""
    newest = (_SECRET.c.endpoint_id == endpoint_id, _SECRET.c.until.is_(None))
    await tx.execute(update(_SECRET).where(*newest).values(until=now + rules.OVERLAP))
    await _add_secret(tx, endpoint_id, random)


async def enable(tx: Tx, endpoint_id: int) -> None:
    """Send there again, and forget that it failed."""
    await _set(tx, endpoint_id, failing_since=None, error=None, disabled_at=None)


async def took(tx: Tx, endpoint_id: int) -> None:
    """The shop has taken an event: whatever was wrong is over."""
    failing = (_ENDPOINT.c.id == endpoint_id, _ENDPOINT.c.failing_since.is_not(None), _ENDPOINT.c.disabled_at.is_(None))
    await tx.execute(update(_ENDPOINT).where(*failing).values(failing_since=None, error=None))


async def failed(
    tx: Tx, endpoint_id: int, error: str, *, now: datetime, gone: bool = False, last: bool = False
) -> None:
    """The shop has not taken an event. `gone`: it wants no more, ever. `last`: this was the event's last try.

    An endpoint that is gone, or that has not taken anything for days, is disabled, and organizers are told.
    """
    since = func.coalesce(_ENDPOINT.c.failing_since, literal(now, UtcTime()))
    await _set(tx, endpoint_id, failing_since=since, error=as_note(error))
    found = await get(tx, endpoint_id)
    if found is None or found.failing_since is None or found.disabled_at is not None:
        return
    if gone or (last and rules.is_over(found.failing_since, now=now)):
        await _set(tx, endpoint_id, disabled_at=now)
        used_by = select(_SEQUENCE.c.campaign_id).where(_SEQUENCE.c.endpoint_id == endpoint_id)
        of = {row.campaign_id for row in await rows_of(tx, used_by)}
        await outbox.put(tx, await notes(tx, found, of, Off.GONE if gone else Off.FAILING, now=now))


async def purge(tx: Tx, *, now: datetime) -> None:
    """Forget secrets that nothing is signed with any more."""
    await tx.execute(delete(_SECRET).where(_SECRET.c.until <= now))


async def _next(tx: Tx, endpoint_id: int, campaign_id: int) -> int:
    first = upsert(tx, _SEQUENCE).values(endpoint_id=endpoint_id, campaign_id=campaign_id, last=1)
    key, counted = ["endpoint_id", "campaign_id"], {"last": _SEQUENCE.c.last + 1}
    one_more = first.on_conflict_do_update(index_elements=key, set_=counted).returning(_SEQUENCE.c.last)
    return int((await tx.execute(one_more)).scalar_one())


async def _add_secret(tx: Tx, endpoint_id: int, random: Random) -> None:
    await insert_rows(tx, _SECRET, ("endpoint_id", "secret"), [(endpoint_id, rules.new_secret(random))])


async def _set(tx: Tx, endpoint_id: int, **change: Any) -> None:
    await tx.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**change))


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(**row._mapping)

"""`sayso webhooks`: where the brands' shops are told of rewards, what they verify it with, and what did not arrive."""

import json
import secrets as chance
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from bots.cli import opening, showing
from bots.cli.files import counted
from bots.cli.main import Entry
from bots.web.hooks import Poster
from core import campaign as campaigns
from core import hooks
from core.clock import SystemClock
from core.database import Tx
from core.errors import OperatorError
from core.hooks import Endpoint, State, rules
from core.outbox import replaying
from core.outbox.replaying import Undelivered

SHOWN = 1000


class UnknownEndpointError(OperatorError):
    """No campaign sends anything to this address."""

    code = "unknown_endpoint"


class UnknownEventError(OperatorError):
    """Nothing undelivered has this id."""

    code = "unknown_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An endpoint, with how many events still go there, and how many were given up."""

    endpoint: Endpoint
    waiting: int
    undelivered: int


@click.group
def webhooks() -> None:
    """Show the shops told of rewards; replay what did not arrive."""


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_obj
def list_(entry: Entry, as_json: bool) -> None:
    """Show each address and how it is, without its secret."""
    entry.start_log()
    found = opening.run(lambda: _every(entry))
    if as_json:
        showing.as_json([_json(each) for each in found])
    elif showing.on_terminal() and found:
        columns = ("address", "state", "failing since", "waiting", "undelivered")
        showing.show(showing.table("Webhooks", columns, [list(_figures(each)) for each in found]))
    else:
        for each in found:
            url, state, since, waiting, undelivered = _figures(each)
            told = f"{url}: {state}, failing since {since}, waiting {waiting}, undelivered {undelivered}"
            click.echo(showing.clean(told))
    if not found:
        click.echo("sayso webhooks: nothing was sent yet; a reward with `webhook` is what sends", err=True)


@webhooks.command
@click.argument("url")
@click.pass_obj
def secret(entry: Entry, url: str) -> None:
    """Print what the shop at URL verifies webhooks with."""
    entry.start_log()
    click.echo(opening.run(lambda: _secret(entry, url, rotating=False)))
    click.echo("sayso webhooks: put it where the shop keeps its secrets, and nowhere else", err=True)


@webhooks.command
@click.argument("url")
@click.pass_obj
def rotate(entry: Entry, url: str) -> None:
    """Make a new secret for URL and print it; the old one is used beside it for a day."""
    entry.start_log()
    click.echo(opening.run(lambda: _secret(entry, url, rotating=True)))
    hours = rules.OVERLAP.total_seconds() / 3600
    click.echo(f"sayso webhooks: for {hours:.0f} hours, events are signed with the old one too", err=True)


@webhooks.command
@click.argument("url")
@click.pass_obj
def enable(entry: Entry, url: str) -> None:
    """Send to URL again."""
    entry.start_log()
    undelivered = opening.run(lambda: _enabled(entry, url))
    click.echo(showing.clean(f"{url}: enabled"))
    if undelivered:
        told = f"{counted(undelivered, 'event')} did not arrive; send what failed with: sayso webhooks replay --all"
        click.echo(f"sayso webhooks: {told}", err=True)


@webhooks.command
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_obj
def undelivered(entry: Entry, as_json: bool) -> None:
    """Show the events that were given up in the last 30 days, the newest first."""
    entry.start_log()
    found = opening.run(lambda: _undelivered(entry))
    if as_json:
        showing.as_json([_event(each, url) for each, url in found])
        return
    for each, url in found:
        told = _event(each, url)
        click.echo(showing.clean(f"{told['id']} {told['type']} to {url}, {told['attempts']} tries: {told['error']}"))
    if not found:
        click.echo("sayso webhooks: everything has arrived, or is still being tried", err=True)


@webhooks.command
@click.argument("event", required=False, metavar="[ID]")
@click.option("--all", "everything", is_flag=True, help="Everything that was given up.")
@click.pass_obj
def replay(entry: Entry, event: str | None, everything: bool) -> None:
    """Send again what was given up: the event ID, or --all.

    It has the same id as before, so a shop that has seen it does nothing twice.
    """
    if (event is None) is not everything:
        raise click.UsageError("name an event, or say --all")
    entry.start_log()
    click.echo(f"{counted(opening.run(lambda: _replayed(entry, event)), 'event')} will be sent again")


@webhooks.command
@click.argument("url")
@click.pass_obj
def test(entry: Entry, url: str) -> None:
    """Send a `webhook.test` to URL now, and say what came."""
    entry.start_log()
    status = opening.run(lambda: _tested(entry, url))
    click.echo(showing.clean(f"{url}: answered {status}, so it takes webhooks"))


async def _every(entry: Entry) -> list[_Seen]:
    async with opening.for_reading(entry.settings) as db:
        if db is None:
            return []
        async with db.read() as tx:
            there = await replaying.per_address(tx, hooks.DOOR)
            return [
                _Seen(endpoint=each, waiting=there.get((each.id, True), 0), undelivered=there.get((each.id, False), 0))
                for each in await hooks.every(tx)
            ]


async def _secret(entry: Entry, url: str, *, rotating: bool) -> str:
    now = SystemClock().now()
    async with opening.for_writing(entry.settings) as db, db.begin() as tx:
        endpoint = await _endpoint(tx, url, now)
        if rotating:
            await hooks.rotate(tx, endpoint.id, now=now)
        return (await hooks.secrets_of(tx, endpoint.id, now=now))[0]


async def _endpoint(tx: Tx, url: str, now: datetime) -> Endpoint:
    """The endpoint; one that a campaign names is made before its first event, so that the shop can be set up."""
    if (found := await hooks.under(tx, url)) is not None:
        return found
    applied = [each.campaign for each in await campaigns.applied(tx)]
    if not any(reward.kind == "webhook" and reward.setting == url for each in applied for reward in each.rewards):
        fix = "write it as the campaign's file does, or apply that first; see which there are: sayso webhooks list"
        raise UnknownEndpointError("no campaign sends anything to this address", fix=fix)
    return await hooks.endpoint(tx, url, now=now)


async def _enabled(entry: Entry, url: str) -> int:
    """How many events for it were given up."""
    async with opening.for_writing(entry.settings) as db, db.begin() as tx:
        endpoint = await _endpoint(tx, url, SystemClock().now())
        await hooks.enable(tx, endpoint.id)
        return (await replaying.per_address(tx, hooks.DOOR)).get((endpoint.id, False), 0)


async def _undelivered(entry: Entry) -> Sequence[tuple[Undelivered, str]]:
    async with opening.for_reading(entry.settings) as db:
        if db is None:
            return []
        async with db.read() as tx:
            urls = {each.id: each.url for each in await hooks.every(tx)}
            given_up = await replaying.undelivered(tx, hooks.DOOR, limit=SHOWN)
            return [(each, urls[each.address]) for each in given_up]


async def _replayed(entry: Entry, event: str | None) -> int:
    keys = None if event is None else [f"{hooks.DOOR}/{event}"]
    async with opening.for_writing(entry.settings) as db, db.begin() as tx:
        disabled = [each.id for each in await hooks.every(tx) if each.state is State.DISABLED]
        sent = await replaying.again(tx, hooks.DOOR, keys=keys, without=disabled, now=SystemClock().now())
        if sent or event is None:
            return sent
    fix = "see which there are: sayso webhooks undelivered; a disabled address is enabled first"
    raise UnknownEventError(f"nothing undelivered is called {event!r}, or its address is disabled", fix=fix)


async def _tested(entry: Entry, url: str) -> int:
    now, poster = SystemClock().now(), Poster(entry.settings.hook_networks)
    async with opening.for_writing(entry.settings) as db, db.begin() as tx:
        endpoint = await _endpoint(tx, url, now)
        signed_with = await hooks.secrets_of(tx, endpoint.id, now=now)
    event_id = f"evt_test{chance.token_hex(16)}"
    try:
        answer = await poster.deliver(url, event_id, rules.body_of_test(event_id, at=now), signed_with, now=now)
    finally:
        await poster.close()
    return answer.status


def _figures(seen: _Seen) -> Iterator[object]:
    endpoint = seen.endpoint
    yield endpoint.url
    yield endpoint.state.value
    yield f"{endpoint.failing_since:%Y-%m-%d %H:%M} UTC" if endpoint.failing_since else "-"
    yield seen.waiting
    yield seen.undelivered


def _json(seen: _Seen) -> dict[str, object]:
    endpoint = seen.endpoint
    return {
        "url": endpoint.url,
        "state": endpoint.state.value,
        "failing_since": endpoint.failing_since.isoformat() if endpoint.failing_since else None,
        "disabled_at": endpoint.disabled_at.isoformat() if endpoint.disabled_at else None,
        "error": endpoint.error,
        "waiting": seen.waiting,
        "undelivered": seen.undelivered,
    }


def _event(given_up: Undelivered, url: str) -> dict[str, object]:
    told = json.loads(given_up.content["body"])
    return {
        "id": given_up.content["id"],
        "url": url,
        "type": told["type"],
        "timestamp": told["timestamp"],
        "campaign": told["data"]["campaign"],
        "sequence": told["data"]["sequence"],
        "attempts": given_up.attempts,
        "error": given_up.error,
    }

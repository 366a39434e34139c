"""`sayso keys`: who may read results, and report conversions, over the web."""

from collections.abc import Iterator
from datetime import datetime

import click

from bots.cli import opening, showing
from bots.cli.main import Entry
from bots.cli.status import UnknownCampaignError
from core import campaign as campaigns
from core import keys as api_keys
from core.clock import SystemClock
from core.database import Tx
from core.errors import OperatorError
from core.keys import Key


class UnknownKeyError(OperatorError):
    """There is no key of this name."""

    code = "unknown_key"


@click.group
def keys() -> None:
    """Make, list and revoke the keys of the web's API."""


@keys.command
@click.argument("name")
@click.option("--campaign", metavar="SLUG", help="The one campaign that it may see; without, it sees all.")
@click.option("--write", is_flag=True, help="It may report conversions too, not only read.")
@click.pass_obj
def create(entry: Entry, name: str, campaign: str | None, write: bool) -> None:
    """Make a key under a NAME, and print its secret: this once, and never again."""
    entry.start_log()
    click.echo(opening.run(lambda: _created(entry, name, campaign, may_write=write)))
    click.echo("sayso keys: keep the secret well; nobody can show it again", err=True)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_obj
def list_(entry: Entry, as_json: bool) -> None:
    """Show the keys that work, without their secrets."""
    entry.start_log()
    found = opening.run(lambda: _every(entry))
    if as_json:
        showing.as_json([_json(key) for key in found])
    elif showing.on_terminal() and found:
        columns = ("name", "campaign", "may", "made", "last used")
        showing.show(showing.table("Keys", columns, [list(_figures(key)) for key in found]))
    else:
        for key in found:
            name, campaign, may, made, used = _figures(key)
            click.echo(showing.clean(f"{name}: campaign {campaign}, may {may}, made {made}, last used {used}"))
    if not found:
        click.echo("sayso keys: no key yet; make one with: sayso keys create NAME", err=True)


@keys.command
@click.argument("name")
@click.pass_obj
def revoke(entry: Entry, name: str) -> None:
    """Make the key called NAME useless from now on."""
    entry.start_log()
    opening.run(lambda: _revoked(entry, name))
    click.echo(showing.clean(f"{name}: revoked"))


async def _created(entry: Entry, name: str, campaign: str | None, *, may_write: bool) -> str:
    async with opening.for_writing(entry.settings) as db, db.begin() as tx:
        seen = None if campaign is None else await _campaign(tx, campaign)
        return await api_keys.create(tx, name, campaign_id=seen, may_write=may_write, now=SystemClock().now())


async def _campaign(tx: Tx, slug: str) -> int:
    found = await campaigns.by_slug(tx, slug)
    if found is None:
        raise UnknownCampaignError(f"there is no campaign {slug!r}", fix="see which there are with: sayso status")
    return found.id


async def _every(entry: Entry) -> list[Key]:
    async with opening.for_reading(entry.settings) as db:
        if db is None:
            return []
        async with db.read() as tx:
            return await api_keys.every(tx)


async def _revoked(entry: Entry, name: str) -> None:
    async with opening.for_writing(entry.settings) as db, db.begin() as tx:
        if not await api_keys.revoke(tx, name):
            raise UnknownKeyError(f"there is no key {name!r}", fix="see which there are with: sayso keys list")


def _figures(key: Key) -> Iterator[str]:
    yield key.name
    yield key.campaign or "(all)"
    yield "read and write" if key.may_write else "read"
    yield f"{key.created_at:%Y-%m-%d %H:%M} UTC"
    yield f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"


def _json(key: Key) -> dict[str, object]:
    return {
        "name": key.name,
        "campaign": key.campaign,
        "may_write": key.may_write,
        "created_at": _iso(key.created_at),
        "last_used_at": _iso(key.last_used_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

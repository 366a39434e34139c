"""`sayso codes`: the pools of promo codes, and filling them. No code is ever shown."""

from collections.abc import Sequence
from pathlib import Path

import click

from bots.cli import opening, progress, showing
from bots.cli.files import counted
from bots.cli.main import Entry
from bots.cli.problems import CommandFailedError
from campaigns.codes import BroughtIn, CodesFile, Look, bring_in, look_through
from core import codes as pools
from core.clock import Clock, SystemClock
from core.codes import Pool
from core.database import Database
from core.errors import OperatorError


class UnknownPoolError(OperatorError):
    """No campaign has a pool of this name, or several do."""

    code = "unknown_pool"


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the pools as JSON.")
@click.pass_context
def codes(ctx: click.Context, as_json: bool) -> None:
    """Show how many promo codes are left; fill the pools."""
    if ctx.invoked_subcommand is not None:
        return
    ctx.obj.start_log()
    found = opening.run(lambda: _every(ctx.obj))
    columns = ("campaign", "pool", "left", "given", "total", "waiting")
    rows = [(each.campaign, each.name, each.left, each.given, each.total, each.waiting) for each in found]
    if as_json:
        showing.as_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif showing.on_terminal() and rows:
        showing.show(showing.table("Codes", columns, rows))
    else:
        for campaign, name, *figures in rows:
            told = ", ".join(f"{what} {n}" for what, n in zip(columns[2:], figures, strict=True))
            click.echo(f"{campaign}, {name}: {told}")
    if not rows:
        click.echo("sayso codes: no pool yet; a campaign file names its pools under codes", err=True)


@codes.command("import")
@click.argument("pool")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--campaign", metavar="SLUG", help="The campaign that has the pool, if several have one of its name.")
@click.pass_obj
def import_(entry: Entry, pool: str, file: Path, campaign: str | None) -> None:
    """Put the codes of FILE, one on each line, into POOL.

    Codes that are in a pool already stay there, so it can be done again, also after it was broken off. Rewards that
    waited for codes are given. With an error in the file nothing is changed, and it exits 1.
    """
    entry.start_log()
    look = _looked(file)
    opening.run(lambda: _import(entry, pool, file, campaign, look))


async def fill(db: Database, files: Sequence[CodesFile], clock: Clock, *, command: str) -> None:
    """Bring in the files that campaigns name, and say what came of each."""
    for file in files:
        look = _looked(file.path, may_be_empty=True)
        found = await _pools(db)
        pool = next(each for each in found if (each.campaign, each.name) == (file.campaign, file.pool))
        await _fill(db, file.path, pool, look, clock, command)


def _looked(path: Path, *, may_be_empty: bool = False) -> Look:
    """What the file has; if anything in it is wrong, that is said and the command ends."""
    look = look_through(path)
    for flaw in look.flaws:
        click.echo(f"{path}:{flaw.line}: error: {flaw.problem}; {flaw.fix}", err=True)
    if look.more:
        click.echo(f"{path}: error: there are {look.more} more such lines; put these right first", err=True)
    if not look.flaws and not look.codes and not may_be_empty:
        click.echo(f"{path}:1: error: there is no code in the file; write one on each line", err=True)
    if look.flaws or not (look.codes or may_be_empty):
        raise CommandFailedError
    return look


async def _import(entry: Entry, name: str, path: Path, campaign: str | None, look: Look) -> None:
    async with opening.for_writing(entry.settings) as db:
        pool = _named(await _pools(db), name, campaign)
        await _fill(db, path, pool, look, SystemClock(), "sayso codes")


async def _fill(db: Database, path: Path, pool: Pool, look: Look, clock: Clock, command: str) -> None:
    with progress.shown(command, "codes") as shown:
        done = await bring_in(db, path, pool, look, clock=clock, progress=shown)
    if (look.codes and not done.was_known) or done.released:
        left = next(each.left for each in await _pools(db) if each.id == pool.id)
        click.echo(f"{pool.campaign}, {pool.name}: {_told(pool, done)}, {left} left", err=command != "sayso codes")


def _told(pool: Pool, done: BroughtIn) -> str:
    elsewhere = {where: n for where, n in sorted(done.known.items()) if where != (pool.campaign, pool.name)}
    parts = [f"{counted(done.new, 'code')} new", f"{done.known[pool.campaign, pool.name]} known"]
    parts += [f"{n} left in the pool {name} of {campaign}" for (campaign, name), n in elsewhere.items()]
    return ", ".join([*parts, *([f"{counted(done.released, 'reward')} given that waited"] if done.released else [])])


def _named(found: Sequence[Pool], name: str, campaign: str | None) -> Pool:
    here = [each for each in found if campaign in (None, each.campaign)]
    fits = [each for each in here if each.name == name]
    if len(fits) == 1:
        return fits[0]
    if fits:
        fix = f"name one of them: --campaign {fits[0].campaign}"
        raise UnknownPoolError(f"several campaigns have a pool {name!r}", fix=fix)
    names = ", ".join(sorted({each.name for each in here}))
    fix = f"name one of {names}" if names else "name it under codes in the campaign's file, and apply that"
    raise UnknownPoolError(f"there is no pool {name!r}" + (f" in {campaign}" if campaign else ""), fix=fix)


async def _pools(db: Database) -> list[Pool]:
    async with db.read() as tx:
        return await pools.pools(tx)


async def _every(entry: Entry) -> list[Pool]:
    async with opening.for_reading(entry.settings) as db:
        return [] if db is None else await _pools(db)

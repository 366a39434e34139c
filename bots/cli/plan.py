"""`sayso plan` and `sayso apply`: what campaign files would change in the running system; changing it."""

from collections.abc import Sequence
from pathlib import Path

import click

from bots.cli import opening, showing
from bots.cli.codes import fill
from bots.cli.files import Wanted, counted, wanted_in
from bots.cli.main import Entry
from bots.cli.servers import in_chats, needs_telegram, on_discord
from bots.exchange.findings import Finding
from campaigns import apply as applying
from campaigns.apply import Change, What
from core.campaign.values import Campaign, Platform
from core.clock import SystemClock

_FILES = click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))


@click.command
@_FILES
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@click.pass_obj
def plan(entry: Entry, files: tuple[Path, ...], as_json: bool) -> None:
    """Show what campaign files would change.

    Changes nothing. Exit 1 if a file has an error.
    """
    wanted = wanted_in(files)
    entry.start_log()
    changes = opening.run(lambda: _planned(entry, wanted))
    if as_json:
        showing.as_json([_json(change) for change in changes])
    else:
        _show(changes)
        click.echo(f"sayso plan: {_summary(changes, 'to change')}", err=True)


@click.command
@_FILES
@click.pass_obj
def apply(entry: Entry, files: tuple[Path, ...]) -> None:
    """Make campaign files the running ones.

    Applying the same files again changes nothing. With an error in any of them, nothing is changed, and it exits 1.
    What stands in their way on Telegram and Discord, such as a role above the bot's own, is said as a warning.
    """
    wanted = wanted_in(files)
    entry.start_log()
    changes, doubts = opening.run(lambda: _applied(entry, wanted))
    _show(changes)
    for each in doubts:
        click.echo(f"sayso apply: warning: {each.about}: {showing.clean(each.told)}; {each.fix}", err=True)
    click.echo(f"sayso apply: {_summary(changes, 'applied')}", err=True)


async def _planned(entry: Entry, wanted: Wanted) -> list[Change]:
    async with opening.for_reading(entry.settings) as db:
        if db is None:
            return [Change(slug=campaign.slug, what=What.NEW) for campaign in wanted.campaigns]
        async with db.read() as tx:
            return await applying.plan(tx, wanted.campaigns)


async def _applied(entry: Entry, wanted: Wanted) -> tuple[list[Change], list[Finding]]:
    """What was changed, and what stands in the campaigns' way at the messengers."""
    async with opening.for_writing(entry.settings) as db:
        async with db.begin() as tx:
            changes = await applying.apply(tx, wanted.campaigns, wanted.media, now=SystemClock().now())
        await fill(db, wanted.codes, SystemClock(), command="sayso apply")
    return changes, [each for each in await _looked_at(entry, wanted.campaigns) if not each.is_well]


async def _looked_at(entry: Entry, campaigns: Sequence[Campaign]) -> list[Finding]:
    """What the messengers say about these campaigns, where there is a token to ask with."""
    found: list[Finding] = []
    if entry.settings.telegram_token is not None and any(needs_telegram(each) for each in campaigns):
        found += await in_chats(entry.settings, campaigns)
    if entry.settings.discord_token is not None and any(each.is_on(Platform.DISCORD) for each in campaigns):
        found += await on_discord(entry.settings, campaigns)
    return found


def _show(changes: Sequence[Change]) -> None:
    for change in changes:
        if showing.on_terminal() and change.differences:
            rows = [(each.path, _value(each.now), _value(each.then)) for each in change.differences]
            showing.show(showing.table(f"{change.slug}: {change.what}", ("setting", "now", "then"), rows))
        else:
            click.echo(f"{change.slug}: {change.what}")
            for each in change.differences:
                click.echo(f"  {each.path}: {_value(each.now)} -> {_value(each.then)}")


def _value(value: object) -> str:
    return "(none)" if value is None else showing.clean(str(value))


def _json(change: Change) -> dict[str, object]:
    differences = [{"path": each.path, "now": each.now, "then": each.then} for each in change.differences]
    return {"campaign": change.slug, "what": change.what.value, "differences": differences}


def _summary(changes: Sequence[Change], done: str) -> str:
    new, changed, same = (
        sum(change.what is what for change in changes) for what in (What.NEW, What.CHANGED, What.UNCHANGED)
    )
    if not new + changed:
        return f"nothing to change in {counted(same, 'campaign')}"
    return f"{counted(new + changed, 'campaign')} {done} ({new} new, {changed} changed), {same} unchanged"

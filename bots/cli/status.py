"""`sayso status`: how campaigns are going."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from bots.cli import opening, showing
from bots.cli.main import Entry
from bots.texts.ranges import shares_seen
from core import campaign as campaigns
from core.clock import SystemClock
from core.database import Database
from core.errors import OperatorError
from core.status import FACTS, Status
from core.status import status as status_of


class UnknownCampaignError(OperatorError):
    """No campaign of this id was ever applied."""

    code = "unknown_campaign"


@click.command
@click.argument("campaign", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one campaign as an object, all of them as a list.")
@click.pass_obj
def status(entry: Entry, campaign: str | None, as_json: bool) -> None:
    """Show how campaigns are going.

    Names one CAMPAIGN by its id in the file, or shows all of them.
    """
    entry.start_log()
    found = opening.run(lambda: _found(entry, campaign))
    if as_json:
        showing.as_json(found[0].as_json() if campaign else [each.as_json() for each in found])
        return
    if not found:
        click.echo("no campaign yet; apply a file with: sayso apply FILE")
    show(found)


async def statuses(db: Database, campaign: str | None) -> list[Status]:
    """The figures of the campaign, or of all. Raises UnknownCampaignError."""
    now = SystemClock().now()
    async with db.read() as tx:
        every = await campaigns.applied(tx)
        wanted = [each for each in every if campaign in (None, each.campaign.slug)]
        if campaign and not wanted:
            raise _unknown(campaign, [each.campaign.slug for each in every])
        return [await status_of(tx, each, now=now) for each in wanted]


def show(found: Sequence[Status]) -> None:
    """Print them: tables on a terminal, else plain lines."""
    for each in found:
        if showing.on_terminal():
            showing.show(*tables(each))
        else:
            click.echo("\n".join(_lines(each)))


async def _found(entry: Entry, campaign: str | None) -> list[Status]:
    async with opening.for_reading(entry.settings) as db:
        if db is None and campaign:
            raise _unknown(campaign, [])
        return await statuses(db, campaign) if db else []


def _unknown(campaign: str, known: Sequence[str]) -> UnknownCampaignError:
    fix = f"name one of {', '.join(known)}" if known else "apply its file first: sayso apply FILE"
    return UnknownCampaignError(f"there is no campaign {campaign!r}", fix=fix)


def _figures(status: Status) -> Iterator[tuple[str, str]]:
    """Each line: what it is about, and its figures in words."""
    yield "facts", _counts({name: getattr(status, name) for name in FACTS})
    for name in ("referrals", "arrivals", "rewards", "inbox", "outbox"):
        figures = getattr(status, name)
        yield name, _counts({each: getattr(figures, each) for each in figures.__slots__})
    yield "cascade", _cascade(status.cascade)
    for channel, seen in status.sharing.items():
        of = "sum of these" if channel == "total" else channel
        yield f"shares, {of}", shares_seen("en", seen)
    for post in status.forwards:
        yield "passed on", showing.clean(f"{post.chat}, post {post.post}: {post.seen}")
    for due in status.occurrences.upcoming:
        yield "next", showing.clean(f"{due.name} on {due.due_at:%Y-%m-%d %H:%M} UTC")
    for past in status.occurrences.past:
        if past.state == "done":
            note = f": {past.note}" if past.note else ""
            yield "done", showing.clean(f"{past.name} on {past.due_at:%Y-%m-%d %H:%M} UTC{note}")
    if (each := status.broadcast) is not None:
        figures = _counts({"sent": each.sent, "waiting": each.waiting, "could not be written to": each.failed})
        yield "announcement", f"{each.state}, {figures}"
    for missed in status.missed:
        note = f": {missed.note}" if missed.note else ""
        yield "missed", showing.clean(f"{missed.name} on {missed.due_at:%Y-%m-%d %H:%M} UTC{note}")
    for shop in status.shops:
        yield "webhooks", showing.clean(f"{shop.host} {shop.state}: {shop.error}")


def _cascade(figures: Mapping[str, Any]) -> str:
    """The figures that are single numbers, with a dash for what cannot be known yet."""
    plain = {name: value for name, value in figures.items() if not isinstance(value, dict)}
    return ", ".join(f"{name} {_number(value)}" for name, value in plain.items())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def _counts(figures: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in figures.items())


def _lines(status: Status) -> Iterator[str]:
    yield f"{status.campaign}: {status.state}"
    for name, figures in _figures(status):
        yield f"  {name}: {figures}"
    for each in status.leaderboard:
        yield f"  {each.rank}. {showing.clean(each.name)}: qualified {each.qualified}, points {each.points}"


def tables(status: Status) -> Iterator[object]:
    """The campaign as tables for a terminal."""
    yield showing.table(f"{status.campaign}: {status.state}", ("what", "figures"), list(_figures(status)))
    if status.leaderboard:
        rows = [(each.rank, each.name, each.qualified, each.points) for each in status.leaderboard]
        yield showing.table("Leaderboard", ("rank", "name", "qualified", "points"), rows)

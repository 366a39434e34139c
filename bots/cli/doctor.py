"""`sayso doctor`: whether everything around Sayso is as it has to be, and what to do where it is not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import click

from bots.cli import opening, showing
from bots.cli.files import counted
from bots.cli.main import Entry
from bots.cli.servers import on_discord, on_telegram
from bots.cli.settings import Settings
from bots.discord.app import DISCORD
from bots.exchange.findings import Finding
from bots.telegram.app import TELEGRAM
from core import campaign as campaigns
from core import hooks, outbox
from core.campaign.values import Campaign, Platform
from core.clock import SystemClock
from core.errors import SaysoError
from core.hooks import Endpoint, State
from core.outbox import Failure

OFF_BY = timedelta(seconds=10)
"""A clock that is further from the messengers' than this misplaces joins and signs."""

SHOWN = 10
WITHIN = aiohttp.ClientTimeout(total=10)


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_obj
def doctor(entry: Entry, as_json: bool) -> int:
    """Look at tokens, rights, the clock and the address; say what to do.

    Changes nothing. Exit 1 if anything is not as it has to be.
    """
    entry.start_log()
    found = opening.run(lambda: examine(entry.settings))
    if as_json:
        showing.as_json([{"about": each.about, "told": each.told, "fix": each.fix} for each in found])
    else:
        for each in found:
            mark, fix = ("ok", "") if each.is_well else ("to do", f"; {each.fix}")
            click.echo(f"{mark:>6}  {each.about}: {showing.clean(each.told)}{fix}")
    return int(any(not each.is_well for each in found))


async def examine(settings: Settings) -> list[Finding]:
    """Everything that can be looked at from here."""
    database, applied = await _database(settings)
    found = [*database, *await on_telegram(settings, applied), *await on_discord(settings, applied)]
    async with aiohttp.ClientSession(timeout=WITHIN) as session:
        return [*found, *await _clock(settings, session), *await _public(settings, applied, session)]


async def _database(settings: Settings) -> tuple[list[Finding], list[Campaign]]:
    """How the database is, what waits in it because something went wrong, and its campaigns."""
    try:
        async with opening.for_reading(settings) as db:
            if db is None:
                fix = "apply a campaign: sayso apply FILE"
                return [Finding(about="the database", told="is empty", fix=fix)], []
            async with db.read() as tx:
                applied = [each.campaign for each in await campaigns.applied(tx)]
                held = await outbox.held(tx, limit=SHOWN)
                shops = [_shop(each) for each in await hooks.every(tx)]
            name = "SQLite" if db.is_sqlite else "PostgreSQL"
            told = Finding(about="the database", told=f"{name}, {counted(len(applied), 'campaign')}")
            return [told, *shops, *(_held(each) for each in held)], applied
    except SaysoError as error:
        return [Finding(about="the database", told=error.problem, fix=error.fix)], []


def _shop(endpoint: Endpoint) -> Finding:
    """Whether a shop takes the webhooks that it is sent."""
    about = f"webhooks to {endpoint.host}"
    if endpoint.state is State.WELL:
        return Finding(about=about, told="are taken")
    problem, _, fix = (endpoint.error or "").rpartition("; ")
    since = f"{endpoint.failing_since:%Y-%m-%d %H:%M} UTC" if endpoint.failing_since else "some time ago"
    if endpoint.state is State.FAILING:
        return Finding(about=about, told=f"fail since {since}: {problem}", fix=fix or "look at the shop")
    again = "then sayso webhooks enable URL, and sayso webhooks replay --all"
    return Finding(about=about, told=f"are off, after failing since {since}: {problem}", fix=f"{fix}, {again}")


def _held(waiting: Failure) -> Finding:
    """Something that is to go out and cannot, with what the door said about it."""
    problem, _, fix = waiting.error.rpartition("; ")
    return Finding(about=f"a {waiting.kind} that waits", told=problem or waiting.error, fix=fix or "see the log")


async def _clock(settings: Settings, session: aiohttp.ClientSession) -> list[Finding]:
    """Beside a messenger's."""
    server = messenger(settings)
    if server is None:
        return []
    try:
        async with session.get(server, allow_redirects=False) as answer:
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return [Finding(about="the clock", told="could not be compared with the messenger's")]
    return [compared(SystemClock().now(), theirs)]


def messenger(settings: Settings) -> str | None:
    """The server of a messenger that there is a token for."""
    if settings.telegram_token is not None:
        return settings.telegram_api or TELEGRAM
    return (settings.discord_api or DISCORD) if settings.discord_token is not None else None


def compared(ours: datetime, theirs: datetime) -> Finding:
    """Our clock beside another one."""
    off = abs(ours - theirs)
    if off > OFF_BY:
        told = f"is {off.total_seconds():.0f} s away from the messenger's"
        return Finding(about="the clock", told=told, fix="let the machine set its clock by NTP")
    return Finding(about="the clock", told="is right")


async def _public(settings: Settings, applied: Sequence[Campaign], session: aiohttp.ClientSession) -> list[Finding]:
    """Whether the world's address leads to a Sayso that works."""
    about = "the public address"
    if settings.public_url is None:
        return [_no_address(about, applied)]
    try:
        async with session.get(f"{settings.public_url}/healthz") as answer:
            if answer.status == 200:
                return [Finding(about=about, told=f"{settings.public_url} answers")]
            told = f"{settings.public_url} answers {answer.status}"
    except (aiohttp.ClientError, TimeoutError) as error:
        told = f"{settings.public_url} cannot be reached ({type(error).__name__})"
    return [Finding(about=about, told=told, fix="start Sayso, and look at the proxy in front of it")]


def _no_address(about: str, applied: Sequence[Campaign]) -> Finding:
    if not any(each.is_on(Platform.DISCORD) for each in applied):
        return Finding(about=about, told="is not set; members' links lead straight into Telegram")
    told = "is not set, so friends come to Discord by invites of several uses, which are seen less surely"
    return Finding(about=about, told=told, fix="set SAYSO_PUBLIC_URL")

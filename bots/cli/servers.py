"""What stands in the way of campaigns on Discord: asked by `sayso doctor` of all, by `sayso apply` of those applied."""

import asyncio
from collections.abc import Sequence

from bots.cli.settings import Settings
from bots.discord.app import logged_in
from bots.discord.checks import checks
from bots.exchange.findings import Finding
from bots.web.join import BACK
from core.campaign.values import Campaign, Platform
from core.errors import SaysoError

PATIENCE = 20.0
"""Seconds within which Discord must have answered everything."""


async def on_discord(settings: Settings, applied: Sequence[Campaign]) -> list[Finding]:
    """The token, the intents, and in each server of these campaigns the bot's rights and roles."""
    named = any(each.is_on(Platform.DISCORD) for each in applied)
    if settings.discord_token is None:
        fix = "set SAYSO_DISCORD_TOKEN" if named else None
        return [Finding(about="Discord", told="there is no token, so it is off", fix=fix)]
    try:
        async with (
            asyncio.timeout(PATIENCE),
            logged_in(settings.discord_token.get_secret_value(), settings.discord_api) as http,
        ):
            return await checks(http, applied, back=_back(settings))
    except SaysoError as error:
        return [Finding(about="Discord", told=error.problem, fix=error.fix)]
    except TimeoutError:
        return [Finding(about="Discord", told="does not answer", fix="look at the network, and try again")]


def _back(settings: Settings) -> str | None:
    """Where Discord sends people back to who come in by their consent, if that is set up."""
    if settings.public_url is None or settings.discord_client_secret is None:
        return None
    return f"{settings.public_url}{BACK}"

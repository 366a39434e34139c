"""What stands in the way of campaigns at the messengers: asked by `sayso doctor` of all, by `sayso apply` of those
that are applied."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bots.cli.settings import Mode, Settings
from bots.discord.app import logged_in
from bots.discord.checks import checks
from bots.exchange.findings import Finding
from bots.telegram import checks as telegram
from bots.telegram.app import TELEGRAM, WEBHOOK
from bots.web.join import BACK
from core.campaign.values import Campaign, Platform
from core.errors import SaysoError

PATIENCE = 20.0
"""Seconds within which a messenger must have answered everything."""


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


async def on_telegram(settings: Settings, applied: Sequence[Campaign]) -> list[Finding]:
    """The token, how updates come, and in each chat of these campaigns the bot's rights."""
    pushed = f"{settings.public_url}{WEBHOOK}" if settings.telegram_mode is Mode.WEBHOOK else None
    return await _asked(settings, applied, lambda bot: telegram.checks(bot, applied, webhook=pushed))


async def in_chats(settings: Settings, applied: Sequence[Campaign]) -> list[Finding]:
    """The bot's rights in each chat of these campaigns on Telegram, and nothing else."""
    return await _asked(settings, applied, lambda bot: telegram.chats(bot, applied))


def needs_telegram(campaign: Campaign) -> bool:
    """Whether the campaign is on Telegram, or gives invitations into its chats."""
    return campaign.is_on(Platform.TELEGRAM) or telegram.invites(campaign)


async def _asked(
    settings: Settings, applied: Sequence[Campaign], ask: Callable[[Bot], Awaitable[list[Finding]]]
) -> list[Finding]:
    if settings.telegram_token is None:
        fix = "set SAYSO_TELEGRAM_TOKEN" if any(needs_telegram(each) for each in applied) else None
        return [Finding(about="Telegram", told="there is no token, so it is off", fix=fix)]
    token, api = settings.telegram_token.get_secret_value(), settings.telegram_api or TELEGRAM
    try:
        async with asyncio.timeout(PATIENCE), Bot(token, base_url=f"{api}/bot") as bot:
            return await ask(bot)
    except InvalidToken:
        fix = "copy it again from @BotFather into SAYSO_TELEGRAM_TOKEN"
        return [Finding(about="Telegram", told="does not know this token", fix=fix)]
    except TelegramError as error:
        return [Finding(about="Telegram", told=f"cannot be reached ({error})", fix="look at the network")]
    except TimeoutError:
        return [Finding(about="Telegram", told="does not answer", fix="look at the network, and try again")]


def _back(settings: Settings) -> str | None:
    """Where Discord sends people back to who come in by their consent, if that is set up."""
    if settings.public_url is None or settings.discord_client_secret is None:
        return None
    return f"{settings.public_url}{BACK}"

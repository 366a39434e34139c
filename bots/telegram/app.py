"""The Telegram door, put together: updates in, effects, messages out."""

import asyncio
import logging
from typing import Literal

from aiohttp import web
from telegram import Bot, BotCommand
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.helpers import create_deep_linked_url
from telegram.request import HTTPXRequest

from bots.exchange.waiting import stopped
from bots.talk.commands import MENU
from bots.telegram.errors import refused_token
from bots.telegram.handle import handler
from bots.telegram.receive import Keeper, Poller, webhook
from bots.telegram.sender import sender
from bots.telegram.updates import WANTED
from bots.texts import languages, text
from core import doors
from core.campaign.values import Platform
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.errors import OperatorError

_log = logging.getLogger(__name__)

TELEGRAM = "https://api.telegram.org"
WEBHOOK = "/telegram/webhook"
CONNECTIONS = 32


class WebhookError(OperatorError):
    """Webhook mode lacks something, or Telegram refuses the address."""

    code = "telegram_webhook"


class TelegramDoor:
    """Everything between Telegram and the core.

    Call `open` first; then `receive`, `handle` and `send` run side by side until their `stop` is set, and `close` is
    last. Any of the three may run in another process than the others, on the same database.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        token: str,
        api: str | None = None,
        mode: Literal["polling", "webhook"] = "polling",
        webhook_secret: str | None = None,
        public_url: str | None = None,
    ) -> None:
        api = (api or TELEGRAM).rstrip("/")
        request = HTTPXRequest(connection_pool_size=CONNECTIONS)
        self._bot = Bot(token, base_url=f"{api}/bot", base_file_url=f"{api}/file/bot", request=request)
        self._db, self._clock = db, clock
        self._mode, self._secret, self._public_url = mode, webhook_secret, public_url
        self._keeper = Keeper(db, clock)
        self._poller = Poller(self._keeper, f"{api}/bot{token}/getUpdates")
        self._sender = sender(db, clock, self._bot)
        self._opened = asyncio.Event()

    async def open(self, stop: asyncio.Event) -> None:
        """Log in, show the commands in Telegram's menu, and say how updates are to come.

        While Telegram cannot be reached it is tried again until `stop` is set. Raises OperatorError.
        """
        if self._mode == "webhook" and not (self._secret and self._public_url):
            raise WebhookError(
                "webhook mode needs an address and a secret",
                fix="set SAYSO_PUBLIC_URL and SAYSO_TELEGRAM_WEBHOOK_SECRET, or SAYSO_TELEGRAM_MODE=polling",
            )
        pause = 1.0
        while not stop.is_set() and not await self._log_in():
            await stopped(stop, within=pause)
            pause = min(pause * 2, 30.0)

    async def _log_in(self) -> bool:
        try:
            await self._bot.initialize()
            await self._say_how()
            await self._show_commands()
            async with self._db.begin() as tx:
                address = create_deep_linked_url(self._bot.username, "CODE").replace("CODE", "{code}")
                await doors.opened(tx, Platform.TELEGRAM, address, now=self._clock.now())
        except InvalidToken as error:
            raise refused_token() from error
        except BadRequest as error:
            raise WebhookError(f"Telegram refuses the webhook ({error})", fix="look at SAYSO_PUBLIC_URL") from error
        except TelegramError as error:
            _log.warning("Telegram does not let the bot in yet (%s); trying again", error)
            return False
        except DatabaseUnavailableError as error:
            _log.warning("the door stays closed: %s", error)
            return False
        if not self._bot.supports_inline_queries:
            _log.warning("members cannot send their link from within a chat; tell @BotFather /setinline to allow it")
        self._opened.set()
        return True

    async def receive(self, stop: asyncio.Event) -> None:
        """Take updates in until `stop` is set. In webhook mode they come through `routes`."""
        if self._mode == "polling":
            await self._poller.run(stop)
        else:
            await stop.wait()

    async def handle(self, stop: asyncio.Event) -> None:
        """Handle what was taken in until `stop` is set."""
        updates = handler(
            self._db,
            self._clock,
            username=self._bot.username,
            after=self.wake,
            public_url=self._public_url,
            has_inline=self._bot.supports_inline_queries,
        )
        await updates.run(stop, self._keeper.arrived)

    async def send(self, stop: asyncio.Event) -> None:
        """Bring out what the outbox holds for Telegram until `stop` is set."""
        await self._sender.run(stop)

    def wake(self) -> None:
        """There is something in the outbox."""
        self._sender.wake()

    def routes(self) -> list[web.RouteDef]:
        """The endpoint that Telegram pushes updates to, in webhook mode."""
        if self._mode != "webhook" or not self._secret:
            return []
        return [web.post(WEBHOOK, webhook(self._keeper, self._secret))]

    async def ready(self) -> None:
        """Return if the door is open; raise OperatorError if it is not."""
        if not self._opened.is_set():
            raise OperatorError("Telegram has not let the bot in yet", fix="wait, or look at the log")

    async def close(self) -> None:
        """Close the connections to Telegram."""
        self._opened.clear()
        await self._bot.shutdown()

    async def _say_how(self) -> None:
        if self._mode == "webhook":
            address = f"{(self._public_url or '').rstrip('/')}{WEBHOOK}"
            await self._bot.set_webhook(address, secret_token=self._secret, allowed_updates=WANTED)
        else:
            await self._bot.delete_webhook()

    async def _show_commands(self) -> None:
        """In each language, and in English for everybody else; only where they have changed."""
        for language in (*languages(), None):
            wanted = [BotCommand(name, text(language or "en", f"command.{name}")) for name in MENU]
            if list(await self._bot.get_my_commands(language_code=language)) != wanted:
                await self._bot.set_my_commands(wanted, language_code=language)

"""Webhook delivery: in order within a lane, many lanes at once, again and again until it is taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from bots.sandbox.telegram.dispatch import AnswerLostError, dispatch
from bots.sandbox.telegram.errors import BotApiError
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.updates import Update
from bots.sandbox.telegram.users import Bot, Webhook
from bots.sandbox.telegram.world import TelegramWorld

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0
LONGEST_RETRY_AFTER = 3600.0
Pause = Callable[[float], Awaitable[object]]


class Couriers:
    """One courier per bot that has a webhook. `pause` is how they wait before the next attempt."""

    def __init__(self, world: TelegramWorld, pause: Pause) -> None:
        self._world = world
        self._pause = pause
        self._session: aiohttp.ClientSession | None = None
        self._at_work: dict[int, tuple[Webhook, asyncio.Task[None]]] = {}

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        for bot in self._world.bots:
            self.attend(bot)

    async def stop(self) -> None:
        tasks = [task for _, task in self._at_work.values()]
        self._at_work.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    def attend(self, bot: Bot) -> None:
        """See that the bot's updates go where its webhook says now."""
        hook, task = self._at_work.get(bot.id, (None, None))
        if hook is bot.webhook or self._session is None:
            return
        if task:
            self._at_work.pop(bot.id)
            task.cancel()
        if bot.webhook:
            courier = Courier(self._world, bot, bot.webhook, self._session, self._pause)
            self._at_work[bot.id] = bot.webhook, asyncio.create_task(courier.run())


class Courier:
    """Brings one bot's updates to one webhook."""

    def __init__(
        self, world: TelegramWorld, bot: Bot, hook: Webhook, session: aiohttp.ClientSession, pause: Pause
    ) -> None:
        self._world = world
        self._bot = bot
        self._hook = hook
        self._session = session
        self._pause = pause
        self._busy: set[str] = set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                for update in self._ready():
                    self._busy.add(update.lane)
                    tasks.create_task(self._bring(update))
                await self._bot.updates.changed.wait()

    def _ready(self) -> list[Update]:
        """The first update of each free lane, as many as there are free connections."""
        first: dict[str, Update] = {}
        for update in self._bot.updates.pending():
            if update.lane not in self._busy:
                first.setdefault(update.lane, update)
        return list(first.values())[: self._hook.max_connections - len(self._busy)]

    async def _bring(self, update: Update) -> None:
        delay = 1.0
        try:
            while update in self._bot.updates:
                retry_after = await self._try(update)
                if retry_after is None:
                    self._bot.updates.done(update)
                    break
                await self._pause(max(delay, retry_after))
                delay = min(delay * 2, LONGEST_PAUSE)
        finally:
            self._busy.discard(update.lane)
            self._bot.updates.changed.beat()
            self._world.changed.beat()

    async def _try(self, update: Update) -> float | None:
        """Bring it once. None if it was taken; else the least number of seconds to wait."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._hook.secret} if self._hook.secret else {}
        try:
            async with self._session.post(
                self._hook.url, json=update.json(), headers=headers, allow_redirects=False
            ) as response:
                if 200 <= response.status < 300:
                    await self._obey(response)
                    return None
                self._note(f"Wrong response from the webhook: {response.status} {response.reason}")
                return _seconds(response.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._note(str(error) or type(error).__name__)
            return 0.0

    async def _obey(self, response: aiohttp.ClientResponse) -> None:
        """A webhook may call one method in its answer, and never learns what became of it."""
        if response.content_type != "application/json":
            return
        try:
            body: Any = await response.json()
            if isinstance(body, dict) and "method" in body:
                await dispatch(self._world, self._bot, str(body.pop("method")), Params(body))
        except (BotApiError, AnswerLostError, ValueError) as error:
            logger.info("a call in a webhook's answer failed: %s", error)

    def _note(self, problem: str) -> None:
        self._hook.last_error, self._hook.last_error_at = problem, self._world.time()
        self._world.changed.beat()


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_RETRY_AFTER) if retry_after.isdecimal() else 0.0

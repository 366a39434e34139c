"""Telling Discord within its three seconds that an answer will come; the answer itself takes the longer road."""

import asyncio
import logging
from typing import Any

import aiohttp

from bots.discord.components import EPHEMERAL
from bots.discord.events import Interaction

_log = logging.getLogger(__name__)

PATIENCE = 3.0
THINKING: dict[str, Any] = {"type": 5, "data": {"flags": EPHEMERAL}}
"""The asker, and nobody else, sees that the bot thinks."""

HEARD: dict[str, Any] = {"type": 6}
"""The pressed button stops turning; its message can still be changed."""

_DONE_ALREADY = (40060, 10062)


class Deferrer:
    """Defers interactions, each in a task of its own. Whatever goes wrong with one is logged, and stops nothing.

    These calls are not counted in the bot's rate limits, and a second try would come too late; so they do not go
    through discord.py.
    """

    def __init__(self, api: str, *, agent: str) -> None:
        self._api, self._headers = api.rstrip("/"), {"User-Agent": agent}
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def defer(self, interaction: Interaction) -> None:
        """Begin to; do not wait."""
        task = asyncio.create_task(self._defer(interaction))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Finish what was begun."""
        await asyncio.gather(*self._tasks)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _defer(self, interaction: Interaction) -> None:
        about = {"interaction": interaction.id}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), headers=self._headers)
        url = f"{self._api}/interactions/{interaction.id}/{interaction.token}/callback"
        try:
            async with self._session.post(url, json=THINKING if interaction.is_command else HEARD) as response:
                if response.status < 300:
                    return
                code = (await response.json(content_type=None) or {}).get("code")
            if code not in _DONE_ALREADY:
                _log.warning("Discord was not told in time: %s %s", response.status, code, extra=about)
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError) as error:
            _log.warning("Discord was not told in time: %s", type(error).__name__, extra=about)

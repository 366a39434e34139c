"""One call to Discord's REST API, through discord.py, which keeps to the limits."""

import asyncio
from collections.abc import Mapping
from typing import Any

from discord.http import HTTPClient, Route

from bots.discord.errors import DISCORD, in_our_words
from bots.exchange.errors import NoAnswerError

PATIENCE = 25.0
"""Seconds that an answer may take, with what discord.py waits and tries again."""


async def call(
    http: HTTPClient, method: str, path: str, *, about: int, json: Any = None, params: Any = None, **ids: int | str
) -> Any:
    """What Discord answers; raises our errors. `about`: whom or what the call is about.

    A call that takes too long goes on, unheard: discord.py lets nobody through any more if it is stopped while it waits
    out a limit of the whole bot.
    """
    more = {name: value for name, value in (("json", json), ("params", params)) if value is not None}
    running = asyncio.ensure_future(http.request(_route(method, path, ids), **more))
    running.add_done_callback(_heard)
    with in_our_words(about):
        done, _ = await asyncio.wait([running], timeout=PATIENCE)
        if done:
            return running.result()
    raise NoAnswerError(DISCORD, f"nothing came within {PATIENCE:.0f} seconds")


def _route(method: str, path: str, ids: Mapping[str, Any]) -> Route:
    return Route(method, path, **ids)


def _heard(running: asyncio.Future[Any]) -> None:
    """Nobody may be there any more to hear of it."""
    if not running.cancelled():
        running.exception()

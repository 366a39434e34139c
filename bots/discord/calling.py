"""One call to Discord's REST API, through discord.py, which keeps to the limits."""

import asyncio
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import msgspec
from discord import File
from discord.http import HTTPClient, Route

from bots.discord.errors import DISCORD, in_our_words
from bots.exchange.errors import NoAnswerError
from core.media import Medium

PATIENCE = 25.0
"""Seconds that an answer may take, with what discord.py waits and tries again."""


async def call(
    http: HTTPClient,
    method: str,
    path: str,
    *,
    about: int,
    json: Any = None,
    params: Any = None,
    files: Sequence[Medium] = (),
    **ids: int | str,
) -> Any:
    """What Discord answers; raises our errors. `about`: whom or what the call is about. `files` go with the JSON, in
    which they are called as `attached_as` says.

    A call that takes too long goes on, unheard: discord.py lets nobody through any more if it is stopped while it waits
    out a limit of the whole bot.
    """
    sent = _with_files(json, files) if files else {"json": json}
    more = {name: value for name, value in (*sent.items(), ("params", params)) if value is not None}
    running = asyncio.ensure_future(http.request(_route(method, path, ids), **more))
    running.add_done_callback(_heard)
    with in_our_words(about):
        done, _ = await asyncio.wait([running], timeout=PATIENCE)
        if done:
            return running.result()
    raise NoAnswerError(DISCORD, f"nothing came within {PATIENCE:.0f} seconds")


async def patient_call(http: HTTPClient, method: str, path: str, *, about: int, **ids: int | str) -> Any:
    """The same, however long it takes: for whoever must know when it is over."""
    with in_our_words(about):
        return await http.request(_route(method, path, ids))


def attached_as(name: str, number: int) -> str:
    """What the file is called in its message, where the same one may be twice."""
    return f"{number}-{name}"


def _with_files(json: Any, media: Sequence[Medium]) -> dict[str, Any]:
    """As discord.py takes it, which begins anew with the files for each of its tries."""
    files = [File(BytesIO(each.content), attached_as(each.name, number)) for number, each in enumerate(media)]
    parts = [
        {"name": f"files[{number}]", "value": file.fp, "filename": file.filename, "content_type": media[number].kind}
        for number, file in enumerate(files)
    ]
    return {"form": [{"name": "payload_json", "value": msgspec.json.encode(json).decode()}, *parts], "files": files}


def _route(method: str, path: str, ids: Mapping[str, Any]) -> Route:
    return Route(method, path, **ids)


def _heard(running: asyncio.Future[Any]) -> None:
    """Nobody may be there any more to hear of it."""
    if not running.cancelled():
        running.exception()

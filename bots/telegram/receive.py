"""Updates in: fetched or pushed, and kept before Telegram is told that we have them.

This is why python-telegram-bot's own `Updater` is not used: it confirms updates while they are only in memory
(failures.md, L1 and L2). What Telegram sent is kept byte for byte; nobody has looked at it yet.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import aiohttp
import msgspec
from aiohttp import web

from bots.exchange.waiting import stopped, unless
from bots.telegram.errors import refused_token
from bots.telegram.updates import WANTED
from core import inbox
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.errors import TransientError

_log = logging.getLogger(__name__)

SOURCE = "telegram"
AT_ONCE = 100
LARGEST = 1024 * 1024
"""Bytes of one pushed update; Telegram's own stay far below."""

POLL = timedelta(seconds=25)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the header's name, not the secret)

Keep = Callable[[Sequence[bytes]], Awaitable[None]]


class _Answer(msgspec.Struct):
    ok: bool
    result: list[msgspec.Raw] = []
    description: str = ""
    parameters: dict[str, object] = {}


class _Numbered(msgspec.Struct):
    update_id: int


_read_answer = msgspec.json.Decoder(_Answer).decode
_read_number = msgspec.json.Decoder(_Numbered).decode


class Keeper:
    """Keeps raw updates in the inbox. `arrived` is set when there is something to handle."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.arrived = asyncio.Event()

    async def keep(self, updates: Sequence[bytes]) -> int:
        """Keep these for good, and return the number of the last one. Raises msgspec.DecodeError for nonsense."""
        numbered = [(_read_number(update).update_id, update) for update in updates]
        async with self._db.begin() as tx:
            rows = [(str(number), update) for number, update in numbered]
            await inbox.store(tx, SOURCE, rows, now=self._clock.now())
        self.arrived.set()
        return numbered[-1][0]


class Poller:
    """Fetches updates. One process at a time should: two of them end each other's requests, though nothing is lost."""

    def __init__(self, keeper: Keeper, url: str) -> None:
        self._keeper = keeper
        self._url = url
        self._offset = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch and keep until `stop` is set. Raises RefusedTokenError."""
        timeout = aiohttp.ClientTimeout(total=POLL.total_seconds() + 15)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            pause = 0.0
            while not await stopped(stop, within=pause):
                pause = await self._turn(session, stop, pause)

    async def _turn(self, session: aiohttp.ClientSession, stop: asyncio.Event, pause: float) -> float:
        """One fetch; the seconds to wait before the next one."""
        try:
            updates = await unless(stop, self._fetch(session))  # what is unfinished then is left with Telegram
            if updates:
                self._offset = await self._keeper.keep(updates) + 1
            return 0.0
        except DatabaseUnavailableError as error:
            _log.warning("updates are left with Telegram: %s", error)
        except TransientError as error:
            _log.warning("Telegram: %s", error)
            if error.retry_after is not None:
                return error.retry_after.total_seconds()
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("Telegram cannot be reached (%s); trying again", type(error).__name__)
        return min(max(1.0, pause * 2), 30.0)

    async def _fetch(self, session: aiohttp.ClientSession) -> list[bytes]:
        wanted = {"timeout": int(POLL.total_seconds()), "limit": AT_ONCE, "allowed_updates": WANTED}
        body = {**wanted, "offset": self._offset} if self._offset else wanted
        async with session.post(self._url, json=body) as response:
            content = await response.read()
        return [bytes(update) for update in _checked(response.status, content).result]


def webhook(keeper: Keeper, secret: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler for pushed updates: 403 for a wrong secret, before anything is read; 200 once it is kept."""

    async def handle(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")  # it may be any bytes
        if not hmac.compare_digest(given, secret.encode()):
            raise web.HTTPForbidden
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
        try:
            await keeper.keep([await request.read()])
        except (msgspec.DecodeError, RecursionError) as error:
            raise web.HTTPBadRequest(text="not an update") from error
        except DatabaseUnavailableError as error:
            _log.warning("an update is left with Telegram: %s", error)
            raise web.HTTPServiceUnavailable from error
        return web.Response()

    return handle


def _checked(status: int, content: bytes) -> _Answer:
    """The answer, if it is one; Telegram says by the status what else it is."""
    try:
        answer = _read_answer(content)
    except msgspec.DecodeError:
        answer = _Answer(ok=False, description=f"status {status}")
    if answer.ok and status == 200:
        return answer
    if status in (401, 404):
        raise refused_token()
    if status == 409:
        raise TransientError(
            "somebody else fetches this bot's updates",
            fix="stop the other program, or the webhook, that uses its token",
        )
    wait = answer.parameters.get("retry_after")
    after = timedelta(seconds=wait) if isinstance(wait, int) else None
    raise TransientError(f"it answered {status} ({answer.description})", retry_after=after)

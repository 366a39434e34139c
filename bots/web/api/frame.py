"""What every request goes through, and the one place where errors become answers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from bots.web.api import problems
from bots.web.api.cache import Cache, Kept
from bots.web.api.keyring import Keyring
from bots.web.api.limits import Left, Limit
from bots.web.api.operations import Asked, Operation, Reading, Reporting, Told
from bots.web.api.problems import ProblemError
from bots.web.asker import language_of
from core.clock import Clock
from core.conversions import (
    BadConversionError,
    ConversionError,
    OtherContentError,
    UnknownCodeError,
    UnknownMemberError,
    WhichCampaignError,
)
from core.database import Database, DatabaseUnavailableError

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SENT_WITHIN = 10.0
DONE_WITHIN = 15.0
AGAIN_AFTER = {"Retry-After": "5"}

_HTTP = {404: problems.NOT_FOUND, 405: problems.NOT_ALLOWED, 413: problems.TOO_LARGE}
_CONVERSION: dict[type[ConversionError], problems.Kind] = {
    BadConversionError: problems.INVALID,
    UnknownCodeError: problems.UNKNOWN_CODE,
    UnknownMemberError: problems.UNKNOWN_MEMBER,
    WhichCampaignError: problems.WHICH_CAMPAIGN,
    OtherContentError: problems.CONFLICT,
}


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The API's error hook: whatever ends a request is told as a problem."""
    try:
        async with asyncio.timeout(SENT_WITHIN + DONE_WITHIN):
            return await handler(request)
    except ProblemError as problem:
        return problem.answer()
    except web.HTTPException as error:
        return _told(error).answer()
    except ConversionError as error:
        return ProblemError(_CONVERSION[type(error)], str(error)).answer()
    except (DatabaseUnavailableError, TimeoutError) as error:
        _log.warning("a request could not be answered: %s", error or type(error).__name__)
        return ProblemError(
            problems.BUSY, "the database does not answer; try again later", headers=AGAIN_AFTER
        ).answer()
    except Exception:
        _log.exception("a request failed")
        return ProblemError(problems.BROKEN, "this is a fault of Sayso's; its log says what happened").answer()


def _told(error: web.HTTPException) -> ProblemError:
    """What aiohttp itself refused."""
    kind = _HTTP.get(error.status, problems.BROKEN if error.status >= 500 else problems.INVALID)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(kind, kind.means, headers=headers)


class Frame:
    """Answers operations: who asks and how often, then what for, then the answer."""

    def __init__(self, db: Database, clock: Clock, keyring: Keyring, limit: Limit) -> None:
        self._db, self._clock, self._keyring, self._limit = db, clock, keyring, limit
        self._cache = Cache()

    def handler(self, operation: Operation) -> Handler:
        """The operation as aiohttp calls it."""
        return partial(self._read if isinstance(operation, Reading) else self._report, operation)  # type: ignore[arg-type]

    async def _read(self, operation: Reading, request: web.Request) -> web.Response:
        asked, left = await self._asked(operation, request)
        question = (operation.name, asked.key.campaign_id, asked.campaign, asked.query, asked.language)
        kept = await self._cache.get(question, partial(self._answer, operation, asked), now=asked.now)
        headers = left.headers() | {"Cache-Control": "private, no-cache", "ETag": f'"{kept.etag}"'}
        if operation.worded:
            headers |= {"Content-Language": asked.language, "Vary": "Accept-Language"}
        if _has(request, kept):
            return web.Response(status=304, headers=headers)
        return web.Response(body=kept.body, headers=headers | {"Content-Type": "application/json"})

    async def _asked(self, operation: Reading, request: web.Request) -> tuple[Asked, Left]:
        now = self._clock.now()
        key = await self._keyring.whose(request, now=now)
        left = self._spend(key.id, now)
        asked = Asked(
            key=key,
            path=request.path,
            campaign=request.match_info.get("campaign"),
            query=_query(operation, request),
            language=language_of(request) if operation.worded else "en",
            now=now,
        )
        return asked, left

    async def _answer(self, operation: Reading, asked: Asked) -> bytes:
        async with self._db.read() as tx:
            return msgspec.json.encode(await operation.answer(tx, asked))

    async def _report(self, operation: Reporting, request: web.Request) -> web.Response:
        now = self._clock.now()
        key = await self._keyring.whose(request, now=now)
        left = self._spend(key.id, now)
        if not key.may_write:
            challenge = {"WWW-Authenticate": 'Bearer realm="sayso", error="insufficient_scope"'}
            raise ProblemError(
                problems.READ_ONLY, "this key only reads; use one that was made to write", headers=challenge
            )
        told = Told(key=key, content=await _content(operation, request), now=now)
        async with self._db.begin() as tx:
            new, answer = await operation.report(tx, told)
        headers = left.headers() | {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return web.Response(body=msgspec.json.encode(answer), status=201 if new else 200, headers=headers)

    def _spend(self, key_id: int, now: Any) -> Left:
        left = self._limit.take(key_id, now=now)
        if left.wait:
            raise ProblemError(problems.TOO_MANY, "this key asked too often; wait", headers=left.headers())
        return left


def _query(operation: Reading, request: web.Request) -> Any:
    names = list(request.query)
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ProblemError(problems.INVALID, "a parameter is given twice; give each once")
    try:
        return msgspec.convert(dict(request.query), operation.takes, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error) from error


async def _content(operation: Reporting, request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise ProblemError(problems.NOT_JSON, "the content must be JSON; send Content-Type: application/json")
    try:
        async with asyncio.timeout(SENT_WITHIN):
            sent = await request.read()
    except TimeoutError as error:
        raise ProblemError(problems.TOO_SLOW, "the content did not arrive in time; send it again") from error
    try:
        return msgspec.json.decode(sent, type=operation.takes)
    except msgspec.ValidationError as error:
        raise _invalid(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(problems.BROKEN_JSON, "the content is not well-formed JSON; correct it") from error


def _invalid(error: msgspec.ValidationError) -> ProblemError:
    """What msgspec says names the place and what belongs there, and repeats no value."""
    return ProblemError(problems.INVALID, f"{str(error).replace('`$.', '`')}; send what the description asks for")


def _has(request: web.Request, kept: Kept) -> bool:
    """Whether they have exactly this already."""
    return any(each.value in (kept.etag, "*") for each in request.if_none_match or ())

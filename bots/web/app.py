"""The web application: is it alive, is it able to work, and the routes that other doors hand in."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from bots.web.connections import Connections, Limits
from core.clock import Clock
from core.database import Database
from core.errors import OperatorError, SaysoError

_log = logging.getLogger(__name__)
_access = logging.getLogger("bots.web.access")

Answered = Callable[[str, str, int, float], None]
"""Is told of an answer: the route as it was declared, the method, the status, and the seconds it took."""

Ready = Callable[[], Awaitable[None]]
"""Returns if the part behind it can work, and raises if not."""

AtOnce = Callable[[web.BaseRequest], Awaitable[web.StreamResponse] | None]
"""Answers a request before it is sent through middlewares and routes; None if it is for those."""

READY_WITHIN = 2.0
ANSWERED_WITHIN = 30.0
LARGEST_BODY = 1024 * 1024
FINISHED_WITHIN = 5.0
BACKLOG = 1024
LIMITS = Limits()

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer, unless its handler says otherwise."""

QUIET = frozenset({"/healthz", "/readyz", "/r/{code}"})
"""Routes that are asked too often to be logged each time; visits of links stand in the journal."""


class ListenError(OperatorError):
    """The address to listen on cannot be had."""

    code = "listen"


def build(
    db: Database,
    clock: Clock,
    *,
    routes: Sequence[web.RouteDef] = (),
    ready: Sequence[Ready] = (),
    at_once: AtOnce | None = None,
    below: Mapping[str, web.Application] = MappingProxyType({}),
) -> web.Application:
    """The application. `/readyz` asks the database and everything in `ready`; a handler finds `db` and `clock` here.

    Whoever serves it lets `at_once` have a look at each request first. `below` are applications of their own, by the
    path that they are under.
    """
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_in_time])
    app[DB], app[CLOCK], app[AT_ONCE] = db, clock, at_once
    app.on_response_prepare.append(_add_headers)
    app.add_routes([web.get("/healthz", _alive), web.get("/readyz", _Readiness(db, ready).answer), *routes])
    for path, part in below.items():
        app.add_subapp(path, part)
    return app


DB = web.AppKey("db", Database)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
AT_ONCE: web.AppKey[AtOnce | None] = web.AppKey("at_once")


async def serve(
    app: web.Application,
    host: str | None,
    port: int,
    stop: asyncio.Event,
    *,
    listening: Callable[[str], None] = lambda url: None,
    answered: Answered = lambda route, method, status, seconds: None,
    limits: Limits = LIMITS,
) -> None:
    """Serve until `stop` is set, then finish the requests at hand. `listening` is told the address; port 0 is any.

    `answered` is told of every answer: the route as it was declared, the method, the status, and how long it took.

    Raises ListenError.
    """
    runner = web.AppRunner(app, shutdown_timeout=FINISHED_WITHIN)
    await runner.setup()
    assert runner.server is not None
    if (at_once := app[AT_ONCE]) is not None:
        look_first(runner.server, at_once)
    log = {"access_log_class": _telling(answered), "access_log": _access}
    connections = Connections(runner.server, limits, headers={**HEADERS, "Server": "sayso"}, **log)
    try:
        listener = await _listen(connections, host, port)
        try:
            url = _url(listener)
            _log.info("the web listens", extra={"url": url})
            listening(url)
            await stop.wait()
        finally:
            listener.close()
    finally:
        await runner.cleanup()


def look_first(server: web.Server, at_once: AtOnce) -> None:
    """Let `at_once` answer before the application does."""
    otherwise = server.request_handler

    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        return at_once(request) or otherwise(request)

    server.request_handler = answer


class AccessLog(AbstractAccessLogger):
    """Says which route was asked, never the path, the query or who asked: those may hold tokens or name a person."""

    answered: Answered = staticmethod(lambda route, method, status, seconds: None)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        route = getattr(response, "route", None) or _route(request)
        self.answered(route, request.method, response.status, time)
        level = logging.DEBUG if route in QUIET else logging.INFO
        if not _access.isEnabledFor(level):
            return
        fields = {
            "method": request.method if request.method.isalpha() else "?",
            "route": route,
            "status": response.status,
            "bytes": response.body_length,
            "milliseconds": round(time * 1000),
        }
        _access.log(level, "answered", extra=fields)


def _telling(answered: Answered) -> type[AccessLog]:
    """The access log, which also tells somebody else; aiohttp makes one for each connection."""
    return type("AccessLog", (AccessLog,), {"answered": staticmethod(answered)})


class _Readiness:
    """Asks everything at once whether it can work, and says why not: as a code, for details may be secret."""

    def __init__(self, db: Database, ready: Sequence[Ready]) -> None:
        self._checks = [("database", db.ping), *((_name(each), each) for each in ready)]
        self._known: dict[str, str] = {}

    async def answer(self, request: web.Request) -> web.Response:
        problems = await asyncio.gather(*(self._problem(name, check) for name, check in self._checks))
        missing = {name: problem for (name, _), problem in zip(self._checks, problems, strict=True) if problem}
        content = {"ready": not missing, "not_ready": missing}
        return web.json_response(content, status=503 if missing else 200, headers={"Cache-Control": "no-store"})

    async def _problem(self, name: str, check: Ready) -> str | None:
        """Its code, or None; a change is logged with the details, once."""
        problem, details = None, ""
        try:
            async with asyncio.timeout(READY_WITHIN):
                await check()
        except TimeoutError:
            problem, details = "timeout", f"no answer within {READY_WITHIN:.0f} s"
        except SaysoError as error:
            problem, details = error.code, str(error)
        except Exception as error:  # whatever it is, it is not ready
            problem, details = type(error).__name__, str(error)
        if problem != self._known.get(name):
            self._note(name, problem, details)
        return problem

    def _note(self, name: str, problem: str | None, details: str) -> None:
        if problem is None:
            self._known.pop(name, None)
            _log.info("%s is ready again", name)
        else:
            self._known[name] = problem
            _log.warning("%s is not ready: %s", name, details)


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="ok", headers={"Cache-Control": "no-store"})


@web.middleware
async def _in_time(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give up on a request that takes too long, such as a body that never ends."""
    try:
        async with asyncio.timeout(ANSWERED_WITHIN) as limit:
            return await handler(request)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise web.HTTPRequestTimeout from error


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "frame-ancestors 'none'" not in response.headers["Content-Security-Policy"]:
        del response.headers["X-Frame-Options"]  # it can only say "nobody", and the policy names somebody
    response.headers["Server"] = "sayso"


async def _listen(connections: Connections, host: str | None, port: int) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(connections, host, port, backlog=BACKLOG)
    except OSError as error:
        why = "somebody else does" if error.errno == errno.EADDRINUSE else (error.strerror or type(error).__name__)
        raise ListenError(
            f"the web cannot listen on {host or ''}:{port} ({why})", fix="set SAYSO_LISTEN to a free host:port"
        ) from error


def _url(listener: asyncio.Server) -> str:
    host, port = listener.sockets[0].getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{port}"


def _route(request: web.BaseRequest) -> str:
    """The route as it was declared, without what the request filled in."""
    with suppress(AssertionError, AttributeError):  # what could not be read as a request was not sent anywhere
        resource = request.match_info.route.resource if isinstance(request, web.Request) else None
        return resource.canonical if resource else "-"
    return "-"


def _name(check: Ready) -> str:
    """What to call a part that is not ready."""
    owner = getattr(check, "__self__", None)
    return type(owner).__name__ if owner is not None else getattr(check, "__name__", "part")

"""The web application: is it alive, is it able to work, and the routes that other doors hand in."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from core.clock import Clock
from core.database import Database
from core.errors import OperatorError, SaysoError

_log = logging.getLogger(__name__)
_access = logging.getLogger("bots.web.access")

Ready = Callable[[], Awaitable[None]]
"""Returns if the part behind it can work, and raises if not."""

READY_WITHIN = 2.0
ANSWERED_WITHIN = 30.0
LARGEST_BODY = 1024 * 1024
FINISHED_WITHIN = 5.0

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer, unless its handler says otherwise."""

QUIET = frozenset({"/healthz", "/readyz"})


class ListenError(OperatorError):
    """The address to listen on cannot be had."""

    code = "listen"


def build(
    db: Database, clock: Clock, *, routes: Sequence[web.RouteDef] = (), ready: Sequence[Ready] = ()
) -> web.Application:
    """The application. `/readyz` asks the database and everything in `ready`; a handler finds `db` and `clock` here."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_in_time])
    app[DB], app[CLOCK] = db, clock
    app.on_response_prepare.append(_add_headers)
    app.add_routes([web.get("/healthz", _alive), web.get("/readyz", _Readiness(db, ready).answer), *routes])
    return app


DB = web.AppKey("db", Database)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")


async def serve(
    app: web.Application,
    host: str | None,
    port: int,
    stop: asyncio.Event,
    *,
    listening: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until `stop` is set, then finish the requests at hand. `listening` is told the address; port 0 is any.

    Raises ListenError.
    """
    runner = web.AppRunner(
        app, access_log_class=AccessLog, access_log=_access, shutdown_timeout=FINISHED_WITHIN, keepalive_timeout=75.0
    )
    await runner.setup()
    try:
        await _listen(runner, host, port)
        url = _url(runner)
        _log.info("the web listens", extra={"url": url})
        listening(url)
        await stop.wait()
    finally:
        await runner.cleanup()


class AccessLog(AbstractAccessLogger):
    """Says which route was asked, never the path, the query or who asked: those may hold tokens or name a person."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        route = _route(request)
        fields = {
            "method": request.method if request.method.isalpha() else "?",
            "route": route,
            "status": response.status,
            "bytes": response.body_length,
            "milliseconds": round(time * 1000),
        }
        _access.log(logging.DEBUG if route in QUIET else logging.INFO, "answered", extra=fields)


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
    response.headers["Server"] = "sayso"


async def _listen(runner: web.AppRunner, host: str | None, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        why = "somebody else does" if error.errno == errno.EADDRINUSE else (error.strerror or type(error).__name__)
        raise ListenError(
            f"the web cannot listen on {host or ''}:{port} ({why})", fix="set SAYSO_LISTEN to a free host:port"
        ) from error


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{port}"


def _route(request: web.BaseRequest) -> str:
    """The route as it was declared, without what the request filled in."""
    resource = request.match_info.route.resource if isinstance(request, web.Request) else None
    return resource.canonical if resource else "-"


def _name(check: Ready) -> str:
    """What to call a part that is not ready."""
    owner = getattr(check, "__self__", None)
    return type(owner).__name__ if owner is not None else getattr(check, "__name__", "part")

"""Bringing one event to a shop: one request, one answer, within its time, and no further than the guard allows."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from bots.web.hooks.errors import ShopError, ShutAddressError
from bots.web.hooks.guard import Guard, Network, Resolver
from bots.web.hooks.signing import headers

WITHIN = timedelta(seconds=20)
"""From looking up the name to the answer's status."""

AT_ONCE = 100
LINE = 8190
READ_AHEAD = 4096
"""So many bytes of an answer are taken in before it is known that nobody reads them."""

GONE = 410
NAME_IT = "name it in SAYSO_WEBHOOK_NETWORKS if that is meant"
LOOK = "look at the shop's log"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a shop said."""

    status: int
    wait: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the event has arrived; nothing else counts, a redirection neither."""
        return 200 <= self.status <= 299


class Poster:
    """Brings events to shops. `networks`: where webhooks may go besides the public net, also by plain http."""

    def __init__(
        self, networks: Sequence[Network] = (), *, within: timedelta = WITHIN, resolver: AbstractResolver | None = None
    ) -> None:
        self._networks = networks
        self._within = within
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def deliver(self, url: str, event_id: str, body: str, secrets: Sequence[str], *, now: datetime) -> Answer:
        """Sign the event and bring it; the answer if the shop has taken it. Raises ShopError if it has not."""
        told = body.encode()
        signed = headers(event_id, told, secrets, at=now)
        host = host_of(url)
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                answer = await self._post(url, told, signed, now)
        except TimeoutError as error:
            within = f"{self._within.total_seconds():g} seconds"
            raise ShopError(
                f"{host} gave no answer within {within}", fix="let it answer first, and work later"
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _not_reached(host, error) from error
        if not answer.is_taken:
            raise _refused(host, answer)
        return answer

    async def close(self) -> None:
        """Close all connections."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def _post(self, url: str, body: bytes, signed: Mapping[str, str], now: datetime) -> Answer:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ShutAddressError("its address has a user in it")
        session = self._session(public=parts.scheme == "https" and parts.port in (None, 443))
        sent = {**signed, "Content-Type": "application/json", "User-Agent": "Sayso"}
        async with session.post(url, data=body, headers=sent, allow_redirects=False) as answer:
            return Answer(answer.status, _asked(answer.headers.get("Retry-After"), now))

    def _session(self, *, public: bool) -> aiohttp.ClientSession:
        if public not in self._sessions:
            guard = Guard(self._networks, public=public)
            connector = aiohttp.TCPConnector(
                limit=AT_ONCE,
                use_dns_cache=False,
                resolver=Resolver(guard, self._resolver or aiohttp.ThreadedResolver()),
                socket_factory=guard.socket,
                ssl=ssl.create_default_context(),
            )
            self._sessions[public] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None),  # the whole has its own, and no part may take longer
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                read_bufsize=READ_AHEAD,
                max_line_size=LINE,
                max_field_size=LINE,
            )
        return self._sessions[public]


def host_of(url: str) -> str:
    """What may be said of an address: the rest of it may hold a secret."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _asked(value: str | None, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks us to wait; None if it asks for nothing that can be understood."""
    if value is None:
        return None
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value[:10]), 10**9))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta(0))
    except (ValueError, TypeError):
        return None


def _refused(host: str, answer: Answer) -> ShopError:
    if answer.status == GONE:
        return ShopError(f"{host} answered 410: it wants no more events", fix="give it another address", gone=True)
    told = f"{host} answered {answer.status}"
    if 300 <= answer.status <= 399:
        return ShopError(f"{told}, and redirections are not followed", fix="name the address it leads to")
    return ShopError(told, fix=LOOK, wait=answer.wait)


def _not_reached(host: str, error: Exception) -> ShopError:
    """In words of ours: what libraries say may hold the whole address."""
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, ShutAddressError):
        return ShopError(f"webhooks may not go to {host} ({cause})", fix=NAME_IT)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return ShopError(f"{host} does not show a certificate for this name", fix="give it a valid one")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ShopError(f"nobody knows the name {host}", fix="look at the address, and at the network")
    why = getattr(cause, "strerror", None) or type(error).__name__
    return ShopError(f"{host} cannot be reached ({why})", fix="look at the shop, and at the network")

"""Invites into Discord servers, one for each visit, out of the pool that Discord's door keeps filled.

Whoever clicks again within minutes gets the same invite while it is unused, and an address gets only so many: nobody
empties the pool alone. The browser itself holds the invite it was given, for ten minutes: by anything else, two people
with the same phone in the same house would be taken for one, and the second would find the invite used up.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web

from bots.web.api.limits import Allowance, Limit
from bots.web.api.who import counted_as
from bots.web.proxies import Proxies
from core import arrivals, chats
from core.campaign.values import Platform
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError, Tx
from core.visits import Page

AGAIN_FOR = timedelta(minutes=10)
PER_ADDRESS = Allowance("invites", 40, timedelta(minutes=10))
"""Generous: a school, a café or a mobile network may be one address. Whoever has no part of it can still consent."""

TRIES = 8
PAUSE = 0.25
"""An empty pool is asked again so often, so many seconds apart: its refilling takes about a second."""

_CODE = re.compile("[A-Za-z0-9-]{2,64}")


class Invites:
    """Gives invites out. `wait` pauses between two looks at an empty pool."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        proxies: Proxies,
        *,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._db, self._clock, self._proxies, self._wait = db, clock, proxies, wait
        self._limit = Limit(PER_ADDRESS)

    async def give(self, request: web.Request, page: Page, guild: int, channel: str | None) -> str | None:
        """The code of an invite for this visit; None: there is none, or not for this address."""
        code, network = page.link.code, counted_as(self._proxies.address_of(request))
        try:
            again = await self._same(held(request), code, guild, channel)
            if again is not None or self._limit.look(network, now=self._clock.now()).wait:
                return again
            invite = await self._take(code, guild, channel)
        except (DatabaseUnavailableError, TimeoutError):
            return None
        if invite is not None:
            self._limit.take(network, now=self._clock.now())
        return invite

    async def _same(self, invite: str | None, code: str, guild: int, channel: str | None) -> str | None:
        """The invite that the browser holds, if it still lets somebody in through this very link."""
        if invite is None:
            return None
        async with self._db.read() as tx:
            chat_id = await _chat(tx, guild)
            good = chat_id is not None and await arrivals.still_good(
                tx, chat_id, invite, code, channel, now=self._clock.now()
            )
        return invite if good else None

    async def _take(self, code: str, guild: int, channel: str | None) -> str | None:
        for attempt in range(TRIES):
            if attempt:
                await self._wait(PAUSE)
            async with self._db.begin() as tx:
                chat_id, now = await _chat(tx, guild), self._clock.now()
                if chat_id is None:
                    return None
                invite = await arrivals.take_invite(tx, chat_id, code, channel, now=now)
                if invite is not None or await arrivals.is_shut(tx, chat_id, now=now):
                    return invite
        return None


def held(request: web.Request) -> str | None:
    """The invite that the browser says it was given."""
    invite = request.cookies.get("sayso-invite", "")
    return invite if _CODE.fullmatch(invite) else None


def hold(response: web.Response, invite: str, *, secure: bool) -> web.Response:
    """The answer, which lets the browser hold the invite."""
    response.set_cookie(
        "sayso-invite", invite, max_age=int(AGAIN_FOR.total_seconds()), httponly=True, secure=secure, samesite="Lax"
    )
    return response


async def _chat(tx: Tx, guild: int) -> int | None:
    chat = (await chats.at_addresses(tx, Platform.DISCORD, [guild])).get(guild)
    return chat.id if chat else None

"""Invites made ahead: each is for one visit to an advocate's link, works once, and is gone soon after.

They are made slowly and few at a time, so that a server's invites never run out (it holds a thousand of them), and
where they cannot be made, the organizers are told once, and friends are let in by Discord's own consent page.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from bots.discord.arrivals import invite_of
from bots.discord.errors import DISCORD
from bots.discord.events import Member, Role
from bots.discord.rest import FULL, Channel, Invite, Rest, code_of
from bots.discord.rights import TEXT, rights_in
from bots.discord.servers import Place
from bots.exchange.errors import RefusedError, ShutOutError, SlowDownError
from core import arrivals
from core.arrivals import MadeFor, Shut
from core.clock import Clock
from core.database import Database
from core.errors import SaysoError, TransientError

_log = logging.getLogger(__name__)

AT_ONCE = 5
"""So many are made before one looks again how many are wanted."""

AGAIN = timedelta(minutes=10)
"""When it is tried again after a refusal that does not pass by itself."""

LONG = timedelta(seconds=10)
"""A wait that visitors would notice."""

A_WEEK = timedelta(days=7)
"""How long an advocate's own invite lives: as long as Discord lets one live that ends at all."""


class Pools:
    """Makes invites, and keeps them filled for every server."""

    def __init__(self, db: Database, clock: Clock, rest: Rest, *, bot_id: int) -> None:
        self._db, self._clock, self._rest = db, clock, rest
        self._bot_id = bot_id
        self._channels: dict[int, int] = {}
        self._making: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fill(self, place: Place) -> int:
        """Make some of the invites that are wanted; say how many. 0: there are enough, or none can be made now."""
        now = self._clock.now()
        async with self._db.read() as tx:
            if await arrivals.is_shut(tx, place.chat_id, now=now):
                return 0
            wants = arrivals.pool_wants(await arrivals.pool(tx, place.chat_id, now=now))
        made = 0
        async with self._making[place.guild]:
            while made < min(wants.make, AT_ONCE) and await self._add(place, wants.lives):
                made += 1
        return made

    async def personal(self, place: Place, link_code: str) -> str | None:
        """The code of the advocate's own invite, made if need be; None: it cannot be made now."""
        now = self._clock.now()
        async with self._db.read() as tx:
            known = await arrivals.personal(tx, place.chat_id, link_code, now=now)
            if known is not None or await arrivals.is_shut(tx, place.chat_id, now=now):
                return known
        invite = await self._make(place, life=A_WEEK, uses=0)
        if invite is None:
            return None
        async with self._db.begin() as tx:
            now, found = self._clock.now(), invite_of(invite)
            await arrivals.made(tx, place.chat_id, found, made_for=MadeFor.MEMBER, link_code=link_code, now=now)
        return invite.code

    async def sweep(self, place: Place) -> int:
        """Delete the invites that this bot made and knows nothing of: it died before it could write them down."""
        async with self._making[place.guild]:  # none of them is one that is only about to be written down
            try:
                found = await self._rest.invites(place.guild)
            except (RefusedError, ShutOutError, SlowDownError):
                return 0  # they end by themselves
            own = [each.code for each in found if each.max_uses == 1 and self._is_own(each)]
            async with self._db.read() as tx:
                known = await arrivals.ours(tx, place.chat_id, own)
            left_over = [code for code in own if code not in known]
            for code in left_over:
                await self._rest.delete_invite(code)
        return len(left_over)

    async def _add(self, place: Place, life: timedelta) -> bool:
        invite = await self._make(place, life=life, uses=1)
        if invite is not None:
            async with self._db.begin() as tx:
                now = self._clock.now()
                await arrivals.made(tx, place.chat_id, invite_of(invite), made_for=MadeFor.POOL, now=now)
                await arrivals.opened(tx, place.chat_id)
        return invite is not None

    def _is_own(self, invite: Invite) -> bool:
        return invite.inviter is not None and invite.inviter.id == self._bot_id

    async def _make(self, place: Place, *, life: timedelta, uses: int) -> Invite | None:
        try:
            channel = place.channel or await self._channel(place.guild)
            return await self._rest.make_invite(channel, life=life, uses=uses)
        except SlowDownError as error:
            if error.wait > LONG:
                await self._shut(place, Shut.SLOW, error, within=error.wait)
        except TransientError as error:
            _log.info("no invite into the server %d: %s", place.guild, error)
        except (RefusedError, ShutOutError) as error:
            self._channels.pop(place.guild, None)
            reason = Shut.FULL if code_of(error) == FULL else Shut.FORBIDDEN
            await self._shut(place, reason, error, within=AGAIN)
        return None

    async def _shut(self, place: Place, reason: Shut, error: SaysoError, *, within: timedelta) -> None:
        _log.warning("no invites into the server %d for %s: %s", place.guild, within, error)
        now = self._clock.now()
        async with self._db.begin() as tx:
            await arrivals.shut(tx, place.chat_id, reason, until=now + within, now=now)

    async def _channel(self, guild: int) -> int:
        """The uppermost text channel into which the bot may invite people."""
        if guild not in self._channels:
            me = await self._rest.member(guild, self._bot_id)
            roles, channels = await self._rest.roles(guild), await self._rest.channels(guild)
            fitting = [each.id for each in channels if me is not None and _may_invite(guild, me, roles, each)]
            if not fitting:
                raise _nowhere(guild)
            self._channels[guild] = fitting[0]
        return self._channels[guild]


def _may_invite(guild: int, me: Member, roles: Sequence[Role], channel: Channel) -> bool:
    """Nobody invites into a place that they cannot see."""
    rights = rights_in(guild, me, roles, channel)
    return channel.type in TEXT and rights.view_channel and rights.create_instant_invite


def _nowhere(guild: int) -> ShutOutError:
    fix = "let it see a text channel, and give it the right Create Invite there"
    return ShutOutError(DISCORD, guild, "there is no channel into which it may invite people", fix=fix)

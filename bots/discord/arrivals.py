"""By which invite somebody came: a server's invites are read and compared, and the members search is asked.

The platform is asked outside of any transaction; what comes of its answer is written in one (`core.arrivals` decides).
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bots.discord import rest
from bots.discord.rest import Rest
from bots.exchange.errors import RefusedError, ShutOutError, SlowDownError
from core import arrivals, intake
from core.arrivals import Due, Hit, Invite, Listing, Vanity
from core.clock import Clock
from core.database import Database, Tx
from core.errors import TransientError
from core.intake.facts import Fact

_log = logging.getLogger(__name__)

NO_ADDRESS_FOR = timedelta(minutes=10)
"""A server that refuses to tell its own address has none, mostly; it is not asked again for so long."""

SEARCH_AGAIN = timedelta(seconds=10)
IN_ONE_QUESTION = 100

WITHOUT_INVITE = frozenset({1, 2, 3, 4, 6, 8})
"""Kinds of joins by which nobody used an invite: bots, integrations, discovery, hubs, the server's address, lobbies."""

HeardUntil = Callable[[Tx], Awaitable[datetime]]
"""Until when everything that Discord told has been handled."""


class Tracer:
    """Finds out how people came into servers; for each server, one thing at a time."""

    def __init__(self, db: Database, clock: Clock, rest: Rest, *, heard_until: HeardUntil) -> None:
        self._db, self._clock, self._rest = db, clock, rest
        self._heard_until = heard_until
        self._without_address: dict[int, datetime] = {}
        self._blind: set[int] = set()

    async def settle(self, due: Due) -> None:
        """Compare what is known by now, and read the invites if that does not do."""
        async with self._db.begin() as tx:
            heard_until, now = await self._heard_until(tx), self._clock.now()
            settled = await arrivals.settle(tx, due.chat_id, heard_until=heard_until, now=now)
            await intake.take(tx, settled.facts, now=now)
        if not settled.lists:
            return
        try:
            listing = await self.read(due.guild)
        except TransientError as error:
            _log.info("the invites of the server %d could not be read: %s", due.guild, error)
            return
        async with self._db.begin() as tx:
            heard_until, now = await self._heard_until(tx), self._clock.now()
            if listing is None:
                facts = await arrivals.settle_blind(tx, due.chat_id, now=now)
            else:
                facts = await arrivals.listed(tx, due.chat_id, listing, heard_until=heard_until, now=now)
            await intake.take(tx, facts, now=now)

    async def caught_up(self, chat_id: int, listing: Listing | None) -> None:
        """Every join is known now; compare this listing, if there is one, with what was known before."""
        facts: Sequence[Fact] = ()
        async with self._db.begin() as tx:
            heard_until, now = await self._heard_until(tx), self._clock.now()
            if listing is not None:
                facts = await arrivals.listed(tx, chat_id, listing, heard_until=heard_until, now=now)
            await arrivals.caught_up(tx, chat_id, now=now)
            await intake.take(tx, facts, now=now)

    async def search(self, due: Due) -> None:
        """Ask Discord's members search about those of whom it has not told yet."""
        hits = await self._hits(due)
        if hits is None:
            return
        async with self._db.begin() as tx:
            now = self._clock.now()
            facts = await arrivals.searched(tx, due.chat_id, hits, asked=due.searches, now=now)
            await intake.take(tx, facts, now=now)

    async def read(self, guild: int) -> Listing | None:
        """The server's invites and its own address as they are now; None if we may not know. Raises TransientError."""
        asked_at = self._clock.now()
        try:
            found, vanity = await self._rest.invites(guild), await self._vanity(guild)
        except (RefusedError, ShutOutError) as error:
            if guild not in self._blind:
                _log.warning("how people come into the server %d cannot be told: %s", guild, error)
            self._blind.add(guild)
            return None
        except SlowDownError:
            if guild in self._blind:  # we have asked often enough
                return None
            raise
        self._blind.discard(guild)
        invites = [invite_of(each) for each in found]
        return Listing(invites=invites, vanity=vanity, asked_at=asked_at, read_at=self._clock.now())

    async def _vanity(self, guild: int) -> Vanity | None:
        now = self._clock.now()
        if self._without_address.get(guild, now) > now:
            return None
        try:
            vanity = await self._rest.vanity(guild)
        except (RefusedError, ShutOutError):
            self._without_address[guild] = now + NO_ADDRESS_FOR
            return None
        except SlowDownError:
            if guild in self._without_address:  # it refuses again and again
                return None
            raise
        self._without_address.pop(guild, None)
        return Vanity(code=vanity.code, uses=vanity.uses) if vanity.code else None

    async def _hits(self, due: Due) -> list[Hit] | None:
        """What the search says; None if it cannot say anything now, which is noted."""
        now = self._clock.now()
        found: list[rest.Hit] = []
        try:
            for first in range(0, len(due.searches), IN_ONE_QUESTION):
                found += await self._rest.search(due.guild, due.searches[first : first + IN_ONE_QUESTION])
        except (RefusedError, ShutOutError) as error:
            async with self._db.begin() as tx:
                if await arrivals.search_off(tx, due.chat_id, now=now):
                    _log.warning("the members of the server %d cannot be searched: %s", due.guild, error)
            return None
        except TransientError as error:
            wait = error.wait if isinstance(error, SlowDownError) else SEARCH_AGAIN
            async with self._db.begin() as tx:
                await arrivals.search_later(tx, due.chat_id, until=now + wait)
            return None
        return [_hit(each) for each in found if each.member.joined_at is not None]


def invite_of(found: rest.Invite) -> Invite:
    """The invite in the domain's words."""
    return Invite(
        code=found.code,
        uses=found.uses,
        max_uses=found.max_uses,
        made_at=found.created_at,
        expires_at=found.expires_at,
    )


def _hit(found: rest.Hit) -> Hit:
    assert found.member.joined_at is not None
    return Hit(
        account=found.member.user.id,
        joined_at=found.member.joined_at,
        otherwise=found.join_source_type in WITHOUT_INVITE,
        code=found.source_invite_code,
    )

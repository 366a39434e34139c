"""What a link is, without asking the database each time: links never change, campaigns are read every second."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import campaign as campaigns
from core import doors, links, members
from core.campaign import Applied
from core.campaign.values import Platform
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.doors import Door
from core.links import Link

FRESH_FOR = timedelta(seconds=1)
READ_WITHIN = 1.0
LINKS_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Page:
    """A link with its campaign as it stands, the advocate's name, and the doors it may lead through."""

    link: Link
    applied: Applied
    advocate: str
    doors: dict[Platform, Door]


class Book:
    """Looks links up. A copy in each process, never older than a second where it can change.

    `edition` is another object as soon as a campaign or a door is found to have changed.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._links: OrderedDict[str, tuple[Link, str]] = OrderedDict()
        self._campaigns: dict[int, Applied] = {}
        self._doors: dict[Platform, Door] = {}
        self._read_at: datetime | None = None
        self.edition = object()
        self._first = asyncio.Lock()

    def is_fresh(self, now: datetime) -> bool:
        """Whether the campaigns need not be read again yet."""
        return self._read_at is not None and now - self._read_at < FRESH_FOR

    async def find(self, code: str) -> Page | None:
        """The link with this code; None if there is none.

        Raises DatabaseUnavailableError or TimeoutError for what is not known yet and cannot be read soon.
        """
        known = self._links.get(code) or await self._look_up(code)
        if known is None:
            return None
        await self._refresh()
        link, advocate = known
        if link.campaign_id not in self._campaigns:  # applied since the last look
            await self._read()
        return Page(link, self._campaigns[link.campaign_id], advocate, self._doors)

    async def _look_up(self, code: str) -> tuple[Link, str] | None:
        if not links.is_code(code):
            return None
        async with asyncio.timeout(READ_WITHIN), self._db.read() as tx:
            link = (await links.by_code(tx, [code])).get(code)
            if link is None:
                return None
            advocate = (await members.by_id(tx, [link.member_id])).get(link.member_id)
        self._links[code] = (link, advocate.name if advocate else "")
        if len(self._links) > LINKS_KEPT:
            self._links.popitem(last=False)
        return self._links[code]

    async def _refresh(self) -> None:
        """Read the campaigns again after a second. While the database is away, the last word holds."""
        now = self._clock.now()
        if self._read_at is None:
            async with self._first:  # everybody waits for the first word
                if self._read_at is None:
                    await self._read()
                    self._read_at = now
        elif not self.is_fresh(now):
            self._read_at = now
            with suppress(DatabaseUnavailableError, TimeoutError):
                await self._read()

    async def _read(self) -> None:
        async with asyncio.timeout(READ_WITHIN), self._db.read() as tx:
            known = {applied.id: applied for applied in await campaigns.applied(tx)}
            open_doors = await doors.all_open(tx)
        if (known, open_doors) != (self._campaigns, self._doors):
            self._campaigns, self._doors, self.edition = known, open_doors, object()

"""What every kind of delivery works with, and what it remembers so as not to ask Discord twice."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from discord.http import HTTPClient

from bots.discord.pool import Pools
from bots.discord.rest import Rest
from bots.exchange.errors import HeldError
from bots.exchange.pace import Pauses
from core.clock import Clock
from core.database import Database

CLOSED_FOR = timedelta(hours=1)
"""So long nobody tries again to write to somebody who does not take private messages."""

K = TypeVar("K")
V = TypeVar("V")


class Remembered(OrderedDict[K, V], Generic[K, V]):
    """The newest of what was put in."""

    MOST = 10_000

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self.MOST:
            self.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`rest` asks for what is so, `http` does things, `pools` makes invites; `own_id` is the bot's.

    What follows is memory of this process, and may be lost.
    """

    db: Database
    clock: Clock
    http: HTTPClient
    rest: Rest
    pools: Pools
    own_id: int
    pace: Pauses = field(default_factory=Pauses)
    conversations: Remembered[int, int] = field(default_factory=Remembered)
    """The private channel of each person that was written to."""
    closed_since: Remembered[int, datetime] = field(default_factory=Remembered)
    """Who did not take private messages, and when."""
    guild_of: Remembered[int, int] = field(default_factory=Remembered)
    """The server of each role that was given."""
    held: Remembered[int, tuple[datetime, HeldError]] = field(default_factory=Remembered)
    """Roles that cannot be given or taken back, until when nobody tries again, and why."""
    _changing: WeakValueDictionary[tuple[int, int], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def changing(self, account: int, role: int) -> asyncio.Lock:
        """Held by whoever gives this member this role, or takes it."""
        return self._changing.setdefault((account, role), asyncio.Lock())

    def is_closed(self, account: int) -> bool:
        """Whether this person refused private messages just now."""
        since = self.closed_since.get(account)
        return since is not None and self.clock.now() < since + CLOSED_FOR

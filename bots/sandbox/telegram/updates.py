"""A bot's queue of updates: what waits, for how long, and who has already been told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any

from bots.sandbox.pulse import Pulse
from bots.sandbox.telegram.errors import conflict

DAY = 86_400
MOST_WAITING = 100_000

ASKED_FOR_BY_NAME = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """One update; those with the same `lane` (a chat, a person) keep their order, as Telegram's do."""

    id: int
    kind: str
    payload: dict[str, Any]
    lane: str
    at: float
    echo: bool = False  # a second copy, which no offset can confirm away before it was handed out

    def json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.payload}


class UpdateQueue:
    """What one bot has yet to hear. Updates older than a day are gone, like Telegram's."""

    def __init__(self, now: Callable[[], float], random: Random) -> None:
        self._now = now
        self._random = random
        self._waiting: deque[Update] = deque(maxlen=MOST_WAITING)
        self._recent: deque[Update] = deque(maxlen=100)
        self._next_id = random.randrange(100_000_000, 900_000_000)
        self._poller: object = None
        self._held: list[Update] | None = None
        self.changed = Pulse()
        self.copies = 1
        self.allow(())

    def __len__(self) -> int:
        self._forget_old()
        return len(self._waiting)

    def __contains__(self, update: Update) -> bool:
        self._forget_old()
        return update in self._waiting

    def allow(self, kinds: Iterable[str]) -> None:
        """Take only these kinds from now on; an empty list means all but those asked for by name."""
        self.allowed = frozenset(kinds)

    def takes(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in ASKED_FOR_BY_NAME

    def put(self, kind: str, payload: dict[str, Any], lane: str) -> None:
        """Queue an update, if the bot wants its kind."""
        if not self.takes(kind):
            return
        update = Update(self._next_id, kind, payload, lane, self._now())
        self._next_id += 1
        if self._held is None:
            self._add(update)
        else:
            self._held.append(update)

    def pending(self) -> list[Update]:
        """Everything that still waits, oldest first."""
        self._forget_old()
        return list(self._waiting)

    def done(self, update: Update) -> None:
        """A webhook has taken this one."""
        with suppress(ValueError):
            self._waiting.remove(update)
            self._recent.append(update)

    def clear(self) -> None:
        self._waiting.clear()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """Answer one getUpdates, waiting up to `seconds`; an older one that still waits is refused."""
        self._poller = mine = object()
        self.changed.beat()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds or None):
                while not (batch := self._take(offset, limit)) and seconds:
                    await self.changed.wait()
                    self._refuse_if_replaced(mine)
                return batch
        return []

    def stop(self) -> None:
        """End the poll that waits now, with nothing."""
        self._poller = None
        self.changed.beat()

    def jump(self) -> None:
        """Go on counting from a random lower number, as Telegram may after a quiet week."""
        self._next_id = self._random.randrange(1, max(2, self._next_id - 1000))

    def replay(self, count: int = 1) -> None:
        """Hand out the last `count` updates once more, confirmed or not."""
        already = [update for update in (*self._recent, *self._waiting) if not update.echo]
        for update in already[-count:]:
            self._waiting.append(replace(update, echo=True))
        self.changed.beat()

    @contextmanager
    def backwards(self) -> Iterator[None]:
        """What happens inside arrives last first, with rising ids: a leave before its join."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            ids = [update.id for update in held]
            for number, update in zip(ids, reversed(held), strict=True):
                self._add(replace(update, id=number))

    def _add(self, update: Update) -> None:
        self._waiting.append(update)
        for _ in range(self.copies - 1):
            self._waiting.append(replace(update, echo=True))
        self.changed.beat()

    def _take(self, offset: int, limit: int) -> list[Update]:
        self._forget_old()
        if offset < 0:
            self._confirm(lambda update: update.id < self._next_id + offset)
        elif offset <= self._next_id + 10:  # further ahead than that, the server starts from its oldest
            self._confirm(lambda update: update.id < offset)
        batch = list(islice(self._waiting, limit))
        for update in batch:
            if update.echo:
                self._waiting.remove(update)
        return batch

    def _confirm(self, known: Callable[[Update], bool]) -> None:
        keep = deque[Update](maxlen=MOST_WAITING)
        for update in self._waiting:
            if known(update) and not update.echo:
                self._recent.append(update)
            else:
                keep.append(update)
        self._waiting = keep

    def _forget_old(self) -> None:
        limit = self._now() - DAY
        while self._waiting and self._waiting[0].at <= limit:
            self._waiting.popleft()

    def _refuse_if_replaced(self, mine: object) -> None:
        if self._poller is None:
            raise TimeoutError
        if self._poller is not mine:
            raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")

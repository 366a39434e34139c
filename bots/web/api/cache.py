"""Answers that are still fresh: whoever asks the same within a second gets the same, and the database is asked once."""

import asyncio
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

FRESH_FOR = timedelta(seconds=1)
KEPT = 512


@dataclass(slots=True, eq=False)
class Kept:
    """An answer, and the name of exactly this content."""

    body: bytes = b""
    etag: str = ""
    made_at: datetime | None = None
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_fresh(self, now: datetime) -> bool:
        return self.made_at is not None and now - self.made_at < FRESH_FOR


class Cache:
    """Keeps the latest answers. What raises is not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    async def get(self, question: Hashable, make: Callable[[], Awaitable[bytes]], *, now: datetime) -> Kept:
        """The answer, made if need be: by one of those who ask for it at the same time, while the others wait."""
        kept = self._kept.get(question)
        if kept is not None and kept.is_fresh(now):
            return kept
        if kept is None:
            kept = self._kept[question] = Kept()
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        async with kept.making:
            if not kept.is_fresh(now):
                kept.body = await make()
                kept.etag = urlsafe_b64encode(blake2b(kept.body, digest_size=12).digest()).decode()
                kept.made_at = now
                self._kept[question] = kept
                self._kept.move_to_end(question)
        return kept

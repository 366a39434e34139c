"""Rate limits: the headers that every answer carries, and 429 for those who do not heed them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import md5

from bots.sandbox.discord.errors import too_many_requests

MAJOR = ("guild_id", "channel_id", "webhook_id", "application_id")
FREE = ("/interactions/", "/webhooks/", "/gateway")  # these do not count against the limit of the whole bot


@dataclass(slots=True)
class Bucket:
    """How many calls are left until the window ends."""

    left: int
    ends_at: float


@dataclass(eq=False)
class Limits:
    """Limits by the real clock, since clients wait by it. Unless `enforce` is on they are shown, and never reached.

    `per_route` calls of one route about one guild or channel in `window` seconds; `per_second` of one bot in all.
    """

    enforce: bool = False
    per_route: int = 5
    window: float = 1.0
    per_second: int = 50
    now: Callable[[], float] = time.monotonic
    refused: int = 0
    _buckets: dict[tuple[object, ...], Bucket] = field(default_factory=dict)

    def headers(self, bot: int | None, method: str, route: str, ids: dict[str, str]) -> dict[str, str]:
        """Count the call; answers its headers, or raises 429."""
        left, wait = self._take((bot, method, route, *(ids.get(name) for name in MAJOR)), self.per_route)
        headers = {
            "X-RateLimit-Limit": str(self.per_route),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": md5(f"{method} {route}".encode(), usedforsecurity=False).hexdigest(),
        }
        if left < 0:
            self._refuse(wait, headers)
        if not route.startswith(FREE):
            left, wait = self._take((bot,), self.per_second)
            if left < 0:
                self._refuse(wait, headers, everywhere=True)
        return headers

    def _take(self, key: tuple[object, ...], size: int) -> tuple[int, float]:
        """How many calls are left after this one, and for how long."""
        if not self.enforce:
            return max(size - 1, 1), self.window
        now, length = self.now(), self.window if len(key) > 1 else 1.0
        bucket = self._buckets.get(key)
        if bucket is None or bucket.ends_at <= now:
            bucket = self._buckets[key] = Bucket(size, now + length)
        bucket.left -= 1
        return bucket.left, bucket.ends_at - now

    def _refuse(self, wait: float, headers: dict[str, str], *, everywhere: bool = False) -> None:
        self.refused += 1
        error = too_many_requests(round(wait, 3), everywhere=everywhere, scope="global" if everywhere else "user")
        error.headers = headers | error.headers
        raise error

"""How often somebody may ask: a bucket of tokens for each, in this process alone.

Told in the headers of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` is what is allowed, `RateLimit` what is
left.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

REMEMBERED = 10_000
"""As many askers; whoever was silent longest is forgotten, and has a full bucket again."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and as many again in each span."""

    name: str
    quota: int
    span: timedelta


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """What an asker has left. `wait`: seconds until the next one is allowed; 0 if it is now."""

    allowance: Allowance
    tokens: int
    wait: int

    def headers(self) -> dict[str, str]:
        """For the answer."""
        name, quota, span = self.allowance.name, self.allowance.quota, self.allowance.span.total_seconds()
        full = ceil((quota - self.tokens) * span / quota)
        told = {
            "RateLimit-Policy": f'"{name}";q={quota};w={span:.0f}',
            "RateLimit": f'"{name}";r={self.tokens};t={full}',
        }
        return told | ({"Retry-After": str(self.wait)} if self.wait else {})


class Limit:
    """Counts what each asker takes."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._per_second = allowance.quota / allowance.span.total_seconds()
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, who: Hashable, *, now: datetime) -> Left:
        """Take a token; `wait` is not 0 if there was none."""
        bucket = self._bucket(who, now)
        if bucket.tokens < 1:
            return self._left(bucket)
        bucket.tokens -= 1
        self._buckets[who] = bucket
        self._buckets.move_to_end(who)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return Left(self._allowance, int(bucket.tokens), 0)

    def look(self, who: Hashable, *, now: datetime) -> Left:
        """What is left, without taking any."""
        return self._left(self._bucket(who, now))

    def _bucket(self, who: Hashable, now: datetime) -> _Bucket:
        known = self._buckets.get(who)
        if known is None:
            return _Bucket(self._allowance.quota, now)
        gained = max(0.0, (now - known.at).total_seconds()) * self._per_second
        known.tokens, known.at = min(self._allowance.quota, known.tokens + gained), max(now, known.at)
        return known

    def _left(self, bucket: _Bucket) -> Left:
        wait = 0 if bucket.tokens >= 1 else max(1, ceil((1 - bucket.tokens) / self._per_second))
        return Left(self._allowance, int(bucket.tokens), wait)

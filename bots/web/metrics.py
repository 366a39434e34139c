"""`/metrics`: what Prometheus reads. Figures and the names of campaigns; never a code, a key or a person.

Requests are counted in plain numbers of this process, and put into Prometheus's words only when somebody asks. What the
database knows is read in one transaction, at most every few seconds.
"""

import asyncio
import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from core.clock import Clock
from core.database import Database, DatabaseUnavailableError
from core.status.everything import Everything, everything

_log = logging.getLogger(__name__)

FRESH_FOR = timedelta(seconds=5)
READ_WITHIN = 5.0

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
HOT = "/r/"
"""Links are answered by the thousand: those are counted, and not timed."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class _Times:
    """How long answers took: how many fell into each bucket, and the sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> Iterator[tuple[str, float]]:
        """How many took at most so long, as Prometheus wants them."""
        so_far = 0
        for bound, n in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            so_far += n
            yield bound, so_far


class Requests(Collector):
    """Counts this process's answers, by route as it was declared."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, _Times] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One more."""
        self._counts[route, method, status // 100] += 1
        if not route.startswith(HOT):
            times = self._times.get(route)
            if times is None:
                times = self._times[route] = _Times()
            times.add(seconds)

    def collect(self) -> Iterable[Metric]:
        counted = CounterMetricFamily(
            "sayso_http_requests", "Requests answered, by status class.", labels=("route", "method", "status")
        )
        named: Counter[tuple[str, str, str]] = Counter()
        for (route, method, hundreds), n in self._counts.items():
            named[route, method if method in METHODS else "other", f"{hundreds}xx"] += n
        for labels, n in sorted(named.items()):
            counted.add_metric(labels, n)
        yield counted
        took = HistogramMetricFamily(
            "sayso_http_request_seconds", "How long answers took; those to links are not timed.", labels=("route",)
        )
        for route, times in sorted(self._times.items()):
            took.add_metric((route,), list(times.buckets()), times.total)
        yield took


class _Here(Collector):
    """What this process knows of itself."""

    def __init__(self, unrecorded: Callable[[], int]) -> None:
        self._unrecorded = unrecorded

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("sayso_build", "Which Sayso this is.", {"version": version("sayso")})
        lost = "Visits that this process could not record in time."
        yield CounterMetricFamily("sayso_visits_unrecorded", lost, self._unrecorded())


class _Kept(Collector):
    """What the database knows: the same in every process."""

    def __init__(self) -> None:
        self.known: Everything | None = None
        self.answers = False

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("sayso_database_up", "Whether the database answers.", int(self.answers))
        if not self.answers or self.known is None:
            return
        for name, counts, about in (
            ("sayso_inbox", self.known.inbox, "Updates that wait, and that could not be handled."),
            ("sayso_outbox", self.known.outbox, "Messages that wait, that are being sent, and that will not be."),
        ):
            family = GaugeMetricFamily(name, about, labels=("state",))
            for state, n in counts.items():
                family.add_metric((state,), n)
            yield family
        yield from _campaigns(self.known)


def _campaigns(known: Everything) -> Iterable[Metric]:
    info = GaugeMetricFamily("sayso_campaign_state", "1 for the state it is in.", labels=("campaign", "state"))
    totals = GaugeMetricFamily(
        "sayso_campaign_figure", "What was counted, under the names of `sayso status`.", labels=("campaign", "name")
    )
    missed = GaugeMetricFamily(
        "sayso_occurrences_missed", "Scheduled things that a campaign did not do.", labels=("campaign",)
    )
    for each in known.campaigns:
        info.add_metric((each.slug, each.state), 1)
        missed.add_metric((each.slug,), each.missed)
        for name, n in sorted(each.totals.items()):
            totals.add_metric((each.slug, name), n)
    return info, totals, missed


class Metrics:
    """Everything that is measured. `requests.answered` is to be told of every answer."""

    def __init__(self, db: Database, clock: Clock, *, unrecorded: Callable[[], int]) -> None:
        self._db, self._clock = db, clock
        self.requests = Requests()
        self._kept = _Kept()
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._registry = CollectorRegistry(auto_describe=False)
        for each in (self.requests, _Here(unrecorded), self._kept):
            self._registry.register(each)
        for kind in (ProcessCollector, PlatformCollector, GCCollector):
            kind(registry=self._registry)

    def routes(self) -> list[web.RouteDef]:
        """To be handed to the web application."""
        return [web.get("/metrics", self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        """All of it, in the format that is asked for."""
        async with self._reading:
            await self._read()
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        headers = {"Content-Type": kind, "Cache-Control": "no-store"}
        return web.Response(body=encode(self._registry), headers=headers)

    async def _read(self) -> None:
        """Ask the database, unless that was just done. Without it, the rest is told all the same."""
        now = self._clock.now()
        if self._read_at is not None and now - self._read_at < FRESH_FOR:
            return
        try:
            async with asyncio.timeout(READ_WITHIN), self._db.read() as tx:
                self._kept.known = await everything(tx, now=now)
            self._kept.answers = True
        except (DatabaseUnavailableError, TimeoutError):
            self._kept.answers = False
        self._read_at = now

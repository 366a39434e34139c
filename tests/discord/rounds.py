"""Rounds of people who come into a server at the same moment, by every road and in every order of events."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bots.sandbox.discord import ApiError, Person
from bots.sandbox.discord.belonging import join
from bots.sandbox.discord.faults import SEARCH
from bots.sandbox.discord.members import JoinSource
from tests.discord.stage_races import Stage

ROADS = {"single use": 5, "personal": 2, "consent": 2, "foreign": 2, "vanity": 1, "discovery": 1}
"""How friends come, and how often; the first three are links of ours."""

ADVOCATES = 12
NEWS_TAKES = 2.0
"""Seconds that an event may be on its way: what the door relies on is a little more (`core.arrivals.NEWS_TAKES`)."""


@dataclass
class Tally:
    """What came of all rounds. `wrong`: who was credited to somebody else, at any time."""

    people: Counter[str] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    credited: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def share(self, road: str, *states: str) -> float:
        """How many of those who came by this road ended so."""
        return sum(self.found[road, state] for state in states) / max(1, self.people[road])


class Rounds:
    """The same server for all of them; minutes or hours lie between two."""

    def __init__(self, stage: Stage, random: Random, *, search: bool) -> None:
        self.stage, self.random, self.search = stage, random, search
        self.tally = Tally()
        self._codes: list[str] = []
        self._chosen: list[str] = []

    async def play(self, number: int) -> Tally:
        await self._prepare()
        for each in range(number):
            await self._round(each)
        return self.tally

    async def _prepare(self) -> None:
        stage = self.stage
        stage.guild.vanity_code = "lune"
        if not self.search:
            stage.world.faults.refuse(ApiError(404, 0, "404: Not Found"), route=SEARCH, times=None)
        await stage.connect()
        people = [stage.world.user(f"advocate{number}") for number in range(ADVOCATES)]
        self._codes = list((await stage.codes(people)).values())

    async def _round(self, number: int) -> None:
        stage, random, guild = self.stage, self.random, self.stage.guild
        stage.clock.advance(seconds=random.choice((60, 600, 3600)))
        guild.used_up = random.choice(("before", "after", "late"))
        guild.join_copies = random.choice((1, 1, 2))
        guild.index_lag = timedelta(seconds=random.choice((0, 0, 8, 90)))
        before = len(await stage.states())
        await self._fill_pool()
        people = random.choice((2, 2, 3, 4, random.randint(5, 10)))
        friends = [stage.world.user(f"friend{number}-{each}") for each in range(people)]
        self._chosen = random.sample(self._codes, random.choice((1, 2, ADVOCATES)))
        truth: dict[int, str | None] = {}
        roads: dict[int, str] = {}
        entries = [await self._entry(friend, truth, roads) for friend in friends]
        await self._come(entries, truth)
        guild.held_uses is None or stage.world.settle(guild)
        if guild.late_deletes:
            stage.world.settle(guild)
        await stage.settle(within=timedelta(hours=3))
        await self._watch(truth)
        await self._count(truth, roads, before)

    async def _fill_pool(self) -> None:
        place = await self.stage.place()
        while await self.stage.pools.fill(place):
            pass
        await self.stage.step()

    async def _entry(self, friend: Person, truth: dict[int, str | None], roads: dict[int, str]) -> Callable[[], object]:
        """How this friend will come in; what is needed for it is done now."""
        stage, random = self.stage, self.random
        road = random.choices(list(ROADS), list(ROADS.values()))[0]
        code, place = random.choice(self._chosen), await stage.place()
        if random.random() < 0.2:  # they look at another link, too, and do not use it
            await stage.visit(random.choice(self._codes))
        invite = None
        if road == "single use":
            invite = await stage.visit(code)
            road = road if invite else "consent"
        if road == "personal":
            invite = await stage.pools.personal(place, code)
            road = road if invite else "consent"
        if road == "foreign":
            olga = stage.guild.owner
            invite = olga.invites(stage.guild.text_channels()[0], max_uses=random.choice((0, 0, 1, 3))).code
        roads[friend.id], truth[friend.id] = road, code if road in ("single use", "personal", "consent") else None
        if road == "consent":
            await stage.expect(friend, code)
            return lambda: join(stage.world, stage.guild, friend, JoinSource.BOT, by=stage.bot)
        if road == "vanity":
            return lambda: friend.joins_by_vanity(stage.guild)
        if road == "discovery":
            return lambda: friend.discovers(stage.guild)
        return lambda: friend.joins(invite or "")

    async def _come(self, entries: list[Callable[[], object]], truth: dict[int, str | None]) -> None:
        """They come; what is told of it, read and compared happens in between, in any order."""
        stage, random, guild = self.stage, self.random, self.stage.guild
        apart = random.choice((0.0, 0.3, 1.5, 6.0, 20.0))
        holds_at = random.randrange(len(entries)) if random.random() < 0.35 else None
        for number, enter in enumerate(entries):
            if number == holds_at:
                stage.world.hold_uses(guild)
            enter()
            await self._meanwhile(random.uniform(0, apart))
        for _ in range(random.randint(0, 8)):
            await self._meanwhile(random.uniform(0.2, 2.5))
            if random.random() < 0.2:
                stage.world.settle(guild)
            await self._watch(truth)

    async def _meanwhile(self, seconds: float) -> None:
        stage, random = self.stage, self.random
        stage.clock.advance(seconds=seconds)
        await stage.hear(older_than=timedelta(seconds=NEWS_TAKES))
        if random.random() < 0.5:
            await stage.hear(most=random.randint(0, 6))
        if random.random() < 0.7:
            await stage.worker.once()

    async def _watch(self, truth: dict[int, str | None]) -> None:
        """Nobody is credited to somebody else, not even for a moment."""
        credited = await self.stage.credits()
        for friend in credited.keys() & truth.keys():
            if credited[friend] != truth[friend]:
                self.tally.wrong.append(f"{friend} came by {truth[friend]}, and was credited to {credited[friend]}")

    async def _count(self, truth: dict[int, str | None], roads: dict[int, str], before: int) -> None:
        states, credited = await self.stage.states(), await self.stage.credits()
        for friend, road in roads.items():
            self.tally.people[road] += 1
            self.tally.found[road, states.get(friend, "unseen")] += 1
            self.tally.credited[road] += friend in credited
        if len(states) != before + len(roads):
            self.tally.wrong.append("somebody arrived twice, or not at all")

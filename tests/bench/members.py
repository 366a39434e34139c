"""How many Discord member events a second become recorded and attributed joins, beside discord.py doing nothing with
them.

    python -m tests.bench.members [--members 6000] [--rounds 5]

Each round runs every way once, in shuffled order, in one process; ratios are taken within a round. The bare way is a
client of discord.py, as it comes, that reads the frames, fills its caches and hands each event to an empty
`on_member_join` (or `on_invite_delete`). Ours starts at the same frames, at discord.py too, keeps them durably,
handles them, compares and searches, and ends when every join is an exact referral; that is checked, or else there is no
figure. Friends come `AT_ONCE` at a time, each by an invite made for their visit alone, since a server has room for
that many invites.

Not part of it: the network, and what is waited for. What Discord would answer about invites and members comes from
memory, and the clock is put forward over the pauses in which news may still come.

"invites heard": the gateway tells also of each invite that is used up. "One at a time" is the way of a single join,
nothing else going on: until it is recorded, and all of it.
"""

import argparse
import asyncio
import gc
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import discord

from tests.bench.community import databases
from tests.bench.server import (
    INTENTS,
    READ_AFTER,
    Coming,
    ServerDoor,
    coming,
    greeting,
    heard,
    server_door,
    socket_of,
)

BARE, RECORDED = "discord.py", ", recorded"
KINDS = {"joins": 1, "invites heard": 2}
"""How many of the frames about a friend are told."""

AT_ONCE = 1000
SINGLES = 300


async def main() -> None:
    options = _options()
    gc.freeze()  # as `sayso run` does
    rates: dict[tuple[str, str], list[float]] = {}
    ways: dict[tuple[str, str], list[float]] = {}
    with databases() as fresh:
        for turn in range(options.rounds):
            order = [BARE, *fresh]
            random.shuffle(order)
            for kind in KINDS:
                for way in order:
                    bare = way == BARE
                    found = await (_bare(kind, options.members) if bare else _ours(fresh[way], kind, options.members))
                    for name, rate in found.items():
                        rates.setdefault((kind, f"{way}{name}"), []).append(rate)
            _say(f"round {turn + 1} of {options.rounds} done")
        for way, url in fresh.items():
            ways["recorded", way], ways["all of it", way] = await _singles(url())
    _report(rates, ways)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


class _Bare(discord.Client):
    """Hears who joins, and does nothing about it."""

    came = 0

    async def on_member_join(self, member: discord.Member) -> None:
        self.came += 1

    async def on_invite_delete(self, invite: discord.Invite) -> None:
        pass


async def _bare(kind: str, count: int) -> dict[str, float]:
    """Joins a second through a client with its usual caches."""
    client, at = _Bare(intents=INTENTS, chunk_guilds_at_startup=False), datetime.now(UTC)
    socket = await socket_of(client)
    await heard(socket, greeting(at))
    frames = _frames(kind, coming(["AAAAAAAAAAA"], range(count), at))
    began = time.perf_counter()
    await heard(socket, frames)
    lasted = time.perf_counter() - began
    assert client.came == count
    await client.close()
    return {"": count / lasted}


async def _ours(fresh: Callable[[], str], kind: str, count: int) -> dict[str, float]:
    """Joins a second from raw frames to exact referrals; and until they are recorded, which is the first part."""
    async with server_door(fresh()) as way_in:
        await _come(way_in, kind, range(count, count + 200))  # warm
        parts = [await _come(way_in, kind, some) for some in _in_turn(range(count))]
    recorded, traced = (sum(part) for part in zip(*parts, strict=True))
    return {"": count / (recorded + traced), RECORDED: count / recorded}


async def _come(way_in: ServerDoor, kind: str, numbers: range) -> tuple[float, float]:
    """The seconds that it takes until all of these friends are recorded, and from there until they are credited."""
    friends = await way_in.invite(numbers)
    frames = _frames(kind, friends)
    began = time.perf_counter()
    await way_in.record(frames)
    recorded = time.perf_counter() - began
    traced = await _trace(way_in)
    assert await way_in.credited(friends) == len(friends), "somebody was not credited"
    return recorded, traced


async def _trace(way_in: ServerDoor) -> float:
    """The seconds that it takes to find out how everybody came."""
    lasted = 0.0
    for _ in range(3):  # a list is read; once it is believed, it is compared; what was found is searched for
        began = time.perf_counter()
        await way_in.trace()
        lasted += time.perf_counter() - began
        way_in.clock.skip(READ_AFTER)
    return lasted


async def _singles(url: str) -> tuple[list[float], list[float]]:
    """Milliseconds of one join's way, again and again: until it is recorded, and all of it."""
    recorded, whole = list[float](), list[float]()
    async with server_door(url) as way_in:
        for n in range(SINGLES):
            first, then = await _come(way_in, "joins", range(n, n + 1))
            recorded.append(first * 1000)
            whole.append((first + then) * 1000)
    return recorded[20:], whole[20:]


def _frames(kind: str, friends: list[Coming]) -> list[str]:
    return [frame for each in friends for frame in each.frames()[: KINDS[kind]]]


def _in_turn(numbers: range) -> list[range]:
    return [numbers[first : first + AT_ONCE] for first in range(0, len(numbers), AT_ONCE)]


def _report(rates: dict[tuple[str, str], list[float]], ways: dict[tuple[str, str], list[float]]) -> None:
    _say(f"{'':16}{'':22}{'joins/s':>28}{'ratio to bare':>16}")
    for (kind, way), found in rates.items():
        ratios = [mine / bare for mine, bare in zip(found, rates[kind, BARE], strict=True)]
        spread = f"{_median(found):,.0f} [{min(found):,.0f}-{max(found):,.0f}]"
        _say(f"{kind:16}{way:22}{spread:>28}{_median(ratios):>16.3f}")
    for (kind, way), found in ways.items():
        p50, p99 = _median(found), statistics.quantiles(found, n=100)[98]
        _say(f"{kind:16}{way:22}one at a time: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


_median: Callable[[list[float]], float] = statistics.median


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())

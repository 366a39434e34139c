"""How near to Telegram's limit an announcement goes out, and how long whoever asks the bot something waits meanwhile.

    python -m tests.bench.broadcast [--people 1800] [--speed 1] [--latency 80] [--database sqlite|postgres]

Everything is what runs in life: the worker's feeding, the door with its sender and python-telegram-bot; only Telegram
is a stand-in, which counts what it is sent and refuses what is beyond 30 messages a second. With `--speed 4` the event
loop's clock and ours go four times as fast, so that more people fit into the same time; the machine must keep up.
A stranger asks for help every two seconds: first with nothing else going on, then in the midst of it.
"""

import argparse
import asyncio
import selectors
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bots.sandbox.telegram import Bot, Person, TelegramServer, TelegramWorld
from bots.telegram.app import TelegramDoor
from campaigns.apply import apply
from campaigns.heart import FEED_EVERY, feed
from core import broadcasts, links, members
from core.campaign.values import Account, Platform
from core.database import Database
from core.database.migrate import migrate
from core.links import Link
from core.members import Person as Somebody
from tests.people import ORGANIZER, a_campaign
from tests.postgres import PostgresServer

TOKEN = "123456:AAE-stand_in"
PERMITTED = 30.0
ASK_EVERY, QUIET = 2.0, 10
ASKERS = 20
AT_ONCE = 5000


class Clock:
    """As fast as asked for."""

    def __init__(self, speed: float) -> None:
        self._speed, self._began, self._at = speed, time.monotonic(), datetime.now(UTC)

    def now(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._began) * self._speed)


class Loop(asyncio.SelectorEventLoop):
    """An event loop on whose clock time passes faster."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        super().__init__(Selector(speed))

    def time(self) -> float:
        return super().time() * self._speed


class Selector(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / self._speed)


def main() -> None:
    options = _options()
    with _database(options.database) as url, asyncio.Runner(loop_factory=lambda: Loop(options.speed)) as runner:
        runner.run(_run(url, options))


async def _run(url: str, options: argparse.Namespace) -> None:
    clock, db = Clock(options.speed), Database(url)
    world = TelegramWorld(clock=clock, calls_kept=options.people * 2 + 10_000)
    world.meter.enforce = True
    world.faults.slow(options.latency / 1000, method="sendMessage", times=None)
    bot = world.bot(TOKEN, "sayso_bot")
    await migrate(db)
    number = await _town(db, clock, world, bot, options.people)
    async with TelegramServer(world) as server:
        door = TelegramDoor(db, clock, token=TOKEN, api=server.url)
        stop = asyncio.Event()
        await door.open(stop)
        parts = [asyncio.create_task(part(stop)) for part in (door.receive, door.handle, door.send)]
        parts.append(asyncio.create_task(_feed(db, clock, door, stop)))
        askers = [_opened(world, bot, f"Asker {n}") for n in range(ASKERS)]
        quiet = await _ask(world, bot, askers, QUIET)
        async with db.begin() as tx:
            await broadcasts.begin(tx, number, now=clock.now())
        began = clock.now().timestamp()
        asking = asyncio.create_task(_ask(world, bot, askers, 10**9))
        while (state := await _state(db, number)).ended_at is None:  # noqa: ASYNC110 (it is in the database)
            await asyncio.sleep(0.5)
        asking.cancel()
        midst = await asyncio.gather(asking, return_exceptions=True)
        stop.set()
        await asyncio.gather(*parts)
        await door.close()
    await db.close()
    _report(world, options, began, state, quiet, _waited(world, midst[0]))


def _report(
    world: TelegramWorld,
    options: argparse.Namespace,
    began: float,
    state: broadcasts.Broadcast,
    quiet: Sequence[float],
    midst: Sequence[float],
) -> None:
    sent = [each for each in world.calls_of("sendMessage") if "📣" in str(each.params["text"])]
    there = [each for each in sent if each.error is None]
    got = Counter(int(each.params["chat_id"]) for each in there)
    last = max(each.at for each in there)
    rate = len(there) / (last - began)
    took, others = last - began, world.meter.sent - len(there)
    doubled, refused = sum(n > 1 for n in got.values()), len(sent) - len(there)
    print(
        f"{options.people:,} people, {options.database}, speed {options.speed:g}, a call takes {options.latency:g} ms"
    )
    print(f"  from the press of the button to the last message: {took:,.1f} s of Telegram's time")
    print(f"  {rate:.2f} a second of the {PERMITTED:g} that are permitted: {rate / PERMITTED:.3f}")
    share = (len(there) + len(midst)) / took / PERMITTED
    print(f"  with the answers that went out meanwhile: {share:.3f} ({others} in all)")
    print(f"  lost {options.people - len(got)}, doubled {doubled}, refused {refused}")
    print(f"  counted: sent {state.sent}, could not be written to {state.failed}")
    for name, waits in (("with nothing else going on", quiet), ("in the midst of it", midst)):
        if waits:
            worst = sorted(waits)[min(len(waits) - 1, int(len(waits) * 0.99))]
            print(f"  an answer, {name}: median {statistics.median(waits):.2f} s, 99th {worst:.2f} s of {len(waits)}")


async def _feed(db: Database, clock: Clock, door: TelegramDoor, stop: asyncio.Event) -> None:
    """As the worker does, by the loop's clock."""
    while not stop.is_set():
        if await feed(db, clock):
            door.wake()
        await asyncio.sleep(FEED_EVERY.total_seconds())


async def _ask(world: TelegramWorld, bot: Bot, askers: Sequence[Person], times: int) -> list[float]:
    """Each in turn asks for help; how long the answers took. Cancelled: when they were asked."""
    asked: list[tuple[int, float]] = []
    try:
        for n in range(times):
            person = askers[n % len(askers)]
            asked.append((person.id, world.time()))
            person.says(bot, "/help")
            await asyncio.sleep(ASK_EVERY)
    except asyncio.CancelledError:
        raise AskedError(asked) from None
    await asyncio.sleep(ASK_EVERY)
    return _waits(world, asked)


class AskedError(Exception):
    """Who asked, and when."""


def _waited(world: TelegramWorld, asked: object) -> list[float]:
    return _waits(world, asked.args[0]) if isinstance(asked, AskedError) else []


def _waits(world: TelegramWorld, asked: Sequence[tuple[int, float]]) -> list[float]:
    answers: dict[int, list[float]] = {}
    for call in world.calls_of("sendMessage"):
        if call.error is None:
            answers.setdefault(int(call.params["chat_id"]), []).append(call.at)
    found = []
    for person, at in asked:
        later = [answer for answer in answers.get(person, ()) if answer >= at]
        if later:
            found.append(later[0] - at)
    return found


async def _state(db: Database, number: int) -> broadcasts.Broadcast:
    async with db.read() as tx:
        found = await broadcasts.get(tx, number)
    assert found is not None
    return found


async def _town(db: Database, clock: Clock, world: TelegramWorld, bot: Bot, people: int) -> int:
    """A campaign with so many advocates, and an announcement to them that waits for the button."""
    now = clock.now()
    async with db.begin() as tx:
        await apply(tx, [a_campaign(starts=now - timedelta(days=1), ends=None)], now=now)
        olga = (await members.meet(tx, [ORGANIZER], now=now))[ORGANIZER.account]
    for first in range(0, people, AT_ONCE):
        crowd = [_opened(world, bot, f"M{n}") for n in range(first, min(first + AT_ONCE, people))]
        told = [
            Somebody(account=Account(platform=Platform.TELEGRAM, id=each.id), name="M", language="en", reachable=True)
            for each in crowd
        ]
        async with db.begin() as tx:
            known = await members.meet(tx, told, now=now)
            await links.add(tx, [Link(links.new_code(), 1, known[each.account].id) for each in told], now=now)
    async with db.begin() as tx:
        return (await broadcasts.draft(tx, 1, "We open our doors on Friday.", by=olga.id, now=now)).id


def _opened(world: TelegramWorld, bot: Bot, name: str) -> Person:
    """Somebody who has started the bot some time ago."""
    person = world.user(name)
    world.private(bot, person).opened = True
    return person


@contextmanager
def _database(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="sayso-bench-") as folder:
        if kind == "sqlite":
            yield f"sqlite:///{Path(folder) / 'bench.db'}"
            return
        server = PostgresServer(durable=True)
        try:
            server.start()
            yield server.new_database()
        finally:
            server.remove()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1800)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--latency", type=float, default=80.0, help="milliseconds that a call takes")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()

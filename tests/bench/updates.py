"""How many Telegram updates a second become committed effects, beside python-telegram-bot doing nothing with them.

    python -m tests.bench.updates [--updates 6000] [--rounds 5]

Each round runs every way once, in shuffled order, in one process; ratios are taken within a round. The bare way parses
each update and dispatches it to an empty handler (performance.md, section 5). Ours starts at the same raw bytes, keeps
them durably, and ends when their effects are committed. "One at a time" is the way of a single update, nothing else
going on.
"""

import argparse
import asyncio
import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from telegram import Update, User
from telegram.ext import Application, ApplicationBuilder, ChatMemberHandler, CommandHandler, ContextTypes

from tests.bench.community import Door, databases, door, joins, starts

BARE = "python-telegram-bot"
KINDS = {"joins": joins, "starts": starts}
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
                    rate = await (
                        _bare(kind, options.updates) if way == BARE else _ours(fresh[way](), kind, options.updates)
                    )
                    rates.setdefault((kind, way), []).append(rate)
            _say(f"round {turn + 1} of {options.rounds} done")
        for way, url in fresh.items():
            ways["joins", way] = await _singles(url())
    _report(rates, ways)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


async def _bare(kind: str, count: int) -> float:
    """Updates a second through a real Application with handlers that do nothing."""

    async def nothing(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pass

    app: Application[Any, Any, Any, Any, Any, Any] = ApplicationBuilder().token("1:bench").updater(None).build()
    app._initialized = True  # there is no Telegram to log in to
    app.bot._bot_user = User(1, "Sayso", is_bot=True, username="sayso_bot")  # type: ignore[attr-defined]
    app.add_handler(ChatMemberHandler(nothing, ChatMemberHandler.CHAT_MEMBER))
    app.add_handler(CommandHandler("start", nothing))
    updates = KINDS[kind](["AAAAAAAAAAA"], range(count), datetime.now(UTC))
    began = time.perf_counter()
    for update in updates:
        await app.process_update(Update.de_json(json.loads(update), app.bot))
    return count / (time.perf_counter() - began)


async def _ours(url: str, kind: str, count: int) -> float:
    """Updates a second from raw bytes to committed effects."""
    async with door(url) as way_in:
        updates = KINDS[kind](way_in.codes, range(count), datetime.now(UTC))
        await way_in.take(KINDS[kind](way_in.codes, range(count, count + 200), datetime.now(UTC)))  # warm
        began = time.perf_counter()
        await way_in.take(updates)
        return count / (time.perf_counter() - began)


async def _singles(url: str) -> list[float]:
    """Milliseconds of one join's way, again and again."""
    async with door(url) as way_in:
        return [await _single(way_in, update) for update in joins(way_in.codes, range(SINGLES), datetime.now(UTC))][20:]


async def _single(way_in: Door, update: bytes) -> float:
    began = time.perf_counter()
    await way_in.take([update])
    return (time.perf_counter() - began) * 1000


def _report(rates: dict[tuple[str, str], list[float]], ways: dict[tuple[str, str], list[float]]) -> None:
    _say(f"{'':8}{'':22}{'updates/s':>28}{'ratio to bare':>16}")
    for (kind, way), found in rates.items():
        ratios = [mine / bare for mine, bare in zip(found, rates[kind, BARE], strict=True)]
        spread = f"{_median(found):,.0f} [{min(found):,.0f}-{max(found):,.0f}]"
        _say(f"{kind:8}{way:22}{spread:>28}{_median(ratios):>16.2f}")
    for (kind, way), found in ways.items():
        p50, p99 = _median(found), statistics.quantiles(found, n=100)[98]
        _say(f"{kind:8}{way:22}one at a time: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


_median: Callable[[list[float]], float] = statistics.median


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())

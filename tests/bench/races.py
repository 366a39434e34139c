"""How many who come into a Discord server at the same moment are settled surely; nobody may be credited wrongly.

    python -m tests.bench.races [--rounds 200] [--seed 1]

Each round 2 to 10 people come through different links in some order of events: counters that move late, used-up
invites that vanish before, after or long after the join, joins told twice, other people's invites, the server's own
address, discovery. It is played with Discord's members search, and where that is off.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from random import Random

from core.database import Database
from core.database.migrate import migrate
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in
from tests.discord.rounds import ROADS, Rounds, Tally
from tests.discord.stage_races import staged

FOUND = ("exact", "probable", "ambiguous", "unattributed", "otherwise", "open")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for search in (True, False):
        began = time.perf_counter()
        tally = asyncio.run(_play(options.rounds, options.seed, search=search))
        _report(tally, options.rounds, search=search, seconds=time.perf_counter() - began)


async def _play(rounds: int, seed: int, *, search: bool) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        db, random = Database(f"sqlite:///{Path(folder) / 'races.db'}"), Random(seed)
        await migrate(db)
        try:
            async with staged(db, FakeClock(), campaign=campaign_in, random=random) as stage:
                return await Rounds(stage, random, search=search).play(rounds)
        finally:
            await db.close()


def _report(tally: Tally, rounds: int, *, search: bool, seconds: float) -> None:
    how = "with the members search" if search else "without the members search"
    print(f"\n{rounds} rounds, {tally.people.total()} people, {how} ({seconds:.0f} s)")
    print(f"  wrong credits: {len(tally.wrong)}")
    print("  " + "".join(f"{each:>14}" for each in ("road", "people", "credited", *FOUND)))
    for road in ROADS:
        shares = "".join(f"{tally.share(road, each):>14.1%}" for each in FOUND)
        print(f"  {road:>14}{tally.people[road]:>14}{tally.credited[road]:>14}{shares}")
    for problem in tally.wrong[:10]:
        print(f"  ! {problem}")


if __name__ == "__main__":
    main()

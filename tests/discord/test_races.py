"""Many come at once, and nobody is credited to somebody else.

`SAYSO_TEST_DEPTH=20` plays as many rounds as the benchmark.
"""

from random import Random

import pytest

from core.database import Database
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in
from tests.discord.rounds import Rounds
from tests.discord.stage_races import RACES, staged
from tests.people import assert_audited


@pytest.mark.parametrize("search", [True, False], ids=["with the search", "without it"])
async def test_nobody_is_ever_credited_to_somebody_else(db: Database, clock: FakeClock, search: bool):
    random = Random(7 if search else 8)
    async with staged(db, clock, campaign=campaign_in, random=random) as stage:
        tally = await Rounds(stage, random, search=search).play(RACES)
    assert tally.wrong == []
    assert tally.people.total() >= 2 * RACES
    assert tally.share("consent", "exact") == 1.0
    if search:
        assert {road: tally.share(road, "exact") for road in ("single use", "personal")} == {
            "single use": 1.0,
            "personal": 1.0,
        }
        assert {state for _, state in tally.found} <= {"exact", "otherwise"}
    await assert_audited(db)

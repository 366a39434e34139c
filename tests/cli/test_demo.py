"""`sayso demo`: quick, honest, the same members for the same seed, and nothing left behind."""

import asyncio
import re
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.cli.demo import Demo
from bots.cli.demo.cast import Role, founders_among, roles
from bots.cli.demo.screen import Screen
from bots.cli.demo.show import example
from core.status import Status
from tests.cli.processes import running
from tests.waiting import until


class Notes(Screen):
    """Keeps what would be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.latest: Status | None = None
        self.tables: list[Status] = []

    def say(self, *lines: str) -> None:
        self.lines += lines

    def figures(self, status: Status, *, acted: int) -> None:
        self.latest = status

    def table(self, status: Status) -> None:
        self.tables.append(status)


async def played(members: int, *, seed: int = 1) -> Notes:
    """A demonstration in which a friend counts after four seconds, until its table is shown and one more has come."""
    campaign = example()
    quick = replace(campaign, qualify=replace(campaign.qualify, stay=timedelta(seconds=4)))
    stop, notes = asyncio.Event(), Notes()
    playing = asyncio.create_task(Demo(members=members, seed=seed, campaign=quick, screen=notes).play(stop))

    def goes_on() -> bool:
        if playing.done():
            playing.result()
        return bool(notes.tables and notes.latest and notes.latest.joins > notes.tables[0].joins)

    await until(goes_on, 60)
    stop.set()
    await playing
    return notes


async def test_everything_that_can_happen_happens(caplog: pytest.LogCaptureFixture) -> None:
    notes = await played(24)
    [status] = notes.tables
    assert (status.campaign, status.state) == ("lune-demo", "running")
    assert status.joins >= 24
    assert status.leaves >= 1
    assert status.referrals.rewarded >= 8
    assert status.referrals.rejected + status.referrals.held >= 1  # who left
    assert status.rewards.granted >= 3 * status.referrals.rewarded  # a welcome, a code, and points for the advocate
    assert status.rewards.held == 0
    assert "post opening" in [each.name for each in status.occurrences.past]
    assert status.leaderboard[0].points >= 10
    assert (status.inbox.failed, status.outbox.failed) == (0, 0)
    assert [line.split()[0] for line in notes.lines[:4]] == ["web:", "telegram:", "discord:", "database:"]
    assert not [record.getMessage() for record in caplog.records if "gave up" in record.getMessage()]


async def test_one_member_is_enough() -> None:
    notes = await played(1)
    assert notes.tables[0].joins == 1


async def test_it_shows_something_soon_and_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    real = {"SAYSO_TELEGRAM_TOKEN": "canary, and wrong", "SAYSO_DATABASE_URL": "sqlite:///real.db"}
    arguments = ("demo", "--members", "8", "--seed", "7")
    async with running(*arguments, folder=folder, TMPDIR=str(tmp_path / "tmp"), **real) as process:
        web = (await process.says("web: ", within=10)).split()[1]
        await process.says(" joins ", within=10)
        await until(lambda: re.search(r"joins [89]", process.out), 15)
        async with aiohttp.ClientSession() as session, session.get(f"{web}/readyz") as answer:
            assert answer.status == 200
        process.hears(signal.SIGINT)
        done = await process.end(within=10)
    assert (done.code, done.err) == (0, "lune-demo, welcome: 400 codes new, 0 known, 400 left\n")
    assert names_in(tmp_path / "tmp") == names_in(folder) == []
    assert "canary" not in done.out


def names_in(folder: Path) -> Sequence[str]:
    return [path.name for path in folder.iterdir()]


def cast(seed: int, members: int) -> list[Role]:
    return list(islice(roles(Random(seed), founders=founders_among(members)), members))


@given(seed=st.integers(), members=st.integers(1, 200))
def test_the_same_seed_has_the_same_members(seed: int, members: int) -> None:
    assert cast(seed, members) == cast(seed, members)


@given(seed=st.integers(), members=st.integers(1, 200))
def test_everybody_is_told_by_somebody_who_came_before_and_stays(seed: int, members: int) -> None:
    everybody = cast(seed, members)
    for role in everybody:
        if role.told_by is None:
            assert role.number < founders_among(members)
        else:
            teller = everybody[role.told_by]
            assert teller.number < role.number
            assert teller.recommends
            assert not teller.leaves


def test_another_seed_has_others() -> None:
    assert cast(1, 60) != cast(2, 60)


def test_sixty_members_show_every_case() -> None:
    everybody = cast(1, 60)
    for case in ("leaves", "recommends", "tries_own_link", "brings_a_bot", "by_button", "speaks", "on_discord"):
        assert any(getattr(role, case) for role in everybody)
    assert not all(role.speaks for role in everybody)


def test_the_example_is_the_one_that_people_are_shown() -> None:
    assert example().slug == "lune-demo"
    assert len(example().communities) == 3
    assert {reward.kind for reward in example().rewards} == {
        "message",
        "promo_code",
        "points",
        "discord_role",
        "by_hand",
    }
    assert [reward.id for reward in example().rewards if reward.top] == ["podium"]
    assert [post.share for post in example().posts] == [True]
    assert len(Path(str(files("campaigns") / "examples/codes/demo.txt")).read_text().split()) == 400

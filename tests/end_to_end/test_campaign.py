"""One campaign from its file to its figures: the real process, with the stand-in as Telegram."""

import signal
from pathlib import Path

import pytest

from bots.cli.status import statuses
from bots.sandbox.telegram import Message, Person, TelegramServer
from core.database import Database
from tests.cli.processes import running
from tests.end_to_end.house import SLUG, answer, assert_audited, counts, heard, status
from tests.end_to_end.stage import Stage, into_the_bot, settings
from tests.telegram.conftest import link_in
from tests.waiting import until

STAY = "3 seconds"
ARRIVED, COUNTS, LEFT = "🎉 {} has arrived", "✅ {} counts", "{} has left"


class Cast:
    """Who plays, and what each does."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.world = stage, stage.world
        self.ana, self.ben, self.cleo, self.dan, self.eve, self.fay, self.gil = (
            self.world.user(name, language_code="en") for name in ("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gil")
        )
        self.robot = self.world.bot(username="robot_bot")

    async def link(self) -> str:
        self.stage.olga.says(self.stage.salon, "Welcome, everybody")  # so that the bot knows the chat's address
        self.ana.says(self.stage.bot, "/invite")
        return await into_the_bot(link_in(await answer(self.world, self.ana, "🔗 Your link")))

    async def opens(self, person: Person, link: str) -> Message:
        person.opens(link)
        return await answer(self.world, person, "👋 Ana invites you")

    async def come(self, link: str) -> None:
        """One friend by each road, one who leaves at once, one who only looks, and two cheats."""
        ways_in = [button["url"] for button in (await self.opens(self.ben, link)).buttons if "url" in button]
        public, private = sorted(ways_in, key=lambda url: "+" in url)
        assert self.ben.opens(public) is self.stage.salon
        self.ben.joins(self.stage.salon)
        way_in = await self.opens(self.cleo, link)
        assert private in [button.get("url") for button in way_in.buttons]
        self.cleo.opens(private)
        self.dan.opens(private)  # Cleo has sent it to him
        await self.opens(self.eve, link)
        self.eve.joins(self.stage.salon)
        self.eve.leaves(self.stage.salon)
        await self.opens(self.fay, link)
        self.ana.opens(link)
        await answer(self.world, self.ana, "This is your own link")
        self.ana.joins(self.stage.salon)
        self.stage.olga.adds(self.robot, self.stage.salon)

    async def hear(self) -> None:
        """What Ana and her friends are told, by and by."""
        for name in ("Ben", "Cleo", "Dan"):
            await answer(self.world, self.ana, ARRIVED.format(name))
            await answer(self.world, self.ana, COUNTS.format(name), seconds=30)
        for friend in (self.ben, self.cleo):
            await answer(self.world, friend, "🎁 A reward for you")


@pytest.fixture
def cast(stage: Stage) -> Cast:
    return Cast(stage)


@pytest.mark.parametrize(("db_url", "mode"), [("sqlite", "polling"), ("postgres", "webhook")], indirect=["db_url"])
async def test_a_campaign_from_its_file_to_its_figures(
    folder: Path, db_url: str, server: TelegramServer, stage: Stage, cast: Cast, mode: str
) -> None:
    file = stage.file(folder, stay=STAY)
    environment = settings(db_url, server, stage.bot, mode=mode)
    async with running("run", str(file), folder=folder, **environment) as process:
        link = await cast.link()
        await cast.come(link)
        await cast.hear()
        await until(lambda: _settled(db_url), 30)
        process.hears(signal.SIGTERM)
        done = await process.end(within=10)
    assert (done.code, done.out) == (0, "")
    assert stage.bot.token not in done.err
    assert (stage.bot.webhook is not None) == (mode == "webhook")

    found = await status(folder, db_url)
    assert (found["state"], found["advocates"], found["links"]) == ("running", 1, 1)
    assert (found["starts"], found["joins"], found["leaves"]) == (4, 6, 1)  # with Ana and the robot
    assert (found["clicks"], found["unfurls"], found["unrecorded"]) == (1, 0, 0)
    assert counts(found["referrals"]) == {"rewarded": 3, "rejected": 1, "pending": 1}
    assert [(each["rank"], each["name"], each["qualified"], each["points"]) for each in found["leaderboard"]] == [
        (1, "Ana", 3, 30)
    ]
    assert counts(found["inbox"]) == counts(found["outbox"]) == {}
    assert found["rewards"] == {"granted": 6, "delivered": 5, "waiting": 1, "held": 0}  # Dan never wrote to the bot
    await assert_audited(folder, db_url)
    assert len(cast.ana.inbox) == len(set(heard(cast.ana)))
    assert cast.dan.inbox == []

    await _go_on_after_a_restart(folder, db_url, cast, link, environment)


async def _settled(url: str) -> bool:
    """Nothing is on its way, and everybody but Fay stands somewhere for good."""
    db = Database(url)
    [found] = await statuses(db, SLUG)
    await db.close()
    on_the_way = found.inbox.waiting + found.outbox.waiting + found.outbox.sending
    return on_the_way == 0 and (found.referrals.pending, found.referrals.rejected) == (1, 1)


async def _go_on_after_a_restart(folder: Path, url: str, cast: Cast, link: str, environment: dict[str, str]) -> None:
    """Started again without a file: what happened meanwhile is taken in, and nothing is told twice."""
    told = [heard(person) for person in (cast.ana, cast.ben, cast.cleo, cast.eve, cast.fay)]
    cast.fay.joins(cast.stage.salon)
    cast.gil.opens(link)
    async with running("run", folder=folder, **environment) as process:
        await answer(cast.world, cast.gil, "👋 Ana invites you")
        await answer(cast.world, cast.ana, COUNTS.format("Fay"), seconds=30)
        cast.dan.opens(link)
        await answer(cast.world, cast.dan, "🎁 A reward for you")
        await cast.world.until(lambda: len(cast.dan.inbox) == 2)
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    found = await status(folder, url)
    assert counts(found["referrals"]) == {"rewarded": 4, "rejected": 1, "pending": 1}
    assert (found["starts"], found["joins"]) == (6, 7)
    await assert_audited(folder, url)
    after = [heard(person) for person in (cast.ana, cast.ben, cast.cleo, cast.eve, cast.fay)]
    new = [len(now) - len(before) for before, now in zip(told, after, strict=True)]
    assert new == [2, 0, 0, 0, 1]
    assert counts(found["rewards"]) == {"granted": 8, "delivered": 8}

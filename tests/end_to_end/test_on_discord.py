"""One campaign on Discord alone, from its file to its figures: the real process, with the stand-in as Discord."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from bots.cli.status import statuses
from bots.sandbox.discord import Channel, DiscordServer, Person
from core.database import Database
from tests.cli.processes import running
from tests.end_to_end.house import SLUG, answer, assert_audited, counts, heard, status
from tests.end_to_end.servers import Servers, answered, consents, invited, link_of, plain, settings
from tests.waiting import until

ARRIVED, COUNTS, LEFT = "🎉 **{}** has arrived", "✅ **{}** counts", "**{}** has left"
REWARD = "🎁 **A reward for you**"


class Cast:
    """Who plays, and what each does. Ana and Zoe recommend; Zoe and Cleo take no private messages."""

    def __init__(self, servers: Servers) -> None:
        self.servers, self.world, self.bot = servers, servers.world, servers.bot
        names = ("ana", "zoe", "ben", "cleo", "dan", "eve", "fay", "gil", "hal", "ivy")
        self.ana, self.zoe, self.ben, self.cleo, self.dan, self.eve, self.fay, self.gil, self.hal, self.ivy = (
            self.world.user(name) for name in names
        )
        open_to_all = servers.olga.invites(servers.general)
        for advocate in (self.ana, self.zoe):
            advocate.joins(open_to_all)
        self.zoe.closes_dms()
        self.cleo.closes_dms()
        self.link = self.zoes = self.for_ivy = ""

    async def asks(self, person: Person, command: str) -> str:
        """What this person is answered in the channel, or in private outside of it."""
        return await answered(self.world, person.runs(self.bot, command, self._where(person)))

    async def ask_for_links(self) -> None:
        await self.world.until(lambda: self.bot.gateway.connected, seconds=20)
        self.link, self.zoes = [
            await link_of(self.world, person.runs(self.bot, "invite", self.servers.general))
            for person in (self.ana, self.zoe)
        ]

    async def come(self) -> None:
        """By an invite, by consent, by the server's own address; one leaves, one returns, one accepts no rules yet."""
        galerie = self.servers.galerie
        for friend in (self.gil, self.eve):
            await consents(friend, self.link)
            friend.passes_screening(galerie)
            await answer(self.world, self.ana, ARRIVED.format(friend.global_name))
            friend.leaves(galerie)
        for friend, link in ((self.ben, self.link), (self.hal, self.zoes)):
            friend.joins(await invited(link))
            friend.says(self.servers.general, "Hello!")
        self.dan.joins_by_vanity(galerie)
        for friend, link in ((self.cleo, self.link), (self.gil, self.zoes), (self.fay, self.link)):
            assert (await consents(friend, link)).pending
        for friend in (self.cleo, self.gil, self.dan):
            friend.passes_screening(galerie)
            friend.says(galerie.text_channels()[0], "Hello!")
        self.for_ivy = await invited(self.link)

    async def hear(self) -> None:
        """What is told, by and by; who takes no messages sees it beside the next answer."""
        for name in ("Ben", "Cleo", "Gil"):
            await answer(self.world, self.ana, COUNTS.format(name), seconds=30)
        await answer(self.world, self.ana, LEFT.format("Eve"))
        mine = await self.asks(self.ana, "me")
        assert "Ben" in next(line for line in mine.splitlines() if line.startswith("✅"))
        assert "Ana" in await self.asks(self.ben, "top")
        await answer(self.world, self.ben, REWARD)
        await self.reads(self.zoe, "✅ Hal counts")
        await self.reads(self.cleo, "🎁 A reward for you")

    async def reads(self, person: Person, text: str) -> None:
        """They ask the bot until this stands beside an answer."""
        there = self._where(person)

        async def found() -> bool:
            await self.asks(person, "help")
            return any(text in plain(message.text) for message in person.sees(there or self.bot))

        await until(found, 20)

    def _where(self, person: Person) -> Channel | None:
        """The channel, or in private for those who are not in that server."""
        return self.servers.general if self.servers.atelier.has(person) else None


@pytest.fixture
def cast(servers: Servers) -> Cast:
    return Cast(servers)


async def test_a_campaign_on_discord_alone(
    folder: Path, db_url: str, db: Database, discord: DiscordServer, servers: Servers, cast: Cast
) -> None:
    file = servers.file(folder, qualify="stay: 2 seconds, messages: 1")
    environment = settings(db_url, discord, servers.bot)
    async with running("run", str(file), folder=folder, **environment) as process:
        await cast.ask_for_links()
        await cast.come()
        await cast.hear()
        await until(lambda: _is_settled(db), 30)
        process.hears(signal.SIGTERM)
        done = await process.end(within=10)
    assert (done.code, done.out) == (0, "")
    assert all(secret not in done.err for secret in (servers.bot.token, servers.bot.client_secret))
    assert servers.regular.id in cast.ana.member(servers.atelier).roles

    found = await status(folder, db_url)
    assert (found["state"], found["advocates"], found["links"]) == ("running", 2, 2)
    assert (found["starts"], found["joins"], found["leaves"]) == (5, 7, 2)
    assert counts(found["arrivals"]) == {"exact": 7, "otherwise": 1}  # Dan
    assert counts(found["referrals"]) == {"rewarded": 4, "rejected": 1, "pending": 1}
    assert [(each["name"], each["qualified"], each["points"]) for each in found["leaderboard"]] == [
        ("Ana", 3, 30),  # Gil as well, whoever's link he came back through
        ("Zoe", 1, 10),
    ]
    assert found["rewards"] == {
        "granted": 9,
        "delivered": 7,
        "waiting": 2,
        "held": 0,
    }  # Gil and Hal never asked the bot
    assert counts(found["inbox"]) == counts(found["outbox"]) == {}
    await assert_audited(folder, db_url)
    assert _told_twice(cast.ana) == ["🎉 **Gil** has arrived through your link: **Bring a friend**."]  # he has, twice
    assert cast.zoe.inbox == cast.cleo.inbox == cast.dan.inbox == []

    await _go_on_after_a_restart(folder, db_url, db, cast, environment)


def _told_twice(person: Person) -> list[str]:
    return [text for text, n in Counter(heard(person)).items() if n > 1]


async def _is_settled(db: Database) -> bool:
    """Nothing is on its way, and everybody but Fay stands somewhere for good."""
    [found] = await statuses(db, SLUG)
    on_the_way = found.inbox.waiting + found.outbox.waiting + found.outbox.sending
    return on_the_way == 0 and (found.referrals.pending, found.referrals.rejected) == (1, 1)


async def _go_on_after_a_restart(folder: Path, url: str, db: Database, cast: Cast, environment: dict[str, str]) -> None:
    """Started again without a file: what happened meanwhile is caught up with, and nothing is told twice."""
    told = [heard(person) for person in (cast.ana, cast.ben)]
    cast.ivy.joins(cast.for_ivy)
    cast.dan.leaves(cast.servers.galerie)
    cast.fay.passes_screening(cast.servers.galerie)
    async with running("run", folder=folder, **environment) as process:
        await answer(cast.world, cast.ana, ARRIVED.format("Ivy"), seconds=30)
        cast.ivy.says(cast.servers.general, "Hello!")
        cast.fay.says(cast.servers.galerie.text_channels()[0], "Hello!")
        for name in ("Ivy", "Fay"):
            await answer(cast.world, cast.ana, COUNTS.format(name), seconds=30)
        await until(lambda: _have_left(db, 3), 30)
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    found = await status(folder, url)
    assert counts(found["referrals"]) == {"rewarded": 6, "rejected": 1}
    assert (found["starts"], found["joins"], found["leaves"]) == (5, 9, 3)
    assert counts(found["arrivals"]) == {"exact": 8, "otherwise": 1}
    await assert_audited(folder, url)
    after = [heard(person) for person in (cast.ana, cast.ben)]
    assert [len(now) - len(before) for before, now in zip(told, after, strict=True)] == [4, 0]
    assert (len(_told_twice(cast.ana)), _told_twice(cast.ben)) == (1, [])


async def _have_left(db: Database, leaves: int) -> bool:
    [found] = await statuses(db, SLUG)
    return found.leaves == leaves and not found.outbox.waiting + found.outbox.sending

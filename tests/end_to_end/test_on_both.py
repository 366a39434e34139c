"""One campaign on Telegram and on Discord: whoever links their two accounts is one person, as long as they like."""

import re
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from bots.cli.status import statuses
from bots.sandbox.discord import DiscordServer, Interaction
from bots.sandbox.discord import Person as OnDiscord
from bots.sandbox.telegram import Person as OnTelegram
from bots.sandbox.telegram import TelegramServer
from core.database import Database
from tests.cli.processes import running
from tests.end_to_end import house
from tests.end_to_end.house import SLUG, answer, assert_audited, counts
from tests.end_to_end.servers import Servers, answered, door, invited, link_of
from tests.end_to_end.stage import Stage, into_the_bot
from tests.end_to_end.stage import door as telegram_door
from tests.telegram.conftest import link_in
from tests.waiting import until


class Both:
    """People with an account on each messenger."""

    def __init__(self, stage: Stage, servers: Servers, db: Database) -> None:
        self.stage, self.servers, self._db = stage, servers, db

    def person(self, name: str) -> tuple[OnTelegram, OnDiscord]:
        return self.stage.world.user(name, language_code="en"), self.servers.world.user(f"{name.lower()}_on_discord")

    def runs(self, person: OnDiscord, command: str, **options: Any) -> Interaction:
        return person.runs(self.servers.bot, command, self.servers.general, **options)

    async def link(self, telegram: OnTelegram, discord: OnDiscord) -> None:
        """A code from Telegram, used on Discord, where they are shown whose it is and say yes."""
        telegram.says(self.stage.bot, "/link")
        offer = await answer(self.stage.world, telegram, "To join this account")
        code = re.search(r"/link (\S+)", offer.text)
        assert code is not None
        asked = self.runs(discord, "link", code=code[1])
        assert telegram.first_name in await answered(self.servers.world, asked)
        await self.press(discord, asked, "Yes, that is me", "Done: you and")

    async def press(self, person: OnDiscord, asked: Interaction, button: str, then: str) -> None:
        """Press a button under the answer, which is another one then."""
        assert asked.reply is not None
        person.presses(asked.reply, button)
        await self.servers.world.until(lambda: asked.reply is not None and then in asked.reply.text)

    async def stand(self, **wanted: Any) -> None:
        """Wait until the figures say this."""
        seen: dict[str, Any] = {}

        async def as_wanted() -> bool:
            [found] = await statuses(self._db, SLUG)
            now = found.as_json()
            leaders = [(each["name"], each["qualified"], each["points"]) for each in now["leaderboard"]]
            seen.update(referrals=counts(now["referrals"]), leaderboard=leaders)
            return seen == wanted

        with suppress(TimeoutError):
            await until(as_wanted, 20)
        assert seen == wanted


async def test_one_person_with_two_accounts(
    folder: Path,
    sqlite_url: str,
    sqlite_db: Database,
    server: TelegramServer,
    stage: Stage,
    discord: DiscordServer,
    servers: Servers,
) -> None:
    both = Both(stage, servers, sqlite_db)
    (ana, ana_dc), (ben, ben_dc) = both.person("Ana"), both.person("Ben")
    file = house.write(
        folder,
        organizer=f"telegram: {stage.olga.id}",
        communities=[*stage.communities([stage.salon]), *servers.communities()[:1]],
        qualify="stay: 1 second",
    )
    environment = house.web(sqlite_url) | telegram_door(server, stage.bot) | door(discord, servers.bot)
    async with running("run", str(file), folder=folder, **environment) as process:
        await until(lambda: servers.bot.gateway.connected, 20)
        stage.olga.says(stage.salon, "Welcome, everybody")
        ana.says(stage.bot, "/invite")
        link = link_in(await answer(stage.world, ana, "🔗 Your link"))
        ben.opens(await into_the_bot(link))
        await answer(stage.world, ben, "👋 Ana invites you")
        ben.joins(stage.salon)
        for account in (ben_dc, ana_dc):
            account.joins(await invited(link))
        await both.stand(referrals={"rewarded": 3}, leaderboard=[("Ana", 3, 30)])

        await both.link(ana, ana_dc)
        await both.stand(referrals={"rewarded": 2, "reversed": 1}, leaderboard=[("Ana", 2, 20)])
        her_other_link = await link_of(servers.world, both.runs(ana_dc, "invite"))
        ana.opens(await into_the_bot(her_other_link))
        await answer(stage.world, ana, "This is your own link")

        await both.link(ben, ben_dc)
        await both.stand(referrals={"rewarded": 1, "reversed": 2}, leaderboard=[("Ana", 1, 10)])
        assert (await answered(servers.world, both.runs(ben_dc, "top"))).count("Ana") == 1

        asked = both.runs(ben_dc, "link")
        assert "count as one person" in await answered(servers.world, asked)
        await both.press(ben_dc, asked, "Undo this", "will count apart")
        await both.press(ben_dc, asked, "Yes, undo it", "Undone")
        await both.stand(referrals={"rewarded": 2, "reversed": 1}, leaderboard=[("Ana", 2, 20)])
        process.hears(signal.SIGTERM)
        assert (await process.end(within=10)).code == 0
    await assert_audited(folder, sqlite_url)

"""A whole campaign, from before its start until after its results: every reward, every post, every job, and a shop.

The house is the real one, between both stand-ins; only the time is moved. What members read is looked at in both
languages, and in the end nothing was given twice, and the audit has nothing to say.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.sandbox.discord import DiscordServer, DiscordWorld
from bots.sandbox.discord import Person as OnDiscord
from bots.sandbox.telegram import Person as OnTelegram
from bots.sandbox.telegram import TelegramServer, TelegramWorld
from core import hooks
from core.database import Database
from tests.cli.processes import ended
from tests.end_to_end.house import assert_audited, status
from tests.end_to_end.servers import invited
from tests.end_to_end.stage import into_the_bot
from tests.end_to_end.whole import SLUG, MovingClock, Whole, link_in, texts
from tests.web.hooks.shop import Shop

EVERYTHING_FOR_FRIENDS = "a promo code, 3 points, a role on Discord, an invitation to a private chat, a gift from the shop"


@pytest.fixture
async def whole(folder: Path, db_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Whole]:
    clock, shop = MovingClock(), Shop()

    class TheirTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return clock.now()

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", TheirTime)  # it believes nothing that is five minutes old
    telegram, discord = TelegramWorld(clock=clock), DiscordWorld(clock=clock)
    await shop.open()
    async with TelegramServer(telegram) as telegram_server, DiscordServer(discord) as discord_server:
        yield Whole(clock, folder, db_url, telegram_server, discord_server, shop)
    await shop.close()


class Cast:
    """Ana recommends, with an account on each messenger, and Zoé on Discord, in French. The others are their friends."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.olga = whole, whole.stage.olga
        telegram, discord = whole.stage.world, whole.servers.world
        long_ago = whole.clock.now() - timedelta(days=400)
        self.ana, self.ben = (telegram.user(name, language_code="en") for name in ("Ana", "Ben"))
        self.chloe = telegram.user("Chloé", language_code="fr")
        self.ana_dc, self.dan = (
            discord.user(name, created_at=long_ago, locale="en-GB") for name in ("ana_dc", "dan")
        )
        self.zoe, self.elise = (
            discord.user(name, created_at=long_ago, locale="fr", global_name=shown)
            for name, shown in (("zoe", "Zoé"), ("elise", "Élise"))
        )
        for member in (self.ana_dc, self.zoe):
            member.joins(whole.servers.olga.invites(whole.servers.general))
        self.anas = self.zoes = ""

    @property
    def everybody(self) -> list[OnTelegram | OnDiscord]:
        return [self.olga, self.ana, self.ben, self.chloe, self.ana_dc, self.dan, self.zoe, self.elise]

    async def before_it_starts(self) -> None:
        whole = self.whole
        self.olga.says(whole.stage.salon, "Welcome, everybody")
        assert "Welcome!" in await whole.asks(self.olga, "start")
        told = await whole.asks(self.ana, "invite")
        assert "It opens on" in told
        assert "A friend counts once they: join, stay for 3 days, and say hello once." in told
        self.anas = link_in(told)
        self.zoes = link_in(await whole.asks(self.zoe, "invite"))
        offer = await whole.asks(self.ana, "link")
        code = re.search(r"/link (\S+)", offer)
        assert code is not None
        asked = self.ana_dc.runs(whole.servers.bot, "link", whole.servers.general, code=code[1])
        await whole.until(lambda: asked.reply, "the question whether Ana is Ana")
        assert asked.reply is not None
        self.ana_dc.presses(asked.reply, "Yes, that is me")
        await whole.until(lambda: asked.reply is not None and "Done: you and" in asked.reply.text, "two accounts joined")

    async def first_day(self) -> None:
        whole = self.whole
        whole.comes(0, 7, 1)
        await whole.reads(self.olga, "Bring a friend to Maison Lune has started")
        for friend, minute in ((self.ben, 5), (self.chloe, 10)):
            whole.comes(0, 8, minute)
            friend.opens(await into_the_bot(self.anas))
            await whole.reads(friend, "Ana")
            if friend is self.ben:
                await self._ben_has_not_joined()
            friend.joins(whole.stage.salon)
            await whole.reads(self.ana, f"🎉 {friend.first_name} has arrived", "stay for 3 days and say hello once")
        whole.comes(0, 8, 15)
        for new, link in ((self.dan, self.anas), (self.elise, self.zoes)):
            new.joins(await invited(link))
        await whole.reads(self.ana, "🎉 Dan has arrived", "stay for 3 days and say hello once")
        await whole.reads(self.zoe, "🎉 Élise vient d’arriver", "rester 3 jours et dire bonjour une fois")
        self.ben.says(whole.stage.salon, "Hello")
        for new in (self.dan, self.elise):
            new.says(whole.servers.general, "Hello")
        await whole.reads(self.ben, "Only through a friend.")
        await whole.reads(self.dan, "Only through a friend.")
        await whole.reads(self.chloe, "Seulement par un proche.")
        await whole.reads(self.elise, "Seulement par un proche.")

    async def _ben_has_not_joined(self) -> None:
        told = await self.whole.asks(self.ben, "me")
        assert "You came through Ana. So that it counts, you still have to:\n• join (until " in told
        assert f"Then you get: {EVERYTHING_FOR_FRIENDS}" in told

    async def posts(self) -> None:
        """Each once in each community, in its language; the button leads whoever presses it to a link of their own."""
        whole = self.whole
        for hour in (9, 10, 11):
            whole.comes(0, hour)
            await whole.until(lambda hour=hour: len(self._posted()) >= 2 * (hour - 8), f"the posts of {hour}")
        await whole.until(lambda: len(self._posted()) == 11, lambda: f"all posts; {self._posted()}")
        in_salon = [(each.text, each.media) for each in self.olga.sees(whole.stage.salon) if each.author is whole.stage.bot]
        assert in_salon == [
            ("Nous ouvrons.", "photo"),
            ("Un film.", "video"),
            ("Les salles.", "photo"),
            ("", "photo"),
            ("👇 Fais passer, avec ton propre lien :", None),
            ("Des mots.", None),
        ]
        teaser = self._on_discord()[0]
        assert [(each.text, len(each.media)) for each in self._on_discord()] == [
            ("We open.", 1),
            ("A film.", 1),
            ("The rooms.", 2),
        ]
        pressed = self.dan.presses(teaser, "📨 Share")
        await whole.until(lambda: pressed.replies, "Dan's own link")
        assert link_in(pressed.replies[-1].text) not in (self.anas, self.zoes)

    def _posted(self) -> list[Any]:
        salon = [each for each in self.olga.sees(self.whole.stage.salon) if each.author is self.whole.stage.bot]
        return [*salon, *self._on_discord()]

    def _on_discord(self) -> list[Any]:
        """What the bot has written in the channel for everybody."""
        servers = self.whole.servers
        return [each for each in servers.olga.sees(servers.general) if each.author is servers.bot]


@pytest.fixture
def cast(whole: Whole) -> Cast:
    return Cast(whole)


async def test_a_whole_campaign(whole: Whole, cast: Cast) -> None:
    async with whole.lives(whole.write()):
        await cast.before_it_starts()
        await cast.first_day()
        await cast.posts()

"""One demonstration: the product, and the people who use it."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Self

from pydantic import SecretStr

from bots.cli.demo.browser import Browser
from bots.cli.demo.cast import Role, founders_among, roles
from bots.cli.demo.on_discord import OnDiscord
from bots.cli.demo.on_telegram import OnTelegram
from bots.cli.demo.screen import Screen
from bots.cli.demo.stage import Guest, Stage, act
from bots.cli.house import House
from bots.cli.settings import Settings
from bots.cli.status import statuses
from bots.sandbox import discord as discords
from bots.sandbox import telegram as telegrams
from campaigns import Reading, read
from campaigns.fitting import fit
from campaigns.pictures import CARD
from core.campaign.values import Campaign
from core.clock import Clock
from core.database import Database
from core.media import Medium
from core.status import Status

_EXAMPLES = files("campaigns") / "examples"

HASTE = 6.0
"""Seconds in which the first members come, however many they are; at most one every half second."""

LASTS = timedelta(days=30)
"""The played campaign ends then: long after anybody has looked at it."""

POSTED_AFTER = timedelta(seconds=5)

TRICKLE = 4.0
FIGURES_EVERY = 0.5
SETTLED_AFTER = 10.0
"""Seconds beyond the campaign's `stay` after which the table is shown, also if somebody still does not count."""


@dataclass(slots=True, kw_only=True)
class Worlds:
    """The two messengers as far as the demo needs them: the bots, two chats and a server."""

    telegram: telegrams.TelegramWorld
    discord: discords.DiscordWorld
    telegram_bot: telegrams.Bot
    discord_bot: discords.Bot
    chats: tuple[telegrams.Chat, ...]
    guild: discords.Guild
    regulars: discords.Role
    telegram_api: str = ""
    discord_api: str = ""

    @classmethod
    def made(cls, seed: int) -> Self:
        """A chat that anybody may enter, one by invitation, and a server; Olga owns them all."""
        ours = telegrams.TelegramWorld(random=Random(seed))  # noqa: S311 (nothing here is secret)
        theirs = discords.DiscordWorld(random=Random(seed))  # noqa: S311
        olga = ours.user("Olga", user_id=700000001, username="olga_of_lune", language_code="en")
        bot = ours.bot(username="sayso_demo_bot", first_name="Maison Lune")
        salon = ours.chat("supergroup", "Le Salon", username="lune_salon", owner=olga, admins=[bot])
        cercle = ours.chat("supergroup", "Le Cercle", owner=olga, admins=[bot])
        olga.start(bot)
        helper = theirs.bot("maison_lune")
        atelier = theirs.guild("L'Atelier", owner=theirs.user("olga_of_lune"), bots=[helper])
        return cls(
            telegram=ours,
            discord=theirs,
            telegram_bot=bot,
            discord_bot=helper,
            chats=(salon, cercle),
            guild=atelier,
            regulars=theirs.role(atelier, "Regulars"),
        )

    def hear(self) -> bool:
        """Whether both bots listen."""
        return self.telegram_bot.updates.takes("chat_member") and bool(self.discord_bot.gateway.identifies)

    def guest(self, role: Role) -> Guest:
        """Whoever plays the role."""
        if role.on_discord:
            return OnDiscord(self.discord, self.discord_bot, self.guild, role)
        return OnTelegram(self.telegram, self.telegram_bot, self.chats, role)


@dataclass(slots=True, kw_only=True)
class Show:
    """The parts of a demonstration, and what they know of each other."""

    worlds: Worlds
    browser: Browser
    folder: Path
    port: int
    members: int
    seed: int
    campaign: Campaign | None
    clock: Clock
    screen: Screen
    stage: Stage = field(init=False)
    web: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    all_came_at: float | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.stage = Stage(invited=self.worlds.guest, browser=self.browser, pause=asyncio.sleep)
        self.port = self.port or _free_port()

    @property
    def _database(self) -> str:
        return f"sqlite:///{self.folder / 'sayso.db'}"

    def house(self) -> House:
        """The product, exactly as `sayso run` puts it together."""
        settings = Settings(
            database_url=SecretStr(self._database),
            listen=f"127.0.0.1:{self.port}",
            public_url=f"http://127.0.0.1:{self.port}",
            telegram_token=SecretStr(self.worlds.telegram_bot.token),
            telegram_api=self.worlds.telegram_api,
            discord_token=SecretStr(self.worlds.discord_bot.token),
            discord_api=self.worlds.discord_api,
        )
        return House(
            settings=settings,
            campaigns=[self._played()],
            media=[_picture()],
            codes=_reading().codes,
            clock=self.clock,
            listening=self.web.set_result,
        )

    def _played(self) -> Campaign:
        """The example, in the chats of these worlds, and begun."""
        campaign = self.campaign or example()
        numbers = [*(chat.id for chat in self.worlds.chats), self.worlds.guild.id]
        channels = [None, None, self.worlds.guild.text_channels()[0].id]
        now, role = self.clock.now(), str(self.worlds.regulars.id)
        begun = replace(campaign.window, starts=now - timedelta(hours=1), ends=now + LASTS)
        there = tuple(
            replace(community, chat=number, channel=channel)
            for community, number, channel in zip(campaign.communities, numbers, channels, strict=True)
        )
        rewards = tuple(
            replace(each, setting=role) if each.kind == "discord_role" else each for each in campaign.rewards
        )
        posts = tuple(replace(each, at=now + POSTED_AFTER) for each in campaign.posts)
        return replace(campaign, window=begun, communities=there, rewards=rewards, posts=posts)

    async def play(self, stop: asyncio.Event) -> None:
        """Everybody comes: the first ones in haste, later ones now and then once the first result is on the screen."""
        while not (stop.is_set() or (self.web.done() and self.worlds.hear())):
            await _wait(stop, 0.05)
        random = Random(self.seed)  # noqa: S311
        everybody = roles(random, founders=founders_among(self.members))
        acting: set[asyncio.Task[None]] = set()
        try:
            for role in islice(everybody, self.members):
                if stop.is_set():
                    return
                self._begin(role, acting)
                await _wait(stop, min(0.5, HASTE / self.members))
            await _or_stopped(asyncio.gather(*acting, return_exceptions=True), stop)
            self.all_came_at = time.monotonic()
            await _or_stopped(asyncio.ensure_future(self.settled.wait()), stop)
            while not stop.is_set():
                self._begin(next(everybody), acting)
                await _wait(stop, TRICKLE)
        finally:
            for task in acting:
                task.cancel()
            await asyncio.gather(*acting, return_exceptions=True)

    def _begin(self, role: Role, acting: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(act(self.stage, role))
        acting.add(task)
        task.add_done_callback(acting.discard)

    async def figures(self, stop: asyncio.Event) -> None:
        """Show how it goes, and once the first friends count, all of it."""
        await _or_stopped(self.web, stop)
        if stop.is_set():
            return
        self.screen.say(*self._addresses())
        db = Database(self._database)
        try:
            while not stop.is_set():
                [status] = await statuses(db, None)
                self._show(status)
                await _wait(stop, FIGURES_EVERY)
        finally:
            await db.close()

    def _show(self, status: Status) -> None:
        self.screen.figures(status, acted=self.stage.acted)
        if not self.settled.is_set() and self._is_settled(status):
            self.settled.set()
            self.screen.table(status)
            self.screen.say(*self._addresses(), "Members keep coming. Ctrl-C ends it and leaves nothing behind.")

    def _is_settled(self, status: Status) -> bool:
        if self.all_came_at is None:
            return False
        waited = time.monotonic() - self.all_came_at
        counts = status.referrals.qualified + status.referrals.rewarded
        told = status.joins >= self.stage.came and counts >= self.stage.waiting_for
        return told or waited > self._played().qualify.stay.total_seconds() + SETTLED_AFTER

    def _addresses(self) -> Iterator[str]:
        yield f"web:       {self.web.result()}  (/healthz, /readyz)"
        bot = self.worlds.telegram_bot.username
        yield f"telegram:  {self.worlds.telegram_api}/sandbox  (the stand-in; its bot is @{bot})"
        yield f"discord:   {self.worlds.discord_api}  (the stand-in; its server is {self.worlds.guild.name})"
        yield f"database:  SAYSO_DATABASE_URL={self._database}  (for sayso status)"


def example() -> Campaign:
    """The campaign that comes with Sayso."""
    campaign = _reading().campaign
    assert campaign is not None
    assert campaign.card is not None
    return replace(campaign, card=replace(campaign.card, picture=_picture().name))


@cache
def _reading() -> Reading:
    return read(Path(str(_EXAMPLES / "demo.yaml")))


@cache
def _picture() -> Medium:
    """What previews of the example's links show; its file does without, so that it can be copied alone."""
    return fit((_EXAMPLES / "media" / "card.png").read_bytes(), CARD, "card.png").medium


def _free_port() -> int:
    """One that nobody listens on now: links hold it before the web is there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """That long, or until `stop` is set."""
    await asyncio.wait([waiting := asyncio.ensure_future(stop.wait())], timeout=seconds)
    waiting.cancel()


async def _or_stopped(work: "asyncio.Future[Any]", stop: asyncio.Event) -> None:
    """Until the work is done, or `stop` is set."""
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([work, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()

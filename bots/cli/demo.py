"""`sayso demo`: everything on this machine, with the stand-in for Telegram and simulated members; no token needed."""

import asyncio
import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import click
from pydantic import SecretStr

from bots.cli import logs, opening
from bots.cli.demo_members import Role, Stage, act, founders_among, roles
from bots.cli.demo_screen import Screen
from bots.cli.hiding import Hider
from bots.cli.house import House
from bots.cli.main import Entry
from bots.cli.settings import Settings
from bots.cli.status import statuses
from bots.cli.supervise import together, until_told
from bots.sandbox.telegram import Bot, Chat, TelegramServer, TelegramWorld
from campaigns import read_text
from campaigns.fitting import fit
from campaigns.pictures import CARD
from core.campaign.values import Campaign
from core.clock import Clock, SystemClock
from core.database import Database
from core.media import Picture
from core.status import Status

_EXAMPLES = files("campaigns") / "examples"

HASTE = 6.0
"""Seconds in which the first members come, however many they are; at most one every half second."""

TRICKLE = 4.0
FIGURES_EVERY = 0.5
SETTLED_AFTER = 10.0
"""Seconds beyond the campaign's `stay` after which the table is shown, also if somebody still does not count."""


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The web's port; a free one if not given.")
@click.option("--members", type=click.IntRange(1, 2000), default=60, show_default=True, help="Who come at first.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same members.")
@click.pass_obj
def demo(entry: Entry, port: int, members: int, seed: int) -> int:
    """See it all work on this machine; no token needed.

    The bot, the web and the worker run as they would in earnest; only Telegram and the members are played. Nothing is
    read from the settings and nothing is left behind. Ctrl-C ends it.
    """
    logs.set_up("text", hide=Hider(), level=logging.WARNING, debug=entry.debug)
    return opening.run(lambda: until_told(Demo(port=port, members=members, seed=seed).play), fast=True)


@dataclass(slots=True, kw_only=True)
class Demo:
    """One demonstration. `campaign` is the example's, unless another one is given."""

    port: int = 0
    members: int = 60
    seed: int = 1
    campaign: Campaign | None = None
    clock: Clock = field(default_factory=SystemClock)
    screen: Screen = field(default_factory=Screen)

    async def play(self, stop: asyncio.Event) -> None:
        """Play until `stop` is set."""
        with tempfile.TemporaryDirectory(prefix="sayso-demo-") as folder:
            world = TelegramWorld(random=Random(self.seed))  # noqa: S311 (nothing here is secret)
            async with TelegramServer(world) as server:
                stage = _set(world)
                show = _Show(demo=self, stage=stage, server=server, folder=Path(folder))
                with self.screen:
                    await together({"house": show.house().live, "members": show.members, "figures": show.figures}, stop)


@dataclass(slots=True, kw_only=True)
class _Show:
    """The parts of a demonstration, and what they know of each other."""

    demo: Demo
    stage: Stage
    server: TelegramServer
    folder: Path
    web: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    all_came_at: float | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def _database(self) -> str:
        return f"sqlite:///{self.folder / 'sayso.db'}"

    def house(self) -> House:
        """The product, exactly as `sayso run` puts it together."""
        settings = Settings(
            database_url=SecretStr(self._database),
            listen=f"127.0.0.1:{self.demo.port}",
            telegram_token=SecretStr(self.stage.bot.token),
            telegram_api=self.server.url,
        )
        return House(
            settings=settings,
            campaigns=[self.campaign()],
            pictures=[_picture()],
            clock=self.demo.clock,
            listening=self.web.set_result,
        )

    def campaign(self) -> Campaign:
        """The example, in the chats of this world, and begun."""
        campaign = self.demo.campaign or example()
        places = zip(campaign.communities, self.stage.chats, strict=True)
        begun = replace(campaign.window, starts=self.demo.clock.now() - timedelta(hours=1), ends=None)
        there = tuple(replace(community, chat=chat.id) for community, chat in places)
        return replace(campaign, window=begun, communities=there)

    async def members(self, stop: asyncio.Event) -> None:
        """Everybody comes: the first ones in haste, later ones now and then once the first result is on the screen."""
        while not (stop.is_set() or self.stage.bot.updates.takes("chat_member")):  # until the bot asks for it
            await _wait(stop, 0.05)
        random = Random(self.demo.seed)  # noqa: S311
        everybody = roles(random, founders=founders_among(self.demo.members))
        acting: set[asyncio.Task[None]] = set()
        try:
            for role in islice(everybody, self.demo.members):
                if stop.is_set():
                    return
                self._begin(role, acting)
                await _wait(stop, min(0.5, HASTE / self.demo.members))
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
        self.demo.screen.say(*self._addresses())
        db = Database(self._database)
        try:
            while not stop.is_set():
                [status] = await statuses(db, None)
                self._show(status)
                await _wait(stop, FIGURES_EVERY)
        finally:
            await db.close()

    def _show(self, status: Status) -> None:
        self.demo.screen.figures(status, acted=self.stage.acted)
        if not self.settled.is_set() and self._is_settled(status):
            self.settled.set()
            self.demo.screen.table(status)
            self.demo.screen.say(*self._addresses(), "Members keep coming. Ctrl-C ends it and leaves nothing behind.")

    def _is_settled(self, status: Status) -> bool:
        if self.all_came_at is None:
            return False
        waited = time.monotonic() - self.all_came_at
        counts = status.referrals.qualified + status.referrals.rewarded
        told = status.joins >= self.stage.came and counts >= self.stage.waiting_for
        return told or waited > self.campaign().qualify.stay.total_seconds() + SETTLED_AFTER

    def _addresses(self) -> Iterator[str]:
        yield f"web:       {self.web.result()}  (/healthz, /readyz)"
        yield f"telegram:  {self.server.url}/sandbox  (the stand-in; its bot is @{self.stage.bot.username})"
        yield f"database:  SAYSO_DATABASE_URL={self._database}  (for sayso status)"


def example() -> Campaign:
    """The campaign that comes with Sayso."""
    text = (_EXAMPLES / "demo.yaml").read_text(encoding="utf-8")
    campaign = read_text(text, path="demo.yaml").campaign
    assert campaign is not None
    assert campaign.card is not None
    return replace(campaign, card=replace(campaign.card, picture=_picture().name))


@cache
def _picture() -> Picture:
    """What previews of the example's links show; its file does without, so that it can be copied alone."""
    return fit((_EXAMPLES / "media" / "card.png").read_bytes(), CARD, "card.png").picture


def _set(world: TelegramWorld) -> Stage:
    """The bot, and its two chats: one that anybody may enter, and one by invitation."""
    olga = world.user("Olga", user_id=700000001, username="olga_of_lune", language_code="en")
    bot: Bot = world.bot(username="sayso_demo_bot", first_name="Maison Lune")
    salon: Chat = world.chat("supergroup", "Le Salon", username="lune_salon", owner=olga, admins=[bot])
    cercle: Chat = world.chat("supergroup", "Le Cercle", owner=olga, admins=[bot])
    olga.start(bot)
    return Stage(world=world, bot=bot, chats=(salon, cercle), pause=asyncio.sleep)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """That long, or until `stop` is set."""
    await asyncio.wait([waiting := asyncio.ensure_future(stop.wait())], timeout=seconds)
    waiting.cancel()


async def _or_stopped(work: "asyncio.Future[Any]", stop: asyncio.Event) -> None:
    """Until the work is done, or `stop` is set."""
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([work, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()

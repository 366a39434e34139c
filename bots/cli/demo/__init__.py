"""`sayso demo`: everything on this machine, with stand-ins for the messengers and simulated members."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from bots.cli import logs, opening
from bots.cli.demo.browser import Browser
from bots.cli.demo.screen import Screen
from bots.cli.demo.show import Show, Worlds
from bots.cli.hiding import Hider
from bots.cli.main import Entry
from bots.cli.supervise import together, until_told
from bots.sandbox.discord import DiscordServer
from bots.sandbox.telegram import TelegramServer
from core.campaign.values import Campaign
from core.clock import Clock, SystemClock


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The web's port; a free one if not given.")
@click.option("--members", type=click.IntRange(1, 2000), default=60, show_default=True, help="Who come at first.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same members.")
@click.pass_obj
def demo(entry: Entry, port: int, members: int, seed: int) -> int:
    """See it all work on this machine; no token needed.

    The bots, the web and the worker run as they would in earnest; only Telegram, Discord and the members are played.
    Nothing is read from the settings and nothing is left behind. Ctrl-C ends it.
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
            async with self._worlds() as worlds, Browser() as browser:
                show = Show(
                    worlds=worlds,
                    browser=browser,
                    folder=Path(folder),
                    port=self.port,
                    members=self.members,
                    seed=self.seed,
                    campaign=self.campaign,
                    clock=self.clock,
                    screen=self.screen,
                )
                with self.screen:
                    await together({"house": show.house().live, "members": show.play, "figures": show.figures}, stop)

    @asynccontextmanager
    async def _worlds(self) -> AsyncIterator[Worlds]:
        worlds = Worlds.made(self.seed)
        async with TelegramServer(worlds.telegram) as telegram, DiscordServer(worlds.discord) as discord:
            worlds.telegram_api, worlds.discord_api = telegram.url, discord.api_url
            yield worlds

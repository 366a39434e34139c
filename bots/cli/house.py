"""Everything put together: the database, the campaigns, the doors, the web and the worker."""

import asyncio
import gc
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bots.cli import opening
from bots.cli.codes import fill
from bots.cli.settings import Mode, Settings
from bots.cli.supervise import Part, together
from bots.discord.app import DiscordDoor
from bots.discord.oauth import Admission
from bots.telegram.app import TelegramDoor
from bots.web.api import ROOT, Api
from bots.web.app import build, serve
from bots.web.hooks import Hooks
from bots.web.links import Links
from bots.web.media import Media
from bots.web.metrics import Metrics
from bots.web.proxies import Proxies
from campaigns import apply, heart
from campaigns.codes import CodesFile
from core.campaign.values import Campaign
from core.clock import Clock, SystemClock
from core.database import Database
from core.errors import OperatorError
from core.media import Medium
from core.visits import Recorder

_log = logging.getLogger(__name__)

PARTS = ("web", "telegram", "discord", "worker")


class NothingToRunError(OperatorError):
    """Of the parts that were asked for, none can run."""

    code = "nothing_to_run"


class Door(Protocol):
    """What a messenger's door offers to be put together with the rest."""

    async def open(self, stop: asyncio.Event) -> None:
        """Log in; raises OperatorError."""

    async def receive(self, stop: asyncio.Event) -> None: ...

    async def handle(self, stop: asyncio.Event) -> None: ...

    async def send(self, stop: asyncio.Event) -> None: ...

    def routes(self) -> list[web.RouteDef]: ...

    async def ready(self) -> None: ...

    def wake(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What is to run. `listening` is called with the web's address; by then the campaigns are applied."""

    settings: Settings
    campaigns: Sequence[Campaign] = ()
    media: Sequence[Medium] = ()
    codes: Sequence[CodesFile] = ()
    parts: Sequence[str] = PARTS
    migrating: bool = True
    clock: Clock = field(default_factory=SystemClock)
    listening: Callable[[str], None] = lambda url: None

    async def live(self, stop: asyncio.Event) -> None:
        """Apply the campaigns, then run the parts until `stop` is set; all finish what they hold.

        Raises OperatorError, DatabaseUnavailableError while starting, or whatever ended a part.
        """
        async with opening.for_writing(self.settings, migrating=self.migrating) as db:
            await self._apply(db)
            doors = dict(self._doors(db))
            gc.freeze()  # what is loaded by now stays: looking through it again and again costs a tenth of each update
            try:
                await together(self._parts(db, doors), stop)
            finally:
                for door in doors.values():
                    await door.close()

    async def _apply(self, db: Database) -> None:
        if not self.campaigns:
            return
        async with db.begin() as tx:
            changes = await apply.apply(tx, self.campaigns, self.media, now=self.clock.now())
        for change in changes:
            _log.info("a campaign was applied", extra={"campaign": change.slug, "what": change.what.value})
        await fill(db, self.codes, self.clock, command="sayso run")

    def _doors(self, db: Database) -> Iterator[tuple[str, Door]]:
        """The doors that this process needs: to run them, or to take in what is pushed to the web for them."""
        telegram = self.settings.telegram_token
        if telegram is None:
            if "telegram" in self.parts:
                _log.warning("Telegram is off: SAYSO_TELEGRAM_TOKEN is missing")
        elif "telegram" in self.parts or ("web" in self.parts and self.settings.telegram_mode is Mode.WEBHOOK):
            yield "telegram", self._telegram(db, telegram.get_secret_value())
        discord = self.settings.discord_token
        if discord is None:
            if "discord" in self.parts:
                _log.warning("Discord is off: SAYSO_DISCORD_TOKEN is missing")
        elif "discord" in self.parts:
            yield "discord", self._discord(db, discord.get_secret_value())

    def _telegram(self, db: Database, token: str) -> Door:
        secret = self.settings.telegram_webhook_secret
        return TelegramDoor(
            db,
            self.clock,
            token=token,
            api=self.settings.telegram_api,
            mode=self.settings.telegram_mode.value,
            webhook_secret=secret.get_secret_value() if secret else None,
            public_url=self.settings.public_url,
        )

    def _discord(self, db: Database, token: str) -> Door:
        settings = self.settings
        return DiscordDoor(db, self.clock, token=token, api=settings.discord_api, public_url=settings.public_url)

    def _parts(self, db: Database, doors: dict[str, Door]) -> dict[str, Part]:
        """Each part under its name."""
        open_here = {name: door for name, door in doors.items() if name in self.parts}
        parts: dict[str, Part] = {name: _door(door) for name, door in open_here.items()}
        if "worker" in self.parts:
            parts["worker"] = self._worker(db, list(open_here.values()))
        if "web" in self.parts:
            parts["web"] = self._web(db, list(doors.values()), list(open_here.values()))
        elif "telegram" in parts and self.settings.telegram_mode is Mode.WEBHOOK:
            _log.warning("Telegram's webhook needs the web: run that too, here or in another process (--only web)")
        if not parts:
            raise NothingToRunError(
                "there is nothing to run", fix="set SAYSO_TELEGRAM_TOKEN or SAYSO_DISCORD_TOKEN, or run more parts"
            )
        _log.info("Sayso runs", extra={"parts": ",".join(sorted(parts))})
        return parts

    def _web(self, db: Database, doors: Sequence[Door], open_here: Sequence[Door]) -> Part:
        recorder = Recorder(db, self.clock, lambda: secrets.randbits(48))
        proxies = Proxies(self.settings.proxies)
        admission, secret = self._admission(), self.settings.secret_key
        links = Links(
            db,
            self.clock,
            recorder,
            public_url=self.settings.public_url,
            proxies=proxies,
            admission=admission,
            secret_key=secret.get_secret_value() if secret else None,
        )
        metrics = Metrics(db, self.clock, unrecorded=lambda: recorder.unrecorded)
        below = {ROOT: Api(db, self.clock, proxies=proxies).application()}
        of_doors = [route for door in doors for route in door.routes()]
        routes = [*links.routes(), *Media(db).routes(), *metrics.routes(), *of_doors]
        ready = [door.ready for door in open_here]
        app = build(db, self.clock, routes=routes, ready=ready, below=below, at_once=links.at_once)
        address = self.settings.address

        served = asyncio.Event()

        async def pages(stop: asyncio.Event) -> None:
            try:
                host, port, answered = address.host, address.port, metrics.requests.answered
                await serve(app, host, port, stop, listening=self.listening, answered=answered)
            finally:
                served.set()
                if admission is not None:
                    await admission.close()

        async def part(stop: asyncio.Event) -> None:  # visits are recorded until the last request is answered
            await together({"pages": pages, "recorder": lambda _: recorder.run(served)}, stop)

        return part

    def _admission(self) -> Admission | None:
        """Discord's side of people who come in by their consent, if all that it takes is set."""
        token, secret = self.settings.discord_token, self.settings.discord_client_secret
        if token is None or secret is None or self.settings.public_url is None:
            return None
        api = self.settings.discord_api
        return Admission(token=token.get_secret_value(), client_secret=secret.get_secret_value(), api=api)

    def _worker(self, db: Database, doors: Sequence[Door]) -> Part:
        hooks = Hooks(db, self.clock, networks=self.settings.hook_networks)

        def wake() -> None:
            hooks.wake()
            for door in doors:
                door.wake()

        async def beat(stop: asyncio.Event) -> None:
            await heart.beat(db, self.clock, stop, after=wake)

        async def part(stop: asyncio.Event) -> None:
            await together({"heart": beat, "webhooks": hooks.run}, stop)

        return part


def _door(door: Door) -> Part:
    """A door's three loops, once it is open."""

    async def part(stop: asyncio.Event) -> None:
        await door.open(stop)
        if not stop.is_set():
            await together({"receive": door.receive, "handle": door.handle, "send": door.send}, stop)

    return part

"""A campaign with every key of a campaign file, on both messengers and with a shop, in a time that a test moves."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bots.cli.files import wanted_in
from bots.cli.house import House
from bots.cli.settings import Settings
from bots.sandbox.discord import DiscordServer, Role
from bots.sandbox.discord import Person as OnDiscord
from bots.sandbox.telegram import Person as OnTelegram
from bots.sandbox.telegram import TelegramServer
from core import hooks, inbox, outbox
from core.clock import SystemClock
from core.database import Database
from tests.campaigns.pictures import drawing, film, photo, saved
from tests.end_to_end import house
from tests.end_to_end.servers import Servers, plain
from tests.end_to_end.servers import door as discord_door
from tests.end_to_end.stage import Stage
from tests.end_to_end.stage import door as telegram_door
from tests.waiting import until
from tests.web.hooks.shop import Shop

TUNIS = ZoneInfo("Africa/Tunis")  # where the clocks never change: a test may run on any night
SLUG = "lune-printemps"
MARKS = {"invite": "🔗", "me": "👥", "handout": "🤲", "announce": "📣"}
"""How the answers to these commands begin."""

CAMPAIGN = Template(Path(__file__).with_name("whole.yaml").read_text(encoding="utf-8"))


class MovingClock:
    """The real time, and what a test has added to it: everybody on the stage goes by it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead

    def moves_to(self, at: datetime) -> None:
        """Never back."""
        self._ahead += max(at - self.now(), timedelta())

    def moves(self, **by: float) -> None:
        self._ahead += timedelta(**by)


class Reads(Protocol):
    @property
    def text(self) -> str: ...


class Whole:
    """The house, everybody around it, and the days of the campaign: it starts at seven in the morning of the first."""

    def __init__(
        self, clock: MovingClock, folder: Path, url: str, telegram: TelegramServer, discord: DiscordServer, shop: Shop
    ) -> None:
        self.clock, self.folder, self.url, self.shop = clock, folder, url, shop
        self.stage, self.servers = Stage(telegram.world), Servers(discord.world)
        self.loge = telegram.world.chat("supergroup", "La Loge", owner=self.stage.olga, admins=[self.stage.bot])
        self.newcomers: Role = discord.world.role(self.servers.atelier, "Newcomers")
        self.first_day = datetime.combine(clock.now().astimezone(TUNIS).date(), datetime.min.time()) + timedelta(days=2)
        self.environment = {
            **house.web(url),
            **telegram_door(telegram, self.stage.bot),
            **discord_door(discord, self.servers.bot),
            "SAYSO_WEBHOOK_NETWORKS": "127.0.0.1",
        }
        self._living: asyncio.Task[None] | None = None
        self._db = Database(url)

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """That time of that day of the campaign, in Tunis; the first day is 0."""
        there = self.first_day + timedelta(days=day, hours=hour, minutes=minute)
        return there.replace(tzinfo=TUNIS).astimezone(UTC)

    async def comes(self, day: int, hour: int, minute: int = 0) -> None:
        """It becomes that time, with nothing on its way: a claim on it would not hold for days."""
        await self.until(self.handled, "everything that is on its way")
        self.clock.moves_to(self.at(day, hour, minute))

    def write(self, **changes: str) -> Path:
        """The campaign's file, with its pictures and codes beside it; `changes`: other values of some keys."""
        for name, content in (("card", photo()), ("a", photo()), ("b", drawing())):
            self._beside(f"media/{name}.png", saved(content))
        self.more_codes = self.folder / "more.txt"
        self.more_codes.write_text("".join(f"welcome-{n}\n" for n in range(1, 12)))  # one of them is known already
        self._beside("media/film.mp4", film(640, 360))
        for pool, size in (("welcome", 2), ("voucher", 5), ("podium", 5)):
            self._beside(f"codes/{pool}.txt", "".join(f"{pool}-{n}\n" for n in range(size)).encode())
        servers = self.servers
        told: dict[str, Any] = {
            "starts": self._local(self.at(0, 7)),
            "ends": self._local(self.at(12, 20)),
            **{
                post: self._local(self.at(0, 8 + hours))
                for hours, post in enumerate(("teaser", "film", "rooms", "words"))
            },
            "organizer": self.stage.olga.id,
            "salon": self.stage.salon.id,
            "cercle": self.stage.cercle.id,
            "loge": self.loge.id,
            "atelier": servers.atelier.id,
            "general": servers.general.id,
            "newcomers": self.newcomers.id,
            "regulars": servers.regular.id,
            "shop": self.shop.url,
        }
        path = self.folder / "lune.yaml"
        text = CAMPAIGN.substitute(told)
        for key, value in changes.items():
            text = re.sub(rf"\b{key}: [^,}}]+", f"{key}: {value}", text)
        path.write_text(text, encoding="utf-8")
        return path

    def _local(self, at: datetime) -> str:
        return at.astimezone(TUNIS).strftime("%Y-%m-%d %H:%M")

    def _beside(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    @asynccontextmanager
    async def lives(self, *files: Path) -> AsyncIterator[None]:
        """The house as `sayso run FILE…` puts it together, but for the time."""
        given = {name.removeprefix("SAYSO_").lower(): value for name, value in self.environment.items()}
        wanted, stop = wanted_in(files), asyncio.Event()
        built = House(
            settings=Settings.model_validate(given),
            campaigns=wanted.campaigns,
            media=wanted.media,
            codes=wanted.codes,
            clock=self.clock,
        )
        self._living = asyncio.create_task(built.live(stop))
        try:
            await self.until(lambda: self.servers.bot.gateway.connected, "Discord's gateway")
            yield
        finally:
            stop.set()
            await self._living
            await self._db.close()

    async def secrets(self) -> list[str]:
        """What the shop knows the house by."""
        async with self._db.begin() as tx:
            endpoint = await hooks.endpoint(tx, self.shop.url, now=self.clock.now())
            return await hooks.secrets_of(tx, endpoint.id, now=self.clock.now())

    async def handled(self) -> bool:
        """Whether all that has come in was handled, and all that is due went out."""
        async with self._db.read() as tx:
            waiting = [await inbox.counts(tx), await outbox.counts(tx)]
        return not any(figures[name] for figures in waiting for name in ("waiting", "sending") if name in figures)

    async def until(self, condition: Callable[[], Any], what: object, *, seconds: float = 20.0) -> Any:
        """Wait for it as long as the house stands; say what was waited for if it does not come."""

        def stands() -> Any:
            assert self._living is not None
            if self._living.done():
                self._living.result()
            return condition()  # which may be a coroutine

        try:
            return await until(stands, seconds)
        except TimeoutError:
            raise AssertionError(f"this did not come: {what() if callable(what) else what}") from None

    async def reads(self, person: OnTelegram | OnDiscord, *begins: str, after: int = 0) -> Any:
        """The newest message in private that has all of this, of those after so many."""

        def found() -> Reads | None:
            fits = (
                each for each in reversed(person.inbox[after:]) if all(part in as_read(each.text) for part in begins)
            )
            return next(fits, None)

        return await self.until(found, lambda: f"{begins!r}; {person} read {texts(person.inbox[after:])}")

    async def asks(self, person: OnTelegram | OnDiscord, command: str, **options: Any) -> str:
        """What this person is answered, as they read it."""
        return as_read("\n\n".join(each.text for each in await self.answers(person, command, **options)))

    async def answers(self, person: OnTelegram | OnDiscord, command: str, **options: Any) -> list[Any]:
        """The messages in answer to a command."""
        if isinstance(person, OnDiscord):
            where = self.servers.general if self.servers.atelier.has(person) else None
            asked = person.runs(self.servers.bot, command, where, **options)
            await self.until(lambda: asked.replies, f"an answer to /{command} for {person}")
            return list(asked.replies)
        there, mark = len(person.inbox), MARKS.get(command, "")
        person.says(self.stage.bot, " ".join([f"/{command}", *options.values()]))

        def answers() -> list[Any]:  # and not the news that may come at the same time
            return [each for each in person.inbox[there:] if each.text.startswith(mark)]

        await self.until(answers, f"an answer to /{command} for {person}")
        return answers()

    async def press(self, person: OnTelegram | OnDiscord, message: Any, button: str) -> Any:
        """Press a button of the message and wait for what it answers."""
        if isinstance(person, OnDiscord):
            pressed = person.presses(message, button)
            await self.until(lambda: pressed.replies or pressed.answered, f"an answer to {button}")
            return pressed
        tap = person.taps(message, button)
        await self.until(lambda: tap.answer is not None, f"an answer to {button}")
        return tap


def texts(messages: Sequence[Reads]) -> list[str]:
    return [as_read(each.text) for each in messages]


def as_read(text: str) -> str:
    """Without Discord's markup, and with every space a plain one."""
    return re.sub(r"[\u00a0\u202f]", " ", plain(text))


def link_in(text: str) -> str:
    """The personal link in an answer to `/invite`."""
    found = re.search(r"http://127\.0\.0\.1:\d+/r/\w+", text)
    assert found is not None, text
    return found[0]

"""A campaign that uses every key of a campaign file, on both messengers and with a shop, in a time that a test moves."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bots.cli.files import wanted_in
from bots.cli.house import House
from bots.cli.settings import Settings
from bots.sandbox.discord import DiscordServer, Role
from bots.sandbox.discord import Person as OnDiscord
from bots.sandbox.telegram import Person as OnTelegram
from bots.sandbox.telegram import TelegramServer
from core.clock import SystemClock
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

CAMPAIGN = """
campaign: lune-printemps
title: {{en: Bring a friend to Maison Lune, fr: Invitez un proche chez Maison Lune}}
terms: {{en: One referral per friend., fr: Un parrainage par proche.}}
window: {{timezone: Africa/Tunis, starts: {starts}, ends: {ends}}}
organizers: [{{telegram: {organizer}}}]
communities:
  - {{id: salon, telegram: {salon}, language: fr}}
  - {{id: atelier, discord: "{atelier}", channel: "{general}", language: en}}
destination: choose
card:
  title: {{en: A friend invites you, fr: Un proche vous invite}}
  text: {{en: A private welcome awaits., fr: Un accueil privé vous attend.}}
  image: media/card.png
share:
  text: {{en: "Come and join me: {{link}}", fr: "Rejoins-moi : {{link}}"}}
  channels: [telegram, discord, whatsapp, messenger, email, facebook, sms, qr, copy]
attribution: {{window: 7 days, touch: first}}
qualify: {{stay: 3 days, messages: 1, account_age: 14 days}}
holding: {{wait: 1 day, clawback: 30 days}}
rewards:
  - {{id: welcome, to: friend, give: {{promo_code: welcome}}}}
  - {{id: start, to: friend, give: {{points: 3}}}}
  - {{id: newcomer, to: friend, give: {{discord_role: "{newcomers}"}}}}
  - {{id: circle, to: friend, give: {{telegram_invite: {cercle}}}}}
  - {{id: parcel, to: friend, give: {{webhook: "{shop}"}}}}
  - {{id: hello, to: friend, give: {{message: {{en: Good to have you., fr: Ravis de vous avoir.}}}}}}
  - {{id: rose, to: friend, give: {{by_hand: {{description: {{en: A rose at the desk., fr: Une rose à l'accueil.}}}}}}}}
  - {{id: thanks, to: advocate, every: 1, give: {{points: 10}}}}
  - {{id: first, to: advocate, at: 1, give: {{message: {{en: The first one!, fr: Le premier !}}}}}}
  - {{id: voucher, to: advocate, at: 1, give: {{promo_code: voucher}}}}
  - {{id: regular, to: advocate, at: 2, give: {{discord_role: "{regulars}"}}}}
  - {{id: vip, to: advocate, at: 2, give: {{telegram_invite: {loge}}}}}
  - {{id: tree, to: advocate, every: 2, give: {{webhook: "{shop}"}}}}
  - {{id: dinner, to: advocate, at: 3, give: {{by_hand: {{description: {{en: A dinner for two., fr: Un dîner à deux.}}}}}}}}
  - {{id: podium, to: advocate, top: 2, give: {{promo_code: podium}}}}
  - {{id: raffle, to: advocate, draw: 1, give: {{message: {{en: You won., fr: C'est gagné.}}}}}}
codes: {{welcome: codes/welcome.txt, voucher: codes/voucher.txt, podium: codes/podium.txt}}
limits: {{per_advocate: 20, per_advocate_per_day: 1, rewards: 500, points: 1000}}
posts:
  - {{id: teaser, at: {teaser}, in: [salon, atelier], text: {{en: We open., fr: Nous ouvrons.}}, image: media/a.png, share: true}}
  - {{id: film, at: {film}, text: {{en: A film., fr: Un film.}}, video: media/film.mp4, share: true}}
  - {{id: rooms, at: {rooms}, text: {{en: The rooms., fr: Les salles.}}, album: [media/a.png, media/b.png], share: true}}
  - {{id: words, at: {words}, in: [salon], text: {{en: Only words., fr: Des mots.}}}}
  - {{id: backstage, exclusive: true, text: {{en: Only through a friend., fr: Seulement par un proche.}}, image: media/b.png}}
schedule:
  - {{do: leaderboard, cron: "0 18 * * *", in: [salon, atelier], top: 10}}
  - {{do: reminder, cron: "0 12 * * *", to: advocates}}
  - {{do: digest, cron: "0 8 * * *", to: organizers}}
listen: {{words: [Maison Lune], in: [salon, atelier], alert: {{spike: 3, negative: true}}}}
fraud: {{hold: 50, reject: 90}}
privacy: {{keep_facts: 400 days}}
"""


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

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """That time of that day of the campaign, in Tunis; the first day is 0."""
        there = self.first_day + timedelta(days=day, hours=hour, minutes=minute)
        return there.replace(tzinfo=TUNIS).astimezone(UTC)

    def comes(self, day: int, hour: int, minute: int = 0) -> None:
        """It becomes that time."""
        self.clock.moves_to(self.at(day, hour, minute))

    def write(self) -> Path:
        """The campaign's file, with its pictures and codes beside it."""
        for name, content in (("card", photo()), ("a", photo()), ("b", drawing())):
            self._beside(f"media/{name}.png", saved(content))
        self._beside("media/film.mp4", film(640, 360))
        for pool, size in (("welcome", 2), ("voucher", 5), ("podium", 5)):
            self._beside(f"codes/{pool}.txt", "".join(f"{pool}-{n}\n" for n in range(size)).encode())
        servers = self.servers
        told: dict[str, Any] = {
            "starts": self._local(self.at(0, 7)),
            "ends": self._local(self.at(12, 20)),
            **{post: self._local(self.at(0, 8 + hours)) for hours, post in enumerate(("teaser", "film", "rooms", "words"))},
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
        path.write_text(CAMPAIGN.format(**told), encoding="utf-8")
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

    async def until(self, condition: Callable[[], Any], what: object, *, seconds: float = 20.0) -> Any:
        """Wait for it as long as the house stands; say what was waited for if it does not come."""

        def stands() -> Any:
            assert self._living is not None
            if self._living.done():
                self._living.result()
            return condition()

        try:
            return await until(stands, seconds)
        except TimeoutError:
            raise AssertionError(f"this did not come: {what() if callable(what) else what}") from None

    async def reads(self, person: OnTelegram | OnDiscord, *begins: str, after: int = 0) -> Any:
        """The newest message in private that has all of this, of those after so many."""

        def found() -> Reads | None:
            fits = (each for each in reversed(person.inbox[after:]) if all(part in plain(each.text) for part in begins))
            return next(fits, None)

        return await self.until(found, lambda: f"{begins!r}; {person} read {texts(person.inbox[after:])}")

    async def asks(self, person: OnTelegram | OnDiscord, command: str, **options: Any) -> str:
        """What this person is answered, as they read it."""
        return plain("\n\n".join(each.text for each in await self.answers(person, command, **options)))

    async def answers(self, person: OnTelegram | OnDiscord, command: str, **options: Any) -> list[Any]:
        """The messages in answer to a command."""
        if isinstance(person, OnDiscord):
            where = self.servers.general if self.servers.atelier.has(person) else None
            asked = person.runs(self.servers.bot, command, where, **options)
            await self.until(lambda: asked.replies, f"an answer to /{command} for {person}")
            return list(asked.replies)
        there = len(person.inbox)
        person.says(self.stage.bot, " ".join([f"/{command}", *options.values()]))
        await self.until(lambda: len(person.inbox) > there, f"an answer to /{command} for {person}")
        return list(person.inbox[there:])

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
    return [plain(each.text) for each in messages]


def link_in(text: str) -> str:
    """The personal link in an answer to `/invite`."""
    found = re.search(r"http://127\.0\.0\.1:\d+/r/\w+", text)
    assert found is not None, text
    return found[0]

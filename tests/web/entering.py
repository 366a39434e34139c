"""A web that leads into Discord servers: the stand-in on one side, people's browsers on the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bots.discord.oauth import Admission
from bots.sandbox.discord import Bot, DiscordServer, DiscordWorld, Guild, Person
from bots.web.app import build
from bots.web.links import Links
from core import arrivals, chats, doors, links, members, totals
from core import campaign as campaigns
from core.arrivals import Invite, MadeFor
from core.audit import audit
from core.campaign.values import Account, Campaign, Card, Community, Join, Platform, Window
from core.database import Database
from core.links import Link
from core.members import Person as Somebody
from core.visits import Recorder
from tests.clock import FakeClock

CODE = "AAAAAAAAAAA"
HOME = "http://sayso.example"
KEY = "k" * 40
BACK = f"{HOME}/join/discord/callback"
DESK = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept-Language": "en",
}
PREVIEW = {"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"}
SECONDS_LEFT = timedelta(minutes=30)

Web = TestClient[web.Request, web.Application]


@dataclass(frozen=True, slots=True)
class Place:
    """The web as a test meets it, and Discord beside it."""

    db: Database
    clock: FakeClock
    world: DiscordWorld
    bot: Bot
    guild: Guild
    app: web.Application
    client: Web

    async def get(
        self, path: str, *, browser: ClientSession | None = None, method: str = "GET", **headers: str
    ) -> ClientResponse:
        """Ask as a browser at a desk, which follows nothing by itself."""
        asked = {**DESK, **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = self.client.make_url("/").join(URL(path, encoded=True))
        session = browser or self.client.session
        answer = await session.request(method, url, headers=asked, allow_redirects=False)
        await answer.read()
        return answer

    async def sets_out(self, path: str = f"/join/discord/{CODE}", browser: ClientSession | None = None) -> str:
        """Open the page that sends people to Discord; the address there."""
        answer = await self.get(path, browser=browser)
        assert answer.status == 302, await answer.text()
        return answer.headers["Location"]

    async def comes(self, person: Person, path: str = f"/join/discord/{CODE}") -> ClientResponse:
        """The whole way of somebody who consents."""
        return await self.get(path_of(person.authorizes(await self.sets_out(path))))

    async def fill(self, *codes: str) -> None:
        """Put invites into the pool."""
        now = self.clock.now()
        async with self.db.begin() as tx:
            chat = (await chats.at_addresses(tx, Platform.DISCORD, [self.guild.id]))[self.guild.id]
            for code in codes:
                invite = Invite(code=code, uses=0, max_uses=1, made_at=now, expires_at=now + SECONDS_LEFT)
                await arrivals.made(tx, chat.id, invite, made_for=MadeFor.POOL, now=now)

    async def apply(self, campaign: Campaign) -> None:
        """Make this the campaign; the web has read it when this returns."""
        async with self.db.begin() as tx:
            await campaigns.keep(tx, campaign, now=self.clock.now())
        self.clock.advance(seconds=2)

    def lune(self, **changes: object) -> Campaign:
        usual = Campaign(
            slug="lune",
            title={"en": "Bring a friend", "fr": "Invitez un proche"},
            window=Window(timezone="Europe/Paris", starts=self.clock.now() - timedelta(days=1)),
            communities=(
                Community(name="salon", platform=Platform.TELEGRAM, chat=-1001),
                Community(name="atelier", platform=Platform.DISCORD, chat=self.guild.id),
            ),
            card=Card(title={"en": "A friend invites you"}, text={"en": "A private welcome awaits."}),
        )
        return replace(usual, **changes)

    def asking(self, join: Join = Join.OAUTH) -> Campaign:
        """The campaign, whose Discord server is entered like this."""
        usual = self.lune()
        return replace(usual, communities=tuple(replace(each, join=join) for each in usual.communities))

    async def counted(self) -> dict[str, int]:
        async with self.db.read() as tx:
            assert await audit(tx) == []
            return await totals.of_campaign(tx, 1)


def browser() -> ClientSession:
    """Another browser, with cookies of its own."""
    return ClientSession(cookie_jar=CookieJar(unsafe=True))


def path_of(address: str) -> str:
    """The address as this server is asked for it."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == HOME, address
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@asynccontextmanager
async def entering(db: Database, clock: FakeClock, *, admits: bool = True, home: str = HOME) -> AsyncIterator[Place]:
    """The web, known to the world as `home`. Without `admits`, nobody comes in by consent."""
    world = DiscordWorld(clock=clock)
    async with DiscordServer(world) as server:
        bot = world.bot("sayso", redirect_uris=[BACK])
        guild = world.guild("Friends of Lune", bots=[bot])
        admission = Admission(token=bot.token, client_secret=bot.client_secret, api=server.api_url) if admits else None
        recorder, stop = Recorder(db, clock, lambda: 1, within=20.0), asyncio.Event()
        pages = Links(db, clock, recorder, public_url=home, admission=admission, secret_key=KEY)
        app = build(db, clock, routes=pages.routes(), at_once=pages.at_once)
        async with TestClient(TestServer(app)) as client:
            place = Place(db, clock, world, bot, guild, app, client)
            await _prepare(place)
            writing = asyncio.create_task(recorder.run(stop))
            yield place
        stop.set()
        await writing
        if admission is not None:
            await admission.close()


async def _prepare(place: Place) -> None:
    now = place.clock.now()
    ana = Somebody(account=Account(platform=Platform.TELEGRAM, id=11), name="Ana <b>Costa</b>")
    async with place.db.begin() as tx:
        applied = await campaigns.keep(tx, place.lune(), now=now)
        named = {}
        for each in place.lune().communities:
            named[each.name] = await chats.ensure(tx, each.platform, each.chat)
        await chats.set_communities(tx, applied.id, named)
        known = await members.meet(tx, [ana], now=now)
        await links.add(tx, [Link(CODE, applied.id, known[ana.account].id)], now=now)
        await doors.opened(tx, Platform.TELEGRAM, "https://t.me/sayso_bot?start={code}", now=now)
        await doors.opened(tx, Platform.DISCORD, "https://discord.gg/{code}", now=now)
    place.clock.advance(seconds=2)


def friend(place: Place, name: str = "ben") -> Person:
    """Somebody on Discord whose account is old."""
    return place.world.user(name, created_at=place.clock.now() - timedelta(days=900))

"""A web with one advocate's link, its kit and the campaign's picture, over a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.web.app import build
from bots.web.links import Links
from bots.web.media import Media
from campaigns.fitting import fit
from campaigns.pictures import CARD
from core import campaign as campaigns
from core import doors, links, media, members, totals
from core.audit import audit
from core.campaign.values import Account, Campaign, Card, Community, Platform, Share, Window
from core.database import Database
from core.links import Link
from core.members import Person
from core.visits import Recorder
from tests.campaigns.pictures import photo, saved
from tests.clock import FakeClock

CODE = "AAAAAAAAAAA"
HOME = "https://sayso.example"
DESK = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Mobile/15E148 Safari/604.1"
}
PREVIEWS = {
    "telegram": "TelegramBot (like TwitterBot)",
    "whatsapp": "WhatsApp/2.23.20.0 A",
    "facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "discord": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "x": "Twitterbot/1.0",
}
PICTURE = fit(saved(photo()), CARD, "card.png").medium

Web = TestClient[web.Request, web.Application]


def lune(clock: FakeClock, **changes: object) -> Campaign:
    usual = Campaign(
        slug="lune",
        title={"en": "Bring a friend", "fr": "Invitez un proche"},
        terms={"en": "Once each.", "fr": "Une fois chacun."},
        window=Window(timezone="Europe/Paris", starts=clock.now() - timedelta(days=1)),
        communities=(Community(name="salon", platform=Platform.TELEGRAM, chat=-1001),),
        card=Card(
            title={"en": "A friend invites you", "fr": "Un proche vous invite"},
            text={"en": "A private welcome awaits.", "fr": "Un accueil privé vous attend."},
            image="media/card.png",
            picture=PICTURE.name,
        ),
        share=Share(text={"en": "Come & join me 🍞: {link}", "fr": "Rejoins-moi : {link}"}),
    )
    return replace(usual, **changes)


async def apply(db: Database, clock: FakeClock, campaign: Campaign) -> None:
    """Make this the campaign; the web has read it when this returns."""
    async with db.begin() as tx:
        await campaigns.keep(tx, campaign, now=clock.now())
    clock.advance(seconds=2)


async def open_door(db: Database, clock: FakeClock) -> None:
    async with db.begin() as tx:
        await doors.opened(tx, Platform.TELEGRAM, "https://t.me/sayso_bot?start={code}", now=clock.now())
    clock.advance(seconds=2)


async def counted(db: Database) -> dict[str, int]:
    """What was counted, which the journal must agree with."""
    async with db.read() as tx:
        assert await audit(tx) == []
        return await totals.of_campaign(tx, 1)


@asynccontextmanager
async def sharing(db: Database, clock: FakeClock) -> AsyncIterator[Web]:
    """The web, known to the world as HOME."""
    ana = Person(account=Account(platform=Platform.TELEGRAM, id=11), name="Ana <b>Costa</b>")
    async with db.begin() as tx:
        applied = await campaigns.keep(tx, lune(clock), now=clock.now())
        await media.keep(tx, [PICTURE], now=clock.now())
        known = await members.meet(tx, [ana], now=clock.now())
        await links.add(tx, [Link(CODE, applied.id, known[ana.account].id)], now=clock.now())
    await open_door(db, clock)
    recorder, stop = Recorder(db, clock, lambda: 1, within=20.0), asyncio.Event()
    app = build(db, clock, routes=[*Links(db, clock, recorder, public_url=HOME).routes(), *Media(db).routes()])
    writing = asyncio.create_task(recorder.run(stop))
    try:
        async with TestClient(TestServer(app)) as client:
            yield client
    finally:
        stop.set()
        await writing

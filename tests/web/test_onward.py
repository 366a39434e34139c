"""The short way answers as the long one does, keeps the same, and leaves everything else to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.web.app import build, look_first
from bots.web.links import Links
from core import campaign as campaigns
from core import doors, journal, links, members, totals
from core.audit import audit
from core.campaign.values import Account, Campaign, Community, Platform, Privacy, Window
from core.database import Database
from core.journal import Fact
from core.links import Link
from core.members import Person
from core.visits import Recorder
from tests.clock import FakeClock
from tests.waiting import until

CODE = "AAAAAAAAAAA"
LINK = f"/r/{CODE}"
PERSON = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept-Language": "fr",
}
IN_INSTAGRAM = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/22A3354 Instagram 350.0.0.30.105 (iPhone16,2; iOS 18_0; en_US)"
}


def lune(clock: FakeClock, **changes: object) -> Campaign:
    usual = Campaign(
        slug="lune",
        title={"en": "Bring a friend"},
        window=Window(timezone="Europe/Paris", starts=clock.now() - timedelta(days=1)),
        communities=(Community(name="salon", platform=Platform.TELEGRAM, chat=-1001),),
        destination="salon",
    )
    return replace(usual, **changes)


@dataclass(slots=True)
class Site:
    """A web that is served as Sayso serves it. `short` says of each request whether it went the short way."""

    db: Database
    clock: FakeClock
    client: TestClient[web.Request, web.Application]
    short: list[bool] = field(default_factory=list)

    async def get(self, path: str = LINK, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
        told = {**PERSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
        async with self.client.request(method, path, headers=told, allow_redirects=False) as answer:
            return answer.status, {name: value for name, value in answer.headers.items() if name != "Date"}

    async def apply(self, **changes: object) -> None:
        """The campaign has changed, and a second has passed."""
        async with self.db.begin() as tx:
            await campaigns.keep(tx, lune(self.clock, **changes), now=self.clock.now())
        self.clock.advance(seconds=1)

    async def counted(self) -> dict[str, int]:
        async with self.db.read() as tx:
            assert await audit(tx) == []
            return await totals.of_campaign(tx, 1)

    async def facts(self) -> list[Fact]:
        async with self.db.begin() as tx:
            return [fact for _, fact in await journal.between(tx, 0, await journal.horizon(tx), limit=100)]


@pytest.fixture
async def site(db: Database, clock: FakeClock) -> AsyncIterator[Site]:
    """Its link was asked for once, so that it is known."""
    ana = Person(account=Account(platform=Platform.TELEGRAM, id=11), name="Ana")
    async with db.begin() as tx:
        applied = await campaigns.keep(tx, lune(clock), now=clock.now())
        known = await members.meet(tx, [ana], now=clock.now())
        await links.add(tx, [Link(CODE, applied.id, known[ana.account].id)], now=clock.now())
        await doors.opened(tx, Platform.TELEGRAM, "https://t.me/sayso_bot?start={code}", now=clock.now())
    recorder, stop = Recorder(db, clock, lambda: 1, within=20.0), asyncio.Event()
    pages = Links(db, clock, recorder, public_url=None)
    server = TestServer(build(db, clock, routes=pages.routes()))
    writing = asyncio.create_task(recorder.run(stop))
    async with TestClient(server) as client:
        site = Site(db, clock, client)

        def at_once(request: web.BaseRequest) -> Awaitable[web.StreamResponse] | None:
            answer = pages.at_once(request)
            site.short.append(answer is not None)
            return answer

        assert server.runner is not None
        look_first(server.runner.server, at_once)
        await site.get(Accept_Language="first")
        assert site.short.pop() is False
        yield site
    stop.set()
    await writing


async def test_the_answer_is_the_same_and_the_click_is_kept(site: Site) -> None:
    short = await site.get()
    await site.apply(title={"en": "Another"})
    long = await site.get(Accept_Language="de")
    assert site.short == [True, False]
    assert short == long
    assert short[1]["Location"] == f"https://t.me/sayso_bot?start={CODE}"
    assert await site.counted() == {"clicks": 3}


async def test_a_channel_goes_with_the_code_and_into_the_journal(site: Site) -> None:
    for _ in range(2):
        status, headers = await site.get(f"{LINK}/whatsapp")
        assert (status, headers["Location"]) == (302, f"https://t.me/sayso_bot?start={CODE}_whatsapp")
    assert site.short == [False, True]
    assert await site.counted() == {"clicks": 2}  # the second visit is the same visitor's
    assert (await site.facts())[-1].data == {"channel": "whatsapp"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "counts"),
    [
        ("HEAD", LINK, {}, 0),
        ("GET", f"{LINK}?language=fr", {}, 1),
        ("GET", f"{LINK}/somewhere", {}, 1),
        ("GET", LINK, {"Sec_Purpose": "prefetch"}, 0),
        ("GET", LINK, {"User_Agent": "curl/8.0"}, 0),
        ("GET", LINK, {"Connection": "close"}, 1),
    ],
)
async def test_what_is_not_plain_goes_the_long_way(
    site: Site, method: str, path: str, headers: dict[str, str], counts: int
) -> None:
    for _ in range(2):
        assert (await site.get(path, method, **headers))[0] == 302
    assert site.short == [False, False]
    assert (await site.counted()) == {"clicks": 1 + counts}


async def test_a_preview_gets_the_card(site: Site) -> None:
    assert (await site.get(User_Agent="TelegramBot (like TwitterBot)"))[0] == 200
    assert await site.counted() == {"clicks": 1, "unfurls": 1}


async def test_a_campaign_that_changes_is_seen_within_a_second(site: Site) -> None:
    await site.get()
    await site.apply(destination="choose")
    assert (await site.get())[0] == 200
    assert (await site.get())[0] == 200
    await site.apply()
    assert [(await site.get())[0] for _ in range(2)] == [302, 302]
    await site.apply(window=Window(timezone="UTC", starts=site.clock.now() - timedelta(days=1), ends=site.clock.now()))
    assert (await site.get())[0] == 410


async def test_a_campaign_ends_on_time(site: Site) -> None:
    ends = site.clock.now() + timedelta(seconds=1.5)
    await site.apply(window=Window(timezone="UTC", starts=site.clock.now() - timedelta(days=1), ends=ends))
    assert [(await site.get())[0] for _ in range(2)] == [302, 302]
    site.clock.advance(seconds=0.5)
    assert (await site.get())[0] == 410
    assert site.short == [False, True, False]


async def test_at_midnight_visitors_get_new_names(site: Site) -> None:
    await site.get()
    site.clock.advance(days=1)
    await site.get()
    assert site.short == [True, False]
    names = [fact.key.split("/")[-1] for fact in await site.facts()]
    assert len(set(names)) == len(names) == 3


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize(
    ("privacy", "headers", "named"),
    [
        (Privacy(), {}, True),
        (Privacy(), {"DNT": "1"}, False),
        (Privacy(), {"Sec_GPC": "1"}, False),
        (Privacy(do_not_track=False), {"DNT": "1"}, True),
        (Privacy(do_not_track=False), {"Sec_GPC": "1"}, True),
        (Privacy(visitors=False), {}, False),
        (Privacy(visitors=False, do_not_track=False), {"DNT": "1"}, False),
    ],
)
async def test_a_visitor_has_a_name_only_where_they_and_the_campaign_want_it(
    site: Site, short: bool, privacy: Privacy, headers: dict[str, str], named: bool
) -> None:
    await site.apply(privacy=privacy)
    await site.get(Accept_Language="second")
    for _ in range(2):
        await site.get(LINK if short else f"{LINK}?x=1", **headers)
    assert site.short == [False, short, short]
    assert await site.counted() == {"clicks": 3 if named else 4}
    assert [fact.key.split("/")[-2] == "-" for fact in (await site.facts())[2:]] == ([False] if named else [True] * 2)


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("kept", [True, False])
async def test_the_app_is_kept_only_where_the_campaign_wants_it(site: Site, short: bool, kept: bool) -> None:
    await site.apply(privacy=Privacy(apps=kept))
    await site.get(Accept_Language="second")
    await site.get(LINK if short else f"{LINK}?x=1", **IN_INSTAGRAM)
    assert site.short == [False, short]
    told = {"channel": "instagram", "app": "instagram", "guessed": True}  # the link itself says no channel
    assert (await site.facts())[-1].data == (told if kept else None)


async def test_the_app_of_a_preview_is_kept_only_where_the_campaign_wants_it(site: Site) -> None:
    await site.apply(privacy=Privacy(apps=False))
    await site.get(User_Agent="WhatsApp/2.23.20.0 A")
    fact = (await site.facts())[-1]
    assert (fact.kind, fact.data) == ("unfurl", None)
    assert "whatsapp" not in fact.key


async def test_answers_come_in_the_order_of_the_requests(site: Site) -> None:
    assert site.client.server.port is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.server.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in PERSON.items())
    for path in (LINK, "/healthz", LINK):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    heads = [await reader.readuntil(b"\r\n\r\n")]
    heads.append(await reader.readuntil(b"\r\n\r\n"))
    await reader.readexactly(2)
    heads.append(await reader.readuntil(b"\r\n\r\n"))
    writer.close()
    await writer.wait_closed()
    assert [head.split(b" ")[1] for head in heads] == [b"302", b"200", b"302"]
    assert site.short == [True, False, True]


async def test_whoever_asks_in_an_older_or_longer_way_is_answered_too(site: Site) -> None:
    assert site.client.server.port is not None
    lines = "".join(f"{name}: {value}\r\n" for name, value in PERSON.items())
    for first, more, body in (("HTTP/1.0", "", ""), ("HTTP/1.1", "Content-Length: 1\r\n", "x")):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.client.server.port)
        writer.write(f"GET {LINK} {first}\r\nHost: x\r\n{more}{lines}\r\n{body}".encode())
        assert b" 302 " in await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    assert not any(site.short)


async def test_a_visitor_who_hangs_up_is_counted(site: Site) -> None:
    assert site.client.server.port is not None
    _, writer = await asyncio.open_connection("127.0.0.1", site.client.server.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in PERSON.items())
    writer.write(f"GET {LINK} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    await writer.drain()
    writer.transport.abort()

    async def counted() -> bool:
        return await site.counted() == {"clicks": 2}

    await until(counted)

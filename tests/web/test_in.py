"""The way into one community: an invite for each person's visit, none for machines, and never an empty hand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.web import invites
from core import arrivals, chats, doors
from core.arrivals import Shut
from core.campaign.values import Community, Join, Platform
from core.database import Database
from tests.clock import FakeClock
from tests.web.entering import CODE, HOME, PREVIEW, Place, browser, entering, path_of

IN = f"/in/{CODE}/atelier"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"


@pytest.fixture
async def place(db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(invites, "PAUSE", 0.001)
    async with entering(db, clock) as made:
        yield made


@pytest.fixture
async def without_consent(db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """Where invites are the only way."""
    monkeypatch.setattr(invites, "PAUSE", 0.001)
    async with entering(db, clock, admits=False) as made:
        yield made


async def chat_id(place: Place) -> int:
    async with place.db.read() as tx:
        return (await chats.at_addresses(tx, Platform.DISCORD, [place.guild.id]))[place.guild.id].id


async def went(place: Place, invite: str) -> None:
    async with place.db.begin() as tx:
        await arrivals.invites_gone(tx, await chat_id(place), [invite], at=place.clock.now())


def name(number: int) -> str:
    return f"invite{number:02}"


@pytest.mark.parametrize("path", [IN, f"{IN}/whatsapp", f"/r/{CODE}"])
async def test_a_person_gets_an_invite_and_is_counted(place: Place, path: str) -> None:
    await place.apply(place.lune(destination="atelier"))
    await place.fill("one")
    answer = await place.get(path)
    assert (answer.status, answer.headers["Location"]) == (302, "https://discord.gg/one")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await place.counted()) == {"clicks": 1}


async def test_two_people_get_two_invites(place: Place) -> None:
    await place.fill("one", "two")
    async with browser() as other:
        got = {(await place.get(IN)).headers["Location"], (await place.get(IN, browser=other)).headers["Location"]}
    assert got == {"https://discord.gg/one", "https://discord.gg/two"}


async def test_many_at_the_same_moment_get_one_each(place: Place) -> None:
    await place.fill(*map(name, range(12)))
    others = [browser() for _ in range(12)]
    answers = await asyncio.gather(*(place.get(IN, browser=other) for other in others))
    await asyncio.gather(*(other.close() for other in others))
    assert {each.headers["Location"] for each in answers} == {f"https://discord.gg/{name(n)}" for n in range(12)}


async def test_who_clicks_again_within_minutes_gets_the_same_while_it_is_unused(place: Place) -> None:
    await place.fill("one", "two", "three")
    first = [(await place.get(IN)).headers["Location"] for _ in range(5)]
    assert first == ["https://discord.gg/one"] * 5
    other_channel = (await place.get(f"{IN}/whatsapp")).headers["Location"]
    assert other_channel == "https://discord.gg/two"  # it has to say through what they came
    await went(place, "two")
    assert (await place.get(f"{IN}/whatsapp")).headers["Location"] == "https://discord.gg/three"


async def test_an_invite_that_the_browser_made_up_is_not_handed_out(place: Place) -> None:
    await place.fill("one")
    answer = await place.get(IN, Cookie="sayso-invite=stranger")
    assert answer.headers["Location"] == "https://discord.gg/one"
    for cookie in ("sayso-invite=//evil.example", "sayso-invite=" + "a" * 500):
        assert "evil" not in (await place.get(IN, Cookie=cookie)).headers["Location"]


async def test_the_cookie_is_for_a_moment_and_not_for_scripts(place: Place) -> None:
    await place.fill("one")
    cookie = (await place.get(IN)).headers["Set-Cookie"]
    for part in ("sayso-invite=one", "HttpOnly", "SameSite=Lax", "Max-Age=600"):
        assert part in cookie


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"User-Agent": ""}),
        ("GET", {"Sec-Purpose": "prefetch"}),
        ("GET", {"User-Agent": "curl/8.0"}),
        ("GET", {"Sec-Fetch-Dest": "image"}),
        ("GET", PREVIEW),
        ("HEAD", PREVIEW),
    ],
)
@pytest.mark.parametrize("path", [IN, f"/r/{CODE}"])
async def test_machines_get_no_invite(place: Place, method: str, headers: dict[str, str], path: str) -> None:
    await place.apply(place.lune(destination="atelier"))
    await place.fill("one")
    answer = await place.get(path, method=method, **headers)
    page = await answer.text()
    assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
    if method == "GET":
        assert ('property="og:title"' in page, "discord.gg" in page) == (True, False)
    assert "clicks" not in await place.counted()
    assert (await place.get(path)).headers["Location"] == "https://discord.gg/one"  # it is there still


async def test_a_preview_of_the_way_in_is_a_share_seen_of_the_link_itself(place: Place) -> None:
    answer = await place.get(f"{IN}/whatsapp", **PREVIEW)
    assert f'property="og:url" content="{HOME}/r/{CODE}"' in await answer.text()
    assert await place.counted() == {"unfurls": 1}


async def test_who_wants_not_to_be_recognised_comes_in_and_is_counted_once(place: Place) -> None:
    await place.fill("one")
    await place.get(f"/r/{CODE}", DNT="1")
    answer = await place.get(IN, DNT="1", Sec_Fetch_Site="same-origin")  # the button of the page they are on
    assert answer.status == 302
    assert await place.counted() == {"clicks": 1}


async def test_where_the_campaign_asks_for_consent_no_invite_is_spent(place: Place) -> None:
    await place.apply(place.asking(Join.OAUTH))
    await place.fill("one")
    answer = await place.get(f"{IN}/whatsapp")
    assert answer.headers["Location"] == f"{HOME}/join/discord/{CODE}?to=atelier&channel=whatsapp"
    onward = await place.sets_out(path_of(answer.headers["Location"]))
    assert "/oauth2/authorize?" in onward


async def test_an_empty_pool_leads_to_consent(place: Place) -> None:
    answer = await place.get(IN)
    assert answer.headers["Location"] == f"{HOME}/join/discord/{CODE}?to=atelier"


async def test_an_invite_that_is_made_meanwhile_is_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invites, "PAUSE", 0.05)
    asked = asyncio.create_task(place.get(IN))
    await place.fill("late")
    assert (await asked).headers["Location"] == "https://discord.gg/late"


async def test_while_no_invites_can_be_made_nobody_waits(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invites, "PAUSE", 60.0)
    until = place.clock.now() + timedelta(hours=1)
    async with place.db.begin() as tx:
        await arrivals.shut(tx, await chat_id(place), Shut.FULL, until=until, now=place.clock.now())
    answer = await place.get(IN)
    assert answer.headers["Location"] == f"{HOME}/join/discord/{CODE}?to=atelier"


@pytest.mark.parametrize(("language", "words"), [("en", "One moment, please"), ("fr", "Un instant")])
async def test_where_there_is_no_other_way_people_are_asked_to_come_back(
    without_consent: Place, language: str, words: str
) -> None:
    answer = await without_consent.get(IN, Accept_Language=language)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert words in await answer.text()
    await without_consent.fill("one")
    assert (await without_consent.get(IN)).status == 302


async def test_asking_for_consent_without_its_settings_falls_back_on_invites(without_consent: Place) -> None:
    await without_consent.apply(without_consent.asking(Join.OAUTH))
    await without_consent.fill("one")
    assert (await without_consent.get(IN)).headers["Location"] == "https://discord.gg/one"
    start = await without_consent.get(f"/join/discord/{CODE}")
    assert start.headers["Location"] == f"{HOME}/in/{CODE}/atelier"


async def test_one_address_cannot_empty_the_pool(place: Place) -> None:
    await place.fill(*map(name, range(60)))
    got = []
    for _ in range(50):
        async with browser() as other:
            got.append((await place.get(IN, browser=other)).headers["Location"])
    assert sum("discord.gg" in each for each in got) == invites.PER_ADDRESS.quota
    async with browser() as other:
        elsewhere = await place.get(IN, browser=other, X_Forwarded_For="203.0.113.9")
    assert "discord.gg" in elsewhere.headers["Location"]


async def test_the_short_way_never_learns_an_invite(place: Place) -> None:
    await place.apply(place.lune(destination="atelier"))
    await place.fill("one", "two")
    async with browser() as other:
        first, second = await place.get(f"/r/{CODE}"), await place.get(f"/r/{CODE}", browser=other)
    assert first.headers["Location"] != second.headers["Location"]


async def test_on_telegram_the_way_leads_to_the_bot(place: Place) -> None:
    answer = await place.get(f"/in/{CODE}/salon/whatsapp")
    assert answer.headers["Location"] == f"https://t.me/sayso_bot?start={CODE}_whatsapp"
    assert "Set-Cookie" not in answer.headers


async def test_a_community_that_the_campaign_has_no_more_leads_to_the_link(place: Place) -> None:
    answer = await place.get(f"/in/{CODE}/attic/whatsapp")
    assert answer.headers["Location"] == f"{HOME}/r/{CODE}/whatsapp"


@pytest.mark.parametrize("part", ["//evil.example", "https:%2f%2fevil.example", "%5c%5cevil.example", "%0d%0aX-Evil:1"])
async def test_nobody_is_sent_anywhere_else(place: Place, part: str) -> None:
    for path in (f"/in/{CODE}/{part}", f"{IN}/{part}", f"{IN}?to={part}"):
        answer = await place.get(path)
        assert "evil" not in answer.headers.get("Location", "").lower()
        assert "X-Evil" not in answer.headers


async def test_what_is_over_or_not_open_yet_is_said_kindly(place: Place) -> None:
    await place.fill("one")
    window = place.lune().window
    await place.apply(place.lune(window=replace(window, starts=place.clock.now() + timedelta(days=1))))
    assert "Not open yet" in await (await place.get(IN)).text()
    await place.apply(place.lune(window=replace(window, ends=place.clock.now())))
    assert (await place.get(IN)).status == 410
    assert (await place.get("/in/BBBBBBBBBBB/atelier")).status == 404


async def test_the_landing_page_offers_each_way(place: Place) -> None:
    page = await (await place.get(f"/r/{CODE}/whatsapp")).text()
    assert f'href="https://t.me/sayso_bot?start={CODE}_whatsapp"' in page
    assert f'class="button discord" href="{HOME}/in/{CODE}/atelier/whatsapp"' in page
    assert 'class="scan"' in page
    assert "One cookie" in page
    phone = await (await place.get(f"/r/{CODE}", User_Agent=PHONE)).text()
    assert 'class="scan"' not in phone


async def test_a_campaign_on_discord_alone_says_how_to_get_a_link(place: Place) -> None:
    server = Community(name="atelier", platform=Platform.DISCORD, chat=place.guild.id)
    await place.apply(place.lune(communities=(server,)))
    page = await (await place.get(f"/r/{CODE}")).text()
    assert "t.me" not in page
    assert "/invite" in page
    assert f'href="https://discord.com/channels/{place.guild.id}"' in page


async def test_several_servers_are_named(place: Place) -> None:
    servers = tuple(
        Community(name=each, platform=Platform.DISCORD, chat=place.guild.id + n) for n, each in enumerate("ab")
    )
    await place.apply(place.lune(communities=servers))
    page = await (await place.get(f"/r/{CODE}")).text()
    assert page.count('class="button discord"') == 2
    assert f"/in/{CODE}/b" in page


async def test_while_discord_was_never_opened_there_is_no_button(place: Place) -> None:
    async with place.db.begin() as tx:
        await tx.execute(doors.table.DoorRow.__table__.delete().where(doors.table.DoorRow.platform == "discord"))
    place.clock.advance(seconds=2)
    page = await (await place.get(f"/r/{CODE}")).text()
    assert 'class="button discord"' not in page
    assert (await place.get(IN)).status == 200
    assert (await place.get(f"/join/discord/{CODE}")).status == 200

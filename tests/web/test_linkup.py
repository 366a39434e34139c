"""Two accounts become one person on our page: shown to people, said yes to by their owner, spent by nobody else."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession

from core import members, persons
from core.campaign.values import Account, Platform
from core.database import Database
from core.members import Person as Somebody
from tests.clock import FakeClock
from tests.web.entering import HOME, PREVIEW, Place, browser, entering, friend, path_of

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def place(db: Database, clock: FakeClock) -> AsyncIterator[Place]:
    async with entering(db, clock) as made:
        yield made


async def code_of(place: Place, platform: Platform = Platform.TELEGRAM, number: int = 11) -> str:
    """A fresh code of Ana's, as it stands in addresses."""
    account = Account(platform=platform, id=number)
    async with place.db.begin() as tx:
        known = await members.meet(tx, [Somebody(account=account, name="Ana Costa")], now=place.clock.now())
        return persons.plain(await persons.new_offer(tx, known[account].id, now=place.clock.now()))


async def linked(place: Place, discord: int) -> bool:
    account = Account(platform=Platform.DISCORD, id=discord)
    async with place.db.read() as tx:
        known = await members.by_account(tx, [account])
        return account in known and bool(await persons.others(tx, known[account].id))


async def proof_in(page: str) -> str:
    return page.partition('name="proof" value="')[2].partition('"')[0]


async def says_yes(place: Place, code: str, proof: str, *, by: ClientSession | None = None, **headers: str) -> int:
    session = by or place.client.session
    url = place.client.make_url(f"/link/{code}")
    async with session.post(url, data={"proof": proof}, headers=headers or SAME) as answer:
        return answer.status


async def asked(place: Place, code: str, back: str) -> str:
    """The page that asks, once somebody has proved who they are."""
    answer = await place.get(path_of(back))
    assert answer.status == 200, await answer.text()
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    return await answer.text()


async def test_the_two_become_one_when_their_owner_says_yes(place: Place) -> None:
    code, ana = await code_of(place), friend(place, "ana_c")
    page = await (await place.get(f"/link/{code}")).text()
    assert "Ana" in page
    assert "Costa" not in page
    assert f'href="{HOME}/link/{code}/discord"' in page
    onward = await place.sets_out(f"/link/{code}/discord")
    assert parse_qs(urlsplit(onward).query)["scope"] == ["identify"]
    page = await asked(place, code, ana.authorizes(onward))
    assert str(ana.global_name or ana.username) in page
    assert not await linked(place, ana.id)
    assert place.world.oauth.access == {}
    assert await says_yes(place, code, await proof_in(page)) == 200
    assert await linked(place, ana.id)
    assert (await place.get(f"/link/{code}")).status == 404  # it works once


async def test_opening_it_spends_nothing_and_tells_machines_nothing(place: Place) -> None:
    code = await code_of(place)
    for headers in (PREVIEW, {"User-Agent": "curl/8.0"}, {"Sec-Purpose": "prefetch"}):
        answer = await place.get(f"/link/{code}", **headers)
        assert (answer.status, "Ana" in await answer.text()) == (200, False)
    assert "Ana" in await (await place.get(f"/link/{code}")).text()


async def test_from_discord_the_way_on_is_telegram(place: Place) -> None:
    code = await code_of(place, Platform.DISCORD, 77)
    page = await (await place.get(f"/link/{code}")).text()
    assert f'href="https://t.me/sayso_bot?start=link-{code}"' in page
    assert "/discord" not in page


@pytest.mark.parametrize("code", ["AAAAAAAAAA", "x", "%00", "../..", "A" * 500])
async def test_a_code_that_is_none_is_said_kindly(place: Place, code: str) -> None:
    assert (await place.get(f"/link/{code}")).status == 404
    started = await place.get(f"/link/{code}/discord")
    assert started.status in (302, 404)
    if code == "AAAAAAAAAA":
        answer = await place.get(path_of(friend(place).authorizes(started.headers["Location"])))
        assert answer.status == 409


async def test_a_code_is_too_old_after_ten_minutes(place: Place) -> None:
    code = await code_of(place)
    place.clock.advance(minutes=10)
    assert (await place.get(f"/link/{code}")).status == 404


async def test_nobody_else_can_say_yes(place: Place) -> None:
    code, ana = await code_of(place), friend(place)
    proof = await proof_in(await asked(place, code, ana.authorizes(await place.sets_out(f"/link/{code}/discord"))))
    async with browser() as stranger:
        assert await says_yes(place, code, proof, by=stranger) == 400
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        assert await says_yes(place, code, proof, **headers) == 400
    assert await says_yes(place, "BBBBBBBBBB", proof) == 400
    assert await says_yes(place, code, proof + "x") == 400
    assert await says_yes(place, code, "") == 400
    assert not await linked(place, ana.id)
    assert await says_yes(place, code, proof) == 200
    assert await says_yes(place, code, proof) == 400


async def test_a_consent_to_join_is_no_proof_and_a_proof_lets_nobody_in(place: Place) -> None:
    code, ana = await code_of(place), friend(place)
    to_join = path_of(ana.authorizes(await place.sets_out()))
    state = parse_qs(urlsplit(to_join).query)["state"][0]
    assert await says_yes(place, code, state) == 400
    proof = await proof_in(await asked(place, code, ana.authorizes(await place.sets_out(f"/link/{code}/discord"))))
    answer = await place.get(f"/join/discord/callback?code=x&state={proof}")
    assert answer.status == 400
    assert not place.guild.has(ana)


async def test_two_accounts_on_discord_are_refused(place: Place) -> None:
    code = await code_of(place, Platform.DISCORD, 77)
    answer = await place.get(path_of(friend(place).authorizes(await place.sets_out(f"/link/{code}/discord"))))
    assert answer.status == 409
    assert "Both are on the same messenger" in await answer.text()


async def test_who_declines_may_begin_anew(place: Place) -> None:
    code = await code_of(place)
    answer = await place.get(path_of(friend(place).declines(await place.sets_out(f"/link/{code}/discord"))))
    page = await answer.text()
    assert (answer.status, "You said no" in page) == (200, True)
    assert f'href="{HOME}/link/{code}"' in page


async def test_codes_cannot_be_guessed_at_leisure(place: Place) -> None:
    answers = [(await place.get(f"/link/AAAAAAA{n:03}")).status for n in range(61)]
    assert (answers[0], answers[-1]) == (404, 503)

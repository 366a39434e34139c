"""Into a Discord server by consent: exact, once, in the browser that it began in, and kind where it does not work."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from aiohttp.test_utils import make_mocked_request

from bots.sandbox.discord import ApiError, JoinSource, Permission
from bots.web.state import States
from core import arrivals, chats, consents, intake, journal
from core.attribution import Confidence
from core.campaign.values import Account, Platform
from core.consents import Consent, Flaw, Signer
from core.database import Database
from core.intake.facts import Joined
from core.members import Person
from tests.clock import FakeClock
from tests.web.entering import BACK, CODE, HOME, PREVIEW, Place, browser, entering, friend, path_of

START = f"/join/discord/{CODE}"


@pytest.fixture
async def place(db: Database, clock: FakeClock) -> AsyncIterator[Place]:
    async with entering(db, clock) as made:
        yield made


def inside(place: Place) -> str:
    return f"https://discord.com/channels/{place.guild.id}"


def with_query(address: str, **values: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | values)}"


async def test_discord_is_asked_for_what_is_needed_and_no_more(place: Place) -> None:
    address = await place.sets_out(f"{START}?to=atelier&channel=whatsapp")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    state, challenge = query.pop("state"), query.pop("code_challenge")
    assert query == {
        "client_id": str(place.bot.id),
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "identify guilds.join",
        "code_challenge_method": "S256",
        "prompt": "consent",
    }
    assert len(challenge) == 43
    assert len(state) < 500


async def test_a_friend_is_let_in_and_credited_exactly(place: Place) -> None:
    ben = friend(place)
    answer = await place.comes(ben, f"{START}?channel=whatsapp")
    assert (answer.status, answer.headers["Location"]) == (302, inside(place))
    assert answer.headers["Cache-Control"] == "no-store"
    assert place.guild.members[ben.id].source is JoinSource.BOT
    assert (await place.counted())["starts"] == 1
    async with place.db.read() as tx:
        lines = [line for _, line in await journal.between(tx, 0, await journal.last(tx), limit=100)]
    (touch,) = [line for line in lines if line.key.startswith("dc/consent/")]
    assert (touch.at, touch.data["channel"]) == (place.clock.now(), "whatsapp")


async def test_the_arrival_that_follows_is_credited_exactly(place: Place) -> None:
    ben = friend(place)
    await place.comes(ben, f"{START}?channel=whatsapp")
    person = Person(account=Account(platform=Platform.DISCORD, id=ben.id), name="Ben")
    now = place.clock.now()
    joined = Joined(key="dc/join", at=now, person=person, chat=place.guild.id)
    async with place.db.begin() as tx:
        chat = (await chats.at_addresses(tx, Platform.DISCORD, [place.guild.id]))[place.guild.id]
        traced = await arrivals.arrived(
            tx, [arrivals.Coming(chat_id=chat.id, person=person, joined_at=now, received_at=now)]
        )
        outcome, *_ = await intake.take(tx, [joined, *traced], now=now)
    assert outcome.referral is not None
    assert outcome.referral.confidence is Confidence.EXACT
    assert outcome.referral.channel == "whatsapp"
    assert len(traced) == 1


async def test_the_token_is_given_back_and_stands_nowhere(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await place.comes(friend(place))
    assert place.world.calls_of("POST", "/oauth2/token/revoke")
    assert place.world.oauth.access == {}
    (exchange,) = place.world.calls_of("POST", "/oauth2/token")
    told = exchange.result["access_token"]
    assert told not in caplog.text
    assert place.bot.token not in caplog.text
    assert place.bot.client_secret not in caplog.text


async def test_who_is_inside_already_is_simply_brought_there(place: Place) -> None:
    ben = friend(place)
    ben.discovers(place.guild)
    answer = await place.comes(ben)
    assert (answer.status, answer.headers["Location"]) == (302, inside(place))


async def test_the_cookie_is_for_a_moment_and_not_for_scripts(place: Place) -> None:
    answer = await place.get(START)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("sayso-consent=")
    for part in ("HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"):
        assert part in cookie


async def test_under_https_no_other_site_can_set_the_cookie(db: Database, clock: FakeClock) -> None:
    async with entering(db, clock, home="https://sayso.example") as place:
        consent = (await place.get(START)).headers["Set-Cookie"]
        await place.fill("one")
        invite = (await place.get(f"/in/{CODE}/atelier")).headers["Set-Cookie"]
    assert consent.startswith("__Host-sayso-consent=")
    assert "Secure" in consent
    assert "Domain" not in consent
    assert "Secure" in invite


async def test_somebody_else_s_consent_cannot_be_slipped_to_a_visitor(place: Place) -> None:
    back = friend(place, "mallory").authorizes(await place.sets_out())
    async with browser() as victim:
        fresh = await place.get(path_of(back), browser=victim)
        await place.sets_out(browser=victim)  # even one who has begun something of their own
        busy = await place.get(path_of(back), browser=victim)
    for answer in (fresh, busy):
        page = await answer.text()
        assert answer.status == 400
        assert "Another browser began this" in page
        assert f'href="{HOME}{START}?to=atelier"' in page
    assert place.world.calls_of("POST", "/oauth2/token") == []


async def test_two_tabs_of_one_browser_both_work(place: Place) -> None:
    ben = friend(place)
    one, other = await place.sets_out(), await place.sets_out()
    answers = [await place.get(path_of(ben.authorizes(each))) for each in (other, one)]
    assert [each.headers.get("Location") for each in answers] == [inside(place)] * 2
    assert (await place.counted())["starts"] >= 1


async def test_two_tabs_at_the_same_moment_let_one_person_in_once(place: Place) -> None:
    ben = friend(place)
    backs = [path_of(ben.authorizes(await place.sets_out())) for _ in range(2)]
    answers = await asyncio.gather(*map(place.get, backs))
    assert {each.status for each in answers} <= {302, 400}
    assert any(each.status == 302 for each in answers)
    assert place.guild.has(ben)


async def test_a_consent_counts_once_however_often_it_comes_back(place: Place) -> None:
    back = path_of(friend(place).authorizes(await place.sets_out()))
    answers = await asyncio.gather(*(place.get(back) for _ in range(5)))
    assert sorted(each.status for each in answers) == [302, 400, 400, 400, 400]
    refused = await place.get(back)
    page = await refused.text()
    assert "This was done already" in page
    assert inside(place) in page
    assert len(place.world.calls_of("POST", "/oauth2/token")) == 1
    assert (await place.counted())["starts"] == 1


async def test_a_consent_is_too_old_after_ten_minutes(place: Place) -> None:
    back = path_of(friend(place).authorizes(await place.sets_out()))
    place.clock.advance(minutes=10)
    answer = await place.get(back)
    assert answer.status == 400
    assert "That took a little long" in await answer.text()


@pytest.mark.parametrize(
    "state", ["", "x", "a.b.c", "....", "e30.e30", "\ud800", "%00", "é" * 40, "A" * 4000], ids=lambda state: state[:9]
)
async def test_what_we_did_not_sign_is_refused(place: Place, state: str) -> None:
    await place.sets_out()
    query = urlencode({"code": "x", "state": state}, errors="surrogatepass")
    answer = await place.get(f"/join/discord/callback?{query}")
    assert answer.status == 400
    assert "This page leads nowhere by itself" in await answer.text()
    assert place.world.calls_of("POST", "/oauth2/token") == []


async def test_a_state_that_was_changed_is_refused(place: Place) -> None:
    back = friend(place).authorizes(await place.sets_out())
    state = dict(parse_qsl(urlsplit(back).query))["state"]
    for at in range(0, len(state), 7):
        other = state[:at] + ("A" if state[at] != "A" else "B") + state[at + 1 :]
        answer = await place.get(with_query(back, state=other))
        assert answer.status == 400, at
    assert place.world.calls_of("POST", "/oauth2/token") == []


async def test_a_state_signed_with_another_key_is_refused(place: Place) -> None:
    consent = Consent(id="x", purpose="join", code=CODE, community="atelier")
    state = Signer(b"another key").sign(consent, "browser", now=place.clock.now())
    answer = await place.get(f"/join/discord/callback?{urlencode({'code': 'x', 'state': state})}")
    assert answer.status == 400


async def test_who_declines_is_told_kindly_and_may_begin_anew(place: Place) -> None:
    back = friend(place).declines(await place.sets_out(f"{START}?channel=whatsapp"))
    answer = await place.get(path_of(back), Accept_Language="fr")
    page = await answer.text()
    assert answer.status == 200
    assert '<html lang="fr"' in page
    assert "Tu as dit non" in page
    assert f"{HOME}{START}?to=atelier&amp;channel=whatsapp" in page
    assert await place.counted() == {}


async def test_a_code_that_discord_does_not_know_says_to_begin_anew(place: Place) -> None:
    back = friend(place).authorizes(await place.sets_out())
    answer = await place.get(with_query(back, code="stolen"))
    assert answer.status == 400
    assert await place.counted() == {}


async def test_the_banned_are_told_so(place: Place) -> None:
    ben = friend(place)
    place.guild.owner.bans(ben, place.guild)
    answer = await place.comes(ben)
    assert answer.status == 403
    assert "This server does not let you in" in await answer.text()


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ApiError(400, 30001, "Maximum number of guilds reached (100)"), 403, "You are in too many servers"),
        (ApiError(400, 30019, "Maximum number of guild members reached"), 403, "The server is full"),
        (ApiError(403, 50013, "Missing Permissions"), 503, "The door is stuck"),
        (ApiError(404, 10004, "Unknown Guild"), 503, "The door is stuck"),
        (ApiError(403, 99999, "Something new"), 503, "The door is stuck"),
        (ApiError(503, 0, "Upstream"), 503, "Discord does not answer"),
    ],
)
async def test_each_refusal_has_its_page(place: Place, error: ApiError, status: int, words: str) -> None:
    place.world.faults.refuse(error, route="/guilds/{guild_id}/members/{user_id}", times=None)
    answer = await place.comes(friend(place))
    assert (answer.status, words in await answer.text()) == (status, True)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert place.world.oauth.access == {}  # the token was given back all the same


async def test_without_the_right_to_invite_the_door_is_stuck(place: Place) -> None:
    for role in place.guild.roles.values():
        role.permissions &= ~(Permission.CREATE_INSTANT_INVITE | Permission.ADMINISTRATOR)
    answer = await place.comes(friend(place))
    assert answer.status == 503


async def test_an_answer_that_is_lost_on_the_way_is_asked_for_again(place: Place) -> None:
    place.world.faults.lose_answer(route="/guilds/{guild_id}/members/{user_id}")
    ben = friend(place)
    answer = await place.comes(ben)
    assert (answer.status, place.guild.has(ben)) == (302, True)


async def test_a_short_rate_limit_is_waited_out(place: Place) -> None:
    place.world.faults.too_many(retry_after=0.01, route="/guilds/{guild_id}/members/{user_id}")
    assert (await place.comes(friend(place))).status == 302


@pytest.mark.parametrize("route", ["/oauth2/applications/@me", "/oauth2/token", "/users/@me"])
async def test_while_discord_is_away_people_are_asked_to_come_back(place: Place, route: str) -> None:
    place.world.faults.broken(503, route=route, times=None)
    answer = await place.get(START)
    if answer.status == 302:
        answer = await place.get(path_of(friend(place).authorizes(answer.headers["Location"])))
    assert answer.status == 503
    assert "Discord does not answer" in await answer.text()
    place.world.faults.clear()
    assert (await place.comes(friend(place, "cleo"))).status == 302


@pytest.mark.parametrize(
    "headers", [PREVIEW, {"User-Agent": "curl/8.0"}, {"User-Agent": ""}, {"Sec-Purpose": "prefetch"}, {"DNT": "1"}]
)
async def test_machines_begin_nothing(place: Place, headers: dict[str, str]) -> None:
    answer = await place.get(START, **headers)
    machine = "DNT" not in headers
    assert (answer.status, "Set-Cookie" in answer.headers) == ((200, False) if machine else (302, True))
    assert ("discord.com/oauth2" in await answer.text()) is False
    assert await place.counted() == {}


async def test_a_preview_of_the_way_back_spends_nothing(place: Place) -> None:
    back = path_of(friend(place).authorizes(await place.sets_out()))
    for headers in (PREVIEW, {"Sec-Purpose": "prefetch;prerender"}, {"Sec-Fetch-Dest": "iframe"}):
        assert (await place.get(back, **headers)).status == 400
    assert (await place.get(back, method="HEAD")).status == 404
    assert (await place.get(back)).status == 302


async def test_a_link_that_is_over_ends_the_way(place: Place) -> None:
    back = path_of(friend(place).authorizes(await place.sets_out()))
    over = replace(place.lune().window, ends=place.clock.now() + timedelta(seconds=1))
    await place.apply(place.lune(window=over))
    assert (await place.get(back)).status == 410
    assert (await place.get(START)).status == 410
    assert (await place.get("/join/discord/BBBBBBBBBBB")).status == 404


async def test_before_it_starts_nobody_is_sent_away(place: Place) -> None:
    later = replace(place.lune().window, starts=place.clock.now() + timedelta(days=1))
    await place.apply(place.lune(window=later))
    answer = await place.get(START)
    assert (answer.status, "Not open yet" in await answer.text()) == (200, True)


@pytest.mark.parametrize("to", ["nowhere", "salon", "//evil.example", "https://evil.example", "..%2f..%2fetc"])
async def test_nobody_is_sent_anywhere_else(place: Place, to: str) -> None:
    answer = await place.get(f"{START}?to={to}&channel=%0d%0aX:1&redirect=//evil.example")
    assert answer.status == 200
    assert "evil" not in await answer.text()


async def test_an_address_comes_back_only_so_often(place: Place) -> None:
    for _ in range(60):
        assert (await place.get("/join/discord/callback?state=x")).status == 400
    assert (await place.get("/join/discord/callback?state=x")).status == 503


async def test_without_a_key_of_ours_the_database_has_one(db: Database, clock: FakeClock) -> None:
    async with db.begin() as tx:
        first = await consents.signing_key(tx, "consent", fresh=b"a" * 32, now=clock.now())
    async with db.begin() as tx:
        again = await consents.signing_key(tx, "consent", fresh=b"b" * 32, now=clock.now())
    assert first == again == b"a" * 32


async def test_what_one_process_began_another_takes_back(db: Database, clock: FakeClock) -> None:
    one, other = States(db, clock, None), States(db, clock, None)
    begun = await one.begin(make_mocked_request("GET", "/"), "join", CODE, community="atelier")
    back = make_mocked_request("GET", "/", headers={"Cookie": f"sayso-consent={begun.browser}"})
    consent = await other.read(back, begun.state)
    assert (consent.code, consent.community) == (CODE, "atelier")
    await other.spend(consent)
    with pytest.raises(consents.ConsentError):
        await one.spend(consent)


async def test_what_came_back_is_forgotten_when_it_would_be_too_old(db: Database, clock: FakeClock) -> None:
    consent = Consent(id="one", purpose="join", code=CODE)
    async with db.begin() as tx:
        assert await consents.spend(tx, consent, now=clock.now())
        assert not await consents.spend(tx, consent, now=clock.now())
    clock.advance(minutes=19)
    async with db.begin() as tx:
        await consents.purge(tx, now=clock.now())
        assert not await consents.spend(tx, consent, now=clock.now())
    clock.advance(minutes=2)
    async with db.begin() as tx:
        await consents.purge(tx, now=clock.now())
        assert await consents.spend(tx, consent, now=clock.now())


def test_a_state_holds_in_its_browser_for_its_time(clock: FakeClock) -> None:
    signer, consent = Signer(b"key"), Consent(id="x", purpose="join", code=CODE, community="a", channel="qr")
    words = signer.sign(consent, "mine", now=clock.now())
    assert signer.read(words, "mine", now=clock.now()) == consent
    for words_read, mine, later, flaw in (
        (words, "yours", 0, Flaw.OTHER_BROWSER),
        (words, None, 0, Flaw.OTHER_BROWSER),
        (words, "mine", 10, Flaw.EXPIRED),
        (words + "x", "yours", 0, Flaw.OTHER_BROWSER),
        ("x" + words, "mine", 0, Flaw.FORGED),
    ):
        with pytest.raises(consents.ConsentError) as raised:
            signer.read(words_read, mine, now=clock.now() + timedelta(minutes=later))
        assert raised.value.flaw is flaw

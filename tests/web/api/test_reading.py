"""The results as programs read them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.database import Database
from core.status import status
from tests.clock import FakeClock
from tests.people import ANA, BEN, Town, a_person, joined, started
from tests.web.api.conftest import FRIENDS, LATER, Keys, Web, bearer


async def read(api: Web, secret: str, path: str, **headers: str) -> Any:
    answer = await api.get(f"/api/v1/campaigns{path}", headers=bearer(secret, **headers))
    assert (answer.status, answer.content_type) == (200, "application/json"), await answer.text()
    return await answer.json()


async def all_of(api: Web, secret: str, path: str, *, limit: int) -> list[Any]:
    """Every line of a list, piece by piece."""
    found, following = [], f"/api/v1/campaigns{path}?limit={limit}"
    while following:
        piece = await (await api.get(following, headers=bearer(secret))).json()
        assert len(piece["items"]) <= limit
        found += piece["items"]
        following = piece["next"]
    return found


async def test_a_campaign_is_told_as_the_command_tells_it(
    api: Web, secrets: Keys, db: Database, clock: FakeClock, town: Town
) -> None:
    async with db.read() as tx:
        wanted = (await status(tx, await town.campaign(), now=clock.now())).as_json()
    assert await read(api, secrets.reads, "/spring") == json.loads(json.dumps(wanted))
    assert (wanted["joins"], wanted["leaderboard"][0]["name"]) == (7, "Ana")


async def test_campaigns_are_listed_in_the_language_asked_for(api: Web, secrets: Keys) -> None:
    listed = await read(api, secrets.reads, "")
    assert [(each["campaign"], each["state"]) for each in listed["items"]] == [
        ("spring", "running"),
        ("autumn", "running"),
    ]
    assert listed["items"][0]["ends_at"] == "2026-12-31T08:00:00Z"
    assert [each["campaign"] for each in await all_of(api, secrets.reads, "", limit=1)] == ["spring", "autumn"]


async def test_the_funnel_counts_each_step(api: Web, secrets: Keys) -> None:
    funnel = await read(api, secrets.reads, "/spring/funnel")
    assert (funnel["starts"], funnel["joins"], funnel["qualified"], funnel["rewarded"]) == (7, 7, 3, 3)
    assert set(funnel["sharing"]["total"]) >= {"at_least", "probably", "method"}


async def test_the_cascade_and_a_members_own(api: Web, secrets: Keys, town: Town) -> None:
    ana = (await town.member(ANA)).id
    cascade = await read(api, secrets.reads, f"/spring/cascade?member={ana}")
    assert (cascade["advocates"], cascade["friends"], cascade["biggest"], cascade["deepest"]) == (2, 7, 5, 1)
    assert cascade["channels"]["whatsapp"]["friends"] == 7
    assert (cascade["member"]["member"], cascade["member"]["size"], cascade["member"]["depth"]) == (ana, 5, 0)
    assert (await read(api, secrets.reads, "/spring/cascade"))["member"] is None


async def test_a_member_who_is_not_in_it_is_said(api: Web, secrets: Keys) -> None:
    for member in ("999", str(2**63 - 1)):
        answer = await api.get(f"/api/v1/campaigns/spring/cascade?member={member}", headers=bearer(secrets.reads))
        assert (answer.status, (await answer.json())["type"]) == (404, "/api/docs#unknown-member")


async def test_referrals_say_where_they_stand_and_why_in_words(api: Web, secrets: Keys, town: Town) -> None:
    french = await all_of(api, secrets.reads, "/spring/referrals", limit=200)
    assert [each["friend"] for each in french] == [(await town.member(friend)).id for friend in reversed(FRIENDS)]
    listed = await read(api, secrets.reads, "/spring/referrals", **{"Accept-Language": "fr-CA, en;q=0.5"})
    first, last = listed["items"][0], listed["items"][-1]
    assert (first["status"], first["reason"], first["reason_text"]) == ("rejected", "left_early", "départ trop tôt")
    assert (last["status"], last["confidence"], last["channel"]) == ("rewarded", "exact", "whatsapp")
    assert last["advocate"] == (await town.member(ANA)).id
    english = await read(api, secrets.reads, "/spring/referrals", **{"Accept-Language": "xx"})
    assert english["items"][0]["reason_text"] == "has left too early"


async def test_referrals_say_what_is_missing_and_until_when(api: Web, secrets: Keys, town: Town) -> None:
    late = a_person(40, "Friend 40")
    await town.take(started(late, town.now, await town.code_of(ANA)), joined(late, town.now))
    town.clock.advance(days=1, hours=1)
    first, *rest = await all_of(api, secrets.reads, "/spring/referrals", limit=200)
    until = (town.now + timedelta(days=1, hours=23)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stay = {"what": "stay", "until": until, "total_seconds": 259200, "done_seconds": 90000}
    assert (first["status"], first["missing"], first["qualified_at"]) == ("pending", [stay], None)
    assert all(each["missing"] == [] for each in rest)
    assert [each["friend"] for each in rest if each["qualified_at"]] == [
        (await town.member(friend)).id for friend in reversed(FRIENDS[:3])
    ]


async def test_names_are_on_the_leaderboard_alone(api: Web, secrets: Keys) -> None:
    for path in ("", "/spring/funnel", "/spring/cascade", "/spring/referrals", "/spring/draws"):
        told = json.dumps(await read(api, secrets.reads, path))
        assert not any(name in told for name in ("Ana", "Ben", "Friend"))


async def test_a_campaign_without_draws_has_an_empty_list(api: Web, secrets: Keys) -> None:
    assert await read(api, secrets.reads, "/spring/draws") == {"items": [], "next": None}


@pytest.fixture
async def crowd(town: Town) -> list[int]:
    """More advocates, with ties, as the leaderboard should have them."""
    brought = {ANA.account.id: 3, **{50 + n: 1 + n % 3 for n in range(7)}}
    friends = []
    for number, count in brought.items():
        if number != ANA.account.id:
            code = await town.code_of(a_person(number, f"Advocate {number}", reachable=True))
            for n in range(count):
                friend = a_person(100 * number + n)
                friends.append(friend)
                await town.take(started(friend, town.now, code), joined(friend, town.now))
    await town.pass_time(days=4, there=friends)
    ids = {number: (await town.member(a_person(number))).id for number in brought}
    return [ids[number] for number in sorted(brought, key=lambda each: (-brought[each], -ids[each]))]


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 200])
async def test_the_leaderboard_is_the_same_in_pieces(api: Web, secrets: Keys, crowd: list[int], limit: int) -> None:
    lines = await all_of(api, secrets.reads, "/spring/leaderboard", limit=limit)
    assert [line["member"] for line in lines] == crowd
    assert [line["rank"] for line in lines] == [1, 1, 1, 4, 4, 6, 6, 6]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_referrals_that_come_while_a_list_is_read_move_nobody(
    api: Web, secrets: Keys, town: Town, clock: FakeClock, limit: int
) -> None:
    before = [each["friend"] for each in await all_of(api, secrets.reads, "/spring/referrals", limit=200)]
    found, following = [], f"/api/v1/campaigns/spring/referrals?limit={limit}"
    number = 900
    while following:
        piece = await (await api.get(following, headers=bearer(secrets.reads))).json()
        found += [each["friend"] for each in piece["items"]]
        following, number = piece["next"], number + 1
        friend = a_person(number)
        await town.take(started(friend, town.now, await town.code_of(BEN)), joined(friend, town.now))
        clock.advance(**LATER)
    assert found == before


async def test_what_has_not_changed_is_not_sent_again(api: Web, secrets: Keys, town: Town, clock: FakeClock) -> None:
    address = "/api/v1/campaigns/spring/referrals"
    first = await api.get(address, headers=bearer(secrets.reads))
    known = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Vary"] == "Accept-Language"
    clock.advance(**LATER)
    again = await api.get(address, headers=bearer(secrets.spring, **known))
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (await api.get(address, headers=bearer(secrets.reads, **known, **{"Accept-Language": "fr"}))).status == 200
    assert (await api.get(address, headers=bearer(secrets.autumn, **known))).status == 404
    assert (await api.get(address, headers=bearer(secrets.reads, **known))).status == 304
    friend = a_person(900)
    await town.take(started(friend, town.now, await town.code_of(BEN)), joined(friend, town.now))
    assert (await api.get(address, headers=bearer(secrets.reads, **known))).status == 304
    clock.advance(**LATER)
    changed = await api.get(address, headers=bearer(secrets.reads, **known))
    assert (changed.status, len((await changed.json())["items"])) == (200, 8)


async def test_head_says_what_get_would(api: Web, secrets: Keys) -> None:
    got = await api.get("/api/v1/campaigns/spring", headers=bearer(secrets.reads))
    head = await api.head("/api/v1/campaigns/spring", headers=bearer(secrets.reads))
    assert (head.status, await head.read()) == (200, b"")
    assert [head.headers[name] for name in ("ETag", "Content-Length")] == [
        got.headers[name] for name in ("ETag", "Content-Length")
    ]

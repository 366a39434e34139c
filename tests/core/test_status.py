"""The figures of `sayso status`: the keys of the contract, each from where it is kept."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from core import campaign, inbox, members, occurrences, outbox, totals
from core.campaign import Applied
from core.campaign.values import Account, Campaign, Community, Platform, Window
from core.database import Database
from core.members import Person
from core.outbox import Outgoing
from core.status import ON_LEADERBOARD, Status, status
from core.totals import Standing
from tests.clock import FakeClock

FACTS = ("advocates", "links", "shares", "unfurls", "clicks", "starts", "joins", "leaves", "conversions")
REFERRALS = ("pending", "qualified", "rewarded", "held", "rejected", "reversed")
REWARDS = ("granted", "delivered", "waiting", "held")
CONTRACT = {"campaign", "state", *FACTS, "referrals", "rewards", "leaderboard"}
ON_A_LINE = {"rank", "member", "name", "qualified", "points"}
STARTS = datetime(2026, 12, 1, tzinfo=UTC)


def lune(slug: str = "lune", *, ends: datetime | None = None) -> Campaign:
    salon = Community(name="salon", platform=Platform.TELEGRAM, chat=-1001)
    window = Window(timezone="Europe/Paris", starts=STARTS, ends=ends)
    return Campaign(slug=slug, title={"en": "Lune"}, window=window, communities=(salon,))


@pytest.fixture
async def applied(db: Database, clock: FakeClock) -> Applied:
    async with db.begin() as tx:
        return await campaign.keep(tx, lune(), now=clock.now())


async def of(db: Database, applied: Applied, clock: FakeClock) -> Status:
    async with db.read() as tx:
        return await status(tx, applied, now=clock.now())


async def test_a_new_campaign_has_every_key_and_zeros(db: Database, applied: Applied, clock: FakeClock) -> None:
    found = (await of(db, applied, clock)).as_json()
    assert set(found) >= CONTRACT
    assert [found[name] for name in FACTS] == [0] * len(FACTS)
    assert found["referrals"] == dict.fromkeys(REFERRALS, 0)
    assert found["rewards"] == dict.fromkeys(REWARDS, 0)
    assert (found["campaign"], found["state"], found["leaderboard"]) == ("lune", "running", [])
    assert (found["cascade"]["advocates"], found["cascade"]["k_factor"], found["cascade"]["channels"]) == (0, None, {})
    assert (found["missed"], found["inbox"]["failed"]) == ([], 0)
    assert found["outbox"] == {"waiting": 0, "sending": 0, "failed": 0}
    assert json.loads(json.dumps(found)) == found


async def test_totals_go_under_their_own_names(db: Database, applied: Applied, clock: FakeClock) -> None:
    names = [*FACTS, *(f"referrals.{name}" for name in REFERRALS)]
    async with db.begin() as tx:
        other = await campaign.keep(tx, lune("other"), now=clock.now())
        await totals.add(tx, {(applied.id, name): n for n, name in enumerate(names, 1)})
        await totals.add(tx, {(applied.id, "rewards.granted"): 9, (applied.id, "rewards.delivered"): 5})
        await totals.add(tx, {(other.id, "joins"): 1000})
    found = (await of(db, applied, clock)).as_json()
    for n, name in enumerate(names, 1):
        room, _, key = name.rpartition(".")
        assert (found[room] if room else found)[key] == n
    assert found["rewards"] == {"granted": 9, "delivered": 5, "waiting": 4, "held": 0}


async def test_the_leaderboard_has_names_and_ten_lines(db: Database, applied: Applied, clock: FakeClock) -> None:
    people = [
        Person(account=Account(platform=Platform.TELEGRAM, id=7000 + n), name=f"Friend {n}")
        for n in range(ON_LEADERBOARD + 2)
    ]
    async with db.begin() as tx:
        known = await members.meet(tx, people, now=clock.now())
        standings = {
            (applied.id, known[person.account].id): Standing(qualified=n, points=10 * n)
            for n, person in enumerate(people)
        }
        await totals.keep_standings(tx, standings)
    found = (await of(db, applied, clock)).as_json()["leaderboard"]
    assert len(found) == ON_LEADERBOARD
    assert set(found[0]) == ON_A_LINE
    best = people[-1]
    assert found[0] == {
        "rank": 1,
        "member": known[best.account].id,
        "name": best.name,
        "qualified": len(people) - 1,
        "points": 10 * (len(people) - 1),
    }


async def test_what_was_missed_is_listed_with_its_reason(db: Database, applied: Applied, clock: FakeClock) -> None:
    async with db.begin() as tx:
        for name in ("reminder", "leaderboard"):
            await occurrences.expect(tx, applied.id, name, clock.now())
        due = await occurrences.claim_due(tx, now=clock.now())
        assert due is not None
        await occurrences.missed(tx, due, now=clock.now(), note="too late")
    found = (await of(db, applied, clock)).as_json()["missed"]
    assert found == [{"name": due.name, "due_at": clock.now().isoformat(), "note": "too late"}]


async def test_what_could_not_be_handled_or_sent_is_counted(db: Database, applied: Applied, clock: FakeClock) -> None:
    item = Outgoing(key="a", door="telegram", address=1, kind="news", content={}, due_at=clock.now())
    async with db.begin() as tx:
        await inbox.store(tx, "telegram", [("1", b"{}")], now=clock.now())
        await outbox.put(tx, [item, dataclasses.replace(item, key="b")])
        [claimed] = await outbox.claim(tx, "telegram", now=clock.now(), limit=1, lease=timedelta(minutes=1))
        await outbox.failed(tx, claimed, "refused")
    found = (await of(db, applied, clock)).as_json()
    assert found["inbox"] == {"waiting": 1, "failed": 0}
    assert found["outbox"] == {"waiting": 1, "sending": 0, "failed": 1}


@pytest.mark.parametrize(("days", "state"), [(-1, "scheduled"), (0, "running"), (9, "running"), (10, "ended")])
async def test_the_state_is_that_of_the_moment(db: Database, days: int, state: str) -> None:
    clock = FakeClock(STARTS + timedelta(days=days))
    async with db.begin() as tx:
        applied = await campaign.keep(tx, lune(ends=STARTS + timedelta(days=10)), now=clock.now())
    found = await of(db, applied, clock)
    assert found.state == state
    assert found.as_json()["ends_at"] == "2026-12-11T00:00:00+00:00"


async def test_a_paused_campaign_says_so(db: Database, applied: Applied, clock: FakeClock) -> None:
    async with db.begin() as tx:
        await campaign.pause(tx, applied.id, now=clock.now())
        [paused] = await campaign.applied(tx)
    assert (await of(db, paused, clock)).state == "paused"

"""The audit finds nothing where nothing is wrong, and each thing that somebody has changed by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core import folds
from core.audit import audit
from tests.emptied import forging
from tests.people import (
    ANA,
    BEN,
    FLO,
    GUS,
    POINTS,
    WELCOME,
    Town,
    a_campaign,
    a_person,
    joined,
    left,
    shared,
    started,
)

HOUR = timedelta(hours=1)


@pytest.fixture
async def town(sqlite_db, clock):
    return await a_busy_town(sqlite_db, clock)


async def a_busy_town(db, clock):
    """One friend rewarded, one rejected, one pending; a message delivered and one that waits."""
    town = Town(db, clock)
    await town.apply(a_campaign(rewards=(POINTS, WELCOME)))
    code, jo = await town.code_of(ANA), a_person(31, "Jo")
    await town.code_of(BEN)
    town.clock.advance(minutes=1)
    early = replace(FLO, reachable=True), jo
    await town.take(*(fact for each in early for fact in (started(each, town.now, code), joined(each, town.now))))
    await town.take(started(GUS, town.now, code), joined(GUS, town.now), left(GUS, town.now + HOUR))
    await town.pass_time(days=4, there=early)
    await town.take(shared(FLO, town.now), started(a_person(32), town.now, code))
    await town.settle()
    return town


async def found(town):
    async with town.db.read() as tx:
        return [(each.what, each.kept, each.recomputed) for each in await audit(tx)]


async def change(town, statement):
    async with forging(town.db) as tx:
        assert (await tx.execute(text(statement))).rowcount == 1


async def test_where_nothing_is_wrong_it_finds_nothing(db, clock):
    town = await a_busy_town(db, clock)
    assert await found(town) == []
    assert await town.totals() == {
        "advocates": 2,
        "links": 2,
        "starts": 4,
        "joins": 3,
        "leaves": 1,
        "shares": 1,
        "referrals.pending": 1,
        "referrals.rejected": 1,
        "referrals.rewarded": 2,
        "rewards.granted": 4,
        "rewards.delivered": 3,
    }


async def test_an_empty_database_is_in_order(db, clock):
    assert await found(Town(db, clock)) == []


async def test_a_changed_total_is_found(db, clock):
    town = await a_busy_town(db, clock)
    await change(town, "UPDATE total SET n = n + 1 WHERE name = 'joins'")
    assert await found(town) == [("spring: total joins", 4, 3)]


async def test_a_total_that_is_gone_or_invented_is_found(town):
    await change(town, "DELETE FROM total WHERE name = 'starts'")
    await change(town, "INSERT INTO total (campaign_id, name, n) VALUES (1, 'clicks', 5)")
    assert await found(town) == [("spring: total clicks", 5, None), ("spring: total starts", None, 4)]


@pytest.mark.parametrize(
    ("column", "kept"), [("pending", (2, 2, 20)), ("qualified", (1, 3, 20)), ("points", (1, 2, 21))]
)
async def test_a_changed_standing_is_found(town, column, kept):
    ana = (await town.member(ANA)).id
    await change(town, f"UPDATE standing SET {column} = {column} + 1 WHERE member_id = {ana}")
    assert await found(town) == [(f"spring: standing of member {ana}", kept, (1, 2, 20))]


async def test_an_invented_standing_is_found(town):
    ben = (await town.member(BEN)).id
    await change(
        town, f"INSERT INTO standing (campaign_id, member_id, pending, qualified, points) VALUES (1, {ben}, 0, 7, 0)"
    )
    assert await found(town) == [(f"spring: standing of member {ben}", (0, 7, 0), None)]


async def test_a_referral_given_to_another_advocate_is_found(town):
    ana, ben, flo = [(await town.member(each)).id for each in (ANA, BEN, FLO)]
    await change(town, f"UPDATE referral SET advocate_id = {ben} WHERE friend_id = {flo}")
    assert await found(town) == [(f"spring: referral of friend {flo}", (ben, "rewarded"), (ana, "rewarded"))]


async def test_a_referral_with_a_better_status_is_found(town):
    ana, gus = [(await town.member(each)).id for each in (ANA, GUS)]
    await change(town, f"UPDATE referral SET status = 'rewarded' WHERE friend_id = {gus}")
    assert await found(town) == [(f"spring: referral of friend {gus}", (ana, "rewarded"), (ana, "rejected"))]


async def test_a_referral_that_is_gone_is_found(town):
    ana, flo = [(await town.member(each)).id for each in (ANA, FLO)]
    await change(town, f"DELETE FROM referral WHERE friend_id = {flo}")
    assert await found(town) == [(f"spring: referral of friend {flo}", None, (ana, "rewarded"))]


async def test_a_grant_that_is_gone_is_found(town):
    flo = (await town.member(FLO)).id
    await change(town, f"DELETE FROM reward_grant WHERE cause = 'spring/welcome/{flo}/1'")
    assert await found(town) == [(f"grant spring/welcome/{flo}/1", None, "delivered")]


async def test_a_grant_said_not_to_be_delivered_and_one_invented_are_found(town):
    flo, gus = [(await town.member(each)).id for each in (FLO, GUS)]
    cause = f"spring/welcome/{flo}/1"
    await change(town, f"UPDATE reward_grant SET delivered_at = NULL WHERE cause = '{cause}'")
    values = "campaign_id, member_id, reward, kind, granted_at, delivered_at"
    copied = f"SELECT 'spring/welcome/{gus}/1', {values} FROM reward_grant WHERE cause = '{cause}'"
    await change(town, f"INSERT INTO reward_grant (cause, {values}) {copied}")
    assert sorted(await found(town)) == sorted(
        [(f"grant {cause}", "waiting", "delivered"), (f"grant spring/welcome/{gus}/1", "waiting", None)]
    )


async def test_points_changed_in_the_ledger_are_found_on_both_sides(town):
    ana = (await town.member(ANA)).id
    await change(town, f"UPDATE ledger SET points = 1000 WHERE cause = 'spring/thanks/{ana}/1'")
    assert await found(town) == [("points of budget/1", -1010, -20), (f"points of member/1/{ana}", 1010, 20)]


async def test_points_moved_to_another_purse_are_found(town):
    ana, ben = [(await town.member(each)).id for each in (ANA, BEN)]
    await change(town, f"UPDATE ledger SET to_account = 'member/1/{ben}' WHERE cause = 'spring/thanks/{ana}/2'")
    assert await found(town) == [(f"points of member/1/{ana}", 10, 20), (f"points of member/1/{ben}", 10, None)]


async def test_a_transfer_that_is_gone_is_found(town):
    ana = (await town.member(ANA)).id
    await change(town, f"DELETE FROM ledger WHERE cause = 'spring/thanks/{ana}/2'")
    assert await found(town) == [("points of budget/1", -10, -20), (f"points of member/1/{ana}", 10, 20)]


@pytest.mark.parametrize("kind", ["link", "start", "join", "leave", "share", "judged", "granted", "delivered"])
async def test_a_line_taken_out_of_the_journal_is_found(town, kind):
    last = f"(SELECT max(id) FROM journal WHERE kind = '{kind}')"
    await change(town, f"DELETE FROM journal WHERE id = {last}")
    assert await found(town) != []


@pytest.mark.parametrize("kind", ["link", "start", "join", "leave", "share", "granted"])
async def test_a_line_put_into_the_journal_is_found(town, kind):
    values = "campaign_id, kind, at, recorded_at, member_id, advocate_id, code, chat_id, data"
    last = f"(SELECT max(id) FROM journal WHERE kind = '{kind}')"
    await change(town, f"INSERT INTO journal (key, {values}) SELECT 'forged', {values} FROM journal WHERE id = {last}")
    assert await found(town) != []


async def test_a_line_moved_to_another_campaign_is_found(town):
    await town.apply(a_campaign("summer"))
    last = "(SELECT max(id) FROM journal WHERE kind = 'join')"
    await change(town, f"UPDATE journal SET campaign_id = 2 WHERE id = {last}")
    assert await found(town) == [("spring: total joins", 3, 2), ("summer: total joins", None, 1)]


async def test_it_says_how_far_it_is(town):
    said = []
    async with town.db.read() as tx:
        await audit(tx, progress=lambda done, total: said.append((done, total)))
    assert said[-1][0] == said[-1][1] > 10


async def test_a_changed_place_in_the_cascade_is_found(town):
    await folds.catch_up(town.db)
    ana = (await town.member(ANA)).id
    await change(town, f"UPDATE cascade SET size = size + 1 WHERE member_id = {ana}")
    [(what, kept, recomputed)] = await found(town)
    assert (what, kept[3], recomputed[3]) == (f"spring: cascade of member {ana}", 4, 3)


async def test_changed_figures_of_the_cascade_are_found(town):
    await folds.catch_up(town.db)
    await change(town, "UPDATE spread SET friends = friends + 1 WHERE channel = 'unknown'")
    await change(town, "UPDATE histogram SET n = n + 1 WHERE name = 'size' AND level = 0")
    assert [(what, recomputed) for what, _, recomputed in await found(town)] == [
        ("spring: spread by unknown", (3, 0, 3, 180)),
        ("spring: number of size from 3 by 1", 1),
    ]


async def test_a_rank_that_was_changed_is_found(town):
    await change(town, "DELETE FROM histogram WHERE name = 'qualified' AND level = 1")
    assert await found(town) == [("spring: number of qualified from 0 by 32", None, 1)]


async def test_what_has_not_been_folded_yet_is_no_difference(town):
    await folds.catch_up(town.db)
    await town.take(started(a_person(50), town.now, await town.code_of(BEN)), joined(a_person(50), town.now))
    assert await found(town) == []

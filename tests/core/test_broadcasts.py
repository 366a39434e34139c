"""Announcements: everybody once, at the pace of the messenger, to be stopped and gone on with at any time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.heart import feed
from core import broadcasts, members, outbox, reminders
from core import campaign as campaigns
from core.broadcasts import Audience, rules
from core.broadcasts.table import RecipientRow
from core.campaign.values import Platform
from core.database import rows_of, table_of
from core.journal.table import FactRow
from core.outbox.table import OutboxRow
from core.persons.joining import join
from core.status import status
from tests.clock import FakeClock
from tests.core.persons_world import a_campaign_on_both, on_discord
from tests.people import ANA, BEN, ORGANIZER, STARTS, Town, a_campaign, a_person, assert_audited, joined, left

TELEGRAM, DISCORD = Platform.TELEGRAM, Platform.DISCORD
TEXT = "We open our doors."
SECOND = timedelta(seconds=1)


@pytest.fixture
async def town(db):
    town = Town(db, FakeClock(STARTS))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER], now=town.now)
    await town.apply(a_campaign_on_both())
    return town


async def advocates(town, *people):
    for each in people:
        await town.code_of(each)


def crowd(number, first=1000):
    return [a_person(first + n, f"M{n}", reachable=True) for n in range(number)]


async def drafted(town, audience=Audience.ADVOCATES):
    by = (await town.member(ORGANIZER)).id
    async with town.db.begin() as tx:
        return await broadcasts.draft(tx, 1, TEXT, by=by, audience=audience, now=town.now)


async def begun(town, audience=Audience.ADVOCATES):
    number = (await drafted(town, audience)).id
    async with town.db.begin() as tx:
        assert await broadcasts.begin(tx, number, now=town.now)
    return number


async def bring(town, *, refusing=()):
    """Hand over what is due; who refuses cannot be written to. Says whom it was brought to."""
    brought = []
    for door in Platform:
        async with town.db.begin() as tx:
            for row in await outbox.claim(tx, door, now=town.now, limit=1000, lease=timedelta(minutes=1)):
                if row.address not in refusing and row.kind == "broadcast":
                    brought.append(row.address)
                    await broadcasts.brought(tx, broadcast_id=row.content["broadcast"], person=row.content["person"])
                await outbox.done(tx, row)
    return brought


async def all_brought(town, number, *, refusing=(), seconds=600):
    """Feed and bring, second by second, until it is over."""
    found = []
    for _ in range(seconds):
        await feed(town.db, town.clock)
        found += await bring(town, refusing=refusing)
        if (await it(town, number)).ended_at is not None:
            return found
        town.clock.advance(seconds=1)
    raise AssertionError("it is never over")


async def it(town, number):
    async with town.db.read() as tx:
        return await broadcasts.get(tx, number)


async def progress(town, number):
    async with town.db.read() as tx:
        found = await broadcasts.get(tx, number)
        shown = await broadcasts.progress(tx, found)
    return shown.sent, shown.waiting, shown.failed


async def count(town, audience=Audience.ADVOCATES):
    async with town.db.read() as tx:
        return await broadcasts.count(tx, 1, audience)


async def in_outbox(town):
    async with town.db.read() as tx:
        return [row for row in await rows_of(tx, table_of(OutboxRow).select()) if row.kind == "broadcast"]


async def test_every_advocate_gets_it_once_and_nobody_else(town):
    people = crowd(70)
    await advocates(town, *people)
    stranger = a_person(5, "Nobody", reachable=True)
    async with town.db.begin() as tx:
        await members.meet(tx, [stranger], now=town.now)
    assert await count(town) == {TELEGRAM: 70}
    number = await begun(town)
    assert sorted(await all_brought(town, number)) == [each.account.id for each in people]
    over = await it(town, number)
    assert (over.state, over.people, over.sent, over.failed) == ("done", 70, 70, 0)
    assert await progress(town, number) == (70, 0, 0)
    assert await in_outbox(town) == []
    await assert_audited(town.db)


async def test_everybody_are_the_advocates_and_who_is_in_a_community(town):
    await advocates(town, ANA)
    there, gone, mute = (a_person(31 + n, reachable=n < 2) for n in range(3))
    await town.take(*(joined(each, town.now) for each in (there, gone, mute)))
    town.clock.advance(minutes=1)
    await town.take(left(gone, town.now))
    assert await count(town) == {TELEGRAM: 1}
    assert await count(town, Audience.EVERYBODY) == {TELEGRAM: 2}
    number = await begun(town, Audience.EVERYBODY)
    assert sorted(await all_brought(town, number)) == [ANA.account.id, there.account.id]


async def test_who_said_stop_or_cannot_be_written_to_is_left_alone(town):
    shy, gone, bot = a_person(51, "Shy", reachable=True), a_person(52, "Gone", reachable=True), a_person(53, "Bot")
    await advocates(town, ANA, shy, gone, replace(bot, reachable=False))
    async with town.db.begin() as tx:
        await members.want_reminders(tx, (await members.by_account(tx, [shy.account]))[shy.account].id, False)
        await members.unreachable(tx, gone.account)
    assert await count(town) == {TELEGRAM: 1}
    assert await all_brought(town, await begun(town)) == [ANA.account.id]


async def test_a_person_with_two_accounts_gets_it_once(town):
    discord = on_discord(ANA, reachable=True)
    await advocates(town, ANA, discord, BEN)
    one, other = await town.member(ANA), await town.member(discord)
    async with town.db.begin() as tx:
        await join(tx, one.id, other.id, now=town.now)
    assert await count(town) == {TELEGRAM: 2}
    number = await begun(town)
    found = await all_brought(town, number)
    assert len(found) == 2
    assert BEN.account.id in found
    assert (await it(town, number)).sent == 2


async def test_a_person_is_written_to_where_that_is_possible(town):
    closed, discord = replace(ANA, reachable=False), on_discord(ANA, reachable=True)
    await advocates(town, closed, discord)
    one, other = await town.member(ANA), await town.member(discord)
    async with town.db.begin() as tx:
        await join(tx, one.id, other.id, now=town.now)
    assert await count(town) == {DISCORD: 1}
    assert await all_brought(town, await begun(town)) == [discord.account.id]


async def test_each_door_has_its_own_pace(town):
    await advocates(town, *crowd(150), *(on_discord(each, reachable=True) for each in crowd(150, first=3000)))
    await begun(town)
    at, doors = town.now, {TELEGRAM: 0, DISCORD: 0}
    for _ in range(40):
        for address in await bring(town):
            doors[DISCORD if address > 1_000_000 else TELEGRAM] += 1
        await feed(town.db, town.clock)
        town.clock.advance(seconds=0.1)
    elapsed = (town.now - at).total_seconds()
    assert elapsed * 30 - 6 <= doors[TELEGRAM] <= elapsed * 30
    assert elapsed - 1 <= doors[DISCORD] <= elapsed + 1


async def test_only_a_little_of_it_is_in_the_outbox_and_due_as_it_can_be_sent(town):
    await advocates(town, *crowd(200))
    await begun(town)
    for _ in range(3):
        await feed(town.db, town.clock)
    due = sorted(row.due_at for row in await in_outbox(town))
    assert len(due) == 90
    assert due[0] == town.now
    assert town.now + 2.9 * SECOND < due[-1] < town.now + 3 * SECOND


async def test_stopped_nothing_more_of_it_goes_out(town):
    await advocates(town, *crowd(200))
    number = await begun(town)
    await feed(town.db, town.clock)
    assert len(await bring(town)) == 1
    async with town.db.begin() as tx:
        claimed = await outbox.claim(tx, TELEGRAM, now=town.now + SECOND, limit=5, lease=timedelta(minutes=1))
        assert await broadcasts.stop(tx, number)
        assert not await broadcasts.stop(tx, number)
    assert {row.id for row in await in_outbox(town)} == {row.id for row in claimed}
    async with town.db.begin() as tx:  # one is sent, one has to wait, and would come again
        await broadcasts.brought(tx, broadcast_id=number, person=claimed[0].content["person"])
        await outbox.done(tx, claimed[0])
        await outbox.later(tx, claimed[1], due_at=town.now)
    await feed(town.db, town.clock)
    assert claimed[1].id not in {row.id for row in await in_outbox(town)}
    assert (await it(town, number)).ended_at is None
    async with town.db.begin() as tx:
        for row in claimed[2:]:
            await outbox.failed(tx, row, "no")
    await feed(town.db, town.clock)
    over = await it(town, number)
    assert (over.state, over.sent, over.failed) == ("stopped", 2, 3)
    assert over.ended_at == town.now
    town.clock.advance(minutes=1)
    assert await feed(town.db, town.clock) == 0
    assert await bring(town) == []


async def test_what_could_not_be_brought_is_counted_as_that(town):
    people = crowd(40)
    await advocates(town, *people)
    number = await begun(town)
    refusing = {each.account.id for each in people[:7]}
    assert len(await all_brought(town, number, refusing=refusing)) == 33
    assert await progress(town, number) == (33, 0, 7)


async def test_stop_said_while_it_is_on_its_way_is_heard(town):
    await advocates(town, ANA, BEN)
    number = await begun(town)
    await feed(town.db, town.clock)
    ben = await town.member(BEN)
    async with town.db.begin() as tx:
        await reminders.stop(tx, ben)
    town.clock.advance(seconds=5)
    assert await all_brought(town, number) == [ANA.account.id]
    assert await progress(town, number) == (1, 0, 0)


async def test_who_becomes_an_advocate_later_gets_none(town):
    await advocates(town, ANA)
    number = await begun(town)
    await advocates(town, BEN)
    assert await all_brought(town, number) == [ANA.account.id]


async def test_pressed_twice_it_goes_out_once(town):
    await advocates(town, ANA)
    number = await begun(town)
    async with town.db.begin() as tx:
        assert not await broadcasts.begin(tx, number, now=town.now)
        assert not await broadcasts.drop(tx, number)
    assert await all_brought(town, number) == [ANA.account.id]
    async with town.db.read() as tx:
        lines = [row for row in await rows_of(tx, table_of(FactRow).select()) if row.kind == "announced"]
    assert [(line.data["people"], "text" in line.data) for line in lines] == [(1, False)]


async def test_the_status_says_how_far_it_is_and_what_comes_next(town):
    await advocates(town, *crowd(3))
    number = await begun(town)
    async with town.db.read() as tx:
        shown = (await status(tx, await campaigns.by_slug(tx, "spring"), now=town.now)).as_json()
    assert (shown["broadcast"]["id"], shown["broadcast"]["state"], shown["broadcast"]["waiting"]) == (
        number,
        "running",
        3,
    )
    assert [each["name"] for each in shown["occurrences"]["upcoming"]] == ["start", "end", "results"]
    assert shown["occurrences"]["past"] == []


async def test_two_at_once_go_out_one_after_the_other_within_the_pace(town):
    await advocates(town, *crowd(100))
    first, second = await begun(town), await begun(town)
    await feed(town.db, town.clock)
    assert {row.content["broadcast"] for row in await in_outbox(town)} == {first}
    assert len(await all_brought(town, second)) == 200
    assert (await it(town, first)).sent == (await it(town, second)).sent == 100


@pytest.mark.parametrize("seed", range(3))
async def test_whenever_a_process_dies_nobody_is_lost_or_gets_it_twice(town, seed):
    """Each of its steps is one transaction: what was not committed is done again, by whoever comes."""
    random = Random(seed)
    people = crowd(120)
    await advocates(town, *people)
    number = await begun(town)
    found = []
    for _ in range(200):
        try:
            async with town.db.begin() as tx:
                await broadcasts.feed(tx, TELEGRAM, now=town.now)
                if random.random() < 0.5:
                    raise InterruptedError
        except InterruptedError:
            pass
        found += await bring(town)
        async with town.db.begin() as tx:
            await broadcasts.feed(tx, DISCORD, now=town.now)
            await broadcasts.settle(tx, now=town.now)
        town.clock.advance(seconds=0.5)
    assert sorted(found) == [each.account.id for each in people]
    assert (await it(town, number)).sent == 120


async def test_eight_processes_feed_it_as_one(postgres_db):
    town = Town(postgres_db, FakeClock(STARTS))
    async with postgres_db.begin() as tx:
        await members.meet(tx, [ORGANIZER], now=town.now)
    await town.apply(a_campaign())
    people = crowd(300)
    await advocates(town, *people)
    number, found = await begun(town), []
    for _ in range(40):
        await asyncio.gather(*(feed(postgres_db, town.clock) for _ in range(8)))
        assert len(await in_outbox(town)) <= 90
        found += await bring(town)
        town.clock.advance(seconds=0.5)
    assert sorted(found) == [each.account.id for each in people]
    assert (await it(town, number)).state == "done"


async def test_who_got_it_is_forgotten_in_time_and_the_figures_stay(town):
    await advocates(town, ANA)
    number = await begun(town)
    await all_brought(town, number)
    await drafted(town)
    town.clock.advance(days=31)
    async with town.db.begin() as tx:
        await broadcasts.purge(tx, now=town.now)
        assert await rows_of(tx, table_of(RecipientRow).select()) == []
    assert await progress(town, number) == (1, 0, 0)
    assert await it(town, number + 1) is None


@given(st.sampled_from(Platform), st.integers(0, 500), st.none() | st.floats(-10, 4000))
def test_what_is_on_the_way_never_is_more_than_can_be_sent_soon(platform, on_the_way, since):
    now = datetime(2026, 12, 1, tzinfo=UTC)
    last = None if since is None else now + timedelta(seconds=since)
    free, apart = rules.room(platform, on_the_way), timedelta(seconds=1 / rules.PER_SECOND[platform])
    times = list(islice(rules.due_times(platform, on_the_way, last, now=now), free))
    assert on_the_way + free <= max(on_the_way, rules.PER_SECOND[platform] * rules.AHEAD.total_seconds())
    assert all(later - earlier == apart for earlier, later in pairwise(times))
    assert all(now <= at < now + 2 * rules.AHEAD + apart for at in times)


def test_those_that_follow_come_right_after_the_last_unless_there_is_a_backlog():
    now, apart = datetime(2026, 12, 1, tzinfo=UTC), timedelta(seconds=1 / 30)
    last = now + 2 * SECOND
    assert next(rules.due_times(TELEGRAM, 60 + 9, last, now=now)) == last + apart
    assert next(rules.due_times(TELEGRAM, 80, last, now=now)) > last + 10 * apart


def test_nobody_is_written_to_faster_than_telegram_permits():
    assert rules.PER_SECOND[TELEGRAM] <= 30

"""What was really passed on: counted once a campaign, for whoever's link it was, and only while it counts."""

import pytest
from sqlalchemy import select

from core.database import rows_of, table_of
from core.intake.facts import Forwarded, Problem, Sent
from core.journal.table import FactRow
from tests.people import ANA, BEN, ENDS, FLO, STARTS, Town, a_campaign, assert_audited, shared


@pytest.fixture
async def town(db, clock):
    town = Town(db, clock)
    await town.apply(a_campaign())
    yield town
    await assert_audited(db)


def sent(person, at, code, *, key="sent"):
    return Sent(key=key, at=at, person=person, code=code, channel="telegram")


def forwarded(person, at, code, *, key="forwarded", channel=None, seen_in=None):
    return Forwarded(key=key, at=at, person=person, code=code, channel=channel, seen_in=seen_in)


async def lines(town):
    """Member, advocate, code and data of what was shared."""
    table = table_of(FactRow)
    async with town.db.read() as tx:
        rows = await rows_of(tx, select(table).where(table.c.kind == "share").order_by(table.c.id))
    assert (await town.totals()).get("shares", 0) == len(rows)
    return [(row.member_id, row.advocate_id, row.code, row.data) for row in rows]


async def test_a_link_that_was_sent_is_a_share_however_often_it_is_told(town):
    code = await town.code_of(ANA)
    [first] = await town.take(sent(ANA, town.now, code))
    await town.take(sent(ANA, town.now, code), sent(ANA, town.now, code))
    ana = first.member.id
    assert await lines(town) == [(ana, ana, code, {"how": "inline", "channel": "telegram"})]


async def test_only_ones_own_link_can_be_sent(town):
    code = await town.code_of(ANA)
    outcomes = await town.take(sent(BEN, town.now, code), sent(BEN, town.now, "23456789abc", key="other"))
    assert [outcome.problem for outcome in outcomes] == [Problem.UNKNOWN_CODE] * 2
    assert await lines(town) == []


async def test_anybodys_link_can_be_passed_on(town):
    code = await town.code_of(ANA)
    first, _, unknown = await town.take(
        forwarded(FLO, town.now, code, seen_in=-7),
        forwarded(FLO, town.now, code, seen_in=-7),
        forwarded(FLO, town.now, "23456789abc", key="other"),
    )
    [(member, advocate, said, data)] = await lines(town)
    assert (member, said, data) == (first.member.id, code, {"how": "forward", "seen": -7})
    assert advocate == first.link.member_id != member
    assert unknown.problem is Problem.UNKNOWN_CODE


async def test_it_is_kept_what_a_link_was_given_out_for(town):
    code = await town.code_of(ANA)
    await town.take(forwarded(FLO, town.now, code, channel="whatsapp"))
    [(_, _, _, data)] = await lines(town)
    assert data == {"how": "forward", "seen": "private", "channel": "whatsapp"}


async def test_a_post_with_a_link_counts_once_in_each_campaign(town):
    await town.apply(a_campaign(), a_campaign("autumn", chats=(-1009,)))
    spring, autumn = await town.code_of(ANA), await town.code_of(ANA, "autumn")
    post = {"key": "post", "at": town.now, "person": FLO, "chat": -1001, "post": 7}
    kind = type(shared(FLO, town.now))
    await town.take(kind(**post, code=spring), kind(**post, code=spring))
    assert [line[2:] for line in await lines(town)] == [(None, {"how": "forward", "seen": "private", "post": 7})]
    await town.take(kind(**{**post, "key": "other"}, code=autumn))
    async with town.db.read() as tx:
        table = table_of(FactRow)
        rows = await rows_of(tx, select(table.c.code).where(table.c.key.startswith("other@")).order_by(table.c.id))
    assert [row.code for row in rows] == [None, autumn]


@pytest.mark.parametrize("at", [STARTS.replace(hour=7), ENDS])
async def test_before_and_after_the_campaign_nothing_counts(town, at):
    code = await town.code_of(ANA)
    await town.take(sent(ANA, at, code), forwarded(FLO, at, code))
    assert await lines(town) == []

"""What is asked for every fact goes by an index, however many members there are."""

import pytest
from sqlalchemy import text

from core import chats, journal, links, members, referrals, rewards, totals
from core.campaign.values import Platform
from core.database import insert_rows, table_of
from core.members.table import MemberRow
from core.totals import Standing
from tests.core.plans import plan_of
from tests.people import ANA, BEN, Town, a_campaign

MANY = 3000
ASKED = {
    "members.by_account": lambda tx: members.by_account(tx, [ANA.account, BEN.account]),
    "members.by_id": lambda tx: members.by_id(tx, [1, 2]),
    "members.persons": lambda tx: members.persons(tx, [1, 2]),
    "links.by_code": lambda tx: links.by_code(tx, ["23456789abc"]),
    "links.of_members": lambda tx: links.of_members(tx, [1, 2]),
    "links.codes_of_invites": lambda tx: links.codes_of_invites(tx, ["https://t.me/+a"]),
    "chats.at_addresses": lambda tx: chats.at_addresses(tx, Platform.TELEGRAM, [-1001]),
    "chats.memberships_of": lambda tx: chats.memberships_of(tx, [1, 2]),
    "journal.known": lambda tx: journal.known(tx, ["a", "b"]),
    "referrals.touches_of": lambda tx: referrals.touches_of(tx, [1, 2]),
    "referrals.claims_of": lambda tx: referrals.claims_of(tx, [1, 2]),
    "referrals.of_friends": lambda tx: referrals.of_friends(tx, [1, 2]),
    "rewards.granted": lambda tx: rewards.granted(tx, ["a", "b"]),
    "rewards.waiting": lambda tx: rewards.waiting(tx, [1, 2]),
}


@pytest.mark.parametrize("question", ASKED)
async def test_it_is_asked_by_an_index(db, question):
    async with db.begin() as tx:
        plan = await plan_of(tx, ASKED[question](tx))
    scanned = [part for part in plan.split('", "') if "SCAN " in part and "VIRTUAL TABLE" not in part]
    assert scanned == []
    assert "Seq Scan" not in plan


async def test_a_standing_is_found_by_campaign_and_member(db, clock):
    await Town(db, clock).apply(a_campaign())
    async with db.begin() as tx:
        people = ((n, True, clock.now()) for n in range(1, MANY + 1))
        await insert_rows(tx, table_of(MemberRow), ("id", "reminders", "created_at"), people)
        await totals.keep_standings(tx, {(1, n): Standing(qualified=n % 7) for n in range(1, MANY + 1)})
    async with db._engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))
    async with db.begin() as tx:
        plan = await plan_of(tx, totals.standings(tx, [1, 2]))
    if db.is_sqlite:
        assert "standing USING PRIMARY KEY (campaign_id=? AND member_id=?)" in plan
    else:
        assert "standing_pkey" in plan
        assert "(campaign_id = campaign.id) AND (member_id = ANY" in plan

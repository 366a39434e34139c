"""A batch of arrivals and of news about invites means the same as one after the other."""

import pytest

from core import arrivals, chats
from core.arrivals import Coming, Invite, MadeFor
from core.arrivals.store import ARRIVAL, INVITE
from core.campaign.values import Platform
from core.database import change_rows, rows_of
from tests.core.arrivals.servers import GUILD, a_member, at

LINK = "anas-link"


@pytest.fixture
async def chat(db):
    async with db.begin() as tx:
        return await chats.ensure(tx, Platform.DISCORD, GUILD)


def comes(chat, number, seconds, **told):
    return Coming(chat_id=chat, person=a_member(number, **told), joined_at=at(seconds), received_at=at(seconds + 0.2))


async def stays(tx):
    found = await rows_of(tx, ARRIVAL.select().order_by(ARRIVAL.c.account_id, ARRIVAL.c.joined_at))
    return [(row.account_id, row.joined_at, row.state) for row in found]


async def test_each_stay_is_kept_once_and_bots_are_none(db, chat):
    all_of_them = [
        comes(chat, 2, 5),
        comes(chat, 1, 5),
        comes(chat, 1, 5),
        comes(chat, 1, 9),
        comes(chat, 3, 5, is_bot=True),
    ]
    async with db.begin() as tx:
        await arrivals.arrived(tx, all_of_them[:1])
        assert await arrivals.arrived(tx, all_of_them) == []
        assert await stays(tx) == [(1, at(5), "open"), (1, at(9), "open"), (2, at(5), "open")]


async def test_whoever_is_expected_is_so_for_one_stay_among_many(db, chat):
    async with db.begin() as tx:
        other = await chats.ensure(tx, Platform.DISCORD, GUILD + 1)
        await arrivals.expect(tx, chat, 1, LINK, "qr", now=at(4))
        facts = await arrivals.arrived(
            tx, [comes(other, 1, 5), comes(chat, 2, 5), comes(chat, 1, 6), comes(chat, 1, 8)]
        )
        assert [(fact.chat, fact.at, fact.ways[0].code) for fact in facts] == [(GUILD, at(6), LINK)]
        assert [state for _, _, state in await stays(tx)] == ["open", "exact", "open", "open"]
        assert {each.chat_id for each in await arrivals.due(tx, now=at(9)) if each.settles} == {chat, other}


async def test_many_invites_that_are_gone_are_each_used_once(db, chat):
    async with db.begin() as tx:
        for code in ("a", "b", "c"):
            invite = Invite(code=code, uses=0, max_uses=1, expires_at=at(4000))
            await arrivals.made(tx, chat, invite, made_for=MadeFor.VISIT, link_code=LINK, now=at(0))
        await arrivals.invites_gone(tx, chat, ["a", "b", "b", "unknown"], at=at(5))
        await arrivals.invites_gone(tx, chat, ["b"], at=at(6))
        found = await rows_of(tx, INVITE.select().order_by(INVITE.c.code))
    assert [(row.code, row.loose, row.gone_at) for row in found] == [("a", 1, at(5)), ("b", 1, at(5)), ("c", 0, None)]


async def test_only_the_rows_that_are_named_are_changed(db, chat):
    key = ("chat_id", "account_id", "joined_at")
    async with db.begin() as tx:
        await arrivals.arrived(tx, [comes(chat, number, 5) for number in (1, 2, 3)])
        told = [(chat, 1, at(5), "exact", [[LINK, None]], at(7)), (chat, 3, at(6), "exact", None, None)]
        assert await change_rows(tx, ARRIVAL, ("state", "ways", "ask_at"), told, key=key) == 1
        found = await rows_of(tx, ARRIVAL.select().order_by(ARRIVAL.c.account_id))
    assert [(row.state, row.ways, row.ask_at) for row in found] == [
        ("exact", [[LINK, None]], at(7)),
        ("open", None, None),
        ("open", None, None),
    ]

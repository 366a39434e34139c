"""The pool of invites for one visit each, members' own invites, and servers where none can be made."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import arrivals, chats, inbox, members, outbox
from core.arrivals import Invite, MadeFor, Pool, Shut, pool_wants
from core.arrivals.supply import CAP, LEAST, LEFT_TO_OTHERS, LONGEST, MOST, SHORTEST
from core.campaign.values import Community, Platform
from tests.core.arrivals.servers import GUILD, a_member, at
from tests.people import ORGANIZER, Town, a_campaign

LINK = "anas-link"
DISCORD = Community(name="server", platform=Platform.DISCORD, chat=GUILD)


@pytest.fixture
async def chat(db):
    async with db.begin() as tx:
        return await chats.ensure(tx, Platform.DISCORD, GUILD)


def once(code, *, until=4000):
    return Invite(code=code, uses=0, max_uses=1, expires_at=at(until))


async def fill(db, chat, *codes, **about):
    async with db.begin() as tx:
        for code in codes:
            await arrivals.made(tx, chat, once(code, **about), made_for=MadeFor.POOL, now=at(0))


async def taken(db, chat):
    async with db.begin() as tx:
        return await arrivals.take_invite(tx, chat, LINK, None, now=at(1))


async def test_each_visit_gets_an_invite_of_its_own_and_then_there_is_none(db, chat):
    await fill(db, chat, "a", "b")
    assert {await taken(db, chat), await taken(db, chat)} == {"a", "b"}
    assert await taken(db, chat) is None


async def test_many_visits_at_once_never_get_the_same_invite(db, chat):
    codes = [f"invite{number}" for number in range(12)]
    await fill(db, chat, *codes)
    got = await asyncio.gather(*(taken(db, chat) for _ in range(20)))
    assert sorted(code for code in got if code) == sorted(set(codes).intersection(got))
    assert None in got


async def test_an_invite_that_ends_soon_is_given_to_nobody(db, chat):
    await fill(db, chat, "soon", until=600)
    assert await taken(db, chat) is None


async def test_an_invite_that_is_gone_is_given_to_nobody(db, chat):
    await fill(db, chat, "a")
    async with db.begin() as tx:
        await arrivals.invites_gone(tx, chat, ["a"], at=at(1))
    assert await taken(db, chat) is None


@pytest.mark.parametrize("seen_first", [True, False])
async def test_what_the_platform_tells_of_our_invite_takes_nothing_from_what_we_know(db, chat, seen_first):
    async with db.begin() as tx:
        for step in (True, False) if seen_first else (False, True):
            if step:
                await arrivals.invites_seen(tx, chat, [once("a")], now=at(0))
            else:
                await arrivals.made(tx, chat, once("a"), made_for=MadeFor.POOL, now=at(0))
    assert await taken(db, chat) == "a"


async def test_the_pool_says_what_is_wanted(db, chat):
    await fill(db, chat, "a", "b")
    async with db.begin() as tx:
        await arrivals.invites_seen(tx, chat, [once("foreign")], now=at(0))
    await taken(db, chat)
    async with db.read() as tx:
        assert await arrivals.pool(tx, chat, now=at(2)) == Pool(free=1, ours=2, in_server=3, taken_lately=1)
    await taken(db, chat)
    assert await taken(db, chat) is None
    async with db.read() as tx:
        assert (await arrivals.pool(tx, chat, now=at(3))).missed_lately
        assert not (await arrivals.pool(tx, chat, now=at(100))).missed_lately


async def test_a_members_own_invite_is_used_again_until_it_ends_soon(db, chat):
    week = Invite(code="own", uses=0, expires_at=at(7 * 86400))
    async with db.begin() as tx:
        assert await arrivals.personal(tx, chat, LINK, now=at(0)) is None
        await arrivals.made(tx, chat, week, made_for=MadeFor.MEMBER, link_code=LINK, now=at(0))
        assert await arrivals.personal(tx, chat, LINK, now=at(1)) == "own"
        assert await arrivals.personal(tx, chat, "bens-link", now=at(1)) is None
        assert await arrivals.personal(tx, chat, LINK, now=at(6.5 * 86400)) is None


async def test_what_nobody_can_ask_about_is_forgotten(db, chat):
    await fill(db, chat, "a")
    async with db.begin() as tx:
        await arrivals.expired(tx, now=at(40 * 86400))
        assert (await arrivals.pool(tx, chat, now=at(2))).in_server == 0


async def test_organizers_are_told_once_a_day_that_no_invites_can_be_made(db, clock):
    town = Town(db, clock)
    await town.apply(replace(a_campaign(), communities=(DISCORD,)))
    async with db.begin() as tx:
        await members.meet(tx, [ORGANIZER], now=town.now)
    async with db.begin() as tx:
        chat = await chats.ensure(tx, Platform.DISCORD, GUILD)
        await chats.describe(tx, chat, title="Maison Lune")
        for reason in (Shut.FULL, Shut.FULL, Shut.FORBIDDEN):
            await arrivals.shut(tx, chat, reason, until=town.now + timedelta(minutes=10), now=town.now)
        assert await arrivals.is_shut(tx, chat, now=town.now) is Shut.FORBIDDEN
        assert await arrivals.is_shut(tx, chat, now=town.now + timedelta(minutes=10)) is None
        notes = await outbox.claim(tx, "telegram", now=town.now, limit=9, lease=timedelta(minutes=1))
        await arrivals.opened(tx, chat)
        assert await arrivals.is_shut(tx, chat, now=town.now) is None
    assert [(note.content["reason"], note.content["server"]) for note in notes] == [
        ("full", "Maison Lune"),
        ("forbidden", "Maison Lune"),
    ]


async def test_whoever_consented_is_known_at_once_and_takes_part_in_no_comparison(db, chat):
    about = {"joined_at": at(10), "received_at": at(10.2)}
    async with db.begin() as tx:
        await arrivals.expect(tx, chat, 1, LINK, "qr", now=at(9))
        facts = await arrivals.arrived(tx, [arrivals.Coming(chat_id=chat, person=a_member(1), **about)])
        assert await arrivals.arrived(tx, [arrivals.Coming(chat_id=chat, person=a_member(1), **about)]) == []
        assert not any(each.settles for each in await arrivals.due(tx, now=at(11)))
    (fact,) = facts
    assert (fact.found.value, fact.how, [(way.code, way.channel) for way in fact.ways]) == (
        "exact",
        "consent",
        [(LINK, "qr")],
    )


async def test_whoever_was_not_let_in_is_expected_no_more(db, chat):
    async with db.begin() as tx:
        await arrivals.expect(tx, chat, 1, LINK, None, now=at(9))
        await arrivals.not_expected(tx, chat, 1)
        assert (
            await arrivals.arrived(
                tx, [arrivals.Coming(chat_id=chat, person=a_member(1), joined_at=at(10), received_at=at(10))]
            )
            == []
        )
        assert any(each.settles for each in await arrivals.due(tx, now=at(11)))


async def test_a_bot_that_is_added_is_no_arrival(db, chat):
    async with db.begin() as tx:
        await arrivals.arrived(
            tx, [arrivals.Coming(chat_id=chat, person=a_member(1, is_bot=True), joined_at=at(10), received_at=at(10))]
        )
        assert await arrivals.due(tx, now=at(11)) == []


async def test_a_search_that_is_off_is_said_once_and_asked_for_no_more_until_the_next_session(db, chat):
    async with db.begin() as tx:
        assert await arrivals.search_off(tx, chat, now=at(0))
        assert not await arrivals.search_off(tx, chat, now=at(1))
        await arrivals.begin_catch_up(tx, chat, now=at(2))
        assert await arrivals.search_off(tx, chat, now=at(3))


async def test_the_oldest_update_that_nobody_has_tried(db):
    async with db.begin() as tx:
        assert await inbox.oldest(tx, "discord") is None
        await inbox.store(tx, "discord", [("1", b"{}")], now=at(1))
        await inbox.store(tx, "discord", [("2", b"{}")], now=at(2))
        assert await inbox.oldest(tx, "discord") == at(1)
        await inbox.set_aside(tx, (await inbox.take(tx, "discord", now=at(3), limit=1))[0], "no", now=at(3))
        assert await inbox.oldest(tx, "discord") == at(2)


counts = st.integers(0, 1200)


@given(counts, counts, counts, st.integers(0, 20_000), st.booleans())
def test_the_pool_never_comes_near_the_cap(free, ours, foreign, lately, missed):
    pool = Pool(free=free, ours=ours, in_server=ours + foreign, taken_lately=lately, missed_lately=missed)
    wants = pool_wants(pool)
    assert 0 <= wants.make <= max(0, CAP - LEFT_TO_OTHERS - pool.in_server)
    assert wants.make + free <= max(free, MOST)
    assert SHORTEST <= wants.lives <= LONGEST
    if foreign < 100:  # at this pace, those that are never used leave room for those to come
        assert wants.lives == SHORTEST or lately * (wants.lives / timedelta(minutes=10)) <= (CAP - LEFT_TO_OTHERS) / 2


def test_the_pool_grows_with_the_demand():
    quiet = pool_wants(Pool(free=0, ours=0, in_server=0, taken_lately=0))
    busy = pool_wants(Pool(free=0, ours=0, in_server=0, taken_lately=100))
    assert (quiet.make, quiet.lives) == (LEAST, LONGEST)
    assert busy.make > quiet.make
    assert busy.lives < quiet.lives
    assert pool_wants(Pool(free=5, ours=5, in_server=5, taken_lately=0)).make == 0
    missed = Pool(free=0, ours=0, in_server=0, taken_lately=0, missed_lately=True)
    assert pool_wants(missed).make > quiet.make

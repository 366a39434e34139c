"""Invites made ahead: always some for the next visitors, never near the server's limit; what if none can be made."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.discord import rest
from bots.discord.events import Member, Role, User
from bots.discord.rights import rights_in
from bots.sandbox.discord import ApiError, ChannelType, Guild, JoinSource, Overwrite, Permission, Person
from bots.sandbox.discord.belonging import join
from bots.sandbox.discord.errors import missing_permissions
from bots.sandbox.discord.faults import INVITES
from core import arrivals, members, outbox
from core.arrivals import Shut
from core.campaign.values import Campaign, Window
from core.database import Database
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in
from tests.discord.stage_races import RACES, Stage, staged
from tests.people import ORGANIZER

LEAST = 5
ADVOCATES = 3000 if RACES >= 200 else 1100
DELETED = "/invites/{code}"


@pytest.fixture
async def stage(db: Database, clock: FakeClock) -> AsyncIterator[Stage]:
    async with staged(db, clock, campaign=campaign_in) as stage:
        await stage.connect()
        yield stage


@pytest.fixture
async def small(sqlite_db: Database, clock: FakeClock) -> AsyncIterator[Stage]:
    """For what does not depend on the database; nothing has happened yet."""
    async with staged(sqlite_db, clock, campaign=campaign_in) as stage:
        yield stage


@pytest.fixture
async def code(stage: Stage) -> str:
    """The code of somebody's link."""
    return (await stage.codes([stage.world.user("ana")])).popitem()[1]


def made(stage: Stage) -> int:
    return len([call for call in stage.world.calls_of("POST", INVITES) if call.status == 200])


def channels_of(stage: Stage) -> set[str]:
    return {invite.channel.name for invite in stage.guild.invites.values()}


async def free(stage: Stage) -> int:
    place = await stage.place()
    async with stage.db.read() as tx:
        return (await arrivals.pool(tx, place.chat_id, now=stage.clock.now())).free


async def is_shut(stage: Stage) -> Shut | None:
    place = await stage.place()
    async with stage.db.read() as tx:
        return await arrivals.is_shut(tx, place.chat_id, now=stage.clock.now())


async def empty(stage: Stage, code: str) -> None:
    """Every invite of the pool is given away."""
    while await stage.visit(code):
        pass


async def test_some_are_made_ahead_and_no_more(stage: Stage):
    assert (await free(stage), made(stage), len(stage.guild.invites)) == (LEAST, LEAST, LEAST)
    await stage.rest_a_while(20)
    assert made(stage) == LEAST
    assert {invite.max_uses for invite in stage.guild.invites.values()} == {1}
    assert all(invite.max_age for invite in stage.guild.invites.values())


async def test_what_visitors_take_is_made_again(stage: Stage, code: str):
    taken = {await stage.visit(code) for _ in range(3)}
    assert None not in taken
    await stage.rest_a_while(3)
    assert await free(stage) >= LEAST
    assert taken <= stage.guild.invites.keys()


async def test_what_nobody_used_is_replaced_before_it_ends(small: Stage):
    await small.connect()
    old = set(small.guild.invites)
    for _ in range(60):
        small.clock.advance(minutes=30)
        await small.step()
        await small.step(2)
        assert await free(small) >= LEAST
    assert not old & small.guild.invites.keys()


async def test_a_campaign_that_is_over_wants_none(sqlite_db: Database, clock: FakeClock):
    days = [clock.now() - timedelta(days=each) for each in (9, 1)]

    def over(guild: Guild) -> Campaign:
        return campaign_in(guild, window=Window(timezone="UTC", starts=days[0], ends=days[1]))

    async with staged(sqlite_db, clock, campaign=over) as stage:
        await stage.connect()
        assert made(stage) == 0


async def test_they_lead_into_the_campaigns_own_channel(small: Stage):
    welcome = small.world.channel(small.guild, "welcome")
    campaign = campaign_in(small.guild)
    await small.apply(replace(campaign, communities=(replace(campaign.communities[0], channel=welcome.id),)))
    await small.connect()
    assert channels_of(small) == {"welcome"}


async def test_or_else_into_the_first_channel_where_people_may_be_invited(small: Stage):
    (general,) = small.guild.text_channels()
    mine = next(role.id for role in small.guild.roles.values() if role.bot_id == small.bot.id)
    for each in (small.guild.id, mine):
        general.overwrites[each] = Overwrite(type=0, deny=Permission.CREATE_INSTANT_INVITE)
    small.world.channel(small.guild, "voice", kind=ChannelType.VOICE)
    small.world.channel(small.guild, "lobby")
    await small.connect()
    assert channels_of(small) == {"lobby"}


async def test_a_channel_that_was_deleted_is_replaced(stage: Stage, code: str):
    lobby = stage.world.channel(stage.guild, "lobby")
    (general, *_) = stage.guild.text_channels()
    del stage.guild.channels[general.id], stage.world.channels[general.id]
    await empty(stage, code)
    await stage.rest_a_while(3)
    stage.clock.advance(minutes=10)
    await stage.rest_a_while(3)
    assert await free(stage) >= LEAST
    assert lobby.name in channels_of(stage)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ApiError(400, 30016, "Maximum number of invites reached (1000)"), Shut.FULL),
        (missing_permissions(), Shut.FORBIDDEN),
    ],
    ids=["no room", "no right"],
)
async def test_where_none_can_be_made_organizers_are_told_once_and_it_is_tried_again(
    stage: Stage, code: str, fault: ApiError, reason: Shut
):
    await _reachable(stage)
    held = stage.world.faults.refuse(fault, method="POST", route=INVITES, times=None)
    await empty(stage, code)
    await stage.rest_a_while(20)
    assert (await is_shut(stage), held.hits) == (reason, 1)
    assert await stage.visit(code) is None
    for _ in range(6):
        stage.clock.advance(minutes=10)
        await stage.step()
    assert held.hits <= 7
    assert await _notes(stage) == [reason.value]
    stage.world.faults.clear()
    stage.clock.advance(hours=1)
    await stage.rest_a_while(5)
    assert (await is_shut(stage), await free(stage) >= LEAST) == (None, True)


async def test_a_long_wait_is_no_hurry_for_visitors(stage: Stage, code: str):
    await empty(stage, code)
    stage.world.faults.banned()
    await stage.rest_a_while(3)
    assert await is_shut(stage) is Shut.SLOW


async def _reachable(stage: Stage) -> None:
    """The organizer can be written to; he is on Telegram."""
    async with stage.db.begin() as tx:
        await members.meet(tx, [ORGANIZER], now=stage.clock.now())


async def _notes(stage: Stage) -> list[str]:
    async with stage.db.begin() as tx:
        rows = await outbox.claim(tx, "telegram", now=stage.clock.now(), limit=100, lease=timedelta(minutes=1))
    return [row.content["reason"] for row in rows if row.content.get("news") == "invites_shut"]


async def test_what_was_made_and_not_written_down_is_deleted_and_nothing_else(small: Stage):
    (general,) = small.guild.text_channels()
    await small.connect()
    kept = set(small.guild.invites)
    foreign = small.guild.owner.invites(general, max_uses=1)
    lost = await small.rest.make_invite(general.id, life=timedelta(minutes=30), uses=1)
    many = await small.rest.make_invite(general.id, life=timedelta(minutes=30), uses=0)
    await small.step()
    small.wire.forget()
    small.start()
    await small.connect()
    assert lost.code not in small.guild.invites
    assert kept | {foreign.code, many.code} <= small.guild.invites.keys()


async def test_one_that_is_being_written_down_is_not_taken_for_lost(small: Stage):
    small.wire.connect()
    await small.hear()
    held = small.world.faults.hold(method="POST", route=INVITES)
    working = asyncio.create_task(small.worker.once())
    await held.hit.wait()  # it is there, and nobody knows yet
    for _ in range(20):
        await asyncio.sleep(0)
    held.release()
    await working
    await small.rest_a_while(3)
    assert small.world.calls_of("DELETE", DELETED) == []


async def test_a_member_has_one_invite_and_keeps_it(stage: Stage, code: str):
    place = await stage.place()
    mine = await stage.pools.personal(place, code)
    assert mine is not None
    assert await stage.pools.personal(place, code) == mine
    assert stage.guild.invites[mine].max_uses == 0
    stage.clock.advance(days=6, hours=1)
    assert await stage.pools.personal(place, code) != mine  # it would end too soon
    stage.guild.most_invites = 0
    other = (await stage.codes([stage.world.user("ben")])).popitem()[1]
    assert await stage.pools.personal(place, other) is None


async def test_more_advocates_than_a_server_holds_invites(small: Stage):
    """Each link is visited; each visitor gets in, by an invite or by consent, and is their advocate's friend.

    With `SAYSO_TEST_DEPTH=20` there are 3,000 of them.
    """
    stage = small
    assert stage.guild.most_invites == 1000
    await stage.connect()
    advocates = [stage.world.user(f"advocate{number}") for number in range(ADVOCATES)]
    codes = await stage.codes(advocates)
    truth: dict[int, str] = {}
    consents, most = 0, 0
    for number, code in enumerate(codes.values()):
        friend = stage.world.user(f"friend{number}")
        invite = await stage.visit(code)
        if number % 3:  # the others only look, and never come
            truth[friend.id] = code
            consents += await _comes(stage, friend, code, invite)
        if number % 50 == 49:
            await stage.step(20)
            while await stage.pools.fill(await stage.place()):
                pass
        most = max(most, len(stage.guild.invites))
    await stage.settle()
    assert most < 900
    assert await stage.credits() == truth
    assert set((await stage.states()).values()) == {"exact"}
    assert 0 < consents < len(truth) / 4


async def _comes(stage: Stage, friend: Person, code: str, invite: str | None) -> bool:
    """By the invite; or by consent, if there was none."""
    if invite is not None:
        friend.joins(invite)
        return False
    await stage.expect(friend, code)
    join(stage.world, stage.guild, friend, JoinSource.BOT, by=stage.bot)
    return True


GUILD, BOT, STAFF, ELSE = 1, 2, 3, 77
INVITE, VIEW, ADMINISTRATOR = 1 << 0, 1 << 10, 1 << 3
ME = Member(user=User(9, "sayso"), roles=[BOT, STAFF])


def rule(of: int, *, allow: int = 0, deny: int = 0) -> rest.Overwrite:
    return rest.Overwrite(of, allow=allow, deny=deny)


@pytest.mark.parametrize(
    ("everyone", "mine", "rules", "may"),
    [
        (VIEW, INVITE, [], True),
        (VIEW, 0, [], False),
        (0, ADMINISTRATOR, [rule(GUILD, deny=VIEW)], True),
        (VIEW, INVITE, [rule(GUILD, deny=INVITE)], False),
        (VIEW, INVITE, [rule(GUILD, deny=INVITE), rule(BOT, allow=INVITE)], True),
        (VIEW, INVITE, [rule(BOT, deny=INVITE), rule(STAFF, allow=INVITE)], True),
        (VIEW, INVITE, [rule(9, deny=INVITE)], False),
        (0, 0, [rule(9, allow=INVITE | VIEW)], True),
        (VIEW, INVITE, [rule(ELSE, deny=INVITE)], True),  # somebody else's
    ],
)
def test_what_the_bot_may_do_in_a_channel(everyone: int, mine: int, rules: list[rest.Overwrite], may: bool):
    roles = [Role(GUILD, everyone), Role(BOT, mine), Role(STAFF, 0), Role(ELSE, INVITE)]
    rights = rights_in(GUILD, ME, roles, rest.Channel(id=5, permission_overwrites=rules))
    assert rights.create_instant_invite is may

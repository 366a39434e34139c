"""The door as the house puts it together, against the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bots.discord.app import DiscordDoor, logged_in
from bots.exchange.errors import RefusedTokenError
from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, Intent, Person
from campaigns.apply import apply
from core import arrivals, chats, doors, intake, members, referrals
from core import campaign as campaigns
from core.campaign.values import Account, Campaign, Platform, Qualify
from core.clock import SystemClock
from core.database import Database
from core.errors import OperatorError
from core.intake.facts import LinkWanted
from tests.clock import FakeClock
from tests.discord.conftest import PAGES, campaign_in, readable, said
from tests.sandbox.discord.stage import pointed_at
from tests.waiting import until


@pytest.fixture
def world() -> DiscordWorld:
    """One by the wall's clock, as the door's is."""
    return DiscordWorld()


def a_door(db: Database, server: DiscordServer, bot: Bot, **more: Any) -> DiscordDoor:
    return DiscordDoor(db, SystemClock(), **{"token": bot.token, "api": server.api_url, **more})


@asynccontextmanager
async def at_work(door: DiscordDoor) -> AsyncIterator[asyncio.Event]:
    """The door, open, with all that it does."""
    stop = asyncio.Event()
    await door.open(stop)
    works = [asyncio.create_task(work(stop)) for work in (door.receive, door.handle, door.send)]
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.gather(*works)
        await door.close()


async def applied(db: Database, *campaigns: Campaign) -> None:
    async with db.begin() as tx:
        await apply(tx, campaigns, now=SystemClock().now())


async def test_a_command_is_answered(db: Database, server: DiscordServer, bot: Bot, guild: Guild, ana: Person):
    await applied(db, campaign_in(guild))
    async with at_work(a_door(db, server, bot)):
        await until(lambda: bot.gateway.connected)
        ana.discovers(guild)
        asked = ana.runs(bot, "help", guild.text_channels()[0])
        await until(lambda: asked.reply)
        assert said("en", "help.title") in readable(asked)


async def test_it_says_by_which_address_people_come(sqlite_db: Database, server: DiscordServer, bot: Bot, guild: Guild):
    async with at_work(a_door(sqlite_db, server, bot)) as stop:
        async with sqlite_db.read() as tx:
            found = (await doors.all_open(tx))[Platform.DISCORD]
        assert found.to("abc") == "https://discord.gg/abc"
        stop.set()


async def test_it_is_ready_once_it_is_open_and_until_it_is_closed(
    sqlite_db: Database, server: DiscordServer, bot: Bot, guild: Guild
):
    door = a_door(sqlite_db, server, bot)
    with pytest.raises(OperatorError):
        await door.ready()
    async with at_work(door):
        await door.ready()
    with pytest.raises(OperatorError):
        await door.ready()
    assert not door.routes()


async def test_commands_are_sent_by_the_first_start_and_not_by_the_second(
    sqlite_db: Database, server: DiscordServer, bot: Bot, guild: Guild
):
    for _ in range(2):
        async with at_work(a_door(sqlite_db, server, bot)):
            pass
    assert bot.commands.syncs == 1


async def test_messages_are_asked_for_where_an_applied_campaign_counts_them(
    sqlite_db: Database, server: DiscordServer, bot: Bot, guild: Guild
):
    await applied(sqlite_db, campaign_in(guild, qualify=Qualify(messages=3)))
    async with at_work(a_door(sqlite_db, server, bot)):
        await until(lambda: bot.gateway.connected)
        [session] = bot.gateway.connected
        assert Intent.GUILD_MESSAGES in session.intents
        assert Intent.MESSAGE_CONTENT not in session.intents


async def test_it_waits_until_discord_is_there(
    sqlite_db: Database, server: DiscordServer, world: DiscordWorld, bot: Bot, guild: Guild
):
    world.faults.broken(503, route="/users/@me")
    async with at_work(a_door(sqlite_db, server, bot)) as stop:
        assert not stop.is_set()
    assert len(world.calls_of("GET", "/users/@me")) > 1


async def test_told_to_stop_while_discord_is_away_it_does(
    sqlite_db: Database, server: DiscordServer, world: DiscordWorld, bot: Bot
):
    world.faults.broken(503, route="/users/@me", times=None)
    door, stop = a_door(sqlite_db, server, bot), asyncio.Event()
    opening = asyncio.create_task(door.open(stop))
    await until(lambda: world.calls_of("GET", "/users/@me"))
    stop.set()
    await asyncio.wait_for(opening, 5)
    await door.close()


async def test_a_wrong_token_ends_it_and_is_not_shown(sqlite_db: Database, server: DiscordServer, bot: Bot):
    door = a_door(sqlite_db, server, bot, token="MTIz.a.wrong-token")
    with pytest.raises(RefusedTokenError, match="SAYSO_DISCORD_TOKEN") as refused:
        await door.open(asyncio.Event())
    assert "wrong" not in str(refused.value)
    await door.close()


async def test_without_the_members_intent_it_ends_and_says_what_to_do(
    sqlite_db: Database, server: DiscordServer, bot: Bot, guild: Guild
):
    bot.privileged = Intent(0)
    door = a_door(sqlite_db, server, bot)
    await door.open(asyncio.Event())
    with pytest.raises(OperatorError, match="Server Members Intent"):
        await asyncio.wait_for(door.receive(asyncio.Event()), 5)
    await door.close()


async def test_buttons_of_an_earlier_process_work(
    sqlite_db: Database, server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, ana: Person
):
    await applied(sqlite_db, campaign_in(guild))
    ana.discovers(guild)
    async with at_work(a_door(sqlite_db, server, bot)):
        await until(lambda: bot.gateway.connected)
        asked = ana.runs(bot, "help", channel)
        await until(lambda: asked.reply)
    async with at_work(a_door(sqlite_db, server, bot)):
        await until(lambda: bot.gateway.connected)
        assert asked.reply is not None
        pressed = ana.presses(asked.reply, "invite")
        await until(lambda: pressed.answered and pressed.followups)


async def test_it_lends_its_way_of_logging_in(server: DiscordServer, bot: Bot):
    async with logged_in(bot.token, server.api_url) as http:
        assert (await http.get_user(bot.id))["username"] == "sayso"
    with pytest.raises(RefusedTokenError):
        async with logged_in("MTIz.no.token", server.api_url):
            pass


async def test_a_friend_who_comes_by_an_invite_of_ours_is_known_for_certain(sqlite_db: Database, clock: FakeClock):
    world = DiscordWorld(clock=clock)
    bot, olga, friend = world.bot("sayso"), world.user("olga"), world.user("ben")
    guild = world.guild("Le Cercle", owner=olga, bots=[bot])
    async with DiscordServer(world) as server:
        await apply_now(sqlite_db, clock, campaign_in(guild))
        with pointed_at(server):
            door = DiscordDoor(sqlite_db, clock, token=bot.token, api=server.api_url, public_url=PAGES)
            async with at_work(door):
                code = await link_of(sqlite_db, clock, olga)
                invite = await until(lambda: taken(sqlite_db, clock, guild, code))
                friend.joins(invite)

                async def is_certain() -> bool:
                    clock.advance(seconds=1)
                    return await how_sure(sqlite_db, friend) == "exact"

                await until(is_certain)


async def apply_now(db: Database, clock: FakeClock, campaign: Campaign) -> None:
    async with db.begin() as tx:
        await apply(tx, [campaign], now=clock.now())


async def link_of(db: Database, clock: FakeClock, person: Person) -> str:
    async with db.begin() as tx:
        [campaign] = await campaigns.applied(tx)
        advocate = members.Person(account=Account(platform=Platform.DISCORD, id=person.id), name="Olga")
        wanted = LinkWanted(key="link", at=clock.now(), person=advocate, campaign_id=campaign.id)
        [outcome] = await intake.take(tx, [wanted], now=clock.now())
    assert outcome.link is not None
    return outcome.link.code


async def taken(db: Database, clock: FakeClock, guild: Guild, code: str) -> str | None:
    async with db.begin() as tx:
        chat = (await chats.at_addresses(tx, Platform.DISCORD, [guild.id]))[guild.id]
        return await arrivals.take_invite(tx, chat.id, code, None, now=clock.now())


async def how_sure(db: Database, friend: Person) -> str | None:
    async with db.read() as tx:
        account = Account(platform=Platform.DISCORD, id=friend.id)
        member = (await members.by_account(tx, [account])).get(account)
        found = await referrals.of_friends(tx, [member.id]) if member else {}
    return next((each.confidence.value for each in found.values()), None)

"""Roles that members have earned: given once, to whoever is there, and never lost."""

from dataclasses import replace

import pytest
from discord.http import HTTPClient

from bots.sandbox.discord import Bot, DiscordWorld, Guild, Person
from core import intake, members, persons, rewards
from core.campaign.values import Account, Community, Platform, Qualify, Reward, To
from core.database import Database
from core.intake.facts import Fact, Joined
from core.members import Person as Somebody
from tests.clock import FakeClock
from tests.discord.conftest import campaign_in
from tests.discord.stage_out import Out, account
from tests.discord.stage_roles import WRONG, granted
from tests.people import FLO, SALON, Town, joined, left, started


@pytest.fixture
async def out(db: Database, clock: FakeClock, bot: Bot, guild: Guild, http: HTTPClient) -> Out:
    return Out(db, clock, bot, http)


async def test_a_role_is_given_once_and_again_is_nothing(out: Out, ana: Person, guild: Guild, world: DiscordWorld):
    role = world.role(guild, "Apprentice")
    ana.discovers(guild)
    for number in range(2):
        grant = await granted(out, ana, role, guild, number=number)
        await out.sender.once()
        assert await grant.is_delivered()
    assert guild.members[ana.id].roles == [role.id]
    assert await out.rows() == []


async def test_of_several_servers_the_one_that_has_the_role(out: Out, ana: Person, guild: Guild, world: DiscordWorld):
    other, role = world.guild("Elsewhere", bots=[out.bot]), world.role(guild, "Apprentice")
    for each in (guild, other):
        ana.discovers(each)
    for number in range(3):
        await granted(out, ana, role, other, guild, number=number)
        await out.sender.once()
    assert guild.members[ana.id].roles == [role.id]
    asked = [call for call in world.calls if call.route == "/guilds/{guild_id}/roles"]
    assert len(asked) == 2  # one of each server, once


async def test_whoever_is_not_there_gets_nothing_and_nothing_is_wrong(out: Out, ana: Person, guild: Guild):
    grant = await granted(out, ana, 1, guild)
    await out.sender.once()
    assert await out.rows() == []
    assert await out.noticed(ana) == []
    assert not await grant.is_delivered()


async def test_a_role_that_nobody_granted_is_not_given(out: Out, ana: Person, guild: Guild, world: DiscordWorld):
    role = world.role(guild, "Apprentice")
    ana.discovers(guild)
    content = {"role": role.id, "account": ana.id, "guilds": [guild.id]}
    await out.row("role", ana.id, content, key="role/nobody")
    await out.sender.once()
    assert guild.members[ana.id].roles == []
    assert await out.rows() == []


@pytest.mark.parametrize("wrong", ["too high", "unknown", "managed", "no right"])
async def test_what_an_organizer_has_to_set_right_waits_and_is_tried_again(
    out: Out, ana: Person, guild: Guild, world: DiscordWorld, wrong: str
):
    role = world.role(guild, "Apprentice")
    ana.discovers(guild)
    world.faults.refuse(WRONG[wrong], method="PUT")
    await granted(out, ana, role, guild)
    await out.sender.once()
    [told] = await out.held()
    assert f"the role {role.id} cannot be given" in told
    words = {"too high": "drag its role above", "unknown": "correct the role's id", "managed": "name a role"}
    assert words.get(wrong, "add the bot") in told
    assert await out.failures() == []
    out.clock.advance(minutes=59)
    await out.sender.once()
    assert guild.members[ana.id].roles == []
    out.clock.advance(minutes=1)
    assert await out.sender.once() == 1
    assert guild.members[ana.id].roles == [role.id]


async def test_a_role_that_cannot_be_given_is_not_asked_for_again_and_again(
    out: Out, guild: Guild, world: DiscordWorld
):
    role = world.role(guild, "High", position=99)
    for number in range(20):
        person = world.user(f"p{number}")
        person.discovers(guild)
        await granted(out, person, role, guild)
        await out.sender.once()
    assert len([call for call in world.calls if call.method == "PUT"]) == 1
    assert len(await out.held()) == 20


class Earned:
    """A campaign that gives its advocates a role for their first friend, on Telegram or in a server."""

    def __init__(self, out: Out, guild: Guild, role: int) -> None:
        self.out = out
        reward = Reward(id="apprentice", to=To.ADVOCATE, kind="discord_role", setting=str(role), at=1)
        salon = Community(name="salon", platform=Platform.TELEGRAM, chat=SALON)
        campaign = campaign_in(guild, rewards=(reward,), qualify=Qualify())
        self.campaign = replace(campaign, communities=(*campaign.communities, salon))

    async def bring_a_friend(self, advocate: Somebody) -> None:
        """The advocate's friend starts and joins on Telegram."""
        town = Town(self.out.db, self.out.clock)
        await town.apply(self.campaign)
        await town.take(started(FLO, town.now, await town.code_of(advocate)), joined(FLO, town.now))
        town.there.add(FLO.account)
        await town.settle()

    async def sees(self, *facts: Fact) -> None:
        """What Telegram tells of the friend, and all that follows."""
        town = Town(self.out.db, self.out.clock)
        await town.take(*facts)
        town.there = {FLO.account} if isinstance(facts[-1], Joined) else set()
        await town.settle()

    async def grants(self, member_id: int) -> list[bool]:
        """Whether each of the member's rewards has been delivered."""
        async with self.out.db.read() as tx:
            return [each.delivered_at is not None for each in await rewards.of_member(tx, member_id)]


def on_telegram(number: int) -> Account:
    return Account(platform=Platform.TELEGRAM, id=number)


def as_somebody(person: Person) -> Somebody:
    return Somebody(account=account(person), name=person.username)


async def test_an_earned_role_is_handed_out_and_delivered(out: Out, ana: Person, guild: Guild, world: DiscordWorld):
    role = world.role(guild, "Apprentice")
    ana.discovers(guild)
    earned, member = Earned(out, guild, role.id), await out.meets(ana)
    await earned.bring_a_friend(as_somebody(ana))
    assert await earned.grants(member) == [False]
    await out.sender.once()
    assert guild.members[ana.id].roles == [role.id]
    assert await earned.grants(member) == [True]


async def test_an_earned_role_waits_until_the_member_comes_into_the_server(
    out: Out, ana: Person, guild: Guild, world: DiscordWorld
):
    role, member = world.role(guild, "Apprentice"), await out.meets(ana)
    earned = Earned(out, guild, role.id)
    await earned.bring_a_friend(as_somebody(ana))
    await out.sender.once()
    assert await earned.grants(member) == [False]
    ana.discovers(guild)
    came = Joined(key="dc/joined", at=out.clock.now(), person=as_somebody(ana), chat=guild.id)
    async with out.db.begin() as tx:
        await intake.take(tx, [came], now=out.clock.now())
    await out.sender.once()
    assert guild.members[ana.id].roles == [role.id]
    assert await earned.grants(member) == [True]


async def test_a_member_without_an_account_on_discord_keeps_the_grant(out: Out, guild: Guild, world: DiscordWorld):
    role = world.role(guild, "Apprentice")
    earned = Earned(out, guild, role.id)
    ana = Somebody(account=on_telegram(11), name="Ana", reachable=True)
    await earned.bring_a_friend(ana)
    await out.sender.once()
    assert [row.kind for row in await out.rows() if row.door == "discord"] == []
    async with out.db.read() as tx:
        known = await members.by_account(tx, [ana.account])
    assert await earned.grants(known[ana.account].id) == [False]


async def test_a_role_earned_elsewhere_is_given_to_the_account_that_is_linked_later(
    out: Out, ana: Person, guild: Guild, world: DiscordWorld
):
    role = world.role(guild, "Apprentice")
    ana.discovers(guild)
    earned, on_discord = Earned(out, guild, role.id), await out.meets(ana)
    elsewhere = Somebody(account=on_telegram(11), name="Ana", reachable=True)
    await earned.bring_a_friend(elsewhere)
    async with out.db.begin() as tx:
        member = (await members.by_account(tx, [elsewhere.account]))[elsewhere.account].id
        code = await persons.new_offer(tx, member, now=out.clock.now())
        linked = await persons.link(tx, code, member_id=on_discord, now=out.clock.now())
        assert linked.refusal is None
        await intake.turned_up(tx, {member, on_discord}, now=out.clock.now())
    await out.sender.once()
    assert guild.members[ana.id].roles == [role.id]
    assert await earned.grants(member) == [True]


async def test_a_role_goes_with_the_friend_and_comes_back_with_them(
    out: Out, ana: Person, guild: Guild, world: DiscordWorld
):
    role = world.role(guild, "Apprentice")
    ana.discovers(guild)
    earned, member = Earned(out, guild, role.id), await out.meets(ana)
    await earned.bring_a_friend(as_somebody(ana))
    await out.sender.once()
    assert guild.members[ana.id].roles == [role.id]
    out.clock.advance(days=1)
    await earned.sees(left(FLO, out.clock.now()))
    await out.sender.once()
    assert guild.members[ana.id].roles == []
    assert await earned.grants(member) == []
    out.clock.advance(days=1)
    await earned.sees(joined(FLO, out.clock.now()))
    await out.sender.once()
    assert guild.members[ana.id].roles == [role.id]
    assert await earned.grants(member) == [True]

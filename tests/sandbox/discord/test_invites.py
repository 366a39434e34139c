"""Invites and the joins they let in, with all the ways in which one cannot tell which was used."""

from datetime import timedelta
from typing import Any

import discord
import pytest

from bots.sandbox.discord import (
    SCREENING,
    Bot,
    Channel,
    DiscordWorld,
    Guild,
    ImpossibleError,
    JoinSource,
    Permission,
    Person,
)
from tests.clock import FakeClock
from tests.sandbox.discord.stage import Client, refused
from tests.waiting import until

JOINS = ("GUILD_MEMBER_ADD", "INVITE_DELETE")


def text_channel(client: Client, channel: Channel) -> discord.TextChannel:
    found = client.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


async def uses(client: Client, guild: Guild) -> dict[str, int | None]:
    return {invite.code: invite.uses for invite in await client.get_guild(guild.id).invites()}


async def test_an_invite_is_made_used_and_counted(
    client: Client, guild: Guild, channel: Channel, ana: Person, clock: FakeClock
):
    made = await text_channel(client, channel).create_invite(max_age=3600, max_uses=5, reason="for a friend")
    assert (made.uses, made.max_uses, made.max_age, made.temporary) == (0, 5, 3600, False)
    assert made.expires_at == clock.now() + timedelta(hours=1)
    assert made.inviter == client.user
    ana.opens(made.url)
    await until(lambda: ("join", ana.id) in client.heard)
    assert client.heard == [("invite", made.code), ("join", ana.id)]
    assert await uses(client, guild) == {made.code: 1}
    ((_, added),) = client.raw_of("GUILD_MEMBER_ADD")
    assert made.code not in str(added)  # Discord does not say which invite it was
    assert (added["flags"], added["pending"], added["joined_at"]) == (0, False, clock.now().isoformat())


@pytest.mark.parametrize(("order", "told"), [("after", JOINS), ("before", JOINS[::-1])])
async def test_a_used_up_invite_goes_in_the_order_that_is_wanted(
    client: Client, guild: Guild, channel: Channel, ana: Person, order: Any, told: tuple[str, ...]
):
    guild.used_up = order
    made = await text_channel(client, channel).create_invite(max_uses=1)
    ana.joins(made.code)
    await until(lambda: len(client.raw_of(*JOINS)) == 2)
    assert tuple(kind for kind, _ in client.raw_of(*JOINS)) == told
    assert await uses(client, guild) == {}


async def test_a_used_up_invite_may_go_late(
    client: Client, world: DiscordWorld, guild: Guild, channel: Channel, ana: Person, ben: Person
):
    guild.used_up = "late"
    made = await text_channel(client, channel).create_invite(max_uses=1)
    ana.joins(made.code)
    assert await uses(client, guild) == {made.code: 1}
    with pytest.raises(ImpossibleError):
        ben.joins(made.code)
    world.settle(guild)
    await until(lambda: ("invite gone", made.code) in client.heard)
    assert await uses(client, guild) == {}


async def test_uses_may_lag_behind_the_join(
    client: Client, world: DiscordWorld, guild: Guild, channel: Channel, ana: Person, ben: Person
):
    first = await text_channel(client, channel).create_invite(max_uses=1)
    second = await text_channel(client, channel).create_invite()
    world.hold_uses(guild)
    third = await text_channel(client, channel).create_invite()
    ana.joins(first.code)
    ben.joins(second.code)
    world.user("cem").joins(third.code)
    await until(lambda: len(client.raw_of("GUILD_MEMBER_ADD")) == 3)
    assert await uses(client, guild) == {first.code: 0, second.code: 0, third.code: 0}
    world.settle(guild)
    assert await uses(client, guild) == {second.code: 1, third.code: 1}


async def test_without_the_right_to_manage_there_are_no_uses(
    client: Client, world: DiscordWorld, bot: Bot, ana: Person
):
    permissions = Permission.VIEW_AUDIT_LOG | Permission.CREATE_INSTANT_INVITE | Permission.VIEW_CHANNEL
    other = world.guild("Read only", bots=[bot], permissions=permissions)
    await until(lambda: client.get_guild(other.id))
    made = await text_channel(client, other.text_channels()[0]).create_invite()
    ana.joins(made.code)
    assert await uses(client, other) == {made.code: None}


async def test_uses_can_be_left_out_anyway(client: Client, guild: Guild, channel: Channel):
    made = await text_channel(client, channel).create_invite()
    guild.hides_uses = True
    assert await uses(client, guild) == {made.code: None}


async def test_who_may_do_nothing_is_refused(client: Client, world: DiscordWorld, bot: Bot):
    other = world.guild("Closed", bots=[bot], permissions=Permission.VIEW_CHANNEL)
    other.roles[other.id].permissions = Permission.VIEW_CHANNEL
    await until(lambda: client.get_guild(other.id))
    with refused(50013):
        await client.get_guild(other.id).invites()
    with refused(50013):
        await text_channel(client, other.text_channels()[0]).create_invite()
    hidden = world.channel(other, "hidden")
    other.roles[other.id].permissions = Permission(0)
    next(role for role in other.roles.values() if role.managed).permissions = Permission(0)
    with refused(50001):
        await client.http.create_invite(hidden.id)


async def test_a_guild_holds_so_many_invites(client: Client, guild: Guild, channel: Channel, olga: Person):
    guild.most_invites = 2
    place = text_channel(client, channel)
    made = await place.create_invite()
    olga.invites(channel)
    with refused(30016, status=400):
        await place.create_invite()
    with pytest.raises(ImpossibleError, match="Maximum number of invites"):
        olga.invites(channel)
    await (await client.fetch_invite(made.code)).delete()
    assert await place.create_invite()
    assert guild.most_invites == len(guild.invites)


def test_the_cap_is_a_thousand(guild: Guild):
    assert guild.most_invites == 1000


async def test_an_invite_expires(
    client: Client, world: DiscordWorld, guild: Guild, channel: Channel, clock: FakeClock, ana: Person
):
    made = await text_channel(client, channel).create_invite(max_age=60)
    clock.advance(seconds=60)
    with pytest.raises(ImpossibleError):
        ana.joins(made.code)
    await until(lambda: ("invite gone", made.code) in client.heard)
    with refused(10006, status=404):
        await client.fetch_invite(made.code)
    again = await text_channel(client, channel).create_invite(max_age=60)
    clock.advance(seconds=61)
    world.expire()
    await until(lambda: ("invite gone", again.code) in client.heard)


async def test_a_similar_invite_is_given_again_unless_a_unique_one_is_asked_for(client: Client, channel: Channel):
    place = text_channel(client, channel)
    first = await place.create_invite(max_age=60, unique=False)
    assert (await place.create_invite(max_age=60, unique=False)).code == first.code
    assert (await place.create_invite(max_age=60, unique=True)).code != first.code


@pytest.mark.parametrize("wrong", [{"max_age": 604_801}, {"max_uses": 101}])
async def test_limits_of_an_invite_are_checked(client: Client, channel: Channel, wrong: dict[str, int]):
    with refused(50035, status=400):
        await text_channel(client, channel).create_invite(**wrong)


async def test_an_invite_gives_roles(client: Client, world: DiscordWorld, guild: Guild, channel: Channel, ana: Person):
    marker = world.role(guild, "campaign")
    route = discord.http.Route("POST", "/channels/{channel_id}/invites", channel_id=channel.id)
    made = await client.http.request(route, json={"role_ids": [str(marker.id)], "unique": True})
    assert [role["name"] for role in made["roles"]] == ["campaign"]
    ana.joins(made["code"])
    await until(lambda: client.raw_of("GUILD_MEMBER_ADD"))
    assert client.raw_of("GUILD_MEMBER_ADD")[0][1]["roles"] == [str(marker.id)]
    high = next(role for role in guild.roles.values() if role.managed)
    with refused(50013):
        await client.http.request(route, json={"role_ids": [str(high.id)]})


async def test_a_vanity_address_counts_for_itself(client: Client, guild: Guild, ana: Person, ben: Person):
    guild.vanity_code, guild.features = "lune", {"VANITY_URL"}
    ana.opens("https://discord.gg/lune")
    ben.joins_by_vanity(guild)
    assert await client.http.get_vanity_code(guild.id) == {"code": "lune", "uses": 2}
    assert await uses(client, guild) == {}
    assert guild.members[ana.id].source is JoinSource.VANITY
    shown = await client.get_guild(guild.id).vanity_invite()
    assert (shown.code, shown.uses, shown.inviter) == ("lune", 2, None)


async def test_screening_then_leaving_then_coming_again(client: Client, guild: Guild, channel: Channel, ana: Person):
    guild.features = {SCREENING}
    await client.get_guild(guild.id).chunk()
    made = await text_channel(client, channel).create_invite()
    ana.joins(made.code)
    with pytest.raises(ImpossibleError, match="accept the rules"):
        ana.says(channel, "Hello")
    ana.passes_screening(guild)
    await until(lambda: ("update", ana.id, True, False) in client.heard)
    ana.leaves(guild)
    await until(lambda: ("remove", ana.id) in client.heard)
    ana.joins(made.code)
    await until(lambda: client.heard.count(("join", ana.id)) == 2)
    assert client.get_guild(guild.id).get_member(ana.id).flags.did_rejoin
    assert await uses(client, guild) == {made.code: 2}


async def test_joins_may_be_told_twice(client: Client, guild: Guild, ana: Person):
    guild.join_copies = 2
    ana.discovers(guild)
    await until(lambda: len(client.raw_of("GUILD_MEMBER_ADD")) == 2)
    assert client.heard == [("join", ana.id)]  # discord.py drops the second: it has the member already


async def test_a_kick_a_ban_and_a_leave_look_the_same(
    client: Client, world: DiscordWorld, guild: Guild, ana: Person, ben: Person, olga: Person
):
    cem = world.user("cem")
    for person in (ana, ben, cem):
        person.discovers(guild)
    ana.leaves(guild)
    olga.kicks(ben, guild)
    olga.bans(cem, guild)
    await until(lambda: len(client.raw_of("GUILD_MEMBER_REMOVE")) == 3)
    assert {tuple(data) for _, data in client.raw_of("GUILD_MEMBER_REMOVE")} == {("guild_id", "user")}
    with pytest.raises(ImpossibleError, match="banned"):
        cem.discovers(guild)
    actions = [entry async for entry in client.get_guild(guild.id).audit_logs()]
    assert [entry.action.name for entry in actions[:2]] == ["ban", "kick"]
    olga.unbans(cem, guild)
    cem.discovers(guild)


async def test_joins_can_be_paused(client: Client, guild: Guild, ana: Person, clock: FakeClock):
    await client.http.edit_incident_actions(
        guild.id, payload={"invites_disabled_until": (clock.now() + timedelta(hours=1)).isoformat()}
    )
    with pytest.raises(ImpossibleError, match="paused"):
        ana.discovers(guild)
    clock.advance(hours=1)
    ana.discovers(guild)


async def search(client: Client, guild: Guild, **query: Any) -> dict[str, Any]:
    route = discord.http.Route("POST", "/guilds/{guild_id}/members-search", guild_id=guild.id)
    answer: dict[str, Any] = await client.http.request(route, json=query)
    return answer


async def test_the_members_search_knows_who_came_how(
    client: Client, world: DiscordWorld, guild: Guild, channel: Channel, clock: FakeClock, ana: Person, ben: Person
):
    made = await text_channel(client, channel).create_invite()
    ana.joins(made.code)
    clock.advance(seconds=1)
    ben.discovers(guild)
    found = await search(client, guild, and_query={"user_id": {"or_query": [str(ana.id)]}})
    assert [hit["source_invite_code"] for hit in found["members"]] == [made.code]
    assert found["members"][0]["inviter_id"] == str(client.user.id)
    found = await search(client, guild, or_query={"join_source_type": {"or_query": [3, 5]}}, limit=10, sort=1)
    assert [hit["member"]["user"]["username"] for hit in found["members"]] == ["ben", "ana"]
    assert [hit["join_source_type"] for hit in found["members"]] == [3, 5]
    assert (await search(client, guild, and_query={"did_rejoin": True}))["total_result_count"] == 0
    guild.index_lag = timedelta(minutes=1)
    assert (await search(client, guild, or_query={"source_invite_code": {"or_query": [made.code]}}))["members"] == []
    clock.advance(minutes=1)
    assert (await search(client, guild, or_query={"source_invite_code": {"or_query": [made.code]}}))["members"]


async def test_the_members_search_may_not_be_ready(client: Client, world: DiscordWorld, guild: Guild):
    world.faults.not_indexed(retry_after=2)
    answer = await search(client, guild)
    assert (answer["code"], answer["retry_after"]) == (110000, 2)
    assert (await search(client, guild))["total_result_count"] == 2


def test_an_account_is_as_old_as_one_says(world: DiscordWorld, clock: FakeClock):
    young = world.user("young", created_at=clock.now() - timedelta(days=2))
    assert clock.now() - discord.utils.snowflake_time(young.id) == timedelta(days=2)
    assert young.created_at == clock.now() - timedelta(days=2)

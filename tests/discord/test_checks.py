"""What has to be set right on Discord before a campaign can work."""

from dataclasses import replace

import pytest
from discord.http import HTTPClient

from bots.discord.checks import checks
from bots.exchange.errors import RefusedTokenError
from bots.sandbox.discord import Bot, DiscordServer, DiscordWorld, Guild, Permission, Person
from bots.sandbox.discord.intents import Intent
from core.campaign.values import Campaign, Community, Do, Job, Platform, Post, Reward, To
from tests.discord.conftest import campaign_in


def giving(role: int, *guilds: Guild, **changes: object) -> Campaign:
    reward = Reward(id="apprentice", to=To.ADVOCATE, kind="discord_role", setting=str(role), at=3)
    return campaign_in(*guilds, rewards=(reward,), **changes)


async def problems(http: HTTPClient, *campaigns: Campaign) -> list[str]:
    return [f"{each.about}: {each.told} -> {each.fix}" for each in await checks(http, campaigns) if not each.is_well]


async def test_a_server_as_it_should_be(http: HTTPClient, world: DiscordWorld, guild: Guild, bot: Bot):
    role = world.role(guild, "Apprentice", position=1)
    channel = guild.text_channels()[0]
    campaign = giving(role.id, guild)
    campaign = replace(campaign, communities=(replace(campaign.communities[0], channel=channel.id),))
    found = await checks(http, [campaign])
    assert [each.told for each in found if not each.is_well] == []
    assert len(found) == 7


async def test_a_campaign_without_a_server_asks_for_the_token_alone(http: HTTPClient, world: DiscordWorld, bot: Bot):
    calls = len(world.calls)
    [found] = await checks(http, [campaign_in()])
    assert (found.about, found.told, found.is_well) == ("Discord", f"the token is {bot.username}'s", True)
    assert len(world.calls) == calls + 1


async def test_a_server_that_the_bot_is_not_in_comes_with_the_address_that_adds_it(
    http: HTTPClient, world: DiscordWorld, olga: Person, bot: Bot
):
    elsewhere = world.guild("Elsewhere", owner=olga)
    [found] = [each for each in await problems(http, campaign_in(elsewhere)) if str(elsewhere.id) in each]
    assert f"oauth2/authorize?client_id={bot.id}&" in found
    assert "permissions=3121" in found  # see and write, invite, manage the server and its channels


@pytest.mark.parametrize(("known", "well"), [(["https://lune.example/back"], True), ([], False)])
async def test_where_people_come_back_must_be_known_to_discord(
    http: HTTPClient, bot: Bot, known: list[str], well: bool
):
    bot.redirect_uris = known
    found = await checks(http, [campaign_in()], back="https://lune.example/back")
    assert [each.is_well for each in found if "consent" in each.about] == [well]


async def test_rights_that_are_missing(http: HTTPClient, world: DiscordWorld, olga: Person, bot: Bot):
    bot.privileged = Intent(0)
    weak = world.guild("Weak", owner=olga, bots=[bot], permissions=Permission.VIEW_CHANNEL)
    for role in weak.roles.values():
        role.permissions = Permission.VIEW_CHANNEL
    role = world.role(weak, "Apprentice", position=1)
    board = Job(do=Do.LEADERBOARD, cron="0 18 * * 5")
    found = await problems(http, giving(role.id, weak, schedule=(board,)))
    assert "Server Members Intent: off" in found[0]
    assert "switch it on" in found[0]
    assert [each.rpartition("the right ")[2] for each in found[1:]] == [
        "Manage Server in Server Settings > Roles",
        "Manage Roles in Server Settings > Roles",
        "Create Invite in Server Settings > Roles",
        "Send Messages in Server Settings > Roles",
    ]


@pytest.mark.parametrize("several", [False, True])
async def test_roles_that_cannot_be_given(http: HTTPClient, world: DiscordWorld, guild: Guild, bot: Bot, several: bool):
    others = [world.guild("Elsewhere", bots=[bot])] if several else []
    high = world.role(guild, "High", position=99)
    managed = world.role(guild, "Another bot", position=1, bot_id=4711)
    found = [(await problems(http, giving(role, *others, guild)))[0] for role in (high.id, managed.id, guild.id, 12345)]
    assert "drag the bot's own role above 'High'" in found[0]
    assert "make a role of its own" in found[1]
    assert "make a role of its own" in found[2]
    assert "none of the campaign's servers has it" in found[3]


async def test_a_server_that_the_bot_is_not_in_and_a_channel_that_is_not_there(
    http: HTTPClient, world: DiscordWorld, guild: Guild
):
    there = Community(name="a", platform=Platform.DISCORD, chat=guild.id, channel=4711)
    strange = Community(name="b", platform=Platform.DISCORD, chat=world.guild("Strange").id)
    found = await problems(http, campaign_in(communities=(there, strange)))
    assert "channel 4711" in found[0]
    assert "the bot is not in it" in found[1]


async def test_a_token_that_discord_does_not_know(server: DiscordServer, http: HTTPClient, guild: Guild):
    http.token = "wrong"
    with pytest.raises(RefusedTokenError):
        await checks(http, [campaign_in(guild)])


@pytest.mark.parametrize("named", [False, True])
async def test_pictures_need_a_right_of_their_own_where_they_are_posted(
    http: HTTPClient, world: DiscordWorld, olga: Person, bot: Bot, named: bool
):
    weak = world.guild("Weak", owner=olga, bots=[bot])
    for role in weak.roles.values():
        role.permissions &= ~Permission.ATTACH_FILES
    post = Post(id="teaser", text={"*": "Hello"}, media=("x.png",))
    channel = weak.text_channels()[0].id if named else None
    there = Community(name="a", platform=Platform.DISCORD, chat=weak.id, channel=channel)
    words, secret = replace(post, media=()), replace(post, exclusive=True)
    for posts, wanted in (((post,), 1), ((words,), 0), ((secret,), 0)):
        found = await problems(http, campaign_in(communities=(there,), posts=posts))
        assert len([each for each in found if "Attach Files" in each]) == wanted

"""A second opinion: hikari, which shares no code with discord.py, takes the stand-in for Discord as well."""

from collections.abc import AsyncIterator
from typing import Any

import hikari
import pytest

from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, Person
from tests.sandbox.discord.stage import hikari_bot
from tests.waiting import until


@pytest.fixture
async def rest(server: DiscordServer, bot: Bot, guild: Guild) -> AsyncIterator[hikari.impl.RESTClientImpl]:
    app = hikari.RESTApp(url=server.api_url)
    await app.start()
    async with app.acquire(bot.token, "Bot") as client:
        yield client
    await app.close()


async def test_it_reads_and_acts(
    rest: hikari.impl.RESTClientImpl, world: DiscordWorld, guild: Guild, channel: Channel, ana: Person, ben: Person
):
    assert (await rest.fetch_my_user()).username == "sayso"
    assert (await rest.fetch_application()).name == "sayso"
    seen = await rest.fetch_guild(guild.id)
    assert (seen.name, seen.owner_id, len(seen.get_roles()) >= 0) == (guild.name, guild.owner.id, True)
    made = await rest.create_invite(channel.id, max_uses=2, max_age=3600, unique=True)
    ana.joins(made.code)
    (listed,) = await rest.fetch_guild_invites(guild.id)
    assert (listed.code, listed.uses, listed.max_uses) == (made.code, 1, 2)
    assert [member.username async for member in rest.fetch_members(guild.id)] == ["sayso", "olga", "ana"]
    role = world.role(guild, "Friend")
    await rest.add_role_to_member(guild.id, ana.id, role.id, reason="a reward")
    assert guild.members[ana.id].roles == [role.id]
    await rest.create_message(channel.id, "Hello", embed=hikari.Embed(title="Lune"))
    assert ana.sees(channel)[0].text == "Hello\nLune"
    await (await rest.create_dm_channel(ana.id)).send("In private")
    assert ana.inbox[0].content == "In private"
    ana.closes_dms()
    with pytest.raises(hikari.ForbiddenError) as refusal:
        await (await rest.create_dm_channel(ana.id)).send("Again")
    assert refusal.value.code == 50007
    await rest.delete_invite(made.code)
    with pytest.raises(hikari.NotFoundError):
        await rest.fetch_invite(made.code)


async def test_it_syncs_commands(rest: hikari.impl.RESTClientImpl, bot: Bot):
    builder = rest.slash_command_builder("link", "Your link").add_option(
        hikari.CommandOption(type=hikari.OptionType.STRING, name="campaign", description="Which", is_required=True)
    )
    (command,) = await rest.set_application_commands(bot.id, [builder])
    assert (command.name, command.application_id) == ("link", bot.id)
    assert [one.name for one in await rest.fetch_application_commands(bot.id)] == ["link"]


async def test_it_waits_out_a_limit(rest: hikari.impl.RESTClientImpl, world: DiscordWorld, channel: Channel):
    fault = world.faults.too_many(retry_after=0.05)
    await rest.create_message(channel.id, "Hello")
    assert fault.hits == 1


@pytest.fixture
async def second(server: DiscordServer, bot: Bot, guild: Guild) -> AsyncIterator[hikari.GatewayBot]:
    app = hikari_bot(server, bot)
    try:
        yield app
    finally:
        if app.is_alive:
            await app.close()


async def test_it_listens(
    second: hikari.GatewayBot,
    world: DiscordWorld,
    bot: Bot,
    guild: Guild,
    channel: Channel,
    ana: Person,
    ben: Person,
    olga: Person,
):
    heard: list[Any] = []

    @second.listen()
    async def on_guild(event: hikari.GuildAvailableEvent) -> None:
        heard.append(("guild", event.guild.name))

    @second.listen()
    async def on_join(event: hikari.MemberCreateEvent) -> None:
        heard.append(("join", event.user.username))

    @second.listen()
    async def on_leave(event: hikari.MemberDeleteEvent) -> None:
        heard.append(("leave", event.user.username))

    @second.listen()
    async def on_invite(event: hikari.InviteCreateEvent) -> None:
        heard.append(("invite", event.code))

    @second.listen()
    async def on_interaction(event: hikari.CommandInteractionCreateEvent) -> None:
        await event.interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE, "Your link", flags=hikari.MessageFlag.EPHEMERAL
        )

    await second.start(check_for_updates=False)
    await until(lambda: ("guild", guild.name) in heard)
    invite = olga.invites(channel)
    ana.joins(invite)
    await until(lambda: heard[1:] == [("invite", invite.code), ("join", "ana")])

    await second.rest.set_application_commands(bot.id, [second.rest.slash_command_builder("link", "Your link")])
    ran = ana.runs(bot, "link", channel)
    assert (await world.until(lambda: ran.reply)).content == "Your link"

    with bot.gateway.down():
        ana.leaves(guild)
        ben.discovers(guild)
    await until(lambda: heard[3:] == [("leave", "ana"), ("join", "ben")])
    assert (bot.gateway.identifies, bot.gateway.resumes) == (1, 1)

"""What bots do to people and what people see of it: messages, private ones, roles, OAuth2."""

from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import discord
import pytest

from bots.sandbox.discord import (
    SCREENING,
    Bot,
    Channel,
    DiscordServer,
    DiscordWorld,
    Guild,
    ImpossibleError,
    JoinSource,
    Permission,
    Person,
    Role,
)
from tests.clock import FakeClock
from tests.sandbox.discord.stage import Client, refused
from tests.waiting import until

BACK = "https://lune.example/back"


async def dm(client: Client, person: Person, text: str = "Hello", **more: Any) -> discord.Message:
    user = await client.fetch_user(person.id)
    return await user.send(text, **more)


async def test_a_private_message_arrives_and_reads_as_it_is_now(client: Client, guild: Guild, ana: Person):
    ana.discovers(guild)
    sent = await dm(client, ana)
    assert [message.text for message in ana.inbox] == ["Hello"]
    await sent.edit(content="Hello again")
    assert [message.text for message in ana.inbox] == ["Hello again"]
    await sent.delete()
    assert ana.inbox == []


async def test_who_takes_no_private_messages_gets_none(client: Client, bot: Bot, guild: Guild, ana: Person):
    with refused(50278):
        await dm(client, ana)
    ana.discovers(guild)
    ana.closes_dms()
    with refused(50007):
        await dm(client, ana)
    ana.opens_dms()
    ana.blocks(bot)
    with refused(50007):
        await dm(client, ana)
    ana.unblocks(bot)
    await dm(client, ana)
    assert len(ana.inbox) == 1


async def test_a_message_with_all_there_is(client: Client, guild: Guild, channel: Channel, ana: Person, tmp_path):
    ana.discovers(guild)
    picture = tmp_path / "card.png"
    picture.write_bytes(b"png")
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="Open", url="https://lune.example/a"))
    embed = discord.Embed(title="Lune", description="A night out").add_field(name="When", value="Tonight")
    place = client.get_channel(channel.id)
    with closing(discord.File(picture)) as file:
        sent = await place.send("Look", embed=embed, view=view, file=file)
    (message,) = ana.sees(channel)
    assert message.text == "Look\nLune\nA night out"
    assert message.url("Open") == "https://lune.example/a"
    assert [one["filename"] for one in message.attachments] == ["card.png"]
    assert sent.attachments[0].size == 3
    fetched = await place.fetch_message(sent.id)
    assert fetched.embeds[0].fields[0].name == "When"
    assert [one.id async for one in place.history()] == [sent.id]


async def test_components_of_the_new_kind_are_kept_and_checked(client: Client, channel: Channel, olga: Person):
    view = discord.ui.LayoutView()
    row = discord.ui.ActionRow(discord.ui.Button(label="Mine", custom_id="mine"))
    view.add_item(discord.ui.Container(discord.ui.TextDisplay("**Lune**"), discord.ui.Separator(), row))
    await client.get_channel(channel.id).send(view=view)
    assert olga.sees(channel)[0].text == "**Lune**"
    assert olga.sees(channel)[0].button("Mine")["custom_id"] == "mine"
    with refused(50035, status=400):
        await client.http.request(
            discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id),
            json={"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "x"}]},
        )


@pytest.mark.parametrize(
    ("message", "code"),
    [({"content": "x" * 2001}, 50035), ({}, 50006), ({"embeds": [{"description": "x" * 6001}]}, 50035)],
)
async def test_what_is_too_long_or_empty_is_refused(client: Client, channel: Channel, message: Any, code: int):
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)
    with refused(code, status=400):
        await client.http.request(route, json=message)


async def test_a_nonce_makes_sending_safe_to_repeat(client: Client, channel: Channel, olga: Person):
    place = client.get_channel(channel.id)
    first, second = [await place.send("once", nonce="reward-1") for _ in range(2)]
    assert first.id == second.id
    assert len(olga.sees(channel)) == 1


async def test_roles_are_given_below_ones_own(client: Client, world: DiscordWorld, bot: Bot, guild: Guild, ana: Person):
    ana.discovers(guild)
    low = world.role(guild, "Friend")
    high = world.role(guild, "Boss", position=guild.top(bot) + 1)
    member = await client.get_guild(guild.id).fetch_member(ana.id)
    await member.add_roles(discord.Object(low.id), reason="a reward")
    await member.add_roles(discord.Object(low.id))
    await until(lambda: client.raw_of("GUILD_MEMBER_UPDATE"))
    assert guild.members[ana.id].roles == [low.id]
    assert len(client.raw_of("GUILD_MEMBER_UPDATE")) == 1
    with refused(50013):
        await member.add_roles(discord.Object(high.id))
    with refused(10011, status=404):
        await member.add_roles(discord.Object(1))
    await member.remove_roles(discord.Object(low.id))
    assert guild.members[ana.id].roles == []


async def test_roles_are_made_changed_and_deleted(client: Client, guild: Guild, ana: Person):
    ana.discovers(guild)
    here = client.get_guild(guild.id)
    role = await here.create_role(name="Tier 1")
    await until(lambda: here.get_role(role.id))
    await role.edit(name="Tier 2")
    await (await here.fetch_member(ana.id)).add_roles(role)
    counts = await client.http.request(
        discord.http.Route("GET", "/guilds/{guild_id}/roles/member-counts", guild_id=guild.id)
    )
    assert counts[str(role.id)] == 1
    assert [one.name for one in await here.fetch_roles()] == ["@everyone", "sayso", "Tier 2"]
    await role.delete()
    assert guild.members[ana.id].roles == []


async def test_people_run_their_guild(client: Client, world: DiscordWorld, guild: Guild, ana: Person, olga: Person):
    role: Role = world.role(guild, "Helper", permissions=Permission.MANAGE_ROLES)
    low = world.role(guild, "Guest")
    ana.discovers(guild)
    with pytest.raises(ImpossibleError):
        ana.gives_role(low, olga, guild)
    olga.gives_role(role, ana, guild)
    ana.gives_role(low, ana, guild)
    with pytest.raises(ImpossibleError):
        ana.takes_role(role, ana, guild)
    olga.takes_role(role, ana, guild)
    await until(lambda: len(client.raw_of("GUILD_MEMBER_UPDATE")) == 3)


def consent_url(server: DiscordServer, bot: Bot, **more: str) -> str:
    query = {
        "client_id": str(bot.id),
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "identify guilds.join",
        "state": "s1",
    }
    return f"{server.authorize_url}?{urlencode(query | more)}"


async def token(http: aiohttp.ClientSession, bot: Bot, **form: str) -> tuple[int, Any]:
    credentials = {"client_id": str(bot.id), "client_secret": bot.client_secret}
    async with http.post("/api/v10/oauth2/token", data=credentials | form) as response:
        return response.status, await response.json()


def code_in(url: str) -> str:
    query = parse_qs(urlsplit(url).query)
    assert query["state"] == ["s1"]
    return query["code"][0]


async def join_by_oauth(client: Client, guild: Guild, ana: Person, access: str, **more: Any) -> Any:
    route = discord.http.Route("PUT", "/guilds/{guild_id}/members/{user_id}", guild_id=guild.id, user_id=ana.id)
    return await client.http.request(route, json={"access_token": access} | more)


async def test_a_person_is_let_in_by_oauth2(
    client: Client, server: DiscordServer, world: DiscordWorld, http, bot: Bot, guild: Guild, ana: Person
):
    guild.features = {SCREENING}
    role = world.role(guild, "Friend")
    code = code_in(ana.authorizes(consent_url(server, bot)))
    status, tokens = await token(http, bot, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert (status, tokens["scope"]) == (200, "identify guilds.join")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    async with http.get("/api/v10/users/@me", headers=bearer) as response:
        assert (await response.json())["id"] == str(ana.id)
    async with http.get("/api/v10/oauth2/@me", headers=bearer) as response:
        assert (await response.json())["user"]["username"] == "ana"
    async with http.get("/api/v10/users/@me/guilds", headers=bearer) as response:
        assert response.status == 401
    joined = await join_by_oauth(client, guild, ana, tokens["access_token"], roles=[str(role.id)])
    assert (joined["roles"], joined["pending"]) == ([str(role.id)], False)
    assert guild.members[ana.id].source is JoinSource.BOT
    assert await join_by_oauth(client, guild, ana, tokens["access_token"]) in ("", None)
    assert [call.status for call in world.calls if call.method == "PUT"] == [201, 204]
    await until(lambda: ("join", ana.id) in client.heard)


async def test_what_is_wrong_with_tokens_is_said(
    client: Client, server: DiscordServer, http, bot: Bot, guild: Guild, clock: FakeClock, ana: Person, olga: Person
):
    code = code_in(ana.authorizes(consent_url(server, bot)))
    exchange = {"grant_type": "authorization_code", "redirect_uri": BACK}
    assert (await token(http, bot, code="x", **exchange))[1]["error"] == "invalid_grant"
    assert (await token(http, bot, client_secret="x", code=code, **exchange)) == (
        401,
        {"error": "invalid_client", "error_description": "Invalid client"},
    )
    assert (await token(http, bot, grant_type="password"))[1]["error"] == "unsupported_grant_type"
    _, tokens = await token(http, bot, code=code, **exchange)
    assert (await token(http, bot, code=code, **exchange))[0] == 400
    _, renewed = await token(http, bot, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    with refused(50025):
        await join_by_oauth(client, guild, ana, tokens["access_token"])
    basic = {"Authorization": aiohttp.encode_basic_auth(str(bot.id), bot.client_secret)}
    ended = {"token": renewed["access_token"]}
    async with http.post("/api/v10/oauth2/token/revoke", data=ended, headers=basic) as response:
        assert response.status == 200
    with refused(50025):
        await join_by_oauth(client, guild, ana, renewed["access_token"])
    _, tokens = await token(http, bot, code=code_in(ana.authorizes(consent_url(server, bot))), **exchange)
    olga.bans(ana, guild)
    with refused(40007):
        await join_by_oauth(client, guild, ana, tokens["access_token"])
    clock.advance(days=7)
    with refused(50025):
        await join_by_oauth(client, guild, ana, tokens["access_token"])


async def test_a_code_with_a_challenge_is_for_who_knows_its_secret(server: DiscordServer, http, bot: Bot, ana: Person):
    proof = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    exchange = {"grant_type": "authorization_code", "redirect_uri": BACK}
    for told, status in (({}, 400), ({"code_verifier": "x" * 43}, 400), ({"code_verifier": verifier}, 200)):
        code = code_in(ana.authorizes(consent_url(server, bot, **proof)))
        assert (await token(http, bot, code=code, **exchange, **told))[0] == status
    with pytest.raises(ImpossibleError):
        ana.authorizes(consent_url(server, bot, **proof | {"code_challenge_method": "plain"}))


async def test_one_may_decline_and_wrong_pages_are_refused(server: DiscordServer, bot: Bot, ana: Person):
    assert "error=access_denied" in ana.declines(consent_url(server, bot))
    for wrong in ({"redirect_uri": "https://evil.example"}, {"scope": "everything"}, {"client_id": "1"}):
        with pytest.raises(ImpossibleError):
            ana.authorizes(consent_url(server, bot, **wrong))


async def test_the_page_works_in_a_browser(server: DiscordServer, http, bot: Bot, ana: Person):
    url = consent_url(server, bot)
    async with http.get(url) as response:
        assert "sayso wants to access your account" in await response.text()
    answer = {"user": str(ana.id), "answer": "authorize"}
    async with http.post(url, data=answer, allow_redirects=False) as response:
        code = code_in(response.headers["Location"])
    assert (await token(http, bot, grant_type="authorization_code", code=code, redirect_uri=BACK))[0] == 200
    async with http.post(url, data=answer | {"answer": "cancel"}, allow_redirects=False) as response:
        assert "access_denied" in response.headers["Location"]
    async with http.get(consent_url(server, bot, redirect_uri="x")) as response:
        assert response.status == 400

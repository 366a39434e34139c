"""A world, its server, and a judge: what a test makes the stand-in say is held against Discord's own description."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bots.sandbox.discord import Bot, Channel, DiscordServer, DiscordWorld, Guild, Person
from tests.clock import FakeClock
from tests.sandbox.discord.spec import PATH, DiscordSpec
from tests.sandbox.discord.stage import Client, pointed_at, running

# What an event carries, and what it adds to the thing that the description knows.
EVENTS = {
    "GUILD_MEMBER_ADD": ("GuildMemberResponse", {"guild_id"}),
    "GUILD_MEMBER_UPDATE": ("GuildMemberResponse", {"guild_id"}),
    "MESSAGE_CREATE": ("MessageResponse", {"guild_id", "member"}),
    "MESSAGE_UPDATE": ("MessageResponse", {"guild_id", "member"}),
}


@pytest.fixture(scope="session")
def spec() -> DiscordSpec:
    if not PATH.exists():
        pytest.skip("Discord's description is not here")
    return DiscordSpec()


@pytest.fixture
def world(clock: FakeClock) -> DiscordWorld:
    return DiscordWorld(clock=clock)


@pytest.fixture(autouse=True)
def judged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every answer, and every event that carries a described thing, must be as Discord describes it."""
    if "world" not in request.fixturenames or not PATH.exists():
        yield
        return
    spec, world = request.getfixturevalue("spec"), request.getfixturevalue("world")
    yield
    problems = [
        problem
        for call in world.calls
        for problem in spec.wrong_answer(call.method, call.route, call.status, call.result)
        if call.status
    ]
    for bot in world.bots:
        for kind, (schema, extra) in EVENTS.items():
            for event in bot.gateway.told(kind):
                described = {name: value for name, value in event.data.items() if name not in extra}
                problems += spec.wrong_with(described, schema, kind)
    assert problems == []


@pytest.fixture
async def server(world: DiscordWorld) -> AsyncIterator[DiscordServer]:
    async with DiscordServer(world) as server:
        with pointed_at(server):
            yield server


@pytest.fixture
def bot(world: DiscordWorld) -> Bot:
    return world.bot("sayso", redirect_uris=["https://lune.example/back"])


@pytest.fixture
def ana(world: DiscordWorld) -> Person:
    return world.user("ana")


@pytest.fixture
def ben(world: DiscordWorld) -> Person:
    return world.user("ben")


@pytest.fixture
def olga(world: DiscordWorld) -> Person:
    return world.user("olga")


@pytest.fixture
def guild(world: DiscordWorld, bot: Bot, olga: Person) -> Guild:
    """Olga's guild, with the bot in it."""
    return world.guild("Friends of Lune", owner=olga, bots=[bot])


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.text_channels()[0]


@pytest.fixture
async def client(server: DiscordServer, bot: Bot, guild: Guild) -> AsyncIterator[Client]:
    """The bot as discord.py drives it, ready."""
    async with running(Client(), bot) as client:
        yield client


@pytest.fixture
async def http(server: DiscordServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session

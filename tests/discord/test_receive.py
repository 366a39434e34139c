"""What the gateway says is kept: once, in its order, whatever happens to the connection and the database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord.http import HTTPClient

from bots.discord import receive
from bots.discord.events import read_frame
from bots.discord.gateway import Gateway, final, patience
from bots.discord.receive import SOURCE, Keeper
from bots.exchange.errors import RefusedTokenError
from bots.sandbox.discord import Bot, Channel, DiscordWorld, Guild, Intent, Person
from core import inbox
from core.database import Database, DatabaseUnavailableError
from core.errors import OperatorError
from core.inbox import Waiting
from tests.clock import FakeClock
from tests.discord.conftest import REFERRALS, Door, Noted
from tests.waiting import until


async def waiting(door: Door) -> list[Waiting]:
    async with door.db.begin() as tx:
        return await inbox.take(tx, SOURCE, now=door.clock.now(), limit=10_000)


async def kept(door: Door) -> list[tuple[str, int]]:
    """The members' events that wait in the inbox, in their order: which kind, and who."""
    await door.hear()
    frames = [json.loads(each.content) for each in await waiting(door)]
    return [(each["t"], int(each["d"]["user"]["id"])) for each in frames if "MEMBER" in each["t"]]


def many(world: DiscordWorld, number: int) -> list[Person]:
    return [world.user() for _ in range(number)]


ADD, REMOVE, UPDATE = "GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_UPDATE"


# Connected


async def test_what_happens_is_kept_in_its_order(door: Door, world: DiscordWorld, guild: Guild):
    people = many(world, 150)
    for person in people:
        person.discovers(guild)
        person.leaves(guild)
    assert await kept(door) == [(kind, person.id) for person in people for kind in (ADD, REMOVE)]
    assert door.keeper.arrived.is_set()
    assert door.keeper.waiting_since() is None


async def test_only_what_is_needed_is_asked_for(on_sqlite: Door, bot: Bot):
    [session] = bot.gateway.connected
    assert session.intents == Intent.GUILDS | Intent.GUILD_MEMBERS | Intent.GUILD_INVITES


async def test_what_nobody_asked_to_see_is_not_kept(on_sqlite: Door, guild: Guild):
    on_sqlite.bot.gateway.tell("GUILD_ROLE_UPDATE", guild.id, lambda _: {"guild_id": str(guild.id), "role": {}})
    on_sqlite.bot.gateway.tell("PRESENCE_UPDATE", guild.id, lambda _: {"guild_id": str(guild.id)})
    await on_sqlite.hear()
    assert [read_frame(each.content).t for each in await waiting(on_sqlite)] == ["GUILD_CREATE"]


async def test_of_a_server_only_what_we_need_is_kept(on_sqlite: Door, guild: Guild):
    await on_sqlite.hear()
    [created] = await waiting(on_sqlite)
    data = json.loads(created.content)["d"]
    assert data["name"] == "Le Cercle"
    assert [member["user"]["id"] for member in data["members"]] == [on_sqlite.bot.id]
    assert "channels" not in data


# What is not certain to come once


async def test_a_resume_that_repeats_everything_changes_nothing(
    door: Door, bot: Bot, guild: Guild, ana: Person, ben: Person
):
    ana.discovers(guild)
    await door.hear()
    with bot.gateway.down():
        ben.discovers(guild)
    assert await kept(door) == [(ADD, ana.id), (ADD, ben.id)]
    [session] = bot.gateway.connected
    for event in session.log:  # as if nothing had been acknowledged
        session.send(event.frame())
    await until(lambda: door.noted.told.count("ready") == 2)
    assert await kept(door) == [(ADD, ana.id), (ADD, ben.id)]
    assert bot.gateway.identifies == 1


async def test_a_lost_connection_is_resumed_and_nothing_is_missed(
    door: Door, world: DiscordWorld, bot: Bot, guild: Guild
):
    people = many(world, 9)
    for number, person in enumerate(people):
        match number % 3:
            case 0:
                bot.gateway.drop()
            case 1:
                bot.gateway.reconnect()
            case 2:
                bot.gateway.invalidate(resumable=True)
        person.discovers(guild)
        await until(door.has_heard_all)
    assert await kept(door) == [(ADD, person.id) for person in people]
    assert bot.gateway.identifies == 1
    assert door.noted.told.count("ready") == 1
    assert "resumed" in door.noted.told
    assert "away" in door.noted.told


async def test_somebody_learns_that_nothing_is_heard_before_it_goes_on(on_sqlite: Door, bot: Bot):
    on_sqlite.noted.told.clear()
    with bot.gateway.down():
        await until(lambda: on_sqlite.noted.told)
        assert on_sqlite.noted.told == ["away"]
    await until(on_sqlite.has_heard_all)
    assert on_sqlite.noted.told[-1] == "resumed"


async def test_a_session_that_is_over_is_followed_by_a_new_one_which_says_so(
    impatient: list[float], door: Door, bot: Bot, guild: Guild, ana: Person, ben: Person
):
    ana.discovers(guild)
    await door.hear()
    door.noted.told.clear()
    bot.gateway.invalidate()
    await until(door.has_heard_all)
    ben.discovers(guild)
    assert await kept(door) == [(ADD, ana.id), (ADD, ben.id)]
    assert bot.gateway.identifies == 2
    assert [each for each in door.noted.told if each != "away"] == ["ready", guild.id]
    assert impatient == [5.0]


async def test_events_of_a_new_session_never_pass_for_those_of_the_old_one(
    impatient: list[float], door: Door, world: DiscordWorld, bot: Bot, guild: Guild
):
    people = many(world, 6)
    for person in people:  # the same numbers again and again
        person.discovers(guild)
        await door.hear()
        bot.gateway.forget()
        await until(door.has_heard_all)
    assert await kept(door) == [(ADD, person.id) for person in people]
    assert bot.gateway.identifies == 7


async def test_a_server_that_was_away_is_to_be_caught_up_with(on_sqlite: Door, world: DiscordWorld, guild: Guild):
    await on_sqlite.hear()
    on_sqlite.noted.told.clear()
    world.outage(guild)
    await on_sqlite.hear()
    assert on_sqlite.noted.told == []
    world.recover(guild)
    await on_sqlite.hear()
    assert on_sqlite.noted.told == [guild.id]


async def test_an_event_that_cannot_be_read_is_kept_to_be_seen_and_ends_nothing(
    door: Door, bot: Bot, guild: Guild, ana: Person
):
    bot.gateway.tell(ADD, guild.id, lambda _: {"guild_id": str(guild.id), "user": "nobody"})
    bot.gateway.tell("SOMETHING_NEW", guild.id, lambda _: {"guild_id": str(guild.id)})
    ana.discovers(guild)
    await door.hear()
    assert [json.loads(each.content)["t"] for each in await waiting(door)] == ["GUILD_CREATE", ADD, ADD]
    assert bot.gateway.identifies == 1


# Which changes of members count


async def test_of_all_changes_only_a_passed_screening_is_kept(
    on_sqlite: Door, guild: Guild, ana: Person, ben: Person, olga: Person
):
    ana.discovers(guild)
    on_sqlite.bot.gateway.tell(UPDATE, guild.id, lambda _: member_of(guild, ana))
    guild.features.add(receive.SCREENING)
    ben.discovers(guild)
    on_sqlite.bot.gateway.tell(UPDATE, guild.id, lambda _: member_of(guild, ben))
    ben.passes_screening(guild)
    assert await kept(on_sqlite) == [(ADD, ana.id), (ADD, ben.id), (UPDATE, ben.id)]


async def test_after_a_restart_a_passed_screening_is_kept_though_nobody_remembers_the_join(
    on_sqlite: Door, impatient: list[float], guild: Guild, bot: Bot, ben: Person
):
    guild.features.add(receive.SCREENING)
    with bot.gateway.down(forget=True):
        ben.discovers(guild)
    await until(on_sqlite.has_heard_all)
    ben.passes_screening(guild)
    assert await kept(on_sqlite) == [(UPDATE, ben.id)]


def member_of(guild: Guild, person: Person) -> dict[str, Any]:
    return {"guild_id": str(guild.id)} | guild.members[person.id].json()


# Messages


async def test_messages_are_heard_once_a_campaign_counts_them_and_never_with_their_words(
    impatient: list[float],
    monkeypatch: pytest.MonkeyPatch,
    http: HTTPClient,
    sqlite_db: Database,
    clock: FakeClock,
    bot: Bot,
    guild: Guild,
    channel: Channel,
    ana: Person,
):
    monkeypatch.setattr("bots.discord.gateway.LOOK_EVERY", 0.02)
    ana.discovers(guild)
    keeper, wanted = Keeper(sqlite_db, clock, watch=Noted(), asked=lambda _: None), [REFERRALS]
    async with connected(a_gateway(http, bot.token, hear=keeper.hear, wanted=wanted), bot):
        ana.says(channel, "nobody counts this")
        wanted[0] = discord.Intents(guilds=True, members=True, invites=True, guild_messages=True)
        await until(lambda: any(Intent.GUILD_MESSAGES in each.intents for each in bot.gateway.connected))
        message = ana.says(channel, f"{bot.mention} this is a secret")
        await until(keeper.keep)
        await until(lambda: bot.gateway.told("MESSAGE_CREATE"))
    await keeper.keep()
    async with sqlite_db.begin() as tx:
        kept = await inbox.take(tx, SOURCE, now=clock.now(), limit=100)
    told = [each for each in kept if read_frame(each.content).t == "MESSAGE_CREATE"]
    assert [each.key for each in told] == [f"message/{message.id}"]
    assert b"secret" not in told[0].content


async def test_what_bots_and_discord_itself_write_is_not_kept(clock: FakeClock, sqlite_db: Database):
    keeper = Keeper(sqlite_db, clock, watch=Noted(), asked=lambda _: None)
    author = {"id": "5", "username": "ana"}
    for message in (
        {"author": author | {"bot": True}},
        {"author": author, "type": 7},
        {"author": author, "webhook_id": "9"},
        {"author": author, "guild_id": None},
    ):
        data = {"id": "77", "guild_id": "3", "type": 0, **message}
        keeper.hear(json.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": 4, "d": data}))
    assert await keeper.keep() == 0


# While the database is away


class Gone:
    """A database that can be away."""

    def __init__(self, db: Database) -> None:
        self._db, self.away, self.tries = db, True, 0

    def begin(self) -> Any:
        self.tries += 1
        if self.away:
            raise DatabaseUnavailableError("it is away", fix="wait")
        return self._db.begin()


@contextmanager
def keeping(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[asyncio.Event, asyncio.Task[None]]]:
    pauses: list[float] = []

    async def at_once(stop: asyncio.Event, *, within: float) -> bool:
        pauses.append(within)
        await asyncio.sleep(0)
        return stop.is_set()

    monkeypatch.setattr("bots.discord.receive.stopped", at_once)
    stop = asyncio.Event()
    yield stop, asyncio.create_task(keeper.run(stop))


def an_arrival(seq: int, user: int, guild: int = 3) -> str:
    member = {"user": {"id": str(user), "username": "x"}, "joined_at": "2026-12-01T12:00:00+00:00", "flags": 0}
    return json.dumps({"op": 0, "t": ADD, "s": seq, "d": {"guild_id": str(guild), **member}})


async def test_while_the_database_is_away_events_wait_with_the_time_at_which_they_came(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock, db: Database
):
    gone = Gone(db)
    keeper = Keeper(gone, clock, watch=Noted(), asked=lambda _: None)  # type: ignore[arg-type]
    with keeping(keeper, monkeypatch) as (stop, running):
        first = clock.now()
        keeper.hear(an_arrival(1, 11))
        await until(lambda: gone.tries > 3)
        clock.advance(minutes=5)
        keeper.hear(an_arrival(2, 12))
        assert keeper.waiting_since() == first
        gone.away = False
        await until(lambda: keeper.waiting_since() is None)
        stop.set()
        await running
    async with db.begin() as tx:
        came = await inbox.take(tx, SOURCE, now=clock.now(), limit=10)
    assert [each.received_at for each in came] == [first, first + timedelta(minutes=5)]


async def test_what_there_was_no_room_for_is_caught_up_with(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock, db: Database
):
    monkeypatch.setattr(receive, "MOST", 3)
    gone, noted = Gone(db), Noted()
    keeper = Keeper(gone, clock, watch=noted, asked=lambda _: None)  # type: ignore[arg-type]
    with keeping(keeper, monkeypatch) as (stop, running):
        for number in range(6):
            keeper.hear(an_arrival(number + 1, 10 + number, guild=100 + number))
        await until(lambda: gone.tries > 3)
        assert noted.told == []
        gone.away = False
        await until(lambda: noted.told)
        assert noted.told == [103, 104, 105]
        stop.set()
        await running
    async with db.begin() as tx:
        assert len(await inbox.take(tx, SOURCE, now=clock.now(), limit=10)) == 3


async def test_told_to_stop_it_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch, clock: FakeClock, db: Database):
    keeper = Keeper(db, clock, watch=Noted(), asked=lambda _: None)
    with keeping(keeper, monkeypatch) as (stop, running):
        stop.set()
        keeper.hear(an_arrival(1, 11))
        await running
    assert keeper.waiting_since() is None


# When it is over


@pytest.mark.parametrize(("code", "says"), [(4010, "shard"), (4011, "2,500"), (4012, "update"), (4013, "update")])
def test_a_final_close_says_what_to_do(code: int, says: str):
    error = final(code)
    assert isinstance(error, OperatorError)
    assert says in str(error)


@pytest.mark.parametrize("code", [1000, 1006, 4000, 4009])
def test_other_closes_are_not_final(code: int):
    assert final(code) is None


async def test_without_the_switch_in_the_portal_it_ends_and_names_it(http: HTTPClient, bot: Bot):
    bot.privileged = Intent(0)
    with pytest.raises(OperatorError, match="Server Members Intent"):
        await a_gateway(http, bot.token).run(asyncio.Event())


async def test_a_token_that_is_refused_ends_it_and_is_not_shown(http: HTTPClient):
    with pytest.raises(RefusedTokenError, match="SAYSO_DISCORD_TOKEN") as refused:
        await a_gateway(http, "MTIz.wrong.token").run(asyncio.Event())
    assert "wrong" not in str(refused.value)


async def test_a_token_that_is_taken_back_ends_it(http: HTTPClient, bot: Bot, guild: Guild):
    running = asyncio.create_task(a_gateway(http, bot.token).run(asyncio.Event()))
    await until(lambda: bot.gateway.connected)
    bot.gateway.drop(4004)
    with pytest.raises(RefusedTokenError):
        await asyncio.wait_for(running, 5)


@asynccontextmanager
async def connected(gateway: Gateway, bot: Bot) -> AsyncIterator[None]:
    """The gateway at work."""
    stop = asyncio.Event()
    running = asyncio.create_task(gateway.run(stop))
    await until(lambda: bot.gateway.connected)
    yield
    stop.set()
    await running


def a_gateway(
    http: HTTPClient,
    token: str,
    *,
    hear: Callable[[str], None] = lambda _: None,
    wanted: Sequence[discord.Intents] = (REFERRALS,),
) -> Gateway:
    async def intents() -> discord.Intents:
        return wanted[0]

    return Gateway(http, token, hear=hear, away=lambda: None, intents=intents)


def limit(remaining: int) -> dict[str, Any]:
    return {"total": 1000, "remaining": remaining, "reset_after": 3_600_000, "max_concurrency": 1}


@pytest.mark.parametrize(
    ("remaining", "wait"),
    [(1000, timedelta(0)), (201, timedelta(0)), (200, timedelta(seconds=18)), (1, timedelta(hours=1))],
)
def test_the_last_sessions_of_a_day_are_spread_over_it(remaining: int, wait: timedelta):
    assert patience(limit(remaining)) == wait


def test_when_no_session_is_left_it_waits_for_the_next_day():
    assert patience(limit(0)) == timedelta(hours=1)


async def test_a_loop_of_lost_sessions_does_not_use_up_the_day(
    impatient: list[float], on_sqlite: Door, world: DiscordWorld, bot: Bot
):
    bot.gateway.identifies = 900
    bot.gateway.forget()
    await until(lambda: bot.gateway.identifies == 901)
    assert impatient == [5.0, pytest.approx(864.0)]


async def test_a_server_that_is_gone_is_tried_until_it_is_back(
    impatient: list[float], on_sqlite: Door, world: DiscordWorld, bot: Bot, guild: Guild, ana: Person
):
    world.faults.broken(503, route="/gateway/bot", times=3)
    bot.gateway.forget()
    await until(lambda: bot.gateway.identifies == 2)
    assert impatient == [5.0, 10.0, 20.0, 40.0]
    await until(on_sqlite.has_heard_all)

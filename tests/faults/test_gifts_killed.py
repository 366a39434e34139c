"""`kill -9` while invitations are made, and roles given and taken back: what stands in the end is what was granted.

The process is `sayso run`; the grants stand in the database before it lives. A test that fails names its seed.
"""

import asyncio
from collections.abc import AsyncIterator
from random import Random, randrange
from typing import Any

import pytest
from sqlalchemy import select, update

from bots.sandbox import discord as discord_world
from bots.sandbox.discord import DiscordServer
from bots.sandbox.telegram import Person, TelegramServer
from core import campaign as campaigns
from core import members, outbox, rewards
from core.campaign.values import Account, Platform, Reward, To
from core.clock import SystemClock
from core.database import Database, rows_of, table_of
from core.members import Person as Somebody
from core.outbox import Outgoing
from core.outbox.table import OutboxRow
from core.rewards import Grant
from core.rewards.table import GrantRow
from tests.depth import times
from tests.end_to_end import servers as on_discord
from tests.end_to_end import stage as on_telegram
from tests.end_to_end.servers import Servers
from tests.end_to_end.stage import Stage
from tests.faults.lives import go_on_in_peace
from tests.faults.nursery import Nursery
from tests.people import a_campaign

KILLS = times(5)
MADE, REVOKED = "createChatInviteLink", "revokeChatInviteLink"
ROLE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
_GRANT, _OUTBOX = table_of(GrantRow), table_of(OutboxRow)


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    """What the process works on, beside it."""
    db = Database(db_url)
    yield db
    await db.close()


def _random() -> Random:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    return Random(seed)


class Promises:
    """Grants of one reward, each with the row that has it brought."""

    def __init__(self, db: Database, reward: Reward, platform: Platform) -> None:
        self.db, self.reward, self.platform = db, reward, platform
        self.causes: dict[int, str] = {}  # by the account
        self.turns: dict[int, int] = {}

    async def make(self, account: int, name: str, content: dict[str, Any], *, address: int) -> None:
        """Grant it, and let it be brought."""
        now = SystemClock().now()
        somebody = Somebody(account=Account(platform=self.platform, id=account), name=name, reachable=True)
        async with self.db.begin() as tx:
            applied = await campaigns.keep(tx, a_campaign("gifts", chats=(), rewards=(self.reward,)), now=now)
            member = (await members.meet(tx, [somebody], now=now))[somebody.account].id
            cause = self.causes[account] = f"gifts/{self.reward.id}/{member}/1"
            given = {"cause": cause, "campaign_id": applied.id, "member_id": member, "granted_at": now}
            grant = Grant(reward=self.reward.id, kind=self.reward.kind, delivered_at=None, **given)
            await rewards.grant(tx, [grant])
        kind = "role" if self.platform is Platform.DISCORD else "invite"
        await self.put(kind, f"{kind}/{cause}", {**content, "cause": cause}, address=address)

    async def turn(self, account: int, content: dict[str, Any]) -> None:
        """Take it back, or give it again."""
        turns = self.turns[account] = self.turns.get(account, 0) + 1
        cause = self.causes[account]
        async with self.db.begin() as tx:
            await tx.execute(update(_GRANT).where(_GRANT.c.cause == cause).values(turns=turns))
        kind = "unrole" if turns % 2 else "role"
        await self.put(kind, f"{kind}/{cause}/{turns}", content, address=account)

    async def put(self, kind: str, key: str, content: dict[str, Any], *, address: int) -> None:
        row = Outgoing(
            key=key, door=self.platform, address=address, kind=kind, content=content, due_at=SystemClock().now()
        )
        async with self.db.begin() as tx:
            await outbox.put(tx, [row])

    async def gift(self, account: int) -> str | None:
        async with self.db.read() as tx:
            grant = await rewards.get(tx, self.causes[account])
        assert grant is not None
        return grant.gift


async def _nothing_left(db: Database) -> bool:
    async with db.read() as tx:
        return not await rows_of(tx, select(_OUTBOX.c.id).where(_OUTBOX.c.state != "failed").limit(1))


async def _claims_are_over(db: Database) -> None:
    """As if two minutes had passed: what a killed process had in hand is free again."""
    async with db.begin() as tx:
        await tx.execute(update(_OUTBOX).where(_OUTBOX.c.state == "sending").values(due_at=SystemClock().now()))


async def _failed(db: Database) -> list[str]:
    async with db.read() as tx:
        return [each.error for each in await outbox.failures(tx, limit=9)]


def _told(person: Person, start: str) -> set[str]:
    """The links that this person was shown."""
    shown = (part for message in person.inbox for part in f"{message.text} {message.buttons}".split())
    return {part.strip("'\",}]") for part in shown if start in part}


async def test_killed_after_the_link_was_made_and_before_it_was_kept_the_member_gets_one(
    db_url: str, db: Database, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    reward = Reward(id="club", to=To.ADVOCATE, kind="telegram_invite", setting=stage.cercle.id, at=1)
    environment = on_telegram.settings(db_url, server, stage.bot)
    promises, ana = Promises(db, reward, Platform.TELEGRAM), stage.world.user("Ana", language_code="en")
    ana.start(stage.bot)
    await promises.make(ana.id, "Ana", {"name": "Le Cercle"}, address=stage.cercle.id)
    held = stage.world.faults.hold(method=MADE)
    await sayso.start("run", **environment)
    await asyncio.wait_for(held.hit.wait(), 20)
    await stage.world.until(lambda: stage.cercle.links)
    assert await sayso.kill() == -9, sayso.log.read_text()
    stage.world.faults.clear()
    assert await promises.gift(ana.id) is None
    await go_on_in_peace(environment, _nothing_left)
    link = await promises.gift(ana.id)
    assert link is not None
    assert _told(ana, "t.me/+") == {link}
    assert len(stage.cercle.links) == 2  # one was shown to nobody


async def test_however_often_it_is_killed_each_has_one_invitation_and_is_shown_no_other(
    db_url: str, db: Database, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    random, world, people = _random(), stage.world, 12
    reward = Reward(id="club", to=To.ADVOCATE, kind="telegram_invite", setting=stage.cercle.id, at=1)
    environment = on_telegram.settings(db_url, server, stage.bot)
    promises = Promises(db, reward, Platform.TELEGRAM)
    guests = [world.user(f"Guest {number}", language_code="en") for number in range(people)]
    for guest in guests:
        guest.start(stage.bot)
        await promises.make(guest.id, guest.first_name, {"name": "Le Cercle"}, address=stage.cercle.id)
    for _ in range(KILLS):
        seen = len(world.calls_of(MADE))
        world.faults.slow(random.uniform(0, 0.05), method=MADE, times=people)
        await sayso.start("run", **environment)
        wanted = seen + random.randint(1, 4)
        await _meanwhile(world, lambda wanted=wanted: len(world.calls_of(MADE)) >= wanted)
        await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two calls
        assert await sayso.kill() == -9, sayso.log.read_text()
        world.faults.clear()
        await _claims_are_over(db)
    await go_on_in_peace(environment, _nothing_left)
    gifts = {guest: await promises.gift(guest.id) for guest in guests}
    assert len(set(gifts.values()) - {None}) == people
    assert {guest: _told(guest, "t.me/+") for guest in guests} == {guest: {gift} for guest, gift in gifts.items()}
    assert await _failed(db) == []
    for guest, gift in gifts.items():
        assert gift is not None
        guest.joins(stage.cercle, gift)
    await go_on_in_peace(environment, lambda db: _is_over(db, world, people))
    assert not any(stage.cercle.links[str(gift)].open_at(world.time()) for gift in gifts.values())


async def _is_over(db: Database, world: Any, people: int) -> bool:
    return len(world.calls_of(REVOKED)) >= people and await _nothing_left(db)


async def test_killed_in_the_middle_of_giving_and_taking_a_role_the_last_word_counts(
    db_url: str, db: Database, discord: DiscordServer, servers: Servers, sayso: Nursery
) -> None:
    random, world, guild = _random(), servers.world, servers.atelier
    role = servers.regular.id
    reward = Reward(id="regular", to=To.ADVOCATE, kind="discord_role", setting=str(role), at=1)
    environment = on_discord.settings(db_url, discord, servers.bot)
    promises = Promises(db, reward, Platform.DISCORD)
    people: list[discord_world.Person] = [world.user(f"p{number}") for number in range(8)]
    contents = {each: {"role": role, "account": each.id, "guilds": [guild.id]} for each in people}
    for person in people:
        person.discovers(guild)
        await promises.make(person.id, person.username, contents[person], address=person.id)
    for _ in range(KILLS):
        seen = _changes(world)
        world.faults.slow(random.uniform(0, 0.05), route=ROLE, times=len(people))
        await sayso.start("run", **environment)
        await _meanwhile(world, lambda seen=seen: _changes(world) > seen)
        for person in random.sample(people, 4):
            await promises.turn(person.id, contents[person])
        await _meanwhile(world, lambda seen=seen: _changes(world) > seen + 2, seconds=1.5)
        await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two calls
        assert await sayso.kill() == -9, sayso.log.read_text()
        world.faults.clear()
        await _claims_are_over(db)
    await go_on_in_peace(environment, _nothing_left)
    wanted = {each.username: promises.turns.get(each.id, 0) % 2 == 0 for each in people}
    assert {each.username: role in each.member(guild).roles for each in people} == wanted
    assert await _failed(db) == []


def _changes(world: discord_world.DiscordWorld) -> int:
    return sum(call.route == ROLE for call in world.calls)


async def _meanwhile(world: Any, condition: Any, *, seconds: float = 5.0) -> None:
    """Until that is so, or the process has had time for it: there may be nothing more to do."""
    try:
        await world.until(condition, seconds=seconds)
    except TimeoutError:
        return

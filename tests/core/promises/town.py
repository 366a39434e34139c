"""A town where everything that is promised is really brought, and the world outside remembers all of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
from sqlalchemy import func, insert, select, text

from campaigns.schedule import do_due
from core import codes, intake, members, outbox, rewards
from core.campaign.values import Account, Platform
from core.database import Database, Tx, rows_of
from core.database.schema import METADATA
from core.hooks import DOOR
from core.intake.deliver import delivered
from core.intake.facts import Appealed, Ground, Ruled
from core.intake.roles import earned
from core.intake.switching import pause, resume
from core.members import Person
from tests.core.persons_world import GUILD, TwoTowns
from tests.emptied import emptied
from tests.people import ORGANIZER, SALON, seen

HOMES = (SALON, GUILD)
LEASE = timedelta(minutes=1)
Copy = dict[str, list[dict[str, object]]]


@dataclass
class World:
    """What people, servers and shops outside have seen. No backup of ours brings them back to what they were."""

    told: Counter[tuple[Account, str]] = field(default_factory=Counter)  # how often each text was brought, by its key
    codes: dict[str, set[Account]] = field(default_factory=dict)  # who was shown which
    roles: set[Account] = field(default_factory=set)
    events: dict[str, dict[str, object]] = field(default_factory=dict)  # by the webhook's id, as a shop keeps them
    numbers: list[int] = field(default_factory=list)  # in the order in which the shop was told
    posts: Counter[tuple[Account, str]] = field(default_factory=Counter)

    def forget(self):
        """What is not to be compared with what an older copy of the database knows; a shop forgets nothing."""
        for each in (self.told, self.codes, self.numbers, self.posts):
            each.clear()


class PromisedTown(TwoTowns):
    """Each door does what it would do."""

    def __init__(self, db, clock):
        super().__init__(db, clock)
        self.world = World()

    def finds(self, account, chat):
        return chat in HOMES and account in self.there

    async def everything_due(self):
        """All that time, the doors and the worker would do by now."""
        while await self.look() or await self.deliver() or await self.release() or await do_due(self.db, self.clock):
            self.clock.advance(seconds=0.1)

    async def deliver(self):
        return sum([await self._bring(door) for door in (*Platform, DOOR)])

    async def _bring(self, door):
        async with self.db.begin() as tx:
            rows = await outbox.claim(tx, door, now=self.now, limit=1000, lease=LEASE)
            for row in rows:
                await self._hand_over(tx, door, row)
                if row.grant_cause is not None:
                    await delivered(tx, row.grant_cause, now=self.now)
                await outbox.done(tx, row)
        return len(rows)

    async def _hand_over(self, tx: Tx, door, row):
        if door == DOOR:
            self._told_shop(row.content)
            return
        to = Account(platform=door, id=row.address)
        if row.kind == "ask_membership":
            await self._answer(tx, Account(platform=door, id=row.content["account"]), row.address)
        elif row.kind == "invite":
            await intake.gift_made(tx, row.content["cause"], f"https://t.me/+{row.content['cause']}", now=self.now)
        elif row.kind in ("role", "unrole"):
            (self.world.roles.add if await earned(tx, to, row.content["role"]) else self.world.roles.discard)(to)
        elif row.kind == "post":
            self.world.posts[to, row.key] += 1
        else:
            self._shown(to, row)

    def _shown(self, to, row):
        self.heard.append((to, row.content["news"]))
        self.world.told[to, row.key] += 1
        if "code" in row.content and row.content["news"] == "reward":
            self.world.codes.setdefault(row.content["code"], set()).add(to)

    def _told_shop(self, content):
        event = event_in(content)
        self.world.numbers.append(event["data"]["sequence"])
        before = self.world.events.setdefault(content["id"], event)
        assert about(before) == about(event), "a shop takes it for the other one, and does nothing"

    async def _answer(self, tx, account, chat):
        known = (await members.by_account(tx, [account]))[account]
        person = Person(account=account, name=known.name, is_bot=known.is_bot)
        await intake.take(tx, [seen(person, self.now, self.finds(account, chat), chat=chat)], now=self.now)

    async def fill(self, *some):
        """Import codes."""
        async with self.db.begin() as tx:
            await codes.add(tx, (await codes.pools(tx))[0].id, some)

    async def release(self):
        async with self.db.begin() as tx:
            found = await intake.releasable(tx)
            return sum([await intake.release(tx, each, now=self.now, limit=3) for each in found])

    async def switch(self, *, on):
        """Pause the campaign, or let it go on."""
        async with self.db.begin() as tx:
            organizer = (await members.by_account(tx, [ORGANIZER.account]))[ORGANIZER.account]
            key = f"switched/{self.now}"
            await (resume if on else pause)(tx, await self._id(), key=key, by=organizer, now=self.now)

    async def rule(self, friend, *, counts, key):
        fact = Ruled(person=ORGANIZER, counts=counts, ground=Ground.OTHER, **await self._about(friend, key))
        async with self.db.begin() as tx:
            return await intake.rule(tx, fact, now=self.now)

    async def appeal(self, friend, *, by, key):
        fact = Appealed(person=by, **await self._about(friend, key))
        async with self.db.begin() as tx:
            return await intake.appeal(tx, fact, now=self.now)

    async def hand_over_the_oldest(self, *, times):
        """An organizer ticks off the oldest reward that is given by hand, and again; says what each came to."""
        async with self.db.begin() as tx:
            organizer = (await members.by_account(tx, [ORGANIZER.account]))[ORGANIZER.account]
            open_ = await rewards.by_hand(tx, await self._id(), limit=1)
            causes = [each.cause for each in open_ * times]
            return [await intake.handed(tx, cause, by=organizer.id, now=self.now) for cause in causes]

    async def _about(self, friend, key):
        return {"key": key, "at": self.now, "campaign_id": await self._id(), "friend": (await self.member(friend)).id}

    async def _id(self):
        return (await self.campaign()).id


def event_in(content):
    """The event in what goes to a shop."""
    return msgspec.json.decode(content["body"])


def about(event):
    """What an event is about, whatever it was that it was called."""
    data = event["data"]
    return event["type"], data["campaign"], data["reward"], data["step"], data["member"]["account"]


async def copied(db: Database) -> Copy:
    """A backup of the whole database."""
    async with db.read() as tx:
        return {
            table.name: [dict(row._mapping) for row in await rows_of(tx, select(table))]
            for table in METADATA.sorted_tables
        }


async def restored(db: Database, copy: Copy) -> None:
    """The database is what the backup says, and goes on numbering from there."""
    await emptied(db)
    async with db.begin() as tx:
        for table in METADATA.sorted_tables:
            if copy[table.name]:
                await tx.execute(insert(table), copy[table.name])
        if not db.is_sqlite:
            await _number_on(tx)


async def _number_on(tx: Tx) -> None:
    for table in METADATA.sorted_tables:
        for column in table.primary_key.columns:
            name = (await tx.execute(select(func.pg_get_serial_sequence(f'"{table.name}"', column.name)))).scalar_one()
            if name is not None:
                last = (
                    f'SELECT setval(:name, coalesce((SELECT max("{column.name}") FROM "{table.name}"), 0) + 1, false)'
                )
                await tx.execute(text(last), {"name": name})

"""`kill -9` while codes, posts, announcements and the organizers' errands are brought: each gets there, a code to one
person, and no text more often than its answer was lost.

The process is `sayso run`; what it is to bring stands in the database before it lives. A test that fails names its
seed; SAYSO_TEST_DEPTH=15 kills more often. Invitations and roles: `test_gifts_killed`; webhooks: `test_shops_killed`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random, randrange

import pytest
from sqlalchemy import select, update

from bots.sandbox.telegram import Person, TelegramServer
from campaigns.apply import apply
from core import broadcasts, codes, intake, members, rewards
from core import campaign as campaigns
from core.audit import audit
from core.broadcasts import Audience
from core.campaign.values import Account, Platform, Post, Qualify, Reward, To
from core.clock import SystemClock
from core.database import Database, rows_of, table_of
from core.intake.facts import LinkWanted
from core.members import Person as Somebody
from core.outbox.table import OutboxRow
from core.rewards.table import GrantRow
from tests.depth import times
from tests.end_to_end.stage import Stage, settings
from tests.faults.lives import IN_FLIGHT, go_on_in_peace
from tests.faults.nursery import Nursery
from tests.people import a_campaign, joined, started

KILLS = times(4)
FRIENDS = 6
SEND = "sendMessage"
CODE = Reward(id="code", to=To.FRIEND, kind="promo_code", setting="welcome")
POSTER = Reward(id="poster", to=To.FRIEND, kind="by_hand", setting={"*": "A poster of the salon"})
SECRET = Post(id="secret", text={"*": "The secret recipe"}, exclusive=True)
_GRANT, _OUTBOX = table_of(GrantRow), table_of(OutboxRow)


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    """What the process works on, beside it."""
    db = Database(db_url)
    yield db
    await db.close()


@dataclass
class Promised:
    """A campaign whose friends have just come, and everything that is to be brought to them."""

    db: Database
    stage: Stage
    friends: list[Person]

    @classmethod
    async def made(cls, db: Database, stage: Stage) -> "Promised":
        """Everybody talks with the bot and is in the room; Ana, who brought them, is left alone with her joy."""
        friends = [stage.world.user(f"Friend {number}", language_code="en") for number in range(FRIENDS)]
        for person in (stage.olga, *friends):
            person.start(stage.bot)
        for friend in friends:
            friend.joins(stage.salon)
        promised = cls(db, stage, friends)
        await promised._in_the_books()
        return promised

    async def _in_the_books(self) -> None:
        now, earlier = SystemClock().now(), SystemClock().now() - timedelta(hours=1)
        ana, olga = (_somebody(each) for each in (self.stage.world.user("Ana"), self.stage.olga))
        teaser = Post(id="teaser", text={"*": "We open today"}, at=now - timedelta(minutes=1))
        campaign = a_campaign(
            "gifts",
            chats=(self.stage.salon.id,),
            starts=now - timedelta(days=2),
            ends=now + timedelta(days=30),
            qualify=Qualify(stay=timedelta(0)),
            organizers=(olga.account,),
            rewards=(CODE, POSTER),
            codes={"welcome": "codes.txt"},
            posts=(SECRET, teaser),
        )
        async with self.db.begin() as tx:
            await apply(tx, [campaign], now=earlier)
            applied = await campaigns.by_slug(tx, "gifts")
            assert applied is not None
            await codes.add(tx, (await codes.pools(tx))[0].id, [f"CODE-{number:04}" for number in range(50)])
            wanted = LinkWanted(key="wanted", at=earlier, person=ana, campaign_id=applied.id)
            [outcome] = await intake.take(tx, [wanted], now=earlier)
            assert outcome.link is not None
            await members.meet(tx, [replace(olga, reachable=True)], now=earlier)
            for friend in (replace(_somebody(each), reachable=True) for each in self.friends):
                coming = (
                    started(friend, earlier, outcome.link.code),
                    joined(friend, earlier, chat=self.stage.salon.id),
                )
                await intake.take(tx, coming, now=earlier)
            by = (await members.by_account(tx, [olga.account]))[olga.account].id
            draft = await broadcasts.draft(tx, applied.id, "Hear, hear", by=by, audience=Audience.EVERYBODY, now=now)
            await broadcasts.begin(tx, draft.id, now=now)

    def texts(self) -> Counter[tuple[int, str]]:
        """How often each of the texts in question stands in each chat."""
        found: Counter[tuple[int, str]] = Counter()
        for person in self.friends:
            for message in person.inbox:
                for what in ("CODE-", "The secret recipe", "Hear, hear"):
                    found[person.id, what] += what in message.text
        for message in self.stage.olga.inbox:
            for friend in self.friends:
                is_errand = "A poster of the salon" in message.text and friend.first_name in message.text
                found[friend.id, "errand"] += is_errand
        found[0, "We open today"] = sum("We open today" in each.text for each in self.stage.salon.messages.values())
        return +found

    @property
    def wanted(self) -> set[tuple[int, str]]:
        whats = ("CODE-", "The secret recipe", "Hear, hear", "errand")
        return {(0, "We open today"), *((friend.id, what) for friend in self.friends for what in whats)}

    async def compare(self) -> None:
        """Everything is there, each has the code that is theirs, and the books say so."""
        assert self.texts().keys() == self.wanted
        async with self.db.read() as tx:
            assert await audit(tx) == []
            grants = await rows_of(tx, select(_GRANT))
            known = await members.by_account(tx, [_account(each) for each in self.friends])
            gifts = {grant.member_id: grant.gift for grant in grants if grant.reward == "code"}
            assert len(await rewards.by_hand(tx, 1, limit=99)) == FRIENDS
            found = await broadcasts.get(tx, 1)
            failed = await rows_of(tx, select(_OUTBOX.c.error).where(_OUTBOX.c.state == "failed"))
        assert failed == []
        assert len(grants) == 3 * FRIENDS
        assert len(set(gifts.values())) == FRIENDS
        for friend in self.friends:
            shown = {word for message in friend.inbox for word in message.text.split() if word.startswith("CODE-")}
            assert shown == {gifts[known[_account(friend)].id]}
        assert found is not None
        assert (found.state, found.sent, found.failed) == ("done", found.people, 0)
        delivered = [each.delivered_at is not None for each in grants if each.reward != "poster"]
        assert all(delivered)


def _account(person: Person) -> Account:
    return Account(platform=Platform.TELEGRAM, id=person.id)


def _somebody(person: Person) -> Somebody:
    return Somebody(account=_account(person), name=person.first_name)


async def _all_done(db: Database) -> bool:
    """Whether nothing is on its way, and the announcement is over."""
    async with db.read() as tx:
        waiting = await rows_of(tx, select(_OUTBOX.c.id).where(_OUTBOX.c.state != "failed").limit(1))
        found = await broadcasts.get(tx, 1)
        posted = await rows_of(tx, select(_GRANT.c.cause).where(_GRANT.c.kind == "post"))
    return not waiting and found is not None and found.ended_at is not None and len(posted) == FRIENDS


async def _claims_are_over(db: Database) -> None:
    """As if two minutes had passed: what a killed process had in hand is free again."""
    async with db.begin() as tx:
        await tx.execute(update(_OUTBOX).where(_OUTBOX.c.state == "sending").values(due_at=SystemClock().now()))


async def test_however_often_it_is_killed_everything_gets_there_and_a_code_to_one_person(
    db_url: str, db: Database, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    random, world = Random(seed), stage.world
    environment, promised = settings(db_url, server, stage.bot), await Promised.made(db, stage)
    for _ in range(KILLS):
        seen = len(world.calls_of(SEND))
        world.faults.slow(random.uniform(0, 0.05), method=SEND, times=IN_FLIGHT)
        await sayso.start("run", **environment)
        wanted = seen + random.randint(1, 8)
        with suppress(TimeoutError):  # there is nothing more to do
            await world.until(lambda wanted=wanted: len(world.calls_of(SEND)) >= wanted, seconds=10)
        await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two calls
        assert await sayso.kill() == -9, sayso.log.read_text()
        world.faults.clear()
        await _claims_are_over(db)
    await go_on_in_peace(environment, _all_done, by=timedelta(minutes=5))
    await promised.compare()
    again = promised.texts().total() - len(promised.wanted)
    print(f"{KILLS} kills, {len(promised.wanted)} texts, {again} came twice")
    assert again <= KILLS * IN_FLIGHT
    assert max(promised.texts().values()) <= KILLS


async def test_only_what_was_not_answered_when_it_was_killed_comes_twice(
    db_url: str, db: Database, server: TelegramServer, stage: Stage, sayso: Nursery
) -> None:
    environment, promised = settings(db_url, server, stage.bot), await Promised.made(db, stage)
    await sayso.start("run", **environment)
    await stage.world.until(lambda: promised.texts().total() >= 5, seconds=20)
    answered = promised.texts()
    held = stage.world.faults.hold(method=SEND, times=None)
    await stage.world.until(lambda: (promised.texts() - answered).total() >= 3, seconds=20)
    await asyncio.sleep(0.5)  # what was answered before has been marked long since
    assert await sayso.kill() == -9, sayso.log.read_text()
    unanswered = promised.texts() - answered
    assert held.hits >= unanswered.total()
    stage.world.faults.clear()
    await _claims_are_over(db)
    await go_on_in_peace(environment, _all_done, by=timedelta(minutes=5))
    await promised.compare()
    assert promised.texts() == Counter(dict.fromkeys(promised.wanted, 1)) + unanswered
    assert set(unanswered.values()) == {1}

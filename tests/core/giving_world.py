"""A town where rewards are given, held and taken back, without waiting for friends to earn them."""

from datetime import timedelta

from core import codes, intake, ledger, members, outbox, rewards, totals
from core.campaign.values import Community, Platform, Reward, To
from core.intake.batch import load_due
from core.intake.deliver import delivered
from core.intake.giving import give, turn
from core.intake.take import finish
from core.rewards import Owed
from tests.people import ORGANIZER, SALON, Town, started

CODE = Reward(id="code", to=To.FRIEND, kind="promo_code", setting="welcome")
POINTS = Reward(id="points", to=To.FRIEND, kind="points", setting=10)
INVITE = Reward(id="room", to=To.FRIEND, kind="telegram_invite", setting=-1007)
ROLE = Reward(id="role", to=To.FRIEND, kind="discord_role", setting=310000000000000010)
CALL = Reward(id="till", to=To.ADVOCATE, kind="webhook", setting="https://shop.example/hooks", every=1)
POSTER = Reward(id="poster", to=To.FRIEND, kind="by_hand", setting={"en": "A poster.", "fr": "Une affiche."})
EVERY = (CODE, POINTS, INVITE, ROLE, CALL, POSTER)
BOTH = (
    Community(name="salon", platform=Platform.TELEGRAM, chat=SALON),
    Community(name="guild", platform=Platform.DISCORD, chat=900),
)


class GivingTown(Town):
    """The campaign has the id 1."""

    LEASE = timedelta(minutes=1)

    async def meet(self, *people):
        """They write to the bot."""
        for person in people:
            await self.take(started(person, self.now, "nobody's"))

    async def fill(self, *some, pool="welcome"):
        async with self.db.begin() as tx:
            found = next(each for each in await codes.pools(tx) if each.name == pool)
            return await codes.add(tx, found.id, some)

    async def give(self, *people, reward=CODE, step=1):
        """Grant it to each of them, in one transaction, unless they have been granted it."""
        owed = {f"spring/{reward.id}/{(await self.member(each)).id}/{step}": each for each in people}
        async with self.db.begin() as tx:
            ids = {cause: int(cause.split("/")[2]) for cause in owed}
            batch = await self._batch(tx, ids.values())
            known = await rewards.granted(tx, owed)
            for cause, member_id in ids.items():
                if cause not in known:
                    give(batch, 1, Owed(cause=cause, member=member_id, reward=reward))
            await finish(tx, batch)

    async def turn(self, person, reward=CODE, step=1):
        """Take it back, or give it again."""
        grant = await self.grant(person, reward, step)
        async with self.db.begin() as tx:
            batch = await self._batch(tx, [grant.member_id])
            grant = await rewards.get(tx, grant.cause)
            points = await ledger.of_causes(tx, [grant.cause])
            turn(batch, grant, points.get(grant.cause, 0), "left_after")
            await finish(tx, batch)

    async def _batch(self, tx, member_ids):
        batch = await load_due(tx, [(1, each) for each in member_ids], now=self.now)
        batch.dirty.clear()
        batch.standings = await totals.standings(tx, {batch.person(each) for each in member_ids})
        return batch

    async def release(self, limit=500):
        async with self.db.begin() as tx:
            return await intake.release(tx, 1, now=self.now, limit=limit)

    async def grant(self, person, reward=CODE, step=1):
        async with self.db.read() as tx:
            member = (await members.by_account(tx, [person.account]))[person.account]
            return await rewards.get(tx, f"spring/{reward.id}/{member.id}/{step}")

    async def state(self, person, reward=CODE, step=1):
        """The gift, why it is held, and whether it was delivered."""
        grant = await self.grant(person, reward, step)
        return grant.gift, grant.held, grant.delivered_at is not None

    async def pool(self, name="welcome"):
        async with self.db.read() as tx:
            return next(each for each in await codes.pools(tx) if each.name == name)

    async def balances(self):
        async with self.db.read() as tx:
            return {account: n for account, n in (await ledger.balances(tx)).items() if n}

    async def goes_out(self, door="telegram"):
        """Everything that a door brings now: to whom, of what kind, and what."""
        async with self.db.begin() as tx:
            rows = await outbox.claim(tx, door, now=self.now, limit=1000, lease=self.LEASE)
            for row in rows:
                if row.grant_cause is not None:
                    await delivered(tx, row.grant_cause, now=self.now)
                await outbox.done(tx, row)
        return [(row.address, row.kind, row.content) for row in rows]

    async def told(self, *news, person=ORGANIZER):
        """What this person is brought now, of these kinds of news."""
        out = [content for address, kind, content in await self.goes_out() if address == person.account.id]
        return [content for content in out if content.get("news") in news]

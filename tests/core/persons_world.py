"""A town on two messengers, where people say which accounts are theirs."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from core import intake, ledger, members, outbox, persons, rewards, status
from core.campaign.values import Account, Community, Platform
from core.chats.table import MembershipRow
from core.database import rows_of, table_of
from core.histograms.table import CountRow
from core.intake.deliver import delivered
from core.ledger.table import LedgerRow
from core.members import Person
from core.members.table import MemberRow
from core.referrals.table import ReferralRow
from core.rewards.table import GrantRow
from core.totals.table import StandingRow, TotalRow
from tests.people import ATELIER, SALON, Town, a_campaign, seen

GUILD = 900
COMMUNITIES = (
    Community(name="salon", platform=Platform.TELEGRAM, chat=SALON),
    Community(name="atelier", platform=Platform.TELEGRAM, chat=ATELIER),
    Community(name="guild", platform=Platform.DISCORD, chat=GUILD),
)


def on_discord(person, name=None, **told):
    """The account that this person has on Discord."""
    account = Account(platform=Platform.DISCORD, id=2_000_000 + person.account.id)
    return replace(person, account=account, name=name or f"{person.name} on Discord", **told)


def a_campaign_on_both(slug="spring", **changes):
    return replace(a_campaign(slug, **changes), communities=COMMUNITIES)


class TwoTowns(Town):
    """People are where the platform finds them: the account, in its own chats."""

    async def link(self, one: Person, other: Person):
        """`one` makes a code, `other` uses it."""
        first = await self.member(one)
        async with self.db.begin() as tx:
            code = await persons.new_offer(tx, first.id, now=self.now)
        second = await self.member(other)
        async with self.db.begin() as tx:
            return await persons.link(tx, code, member_id=second.id, now=self.now)

    async def unlink(self, one: Person):
        member = await self.member(one)
        async with self.db.begin() as tx:
            return await persons.unlink(tx, member.id, now=self.now)

    async def deliver(self):
        return sum([await self._bring(platform) for platform in Platform])

    async def _bring(self, platform):
        async with self.db.begin() as tx:
            rows = await outbox.claim(tx, platform, now=self.now, limit=1000, lease=timedelta(minutes=1))
            for row in rows:
                if row.kind == "ask_membership":
                    account = Account(platform=platform, id=row.content["account"])
                    known = (await members.by_account(tx, [account]))[account]
                    person = Person(account=account, name=known.name)
                    there = self.finds(account, row.address)
                    await intake.take(tx, [seen(person, self.now, there, chat=row.address)], now=self.now)
                else:
                    self.heard.append((row.address, row.content["news"]))
                if row.grant_cause is not None:
                    await delivered(tx, row.grant_cause, now=self.now)
                await outbox.done(tx, row)
        return len(rows)

    async def points(self, person, slug="spring"):
        """What the account's purse holds."""
        member, applied = await self.member(person), await self.campaign(slug)
        async with self.db.read() as tx:
            return (await ledger.balances(tx)).get(ledger.purse(applied.id, member.id), 0)

    async def board(self, slug="spring"):
        applied = await self.campaign(slug)
        async with self.db.read() as tx:
            return [
                (each.rank, each.name, each.qualified, each.points) for each in await status.leaderboard(tx, applied.id)
            ]

    async def gifts(self, person):
        """What the person was granted and still has, by reward."""
        member = await self.member(person)
        async with self.db.read() as tx:
            return dict(Counter(grant.reward for grant in await rewards.of_member(tx, member.id)))

    async def everything(self):
        """What is kept of people's results; what a merge and its undoing must leave as it was."""
        async with self.db.read() as tx:
            members = await rows_of(tx, select(table_of(MemberRow).c.id, table_of(MemberRow).c.merged_into))
            referral, grant = table_of(ReferralRow).c, table_of(GrantRow).c
            parts = (referral.campaign_id, referral.friend_id, referral.advocate_id, referral.status, referral.reason)
            referrals = await rows_of(tx, select(*parts))
            grants = await rows_of(tx, select(grant.cause, grant.member_id, grant.delivered_at, grant.turns % 2))
            standings = await rows_of(tx, select(table_of(StandingRow)))
            totals = await rows_of(tx, select(table_of(TotalRow)))
            counts = await rows_of(tx, select(table_of(CountRow)))
            memberships = await rows_of(tx, select(table_of(MembershipRow)))
            balances = await ledger.balances(tx)
        held = {account: points for account, points in balances.items() if points and account.startswith("member/")}
        return {
            "members": sorted(map(tuple, members), key=str),
            "referrals": sorted(map(tuple, referrals), key=str),
            "grants": sorted(tuple(each) for each in grants if not each[3]),
            "standings": sorted(tuple(each) for each in standings if any(each[2:])),
            "totals": sorted(tuple(each) for each in totals if each.n),
            "ranks": sorted(map(tuple, counts)),
            "memberships": sorted(map(tuple, memberships), key=str),
            "held": held,
        }

    async def transfers(self):
        async with self.db.read() as tx:
            return len(await rows_of(tx, select(table_of(LedgerRow))))

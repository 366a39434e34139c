"""Grants of roles, as they stand in the database, and the rows that bring them about."""

from datetime import datetime

from sqlalchemy import update

from bots.sandbox.discord import ApiError, Guild, Person, Role
from core import campaign as campaigns
from core import rewards
from core.campaign.values import Reward, To
from core.database import table_of
from core.rewards import Grant
from core.rewards.table import GrantRow
from tests.discord.stage_out import Out
from tests.people import a_campaign

_GRANT = table_of(GrantRow)

WRONG = {
    "too high": ApiError(403, 50013, "Missing Permissions"),
    "unknown": ApiError(404, 10011, "Unknown Role"),
    "managed": ApiError(400, 50028, "Invalid Role"),
    "no right": ApiError(403, 50001, "Missing Access"),
}
"""What Discord says when an organizer has to set something right first."""


class Granted:
    """A role that somebody is granted; `turn` takes it back, and gives it again."""

    def __init__(self, out: Out, person: Person, role: int, *guilds: Guild, number: int = 1) -> None:
        self.out, self.person, self.role, self.guilds, self.number = out, person, role, guilds, number
        self.cause, self.turns = "", 0

    async def grant(self) -> "Granted":
        """Granted, and put into the outbox."""
        member, now = await self.out.meets(self.person), self.out.clock.now()
        slug = f"roles-{self.role}-{self.number}"
        self.cause = f"{slug}/vip/{member}/1"
        reward = Reward(id="vip", to=To.ADVOCATE, kind="discord_role", setting=str(self.role), at=1)
        async with self.out.db.begin() as tx:
            applied = await campaigns.keep(tx, a_campaign(slug, rewards=(reward,)), now=now)
            await rewards.grant(tx, [_grant(self.cause, applied.id, member, now)])
        await self._put("role", f"role/{self.cause}", grant=self.cause)
        return self

    async def turn(self) -> None:
        """Taken back, or given again, with its row in the outbox."""
        self.turns += 1
        async with self.out.db.begin() as tx:
            await tx.execute(update(_GRANT).where(_GRANT.c.cause == self.cause).values(turns=self.turns))
        kind, grant = ("unrole", "") if self.turns % 2 else ("role", self.cause)
        await self._put(kind, f"{kind}/{self.cause}/{self.turns}", grant=grant)

    async def is_delivered(self) -> bool:
        async with self.out.db.read() as tx:
            grant = await rewards.get(tx, self.cause)
        assert grant is not None
        return grant.delivered_at is not None

    @property
    def has_it(self) -> bool:
        """Whether they have the role at Discord, in the first of the servers."""
        return self.role in self.guilds[0].members[self.person.id].roles

    async def _put(self, kind: str, key: str, *, grant: str) -> None:
        content = {"role": self.role, "account": self.person.id, "guilds": [guild.id for guild in self.guilds]}
        await self.out.row(kind, self.person.id, content, key=key, grant=grant)


async def granted(out: Out, person: Person, role: Role | int, *guilds: Guild, number: int = 1) -> Granted:
    """The person is granted the role, and nobody has tried yet to give it to them."""
    return await Granted(out, person, role if isinstance(role, int) else role.id, *guilds, number=number).grant()


def _grant(cause: str, campaign_id: int, member_id: int, now: datetime) -> Grant:
    return Grant(
        cause=cause,
        campaign_id=campaign_id,
        member_id=member_id,
        reward="vip",
        kind="discord_role",
        granted_at=now,
        delivered_at=None,
    )

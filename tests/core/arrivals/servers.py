"""A server whose joins name no invitation, and a worker that watches it. Times are in seconds."""

import heapq
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from core import arrivals, chats
from core.arrivals import Hit, Invite, Listing, MadeFor, Vanity
from core.campaign.values import Account, Platform
from core.members import Person
from tests.clock import FakeClock

GUILD = 900000000000000001
START = FakeClock().now()
DISCOVERY, VANITY = "discovery", "vanity"


def at(seconds):
    return START + timedelta(seconds=seconds)


def a_member(number, **told):
    return Person(account=Account(platform=Platform.DISCORD, id=number), name=f"Member {number}", **told)


@dataclass(kw_only=True)
class Door:
    """An invite as it truly is. `link`: the advocate's link it was given out for; None: somebody else's invite."""

    code: str
    link: str | None = None
    max_uses: int = 0
    personal: bool = False
    expires: float | None = None
    deleted: float | None = None
    used: list[float] = field(default_factory=list)  # when each use can be seen in a list


@dataclass(kw_only=True)
class Join:
    """Somebody comes: `by` the code of a door, the vanity address, or discovery. `news` and `shown` are the delays."""

    who: int
    when: float
    by: str
    news: float | None = 0.2  # None: nobody ever hears of it
    shown: float = 0.0
    gone_news: float | None = 0.2  # of the single-use invite, where there is one


class Server:
    """Plays joins on the platform, and what the worker sees of them."""

    def __init__(self, db, doors=(), *, vanity=False):
        self.db, self.doors = db, {door.code: door for door in doors}
        self.vanity, self.vanity_used = vanity, []
        self.now, self.facts, self.lists = 0.0, [], 0
        self.gap = None  # from when on the gateway has been away
        self._later, self._number = [], count()

    async def begin(self):
        """The invites are there and known, and nothing is doubtful any more."""
        async with self.db.begin() as tx:
            self.chat_id = await chats.ensure(tx, Platform.DISCORD, GUILD)
            for door in self.doors.values():
                invite = self.shown(door)
                if door.link is None:
                    await arrivals.invites_seen(tx, self.chat_id, [invite], now=at(-100))
                elif door.personal:
                    about = {"made_for": MadeFor.MEMBER, "link_code": door.link}
                    await arrivals.made(tx, self.chat_id, invite, **about, now=at(-100))
                else:
                    await arrivals.made(tx, self.chat_id, invite, made_for=MadeFor.POOL, now=at(-100))
                    taken = await arrivals.take_invite(tx, self.chat_id, door.link, None, now=at(-3600))
                    assert taken == door.code
        self.now = -90.0
        await self.list()
        self.now = -40.0
        await self.look()

    def shown(self, door):
        expires = at(4000 + len(door.code)) if door.expires is None else at(door.expires)
        uses = sum(seen <= self.now for seen in door.used)
        return Invite(code=door.code, uses=uses, max_uses=door.max_uses, made_at=at(-100), expires_at=expires)

    def is_listed(self, door):
        over = (door.expires, door.deleted)
        used_up = 0 < door.max_uses <= sum(seen <= self.now for seen in door.used)
        return not used_up and all(end is None or self.now < end for end in over)

    async def list(self):
        self.lists += 1
        asked = self.now
        invites = [self.shown(door) for door in self.doors.values() if self.is_listed(door)]
        vanity = Vanity(code="ours", uses=sum(seen <= self.now for seen in self.vanity_used)) if self.vanity else None
        self.now += 0.05
        listing = Listing(invites=invites, vanity=vanity, asked_at=at(asked), read_at=at(self.now))
        async with self.db.begin() as tx:
            facts = await arrivals.listed(tx, self.chat_id, listing, heard_until=self.heard(), now=at(self.now))
        self.facts.extend(facts)

    def heard(self):
        return at(self.now if self.gap is None else min(self.now, self.gap))

    async def look(self):
        """What the worker does when it is woken. While the gateway is away, it waits."""
        for _ in range(5):
            async with self.db.begin() as tx:
                ready = await arrivals.due(tx, now=at(self.now))
                if asked := [account for each in ready for account in each.searches]:  # the platform knows nothing yet
                    await arrivals.searched(tx, self.chat_id, [], asked=asked, now=at(self.now))
                if not any(each.settles for each in ready) or self.gap is not None:
                    return
                settled = await arrivals.settle(tx, self.chat_id, heard_until=self.heard(), now=at(self.now))
            self.facts.extend(settled.facts)
            if settled.lists:
                await self.list()
        raise AssertionError("the worker is never done")

    def plan(self, when, what, *args):
        heapq.heappush(self._later, (when, next(self._number), what, args))

    async def play(self, joins, *, until=150.0, gap=None):
        """Everything happens; the worker looks whenever something is heard, and when it is due."""
        for join in joins:
            self.plan(join.when, self.comes, join)
        if gap is not None:
            self.plan(gap[0], self.away)
            self.plan(gap[1], self.catch_up, [join for join in joins if join.when < gap[1]])
        while self._later or self.now < until:
            due_at = await self.due_at()
            if self._later and self._later[0][0] <= due_at:
                when, _, what, args = heapq.heappop(self._later)
                self.now = max(self.now, when)
                await what(*args)
            elif due_at > until:
                break
            else:
                self.now = max(self.now + 0.01, due_at)
            await self.look()
        return self.found()

    async def due_at(self):
        async with self.db.read() as tx:
            found = await arrivals.next_due(tx)
        if found is None or self.gap is not None:
            return float("inf")
        return (found - START).total_seconds()

    async def comes(self, join):
        """It happens on the platform; what is heard of it comes later."""
        door = self.doors.get(join.by)
        if join.by == VANITY:
            self.vanity_used.append(self.now + join.shown)
        if door is not None:
            door.used.append(self.now + join.shown)
            if door.max_uses == len(door.used) and join.gone_news is not None:
                self.plan(self.now + join.gone_news, self.hears_gone, door.code)
        if join.news is not None:
            self.plan(self.now + join.news, self.hears, join)

    async def hears(self, join):
        if self.gap is None:
            await self.arrived(join)

    async def arrived(self, join, **how):
        async with self.db.begin() as tx:
            told = {"joined_at": at(join.when), "received_at": at(self.now), **how}
            came = arrivals.Coming(chat_id=self.chat_id, person=a_member(join.who), **told)
            self.facts.extend(await arrivals.arrived(tx, [came]))

    async def hears_gone(self, code):
        if self.gap is None:
            async with self.db.begin() as tx:
                await arrivals.invites_gone(tx, self.chat_id, [code], at=at(self.now))

    async def delete(self, code):
        """A moderator deletes the invite."""
        self.doors[code].deleted = self.now
        await self.hears_gone(code)

    async def away(self):
        self.gap = self.now

    async def catch_up(self, joins):
        """The gateway is back, in a new session: whoever has come since is found among the members."""
        self.gap = None
        async with self.db.begin() as tx:
            await arrivals.begin_catch_up(tx, self.chat_id, now=at(self.now))
        for join in joins:
            if join.news is not None:
                await self.arrived(join, reconciled=True)
        await self.list()
        async with self.db.begin() as tx:
            await arrivals.caught_up(tx, self.chat_id, now=at(self.now))

    async def search(self, joins):
        """The platform's own word on these."""
        kinds = {DISCOVERY: (True, None), VANITY: (True, "ours")}
        hits = [
            Hit(account=join.who, joined_at=at(join.when), otherwise=otherwise, code=code)
            for join in joins
            for otherwise, code in [kinds.get(join.by, (False, join.by))]
        ]
        async with self.db.begin() as tx:
            self.facts.extend(await arrivals.searched(tx, self.chat_id, hits, now=at(self.now)))
        return self.found()

    def found(self):
        """The last word on everybody."""
        return {fact.person.account.id: fact for fact in self.facts}

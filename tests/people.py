"""A small campaign, its people, and short words for what they do. Times are given; a fact's key names what happened."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from campaigns.apply import apply
from core import campaign as campaigns
from core import chats, intake, links, members, outbox, referrals, totals
from core.audit import audit
from core.campaign.values import Account, Campaign, Community, Platform, Qualify, Reward, To, Window
from core.intake.deliver import delivered
from core.intake.facts import Joined, Left, LinkWanted, Requested, Seen, Shared, Spoke, Started
from core.members import Person

STARTS = datetime(2026, 12, 1, 8, tzinfo=UTC)
ENDS = STARTS + timedelta(days=30)
SALON, ATELIER = -1001, -1002
"""Two chats of the same campaign."""

POINTS = Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1)
WELCOME = Reward(id="welcome", to=To.FRIEND, kind="message", setting={"en": "Hello!", "fr": "Bonjour !"})


def account(number):
    return Account(platform=Platform.TELEGRAM, id=number)


def a_person(number, name="Somebody", **told):
    return Person(account=account(number), name=name, **told)


ORGANIZER = a_person(700000001, "Olga", reachable=True)
ANA = a_person(11, "Ana", reachable=True)
BEN = a_person(12, "Ben", reachable=True)
FLO = a_person(21, "Flo")
GUS = a_person(22, "Gus")


def a_campaign(slug="spring", *, chats=(SALON, ATELIER), starts=STARTS, ends=ENDS, **changes):
    """One that pays its advocates for every friend who has stayed three days."""
    names = {SALON: "salon", ATELIER: "atelier"}
    communities = (
        Community(name=names.get(chat, f"chat{chat}"), platform=Platform.TELEGRAM, chat=chat) for chat in chats
    )
    usual = {
        "title": {"*": "Bring a friend"},
        "qualify": Qualify(stay=timedelta(days=3)),
        "rewards": (POINTS,),
        "organizers": (ORGANIZER.account,),
    }
    return Campaign(
        slug=slug,
        window=Window(timezone="Europe/Paris", starts=starts, ends=ends),
        communities=tuple(communities),
        **{**usual, **changes},
    )


def joined(person, at, *, chat=SALON, invite=None, order=0):
    key = f"joined/{chat}/{person.account.id}/{at}/{order}"
    return Joined(key=key, at=at, person=person, chat=chat, invite=invite, order=order)


def left(person, at, *, chat=SALON, order=0):
    return Left(key=f"left/{chat}/{person.account.id}/{at}/{order}", at=at, person=person, chat=chat, order=order)


def requested(person, at, *, chat=SALON, invite=None):
    return Requested(key=f"requested/{chat}/{person.account.id}/{at}", at=at, person=person, chat=chat, invite=invite)


def seen(person, at, present, *, chat=SALON):
    key = f"seen/{chat}/{person.account.id}/{at}/{present}"
    return Seen(key=key, at=at, person=person, chat=chat, present=present)


def spoke(person, at, *, chat=SALON, number=1):
    return Spoke(key=f"spoke/{chat}/{person.account.id}/{number}", at=at, person=person, chat=chat)


def shared(person, at, *, chat=SALON, post=1):
    return Shared(key=f"shared/{person.account.id}/{at}", at=at, person=person, chat=chat, post=post)


def started(person, at, code, **told):
    return Started(key=f"started/{person.account.id}/{at}/{code}", at=at, person=person, code=code, **told)


async def assert_audited(db):
    """Everything that was counted is what the journal says."""
    async with db.read() as tx:
        assert await audit(tx) == []


class Town:
    """A database, a clock, and what is done with them in nearly every test."""

    def __init__(self, db, clock):
        self.db, self.clock = db, clock
        self.there = set()  # the accounts that the platform finds in every chat when it is asked
        self.heard = []  # news that went out, the oldest first

    @property
    def now(self):
        return self.clock.now()

    async def apply(self, *wanted):
        async with self.db.begin() as tx:
            return await apply(tx, wanted, now=self.now)

    async def campaign(self, slug="spring"):
        async with self.db.read() as tx:
            return await campaigns.by_slug(tx, slug)

    async def take(self, *facts):
        async with self.db.begin() as tx:
            return await intake.take(tx, facts, now=self.now)

    async def code_of(self, person, slug="spring"):
        """The person's link, made if need be."""
        wanted = LinkWanted(
            key=f"wanted/{person.account.id}/{slug}",
            at=self.now,
            person=person,
            campaign_id=(await self.campaign(slug)).id,
        )
        return (await self.take(wanted))[0].link.code

    async def invite_of(self, person, chat=SALON, slug="spring"):
        """The person's own invitation into the private chat."""
        code, url = await self.code_of(person, slug), f"https://t.me/+{person.account.id}{chat}{slug}"
        async with self.db.begin() as tx:
            chat_id = await chats.ensure(tx, Platform.TELEGRAM, chat)
            await links.keep_invite(tx, url, code=code, chat_id=chat_id, now=self.now)
        return url

    async def look(self):
        """Judge anew whatever time may have changed."""
        async with self.db.begin() as tx:
            return await intake.look_again(tx, now=self.now)

    async def deliver(self):
        """Bring out what is in the outbox, and answer its questions as the platform would; say how many there were."""
        async with self.db.begin() as tx:
            rows = await outbox.claim(tx, "telegram", now=self.now, limit=1000, lease=timedelta(minutes=1))
            for row in rows:
                if row.kind == "ask_membership":
                    asked = a_person(row.content["account"])
                    fact = seen(asked, self.now, self.finds(asked.account, row.address), chat=row.address)
                    await intake.take(tx, [await self._as_known(tx, fact)], now=self.now)
                else:
                    self.heard.append((row.address, row.content.get("news") or f"post {row.content['post']}"))
                if row.grant_cause is not None:
                    await delivered(tx, row.grant_cause, now=self.now)
                await outbox.done(tx, row)
        return len(rows)

    def finds(self, account, chat):
        """Whether the platform finds this account in the chat."""
        return account in self.there

    async def _as_known(self, tx, fact):
        """The platform answers with the name that we know."""
        known = (await members.by_account(tx, [fact.person.account])).get(fact.person.account)
        person = a_person(fact.person.account.id, known.name, is_bot=known.is_bot) if known else fact.person
        return seen(person, fact.at, fact.present, chat=fact.chat)

    async def pass_time(self, *, days, there: Iterable[Person] = ()):
        """Let time pass day by day; `there` are found in the chats from now on."""
        self.there |= {person.account for person in there}
        for _ in range(days):
            self.clock.advance(days=1)
            await self.settle()

    async def settle(self):
        """Do everything that can be done now."""
        while await self.look() or await self.deliver():
            pass

    async def member(self, person):
        async with self.db.read() as tx:
            return (await members.by_account(tx, [person.account])).get(person.account)

    async def referral(self, friend, slug="spring"):
        member, applied = await self.member(friend), await self.campaign(slug)
        async with self.db.read() as tx:
            return (await referrals.of_friends(tx, [member.id])).get((applied.id, member.id))

    async def standing(self, friend, slug="spring"):
        """The friend's status, its reason, and the advocate's name; None if nobody recommended them."""
        referral = await self.referral(friend, slug)
        if referral is None:
            return None
        async with self.db.read() as tx:
            advocate = (await members.by_id(tx, [referral.advocate_id]))[referral.advocate_id]
        return referral.status.value, referral.reason.value, advocate.name

    async def totals(self, slug="spring"):
        async with self.db.read() as tx:
            found = await totals.of_campaign(tx, (await campaigns.by_slug(tx, slug)).id)
        return {name: n for name, n in found.items() if n}

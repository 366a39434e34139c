"""What happened while we were away: a server's members are read page by page, and compared with what is known of them.

Discord never tells again what a lost session has missed (failures.md, L6). A pass may be broken off by whatever goes
wrong, and goes on where it stood; one page of members is held at a time.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bots.discord.events import Member
from bots.discord.rest import PAGE, Rest
from bots.discord.translate import joined
from core import arrivals, chats, intake, members
from core.arrivals import Coming
from core.campaign.values import Account, Platform
from core.chats import Membership
from core.clock import Clock
from core.database import Database, Tx
from core.intake.facts import Fact, Joined, Left
from core.members import Person

_log = logging.getLogger(__name__)

NEWS_TAKES = timedelta(seconds=3)
"""Who is missing in a page may have left a moment ago, and the news of it is still on its way."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""So near to our question, nobody can say whether somebody came before or after it: they are asked for by name."""

LAST = 2**63 - 1
JUST_BEFORE = timedelta(microseconds=1)
AT_ONCE = 500
TELL_EVERY = 20
"""Pages."""


@dataclass(slots=True)
class Pass:
    """How far the reading of one server's members has come.

    `since`: earlier joiners are nobody's news; None: nobody is, as the server is looked at for the first time.
    """

    guild: int
    chat_id: int
    began_at: datetime
    since: datetime | None
    after: int = 0
    pages: int = 0
    joined: int = 0
    left: int = 0
    doubtful: list[int] = field(default_factory=list)  # missing, and they came just now
    gone: list[int] = field(default_factory=list)  # missing, and not told yet
    read_at: datetime | None = None  # the last page

    @property
    def is_read(self) -> bool:
        """Every member has been read; who is missing can be told once no news is on its way any more."""
        return self.since is None or self.after == LAST


class CatchUp:
    """Reads and compares, a step at a time."""

    def __init__(self, db: Database, clock: Clock, rest: Rest) -> None:
        self._db, self._clock, self._rest = db, clock, rest

    async def read_page(self, being: Pass) -> None:
        """Read the next members, and tell of those who came unseen. Raises our errors; nothing has moved then."""
        asked_at = self._clock.now()
        page = await self._rest.members(being.guild, after=being.after)
        until = page[-1].user.id if len(page) >= PAGE else LAST
        async with self._db.begin() as tx:
            place = (being.chat_id, Platform.DISCORD, being.after, until)
            known = {account.id: was for account, was in (await chats.memberships_between(tx, *place)).items()}
            unseen = [member for member in page if _is_news(member, known.get(member.user.id), being.since)]
            await self._tell(tx, being, unseen, known)
        there = {member.user.id for member in page}
        missing = {id_: was for id_, was in known.items() if was.present and id_ not in there}
        for id_, was in missing.items():
            came_now = was.told_at is not None and was.told_at > asked_at - CLOCKS_DIFFER
            (being.doubtful if came_now else being.gone).append(id_)
        being.joined += len(unseen)
        being.after, being.pages, being.read_at = until, being.pages + 1, self._clock.now()
        if being.is_read or being.pages % TELL_EVERY == 0:
            counts = (being.pages, being.guild, being.joined, len(being.gone))
            _log.info("read %d pages of the members of %d: %d came unseen, %d have gone", *counts)

    async def ask_doubtful(self, being: Pass) -> None:
        """Ask for those by name of whom a page cannot say whether they have left."""
        while being.doubtful:
            if await self._rest.member(being.guild, being.doubtful[-1]) is None:
                being.gone.append(being.doubtful[-1])
                being.read_at = self._clock.now()
            being.doubtful.pop()

    async def tell_gone(self, being: Pass, *, heard_until: datetime) -> bool:
        """Tell of those who were missing and are not known to have left by now. False: it is too early for that."""
        if being.read_at is None or not being.gone:
            return True
        if heard_until < being.read_at + NEWS_TAKES:
            return False
        while being.gone:
            some = being.gone[-AT_ONCE:]
            async with self._db.begin() as tx:
                being.left += await self._tell_gone(tx, being, sorted(some))
            del being.gone[-len(some) :]
        return True

    async def _tell(self, tx: Tx, being: Pass, unseen: Sequence[Member], known: dict[int, Membership]) -> None:
        now = self._clock.now()
        facts: list[Fact] = []
        came: list[Coming] = []
        for member in unseen:
            joined_at = member.joined_at or now
            fact = joined(member, being.guild, joined_at)
            was = known.get(member.user.id)
            if was is not None and isinstance(fact, Joined) and _was_there(was, fact.at):
                facts.append(_left(being.guild, fact.person, was, at=fact.at - JUST_BEFORE))
            facts.append(fact)
            came.append(
                Coming(chat_id=being.chat_id, person=fact.person, joined_at=joined_at, received_at=now, reconciled=True)
            )
        traced = await arrivals.arrived(tx, came)
        await intake.take(tx, [*facts, *traced], now=now)

    async def _tell_gone(self, tx: Tx, being: Pass, some: Sequence[int]) -> int:
        place = (being.chat_id, Platform.DISCORD, some[0] - 1, some[-1])
        known, wanted, at = await chats.memberships_between(tx, *place), set(some), being.read_at
        assert at is not None
        gone = {account: was for account, was in known.items() if account.id in wanted and _was_there(was, at)}
        people = await _people(tx, gone)
        facts = [_left(being.guild, people[account], was, at=at) for account, was in gone.items()]
        await intake.take(tx, facts, now=self._clock.now())
        return len(facts)


def _is_news(member: Member, was: Membership | None, since: datetime | None) -> bool:
    """Whether this member has come without our having seen it."""
    if since is None or member.joined_at is None or member.is_guest or member.joined_at < since:
        return False
    return was is None or not was.present or was.joined_at is None or was.joined_at < member.joined_at


def _was_there(was: Membership, at: datetime) -> bool:
    """Whether they were there before that, as far as we know, and nothing later is known of them."""
    return bool(was.present) and (was.told_at is None or was.told_at < at)


def _left(guild: int, person: Person, was: Membership, *, at: datetime) -> Left:
    stay = was.joined_at or was.first_present_at or at
    key = f"dc/gone/{guild}/{person.account.id}/{int(stay.timestamp() * 1_000_000)}"
    return Left(key=key, at=at, person=person, chat=guild)


async def _people(tx: Tx, accounts: Iterable[Account]) -> dict[Account, Person]:
    """As we know them: they are not there to say who they are."""
    known = await members.by_account(tx, accounts)
    return {
        account: Person(
            account=account,
            name=member.name,
            username=member.username,
            language=member.language,
            is_bot=member.is_bot,
        )
        for account, member in known.items()
    }

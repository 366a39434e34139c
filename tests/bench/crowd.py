"""A community of any size, written straight into the tables as if all of it had come through Sayso."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel

from core import campaign as campaigns
from core import chats, totals
from core.campaign.values import Account, Campaign, Community, Platform, Qualify, Reward, To, Window
from core.chats.table import MembershipRow
from core.database import Database, insert_rows, table_of
from core.intake.facts import Fact, Joined, Seen
from core.journal.table import FactRow
from core.ledger.table import LedgerRow
from core.links.table import InviteRow, LinkRow
from core.members import Person
from core.members.table import AccountRow, MemberRow
from core.referrals.table import ReferralRow, TouchRow
from core.rewards.table import GrantRow
from core.totals import Standing

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CHAT = -1001000000001
ORGANIC = 0.15
WRITTEN_AT_ONCE = 50_000

_CAMPAIGN = Campaign(
    slug="bench",
    title={"en": "Bench"},
    window=Window(timezone="UTC", starts=NOW - timedelta(days=60)),
    communities=(Community(name="salon", platform=Platform.TELEGRAM, chat=CHAT),),
    qualify=Qualify(stay=timedelta(0)),
    rewards=(
        Reward(id="thanks", to=To.ADVOCATE, kind="points", setting=10, every=1),
        Reward(id="welcome", to=To.FRIEND, kind="message", setting={"en": "Hello!"}),
    ),
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """A community whose advocates have private invitations. Friends who join next are numbered from its size on."""

    db: Database
    members: int
    advocates: Sequence[int]

    def come(self, number: int) -> list[Fact]:
        """A friend joins by somebody's invitation, and is found there: they qualify at once."""
        advocate = self.advocates[number * 7919 % len(self.advocates)]
        person = Person(account=Account(platform=Platform.TELEGRAM, id=number), name=f"Friend {number}", language="en")
        about: dict[str, Any] = {"at": NOW, "person": person, "chat": CHAT}
        return [
            Joined(key=f"joined/{number}", **about, invite=_invite(advocate)),
            Seen(key=f"seen/{number}", **about, present=True, order=1),
        ]


async def gather(db: Database, members: int, *, seed: int = 7) -> Crowd:
    """Fill the migrated database: everybody but some came through a random earlier member, and was rewarded."""
    random, parents = Random(seed), list[int | None]()
    for n in range(members):
        parents.append(None if n == 0 or random.random() < ORGANIC else random.randint(1, n))
    brought = Counter(parent for parent in parents if parent is not None)
    async with db.begin() as tx:
        applied = await campaigns.keep(tx, _CAMPAIGN, now=_CAMPAIGN.window.starts)
        chat = await chats.ensure(tx, Platform.TELEGRAM, CHAT)
        await chats.set_communities(tx, applied.id, {"salon": chat})
    friends = [(n, parent) for n, parent in enumerate(parents, start=1) if parent is not None]
    await _people(db, members, chat)
    await _links(db, brought, applied.id, chat)
    await _referrals(db, friends, applied.id)
    await _standings(db, brought, applied.id, len(friends), members)
    async with db._engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("ANALYZE"))
        if not db.is_sqlite:
            await outside.execute(text("SELECT setval('member_id_seq', (SELECT max(id) FROM member))"))
    return Crowd(db, members, sorted(brought)[:10_000])


async def _people(db: Database, members: int, chat: int) -> None:
    numbers = range(1, members + 1)
    await _write(db, MemberRow, ("id", "reminders", "created_at"), ((n, True, NOW) for n in numbers))
    told = ((Platform.TELEGRAM, n, n, f"Member {n}", "en", False, True) for n in numbers)
    await _write(db, AccountRow, ("platform", "id", "member_id", "name", "language", "is_bot", "reachable"), told)
    there = ((n, chat, True, NOW, 0, NOW, NOW, NOW, NOW, 0) for n in numbers)
    times = ("first_present_at", "first_joined_at", "joined_at", "seen_at")
    names = ("member_id", "chat_id", "present", "told_at", "told_order", *times, "messages")
    await _write(db, MembershipRow, names, there)


async def _links(db: Database, brought: Iterable[int], campaign: int, chat: int) -> None:
    names = ("code", "campaign_id", "member_id", "created_at")
    await _write(db, LinkRow, names, ((_code(n), campaign, n, NOW) for n in sorted(brought)))
    invites = ((_invite(n), _code(n), chat, NOW) for n in sorted(brought))
    await _write(db, InviteRow, ("url", "code", "chat_id", "created_at"), invites)


async def _referrals(db: Database, friends: Sequence[tuple[int, int]], campaign: int) -> None:
    touches = ((friend, _code(advocate), NOW, campaign, advocate, "exact", False) for friend, advocate in friends)
    names = ("member_id", "code", "at", "campaign_id", "advocate_id", "confidence", "entered")
    await _write(db, TouchRow, names, touches)
    stands = ("exact", "rewarded", "rewarded", 2, NOW, NOW)
    referrals = ((campaign, friend, advocate, _code(advocate), 1, *stands) for friend, advocate in friends)
    names = ("campaign_id", "friend_id", "advocate_id", "code", "version", "confidence", "status", "reason")
    await _write(db, ReferralRow, (*names, "judgements", "since_at", "arrived_at"), referrals)
    number = Counter[int]()
    causes = []
    for _, advocate in friends:
        number[advocate] += 1
        causes.append((f"bench/thanks/{advocate}/{number[advocate]}", advocate))
    grants = ((cause, campaign, advocate, "thanks", "points", NOW, NOW, 0) for cause, advocate in causes)
    names = ("cause", "campaign_id", "member_id", "reward", "kind", "granted_at", "delivered_at", "turns")
    await _write(db, GrantRow, names, grants)
    purses = ((cause, campaign, f"budget/{campaign}", f"member/{campaign}/{n}", 10, NOW) for cause, n in causes)
    await _write(db, LedgerRow, ("cause", "campaign_id", "from_account", "to_account", "points", "at"), purses)
    journal = (
        (f"{kind}/{campaign}/{friend}", campaign, kind, NOW, NOW, friend, advocate, _code(advocate))
        for friend, advocate in friends
        for kind in ("join", "judged")
    )
    names = ("key", "campaign_id", "kind", "at", "recorded_at", "member_id", "advocate_id", "code")
    await _write(db, FactRow, names, journal)


async def _standings(db: Database, brought: Counter[int], campaign: int, friends: int, members: int) -> None:
    results = [((campaign, n), Standing(qualified=many, points=10 * many)) for n, many in sorted(brought.items())]
    for some in _pieces(results):
        async with db.begin() as tx:
            await totals.keep_standings(tx, dict(some))
    async with db.begin() as tx:
        counted = {"joins": members, "referrals.rewarded": friends, "rewards.granted": friends}
        await totals.add(tx, {(campaign, name): n for name, n in counted.items()})


async def _write(db: Database, model: type[SQLModel], names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
    for some in _pieces(rows):
        async with db.begin() as tx:
            await insert_rows(tx, table_of(model), names, some)


def _pieces(rows: Iterable[Any]) -> Iterator[list[Any]]:
    piece = []
    for row in rows:
        piece.append(row)
        if len(piece) == WRITTEN_AT_ONCE:
            yield piece
            piece = []
    if piece:
        yield piece


def _code(member: int) -> str:
    """Eleven of a code's letters."""
    letters = []
    for _ in range(11):
        member, at = divmod(member, 20)
        letters.append("abcdefghijkmnopqrstu"[at])
    return "".join(letters)


def _invite(member: int) -> str:
    return f"https://t.me/+{_code(member)}"

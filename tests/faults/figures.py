"""What Sayso must know in the end, by what the crowd remembers."""

from sqlalchemy import func, select

from bots.cli.status import statuses
from core import referrals
from core.audit import audit
from core.database import Database, rows_of, table_of
from core.inbox.table import InboxRow
from core.journal.table import FactRow
from core.members.table import AccountRow
from core.outbox.table import OutboxRow
from tests.end_to_end.house import SLUG
from tests.faults.crowd import Crowd


async def all_done(db: Database, crowd: Crowd) -> bool:
    """Whether everything was taken in and told, and everybody who came stands where they will stay."""
    if crowd.stage.bot.updates:
        return False
    [found] = await statuses(db, SLUG)
    waits = found.inbox.waiting + found.outbox.waiting + found.outbox.sending
    settled = (found.referrals.rewarded, found.referrals.rejected) == (len(crowd.stayed), len(crowd.left))
    return waits == 0 and settled


async def compare(db: Database, crowd: Crowd) -> None:
    """Every update was kept and handled once, every figure is right, and nobody waits for an answer."""
    [found] = await statuses(db, SLUG)
    assert (found.advocates, found.links) == (len(crowd.advocates), len(crowd.advocates))
    came = len(crowd.stayed) + len(crowd.left)
    assert (found.starts, found.joins, found.leaves) == (crowd.starts, came, len(crowd.left))
    await assert_sound(db)
    assert await standings(db) == _expected(crowd)
    await _assert_each_update_once(db)
    assert {person: n for person, n in _unanswered(crowd).items() if n > 0} == {}


def answered_twice(crowd: Crowd) -> int:
    """How many answers came more often than they should."""
    return -sum(n for n in _unanswered(crowd).values() if n < 0)


def _unanswered(crowd: Crowd) -> dict[str, int]:
    """How many answers each is short of."""
    return {f"{person}": asked - len(crowd.answers(person)) for person, asked in crowd.questions.items()}


def _expected(crowd: Crowd) -> dict[int, tuple[int, str]]:
    """Each friend's advocate and standing, by their numbers on Telegram."""
    stands = dict.fromkeys(crowd.undecided, "pending") | dict.fromkeys(crowd.stayed, "rewarded")
    stands |= dict.fromkeys(crowd.left, "rejected")
    return {friend.id: (advocate.id, stands[friend]) for friend, advocate in crowd.came.items()}


async def assert_sound(db: Database) -> None:
    """Nothing is left over, no fact stands there twice, and every total is what the journal says."""
    assert await _left_over(db) == []
    journal = table_of(FactRow).c
    twice = select(journal.key).group_by(journal.key).having(func.count() > 1)
    async with db.read() as tx:
        assert await audit(tx) == []
        assert await rows_of(tx, twice) == []


async def standings(db: Database) -> dict[int, tuple[int, str]]:
    """Each friend's advocate and standing, by their numbers on the messenger."""
    async with db.read() as tx:
        accounts = {row.member_id: row.id for row in await rows_of(tx, select(table_of(AccountRow)))}
        found = await referrals.of_friends(tx, accounts)
    return {accounts[friend]: (accounts[each.advocate_id], each.status.value) for (_, friend), each in found.items()}


async def _left_over(db: Database) -> list[str]:
    """What still waits to be handled or sent, or could not be."""
    inbox, outbox = table_of(InboxRow), table_of(OutboxRow)
    async with db.read() as tx:
        rows = await rows_of(tx, select(inbox).where(inbox.c.state != "handled"))
        return [str(row) for row in (*rows, *await rows_of(tx, select(outbox)))]


async def _assert_each_update_once(db: Database) -> None:
    """The stand-in counts without a gap, so that one that is missing shows."""
    table = table_of(InboxRow)
    async with db.read() as tx:
        rows = await rows_of(tx, select(table.c.key, table.c.state))
    keys = sorted(int(row.key) for row in rows)
    assert keys == list(range(keys[0], keys[0] + len(keys)))
    assert {row.state for row in rows} == {"handled"}

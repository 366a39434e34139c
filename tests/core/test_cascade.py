"""Who brought whom, folded from the journal. Members are their own numbers; nobody else's tables are needed."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core import cascade, folds, journal, links
from core.audit import audit
from core.campaign.values import Attribution, Touch
from core.cascade import fold
from core.cascade.rules import Sign
from core.cascade.store import Kept, any_rises, down, up
from core.cascade.table import NodeRow
from core.database import insert_new, table_of
from core.folds.table import FoldRow
from core.intake.facts import LinkWanted
from core.journal import Fact, Kind
from core.referrals import Reason
from tests.core.plans import plan_of
from tests.people import ANA, ATELIER, BEN, FLO, GUS, Town, a_campaign, assert_audited, joined, left, seen, started

AT = datetime(2026, 12, 1, tzinfo=UTC)
OF_CASCADE = ("cascade", "spread", "number of size", "number of depth", "number of cycle")


class Journal:
    """Writes lines about a cascade, each with its own key, a minute after the one before."""

    def __init__(self, db):
        self.db, self.lines, self.now = db, 0, AT

    def link(self, member, by=None, channel=None, campaign=1):
        return self._line(Kind.LINK, campaign, member, by, {"parent": "code", "channel": channel} if by else None)

    def judged(self, member, by, channel=None, reason=Reason.STAYING, campaign=1, arrived=True, after=0):
        data = {"status": "pending", "reason": reason.value, "confidence": "exact", "version": 1}
        if arrived:
            data["arrived"] = int((self.now + timedelta(minutes=1)).timestamp()) + after
        if channel is not None:
            data["channel"] = channel
        return self._line(Kind.JUDGED, campaign, member, by, data)

    def _line(self, kind, campaign, member, by, data):
        self.lines += 1
        self.now += timedelta(minutes=1)
        about = {"campaign_id": campaign, "member_id": member, "advocate_id": by, "data": data}
        return Fact(key=f"line/{self.lines}", kind=kind, at=self.now, **about)

    async def write(self, *lines, at_once=folds.AT_ONCE):
        """Have these lines in the journal, and folded."""
        async with self.db.begin() as tx:
            await journal.append(tx, lines, now=self.now)
        await folds.catch_up(self.db, at_once=at_once)

    async def tree(self, campaign=1):
        """Parent, depth, size, height and direct of everybody."""
        async with self.db.read() as tx:
            found = await cascade.of_members(tx, campaign, range(1, 100))
        return {
            who: (each.parent_id, each.depth, each.size, each.height, each.direct)
            for who, each in sorted(found.items())
        }

    async def spread(self, campaign=1):
        async with self.db.read() as tx:
            return await cascade.spread(tx, campaign)

    async def differences(self):
        """What the audit finds in the cascade."""
        async with self.db.read() as tx:
            found = await audit(tx)
        return [each for each in found if each.what.split(": ")[-1].startswith(OF_CASCADE)]


@pytest.fixture
async def lines(db):
    """Whatever happens, the audit agrees with the cascade afterwards."""
    lines = Journal(db)
    yield lines
    assert await lines.differences() == []


async def test_friends_hang_below_the_advocate_they_arrived_through(lines):
    await lines.write(lines.link(1), lines.judged(2, 1), lines.link(2, 1), lines.judged(3, 2), lines.judged(4, 1))
    assert await lines.tree() == {
        1: (None, 0, 3, 2, 2),
        2: (1, 1, 1, 1, 1),
        3: (2, 2, 0, 0, 0),
        4: (1, 1, 0, 0, 0),
    }


async def test_nobody_is_in_it_before_they_arrive(lines):
    await lines.write(lines.link(1), lines.judged(2, 1, reason=Reason.NOT_JOINED, arrived=False))
    assert await lines.tree() == {1: (None, 0, 0, 0, 0)}


async def test_an_advocate_who_has_not_arrived_hangs_below_the_link_that_brought_them(lines):
    await lines.write(lines.link(1), lines.judged(2, 1, reason=Reason.NOT_JOINED, arrived=False), lines.link(2, 1))
    await lines.write(lines.judged(3, 2))
    assert await lines.tree() == {1: (None, 0, 2, 2, 1), 2: (1, 1, 1, 1, 1), 3: (2, 2, 0, 0, 0)}
    assert (await lines.spread()).friends == 1


async def test_who_leaves_early_stays_in_the_cascade(lines):
    await lines.write(lines.link(1), lines.judged(2, 1), lines.judged(2, 1, reason=Reason.LEFT_EARLY))
    assert (await lines.tree())[1] == (None, 0, 1, 1, 1)


@pytest.mark.parametrize("reason", [each for each in Reason if not each.names_a_friend])
async def test_who_was_no_friend_at_all_is_taken_out_with_all_that_was_counted(lines, reason):
    await lines.write(lines.link(1), lines.judged(2, 1, "email"), lines.link(2, 1), lines.judged(3, 2))
    await lines.write(lines.judged(2, 1, reason=reason))
    assert await lines.tree() == {1: (None, 0, 0, 0, 0), 2: (None, 0, 1, 1, 1), 3: (2, 1, 0, 0, 0)}
    spread = await lines.spread()
    assert (spread.friends, spread.roots, spread.new_advocates, set(spread.channels)) == (1, 2, 0, {"unknown"})


async def test_a_branch_moves_with_its_friend(lines):
    """1 and 5 are roots; 2 moves from 1 to 6, with 3 and 4 below."""
    await lines.write(
        lines.link(1),
        lines.judged(2, 1),
        lines.judged(3, 2),
        lines.judged(4, 3),
        lines.judged(7, 1),
        lines.link(5),
        lines.judged(6, 5),
    )
    await lines.write(lines.judged(2, 6))
    assert await lines.tree() == {
        1: (None, 0, 1, 1, 1),
        2: (6, 2, 2, 2, 1),
        3: (2, 3, 1, 1, 1),
        4: (3, 4, 0, 0, 0),
        5: (None, 0, 4, 4, 1),
        6: (5, 1, 3, 3, 1),
        7: (1, 1, 0, 0, 0),
    }
    spread = await lines.spread()
    assert (spread.biggest, spread.deepest) == (4, 4)


async def test_a_circle_is_not_closed(lines):
    await lines.write(lines.link(1), lines.judged(2, 1), lines.judged(3, 2))
    await lines.write(lines.judged(1, 3))
    assert await lines.tree() == {1: (None, 0, 2, 2, 1), 2: (1, 1, 1, 1, 1), 3: (2, 2, 0, 0, 0)}


async def test_nor_within_one_batch_nor_by_oneself(lines):
    await lines.write(lines.judged(2, 1), lines.judged(3, 2), lines.judged(1, 3), lines.judged(1, 1))
    assert await lines.tree() == {1: (None, 0, 2, 2, 1), 2: (1, 1, 1, 1, 1), 3: (2, 2, 0, 0, 0)}


async def test_a_circle_through_members_who_are_not_in_the_batch_is_not_closed(lines):
    """1 - 2 - 3 - 4 stand; 1 comes to hang below 9, who then says to have come through 4."""
    await lines.write(lines.link(1), lines.judged(2, 1), lines.judged(3, 2), lines.judged(4, 3))
    await lines.write(lines.judged(1, 9), lines.judged(9, 4))
    assert await lines.tree() == {
        1: (9, 1, 3, 3, 1),
        2: (1, 2, 2, 2, 1),
        3: (2, 3, 1, 1, 1),
        4: (3, 4, 0, 0, 0),
        9: (None, 0, 4, 4, 1),
    }


async def test_campaigns_have_nothing_to_do_with_each_other(lines):
    await lines.write(lines.link(1), lines.judged(2, 1), lines.link(2, campaign=2), lines.judged(1, 2, campaign=2))
    assert await lines.tree() == {1: (None, 0, 1, 1, 1), 2: (1, 1, 0, 0, 0)}
    assert await lines.tree(2) == {1: (2, 1, 0, 0, 0), 2: (None, 0, 1, 1, 1)}


async def test_how_a_campaign_spreads(lines):
    """Two roots; three friends by e-mail, of whom two became advocates, and one friend nobody knows how."""
    hour = 3600
    await lines.write(lines.link(1), lines.link(2))
    await lines.write(
        lines.judged(3, 1, "email", after=hour),
        lines.judged(4, 1, "email", after=hour),
        lines.judged(5, 1, "email", after=100 * hour),
        lines.judged(6, 2, after=hour),
        lines.link(3, 1, "email"),
        lines.link(4, 1, "email"),
    )
    found = await lines.spread()
    assert (found.advocates, found.roots, found.new_advocates, found.friends) == (4, 2, 2, 4)
    assert (found.k_factor, found.biggest, found.deepest) == (0.5, 3, 1)
    assert set(found.channels) == {"email", "unknown"}
    email, unknown = found.channels["email"], found.channels["unknown"]
    assert (email.friends, email.new_advocates, email.k_factor) == (3, 2, 0.5)
    assert (unknown.friends, unknown.new_advocates, unknown.k_factor) == (1, 0, 0.0)
    assert email.cycle_time == pytest.approx(timedelta(hours=1), rel=0.1)
    assert email.mean_cycle_time == pytest.approx(timedelta(hours=34), rel=0.01)
    plain = found.as_json()
    assert plain["cycle_time_seconds"] == found.cycle_time.total_seconds()
    assert plain["channels"]["email"]["k_factor"] == 0.5


async def test_an_empty_campaign_has_no_figures(lines):
    found = await lines.spread()
    assert (found.k_factor, found.cycle_time, found.biggest, found.deepest, found.channels) == (None, None, 0, 0, {})


async def test_the_clock_of_a_friend_starts_when_their_advocate_entered(lines):
    """An advocate who arrived counts from then; a friend who was there before has no cycle time."""
    await lines.write(lines.link(1), lines.judged(2, 1), lines.link(2, 1), lines.judged(3, 2))
    await lines.write(lines.judged(4, 9), lines.link(9), lines.judged(4, 9, reason=Reason.LEFT_EARLY, after=-120))
    found = await lines.spread()
    assert found.friends == 3
    assert found.mean_cycle_time == timedelta(seconds=90)  # a minute, and two


async def test_the_board_of_the_greatest_cascades(lines):
    await lines.write(*(lines.judged(20 + friend, by) for friend, by in enumerate([1, 1, 1, 2, 3, 3, 3, 4, 4])))
    async with lines.db.read() as tx:
        places = await cascade.leaders(tx, 1)
        assert [(each.rank, each.member_id, each.size) for each in places] == [
            (1, 3, 3),
            (1, 1, 3),
            (3, 4, 2),
            (4, 2, 1),
        ]
        assert await cascade.leaders(tx, 1, limit=2) == places[:2]
        assert [await cascade.rank_of(tx, 1, each.size) for each in places] == [1, 1, 3, 4]
        assert await cascade.rank_of(tx, 1, 0) == 5


async def test_the_children_of_a_member_piece_by_piece(lines):
    await lines.write(
        *(lines.judged(friend, 1) for friend in range(10, 17)), lines.judged(20, 12), lines.judged(21, 20)
    )
    async with lines.db.read() as tx:
        every = await cascade.children(tx, 1, 1)
        assert [each.member_id for each in every] == [12, 16, 15, 14, 13, 11, 10]
        first = await cascade.children(tx, 1, 1, limit=3)
        rest = await cascade.children(tx, 1, 1, limit=3, after=first[-1])
        assert first + rest == every[:6]
        assert await cascade.of_member(tx, 1, 99) is None


@pytest.fixture
def step_by_step(monkeypatch):
    """A transaction carries things past three nodes only."""
    monkeypatch.setattr(fold, "AT_ONCE", 3)
    monkeypatch.setattr(fold, "ABOVE_A_FRIEND", 0)


@pytest.mark.usefixtures("step_by_step")
async def test_a_long_chain_is_told_step_by_step_and_exact_in_the_end(lines):
    await lines.write(lines.link(1), *(lines.judged(n + 1, n) for n in range(1, 30)), at_once=7)
    assert (await lines.tree())[1] == (None, 0, 29, 29, 1)
    await lines.write(lines.judged(40, 30), lines.judged(20, 30), lines.judged(41, 40), at_once=1)
    assert (await lines.tree())[1] == (None, 0, 18, 18, 1)


@pytest.mark.usefixtures("step_by_step")
async def test_what_is_left_over_is_done_after_a_kill_though_nothing_else_happens(lines):
    async with lines.db.begin() as tx:
        await journal.append(tx, [lines.judged(n + 1, n) for n in range(1, 30)], now=AT)
    name, folding = "cascade", folds.FOLDS["cascade"]
    async with lines.db.begin() as tx:
        await insert_new(tx, table_of(FoldRow), [{"name": name, "upto": 0}])
    await folds._step(lines.db, name, folding, 29, 100)
    await lines.write(lines.judged(31, 30))
    await folds._step(lines.db, name, folding, 30, 100)
    async with lines.db.begin() as tx:
        await journal.append(tx, [lines.judged(32, 31)], now=AT)
    await folds._step(lines.db, name, folding, 31, 100)
    async with lines.db.read() as tx:
        assert await any_rises(tx)
    assert await lines.differences() == []  # the audit knows what is still to come
    await folds.catch_up(lines.db)
    async with lines.db.read() as tx:
        assert not await any_rises(tx)
    assert (await lines.tree())[1] == (None, 0, 31, 31, 1)


# From what really happens: links made, friends come, and the audit of everything.


@pytest.fixture
async def town(db, clock):
    town = Town(db, clock)
    await town.apply(a_campaign())
    yield town
    await folds.catch_up(db)
    await assert_audited(db)


async def own(town, person):
    """The member's place, as of now."""
    await folds.catch_up(town.db)
    async with town.db.read() as tx:
        return await cascade.of_member(tx, (await town.campaign()).id, (await town.member(person)).id)


async def test_the_next_hop_hangs_below_the_link_that_brought_it(town):
    """Flo comes through Ana's link on WhatsApp and gets her own; Gus comes through hers."""
    ana = await town.code_of(ANA)
    town.clock.advance(minutes=5)
    await town.take(started(FLO, town.now, ana, channel="whatsapp"), joined(FLO, town.now))
    flo = await town.code_of(FLO)
    town.clock.advance(minutes=10)
    await town.take(started(GUS, town.now, flo, channel="email"), joined(GUS, town.now))
    of_ana, of_flo, of_gus = [await own(town, each) for each in (ANA, FLO, GUS)]
    assert (of_ana.size, of_ana.height, of_ana.direct, of_ana.is_advocate) == (2, 2, 1, True)
    assert (of_flo.parent_id, of_flo.channel, of_flo.depth) == (of_ana.member_id, "whatsapp", 1)
    assert (of_gus.parent_id, of_gus.channel, of_gus.depth, of_gus.is_advocate) == (of_flo.member_id, "email", 2, False)
    async with town.db.read() as tx:
        spread = await cascade.spread(tx, (await town.campaign()).id)
    assert (spread.k_factor, spread.deepest) == (0.5, 2)
    assert spread.channels["whatsapp"].mean_cycle_time == timedelta(minutes=5)
    assert spread.channels["email"].mean_cycle_time == timedelta(minutes=10)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_link_remembers_the_link_that_brought_its_owner(town, at_once):
    ana, ben = await town.code_of(ANA), await town.code_of(BEN)
    sign = started(FLO, town.now, ana, channel="sms")
    wanted = LinkWanted(key="wanted", at=town.now, person=FLO, campaign_id=(await town.campaign()).id)
    if at_once:
        link = (await town.take(sign, wanted))[1].link
    else:
        await town.take(sign)
        link = (await town.take(wanted))[0].link
    assert link.parent == ana != ben
    async with town.db.read() as tx:
        assert (await links.by_code(tx, [link.code]))[link.code] == link
    assert (await own(town, FLO)).parent_id == (await town.member(ANA)).id


async def test_who_was_there_before_was_brought_by_nobody(town):
    ana = await town.code_of(ANA)
    await town.take(seen(FLO, town.now, True))
    town.clock.advance(minutes=5)
    await town.take(started(FLO, town.now, ana))
    await town.settle()
    await town.code_of(FLO)
    mine = await own(town, FLO)
    assert (mine.parent_id, mine.is_advocate) == (None, True)
    assert (await own(town, ANA)).size == 0


async def test_who_leaves_early_has_carried_it_on_all_the_same(town):
    ana = await town.code_of(ANA)
    await town.take(started(FLO, town.now, ana), joined(FLO, town.now), left(FLO, town.now + timedelta(hours=1)))
    assert (await town.standing(FLO))[:2] == ("rejected", "left_early")
    assert (await own(town, ANA)).size == 1


async def test_an_invitation_has_the_channel_of_the_start_before_it(town):
    code, invite = await town.code_of(ANA), await town.invite_of(ANA)
    await town.apply(a_campaign(attribution=Attribution(touch=Touch.LAST)))
    await town.take(started(FLO, town.now, code, channel="signal"))
    town.clock.advance(minutes=1)
    await town.take(joined(FLO, town.now, invite=invite))
    assert (await town.referral(FLO)).channel == "signal"
    assert (await own(town, FLO)).channel == "signal"


async def test_earlier_news_of_an_arrival_is_recorded(town):
    ana = await town.code_of(ANA)
    town.clock.advance(minutes=30)
    await town.take(started(FLO, town.now - timedelta(minutes=30), ana), joined(FLO, town.now))
    await town.take(joined(FLO, town.now - timedelta(minutes=20), chat=ATELIER))
    assert (await town.referral(FLO)).arrived_at == town.now - timedelta(minutes=20)
    await own(town, FLO)
    async with town.db.read() as tx:
        spread = await cascade.spread(tx, (await town.campaign()).id)
    assert spread.mean_cycle_time == timedelta(minutes=10)


# On big tables, by the plan: no table is read whole, and no join on the way up (performance.md, section 6).


@pytest.fixture
async def big(db):
    """Twenty thousand members, and the database knows it."""
    lines = Journal(db)
    async with db.begin() as tx:
        rows = [
            {"campaign_id": 1, "member_id": n, "parent_id": n // 3 or None, "size": 20_000 // n, "height": 1}
            for n in range(1, 20_001)
        ]
        await tx.execute(table_of(NodeRow).insert(), [{**row, "depth": 1, "direct": 3} for row in rows])
        await tx.execute(text("ANALYZE"))
    return lines.db


BY_KEY = "SEARCH cascade USING PRIMARY KEY (campaign_id=? AND member_id=?)"


def cost_of_a_step(plan):
    """PostgreSQL shows no subquery's plan inside of a recursion, only what ten of them cost."""
    return float(re.search(r"WorkTable Scan on up up_1 +\(cost=0.00\.\.([0-9.]+) rows=10 ", plan)[1]) / 10


def is_bounded(plan):
    """Whether no table of ours is read whole. In SQLite's words a scan of the recursion's own rows is one, too."""
    details = json.loads(plan)
    read = [line for line in details if line.startswith("SCAN") or "Seq Scan" in line or "BLOOM" in line]
    return not [line for line in read if "cascade" in line or "below" in line or "BLOOM" in line]


async def test_the_way_up_is_walked_by_key_without_a_join(big):
    async with big.begin() as tx:
        assert await up(tx, 1, [19_999], most=99) == [19_999, 6666, 2222, 740, 246, 82, 27, 9, 3, 1]
        assert await up(tx, 1, [19_999, 6666], most=3) == [19_999, 6666, 2222]
        plan = await plan_of(tx, up(tx, 1, [19_999], most=99))
        assert is_bounded(plan)
        if tx.dialect.name == "sqlite":
            assert BY_KEY in plan
        else:
            by_key = await plan_of(
                tx, tx.execute(text("SELECT parent_id FROM cascade WHERE (campaign_id, member_id) = (1, 5)"))
            )
            assert "Index Scan using cascade_pkey" in by_key
            assert cost_of_a_step(plan) < 10


@pytest.mark.parametrize(
    "line",
    [
        "BLOOM FILTER ON m (campaign_id=? AND member_id=?)",
        "SCAN cascade",
        "SCAN below USING COVERING INDEX cascade_children",
        "  ->  Seq Scan on cascade  (cost=0.00..387.00 rows=20000 width=4)",
    ],
)
def test_a_table_that_is_read_whole_would_be_noticed(line):
    assert not is_bounded(json.dumps(["SETUP", "SCAN up", line]))


async def test_the_other_statements_read_no_table_whole(big):
    async with big.begin() as tx:
        kept = Kept(tx)
        await kept.read(1, [5, 15])
        kept.forest.take(Sign((1, 15), None, None))
        for work in (
            down(tx, 1, [1000]),
            kept.read(1, [7, 8]),
            kept.heights_elsewhere(),
            cascade.leaders(tx, 1),
            cascade.of_member(tx, 1, 5),
            cascade.children(tx, 1, 5),
            cascade.children(tx, 1, 5, after=(await cascade.children(tx, 1, 5))[0]),
        ):
            plan = await plan_of(tx, work)
            assert is_bounded(plan), plan
            assert "TEMP B-TREE FOR ORDER BY" not in plan
            assert "Sort" not in plan


async def test_all_below_are_found(big):
    async with big.read() as tx:
        assert sorted(await down(tx, 1, [6000])) == [6000, 18_000, 18_001, 18_002]

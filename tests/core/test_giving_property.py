"""Whatever is granted, imported, taken back, limited and forgotten, in any order: no code is given to two people, no
budget is overspent, nothing that can be given stays held, and the audit agrees.
"""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from core import ledger
from core.campaign.values import Limits
from core.codes.table import CodeRow
from core.database import rows_of, table_of
from core.rewards.table import GrantRow
from tests.clock import FakeClock
from tests.core.giving_world import CODE, EVERY, POINTS, POSTER, GivingTown
from tests.depth import times
from tests.emptied import emptied
from tests.people import a_campaign, a_person, assert_audited

PEOPLE = [replace(a_person(100 + n, f"Friend {n}"), reachable=True) for n in range(6)]
REWARDS = (CODE, POINTS, POSTER)

person, reward = st.integers(0, len(PEOPLE) - 1), st.sampled_from(range(len(REWARDS)))
limit = st.none() | st.integers(1, 60)
deeds = st.one_of(
    st.tuples(st.just("give"), st.lists(person, min_size=1, max_size=4, unique=True), reward, st.integers(1, 2)),
    st.tuples(st.just("turn"), person, reward, st.integers(1, 2)),
    st.tuples(st.just("fill"), st.lists(st.integers(0, 20), min_size=1, max_size=4)),
    st.tuples(st.just("release"), st.integers(1, 3)),
    st.tuples(st.just("limit"), limit, limit),
    st.tuples(st.just("deliver")),
    st.tuples(st.just("meet")),
)


async def do(town, what, *told):
    town.clock.advance(minutes=1)
    if what == "give":
        people, which, step = told
        await town.give(*(PEOPLE[each] for each in people), reward=REWARDS[which], step=step)
    elif what == "turn":
        who, which, step = told
        if await town.grant(PEOPLE[who], REWARDS[which], step) is not None:
            await town.turn(PEOPLE[who], REWARDS[which], step)
    elif what == "fill":
        await town.fill(*(f"code-{each}" for each in told[0]))
    elif what == "release":
        await town.release(limit=told[0])
    elif what == "limit":
        await town.apply(a_shop(points=told[0], rewards=told[1]))
    elif what == "deliver":
        town.brought += [(to, content["code"]) for to, _, content in await town.goes_out() if "code" in content]
    else:  # everybody is here again, and is brought what they have not been brought
        await town.meet(*PEOPLE)


def a_shop(**limits):
    return a_campaign(rewards=EVERY, codes={"welcome": "codes.txt"}, limits=Limits(**limits))


async def check(town):
    grant, code = table_of(GrantRow), table_of(CodeRow)
    async with town.db.read() as tx:
        grants = await rows_of(tx, select(grant))
        given_codes = await rows_of(tx, select(code).where(code.c.cause.is_not(None)))
        balances = await ledger.balances(tx)
    gifts = [each.gift for each in grants if each.kind == CODE.kind and each.gift is not None]
    assert len(set(gifts)) == len(gifts) == len(given_codes)
    assert sum(balances.values()) == 0
    assert all(n >= 0 for account, n in balances.items() if account.startswith(("member/", "reversed/")))
    if balances.get("brand/1"):
        assert balances["budget/1"] + balances.get("reversed/1", 0) >= 0
    assert len(dict(town.brought)) == len({to for to, _ in town.brought})
    of_code = {}
    for to, each in town.brought:
        assert of_code.setdefault(each, to) == to
    await assert_audited(town.db)


@settings(
    max_examples=times(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(deeds, max_size=14))
async def test_no_code_goes_to_two_people_and_no_budget_is_overspent(sqlite_db, story):
    await told(sqlite_db, story)


@settings(
    max_examples=times(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(deeds, max_size=14))
async def test_nor_on_postgres(postgres_db, story):
    await told(postgres_db, story)


async def told(db, story):
    await emptied(db)
    if not db.is_sqlite:
        async with db.begin() as tx:
            await tx.execute(text("ALTER SEQUENCE campaign_id_seq RESTART WITH 1"))
    town = GivingTown(db, FakeClock())
    town.brought = []
    await town.apply(a_shop())
    await town.meet(*PEOPLE)
    for deed in story:
        await do(town, *deed)
        await check(town)
    await town.apply(a_shop())
    await town.fill(*(f"last-{n}" for n in range(30)))
    while await town.release():
        pass
    await check(town)
    assert (await town.totals()).get("rewards.held", 0) == 0

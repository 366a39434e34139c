"""A true world, seen through what the platform tells: whoever is credited was brought by that very advocate.

Up to ten people come by several roads within a minute and a half; their news and their uses are late by as much as is
allowed for, in any order; invites expire and are deleted, the gateway goes away and comes back.
"""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.attribution import Found
from tests.core.arrivals.servers import DISCOVERY, VANITY, Door, Join, Server
from tests.depth import times
from tests.emptied import emptied

LINKS = ("anas-link", "bens-link", "cleos-link")
ROADS = ("visit", "visit", "own", "foreign", "foreign once", VANITY, DISCOVERY)

moments = st.one_of(st.integers(0, 30).map(lambda n: 10 + n / 10), st.integers(10, 100).map(float))
late_news = st.integers(0, 29).map(lambda n: n / 10)
late_uses = st.one_of(st.just(0.0), st.integers(0, 29).map(float), st.integers(0, 30).map(lambda n: n / 10))
ends = st.none() | late_news
joins = st.tuples(moments, st.sampled_from(ROADS), st.integers(0, 2), late_news, late_uses, ends)
worlds = st.lists(joins, min_size=1, max_size=10)
gaps = st.none() | st.tuples(st.integers(5, 50).map(float), st.integers(55, 90).map(float))
deletions = st.lists(st.tuples(moments, st.integers(0, 2)), max_size=2)
expiries = st.lists(st.tuples(moments, st.integers(0, 2)), max_size=2)


def built(world, deletions, expiries):
    """The doors, who comes by which, and which door a moderator closes: never one for a single use."""
    doors = [Door(code=f"own{n}", link=link, personal=True) for n, link in enumerate(LINKS)]
    doors += [Door(code=f"foreign{n}") for n in range(2)]
    doors += [Door(code=f"idle{n}", link=LINKS[of], max_uses=1, expires=at) for n, (at, of) in enumerate(expiries)]
    closed = {f"own{which}": at for at, which in deletions}
    some = []
    for who, (when, road, which, news, shown, gone_news) in enumerate(world):
        by = road
        if road in ("visit", "foreign once"):
            by = f"once{who}"
            doors.append(Door(code=by, link=LINKS[which] if road == "visit" else None, max_uses=1))
        elif road == "own":
            by = f"own{which}" if closed.get(f"own{which}", when + 1) > when else DISCOVERY
        elif road == "foreign":
            by = f"foreign{which % 2}"
        some.append(Join(who=who, when=when, by=by, news=news, shown=shown, gone_news=gone_news))
    return doors, some, closed


async def played(db, world, deletions=(), expiries=(), gap=None):
    await emptied(db)
    doors, some, closed = built(world, deletions, expiries)
    server = Server(db, doors, vanity=True)
    await server.begin()
    for code, when in closed.items():
        server.plan(when, server.delete, code)
    found = await server.play(some, until=240.0, gap=gap)
    return server, some, found


def true_link(server, join):
    return server.doors[join.by].link if join.by in server.doors else None


def assert_nobody_is_wronged(server, some, found):
    for join in some:
        link, fact = true_link(server, join), found[join.who]
        ways = {way.code for way in fact.ways}
        if fact.found in (Found.EXACT, Found.PROBABLE):
            assert ways == {link}, join
        elif fact.found is Found.AMBIGUOUS:
            assert fact.or_nobody or link in ways, join
        elif fact.found is Found.OTHERWISE:
            assert link is None, join


SOME = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@given(worlds, deletions, expiries, gaps)
@settings(SOME, max_examples=times(50))
async def test_nobody_is_credited_with_somebody_elses_friend(sqlite_db, world, deletions, expiries, gap):
    server, some, found = await played(sqlite_db, world, deletions, expiries, gap)
    assert found.keys() == {join.who for join in some}  # nobody is left open
    assert server.lists < 150
    assert_nobody_is_wronged(server, some, found)


@given(worlds, deletions, expiries, gaps)
@settings(SOME, max_examples=times(10))
async def test_nor_on_postgres(postgres_db, world, deletions, expiries, gap):
    assert_nobody_is_wronged(*(await played(postgres_db, world, deletions, expiries, gap)))


@given(worlds, deletions, gaps)
@settings(SOME, max_examples=times(20))
async def test_what_the_platform_says_itself_settles_everybody(sqlite_db, world, deletions, gap):
    server, some, _ = await played(sqlite_db, world, deletions, gap=gap)
    found = await server.search(some)
    for join in some:
        link = true_link(server, join)
        assert found[join.who].found is (Found.EXACT if link else Found.OTHERWISE)
        assert [way.code for way in found[join.who].ways] == ([link] if link else [])


prompt = st.integers(0, 80).map(lambda n: n / 10)


@given(st.tuples(moments, st.sampled_from(ROADS), st.integers(0, 2), late_news, prompt, ends))
@settings(SOME, max_examples=times(30))
async def test_whoever_comes_alone_is_always_settled(sqlite_db, join):
    server, some, found = await played(sqlite_db, [join])
    link, by = true_link(server, some[0]), some[0].by
    wanted = Found.PROBABLE if link else Found.UNATTRIBUTED if by == DISCOVERY else Found.OTHERWISE
    assert (found[0].found, [way.code for way in found[0].ways]) == (wanted, [link] if link else [])

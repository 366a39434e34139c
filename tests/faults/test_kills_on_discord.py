"""`kill -9`, and SIGTERM, while Discord's members come and go: whoever came through somebody is theirs, once.

The process is `sayso run`; between the kills the gateway loses sessions, and Discord says things twice. What nobody
can know (who came and went unseen) may be missing in the figures; what stands there must be true. A test that fails
names its seed; SAYSO_TEST_DEPTH=30 kills more often.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random, randrange

import pytest

from bots.cli.status import statuses
from bots.sandbox.discord import DiscordServer, Interaction
from core.database import Database
from tests.depth import times
from tests.end_to_end.house import SLUG
from tests.end_to_end.servers import Servers, settings
from tests.faults import figures
from tests.faults.lives import act_meanwhile, go_on_in_peace
from tests.faults.members import Members
from tests.faults.nursery import Nursery

KILLS = times(6)
STOPS = 2
SOON = timedelta(minutes=5)
PAYS = ("qualified", "rewarded")


@pytest.fixture
def crowd(servers: Servers) -> Members:
    seed = randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    return Members(servers, Random(seed))


async def test_however_it_ends_what_happened_has_its_effect_once(
    db_url: str, folder: Path, discord: DiscordServer, servers: Servers, crowd: Members, sayso: Nursery
) -> None:
    environment = settings(db_url, discord, servers.bot)
    await sayso.start("run", str(servers.file(folder, qualify="stay: 1 second")), **environment)
    await crowd.ask_for_links()
    await sayso.kill()
    promised: list[Interaction] = []
    for is_killed in crowd.random.sample([True] * KILLS + [False] * STOPS, KILLS + STOPS):
        asked = await _live(sayso, crowd, environment)
        if is_killed:
            assert await sayso.kill() == -9, sayso.log.read_text()
        else:
            assert await sayso.stop() == 0, sayso.log.read_text()
            promised += [each for each in asked if each.thinking]
        await crowd.stand_still()
    servers.atelier.join_copies = 1
    await go_on_in_peace(environment, lambda db: _all_done(db, crowd), by=SOON, seconds=40)
    await _compare(db_url, crowd)
    assert max(crowd.answers().values()) <= 2
    assert [each for each in promised if each.thinking] == []


async def _live(sayso: Nursery, crowd: Members, environment: dict[str, str]) -> list[Interaction]:
    """Start, and live for a random number of calls, and then some; people act all the time. What they asked."""
    servers, random, before = crowd.servers, crowd.random, len(crowd.asked)
    servers.atelier.join_copies = random.choice((1, 1, 2))
    servers.atelier.used_up = random.choice(("after", "before"))
    for _ in range(random.randint(0, 4)):
        crowd.act_offline()
    await sayso.start("run", **environment)
    if random.random() < 0.7:
        await crowd.world.until(lambda: servers.bot.gateway.connected, seconds=20)
    await act_meanwhile(crowd, calls=random.randint(1, 40), mischief=_mischief(crowd), patience=0.1)
    await asyncio.sleep(random.uniform(0, 0.05))  # anywhere between two calls
    return crowd.asked[before:]


def _mischief(crowd: Members) -> Callable[[], None]:
    """Something that Discord's gateway does to bots."""
    gateway = crowd.servers.bot.gateway

    def away() -> None:
        with gateway.down(forget=True):
            for _ in range(3):
                crowd.act_offline()

    def something() -> None:
        crowd.random.choice((gateway.drop, gateway.drop, gateway.reconnect, gateway.invalidate, away))()

    return something


async def _all_done(db: Database, crowd: Members) -> bool:
    """Whether everything was taken in and told, and everybody who came stands where they will stay."""
    [found] = await statuses(db, SLUG)
    if found.inbox.waiting + found.outbox.waiting + found.outbox.sending:
        return False
    stands = {friend: status for friend, (_, status) in (await figures.standings(db)).items()}
    paid = all(stands.get(friend.id) == "rewarded" for friend in crowd.stayed)
    return paid and all(stands.get(friend.id) != "pending" for friend in crowd.came)


async def _compare(url: str, crowd: Members) -> None:
    """Whoever stayed counts, for the advocate they came through; nobody is paid for anybody else, or for nothing."""
    db = Database(url)
    await figures.assert_sound(db)
    stands, first = await figures.standings(db), {friend.id: by.id for friend, by in crowd.came.items()}
    [found] = await statuses(db, SLUG)
    await db.close()
    print(f"{crowd.acts} acts, {len(crowd.stayed)} stayed, {len(crowd.left)} left, {len(crowd.back)} came again")
    print(f"{len(crowd.asked)} asked, {sum(each.thinking for each in crowd.asked)} wait for ever")
    print(f"{crowd.shut_out} found their invite used up; {found.arrivals}")
    expected = {friend.id: (first[friend.id], "rewarded") for friend in crowd.stayed}
    assert {friend: stands.get(friend) for friend in expected} == expected
    paid = {friend: advocate for friend, (advocate, status) in stands.items() if status in PAYS}
    assert {friend: advocate for friend, advocate in paid.items() if first[friend] != advocate} == {}
    assert {friend.id for friend in crowd.left} & paid.keys() == set()
    of = [sum(by == advocate.id for by in paid.values()) for advocate in crowd.advocates]
    assert {each.name: (each.qualified, each.points) for each in found.leaderboard} == {
        advocate.global_name: (n, 10 * n) for advocate, n in zip(crowd.advocates, of, strict=True) if n
    }
    role, atelier = crowd.servers.regular.id, crowd.servers.atelier
    assert [role in advocate.member(atelier).roles for advocate in crowd.advocates] == [n >= 2 for n in of]
    for advocate in crowd.advocates:
        told = [message.text for message in advocate.inbox if message.text.startswith("✅")]
        assert len(told) == len(set(told))

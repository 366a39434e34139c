import asyncio
from dataclasses import replace

import pytest

from core import members
from core.campaign.values import Account, Platform
from core.members import Person
from tests.people import ANA, BEN, FLO, a_person, account


async def meet(db, clock, *people):
    async with db.begin() as tx:
        return await members.meet(tx, people, now=clock.now())


async def known(db, person):
    async with db.read() as tx:
        return (await members.by_account(tx, [person.account])).get(person.account)


async def test_somebody_new_becomes_a_member(db, clock):
    met = await meet(db, clock, a_person(1, "Flo", username="FloFlo", language="fr"))
    member = met[account(1)]
    assert (member.name, member.username, member.language, member.speaks) == ("Flo", "floflo", "fr", "fr")
    assert (member.is_bot, member.reachable, member.reminders) == (False, False, True)


async def test_somebody_known_stays_the_same_member_under_a_new_name(db, clock):
    before = (await meet(db, clock, a_person(1, "Flo", username="flo", language="fr")))[account(1)]
    after = (await meet(db, clock, a_person(1, "Florence")))[account(1)]
    assert (after.id, after.name, after.username) == (before.id, "Florence", None)
    assert after.language == "fr"  # no language told is no language forgotten
    assert await known(db, FLO) is None


async def test_to_be_reachable_lasts_until_the_contrary_is_told(db, clock):
    told = [None, True, None, False, None]
    found = [(await meet(db, clock, a_person(1, reachable=each)))[account(1)].reachable for each in told]
    assert found == [False, True, True, False, False]
    assert not (await known(db, a_person(1))).reachable


@pytest.mark.parametrize("told", [[True, None], [None, True], [False, True, None], [True, None, None]])
async def test_within_a_batch_too(db, clock, told):
    met = await meet(db, clock, *(a_person(1, reachable=each) for each in told))
    assert met[account(1)].reachable
    assert (await known(db, a_person(1))).reachable


async def test_within_a_batch_the_last_name_counts_and_a_language_is_kept(db, clock):
    met = await meet(db, clock, a_person(1, "Flo", language="fr"), a_person(1, "Florence"))
    assert (met[account(1)].name, met[account(1)].language) == ("Florence", "fr")


async def test_the_same_number_on_another_platform_is_another_person(db, clock):
    elsewhere = Person(account=Account(platform=Platform.DISCORD, id=ANA.account.id), name="Ann")
    met = await meet(db, clock, ANA, elsewhere)
    assert met[ANA.account].id != met[elsewhere.account].id


async def test_a_big_number_is_an_account_too(db, clock):
    met = await meet(db, clock, a_person(2**62))
    assert met[account(2**62)].account.id == 2**62


async def test_a_username_finds_who_has_it_now(db, clock):
    await meet(db, clock, replace(ANA, username="Ana"), replace(BEN, username="ben"))

    async def named(username):
        async with db.read() as tx:
            found = await members.by_username(tx, Platform.TELEGRAM, username)
            return found and found.name

    assert [await named(each) for each in ("ana", "@ANA", "ben", "nobody")] == ["Ana", "Ana", "Ben", None]
    await meet(db, clock, replace(BEN, username="ana"))  # as far as we know both have it, so nobody is named
    assert await named("ana") is None


async def test_a_chosen_language_is_spoken_until_it_is_given_up(db, clock):
    member = (await meet(db, clock, replace(ANA, language="fr")))[ANA.account]
    for chosen, spoken in (("en", "en"), (None, "fr")):
        async with db.begin() as tx:
            await members.choose_language(tx, member.id, chosen)
        assert (await known(db, ANA)).speaks == spoken


async def test_reminders_can_be_refused_and_wanted_again(db, clock):
    member = (await meet(db, clock, ANA))[ANA.account]
    for wanted in (False, True):
        async with db.begin() as tx:
            await members.want_reminders(tx, member.id, wanted)
        assert (await known(db, ANA)).reminders is wanted


async def test_the_platform_may_say_that_somebody_is_unreachable(db, clock):
    await meet(db, clock, ANA, BEN)
    async with db.begin() as tx:
        await members.unreachable(tx, ANA.account)
    assert [(await known(db, each)).reachable for each in (ANA, BEN)] == [False, True]


async def test_met_by_many_at_once_somebody_is_one_member(db, clock):
    people = [a_person(number) for number in range(1, 6)]
    met = await asyncio.gather(*(meet(db, clock, *people) for _ in range(6)))
    for person in people:
        assert len({each[person.account].id for each in met}) == 1

import random

import pytest

from core import chats, links
from core.campaign.values import Platform
from core.links import ALPHABET, CODE_LENGTH, Link, is_code, new_code
from tests.core.persons_world import TwoTowns, a_campaign_on_both, on_discord
from tests.people import ANA, BEN, SALON, Town, a_campaign, a_person


@pytest.fixture
async def town(db, clock):
    town = Town(db, clock)
    await town.apply(a_campaign(), a_campaign("summer"))
    return town


def test_a_code_is_long_enough_not_to_be_guessed():
    assert len(ALPHABET) ** CODE_LENGTH > 2**60
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_no_letter_is_taken_for_another():
    assert not set("0O1Il") & set(ALPHABET)


def test_codes_differ_and_are_codes():
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(is_code(code) for code in codes)


def test_chance_is_passed_in():
    assert new_code(random.Random(1).choice) == new_code(random.Random(1).choice)


@pytest.mark.parametrize("text", ["", "abc", "A" * 64, "0" * CODE_LENGTH, "Ä" * CODE_LENGTH, "A" * 10 + "\0", "A" * 12])
def test_what_cannot_be_a_code_is_not_asked_for(text):
    assert not is_code(text)


async def test_a_member_has_one_link_in_each_campaign(town):
    spring, again, summer = await town.code_of(ANA), await town.code_of(ANA), await town.code_of(ANA, "summer")
    assert spring == again != summer
    member = await town.member(ANA)
    async with town.db.read() as tx:
        found = await links.of_members(tx, [member.id])
    assert sorted(link.code for link in found.values()) == sorted([spring, summer])


async def test_a_code_finds_its_link_and_an_unknown_one_nothing(town):
    code, unknown = await town.code_of(ANA), new_code()
    async with town.db.read() as tx:
        found = await links.by_code(tx, [code, unknown, "no code"])
    assert found == {code: Link(code, (await town.campaign()).id, (await town.member(ANA)).id)}


async def test_the_advocates_of_a_campaign_are_those_with_a_link(town):
    for person, slug in ((ANA, "spring"), (BEN, "spring"), (BEN, "summer")):
        await town.code_of(person, slug)
    async with town.db.read() as tx:
        found, more = await links.advocates(tx, (await town.campaign()).id, after=0, limit=9)
    assert found == {each: [each] for each in [(await town.member(ANA)).id, (await town.member(BEN)).id]}
    assert not more


@pytest.mark.parametrize("limit", [2, 3, 4, 9])
async def test_advocates_are_read_in_portions_that_divide_no_person(db, clock, limit):
    town = TwoTowns(db, clock)
    await town.apply(a_campaign_on_both())
    people = [a_person(number) for number in range(40, 45)]
    for each in (*people, on_discord(people[1]), on_discord(people[3])):
        await town.code_of(each)
    for each in (people[1], people[3]):
        await town.link(each, on_discord(each))
    wanted = {(await town.member(each)).id: [(await town.member(each)).id] for each in people}
    for each in (people[1], people[3]):
        wanted[(await town.member(each)).id].append((await town.member(on_discord(each))).id)
    campaign_id, found, more = (await town.campaign()).id, {}, True
    async with db.read() as tx:
        while more:
            portion, more = await links.advocates(tx, campaign_id, after=max(found, default=0), limit=limit)
            assert not found.keys() & portion.keys()
            found |= portion
    assert found == wanted


async def test_an_invitation_belongs_to_a_code_until_it_is_forgotten(town):
    url, code = await town.invite_of(ANA), await town.code_of(ANA)
    async with town.db.begin() as tx:
        chat_id = await chats.ensure(tx, Platform.TELEGRAM, SALON)
        assert await links.invite(tx, code, chat_id) == url
        assert await links.codes_of_invites(tx, [url, "https://t.me/+other"]) == {url: code}
        assert await links.codes_of_invites(tx, []) == {}
        await links.forget_invites(tx, chat_id)
        assert await links.invite(tx, code, chat_id) is None

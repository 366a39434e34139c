import pytest

from core import chats
from core.campaign.values import Platform
from tests.people import ANA, ATELIER, FLO, SALON, Town, a_campaign, assert_audited, joined, started

TELEGRAM = Platform.TELEGRAM
NEW = -1009


@pytest.fixture
async def town(db, clock):
    town = Town(db, clock)
    await town.apply(a_campaign())
    return town


async def move(town, old, new):
    async with town.db.begin() as tx:
        return await chats.move(tx, TELEGRAM, old, new)


async def at(town, *numbers):
    async with town.db.read() as tx:
        return await chats.at_addresses(tx, TELEGRAM, numbers)


async def test_a_chat_is_made_once(town):
    async with town.db.begin() as tx:
        made = [await chats.ensure(tx, TELEGRAM, number) for number in (-5, -6, -5)]
    assert made[0] == made[2] != made[1]


async def test_the_same_number_on_another_platform_is_another_chat(town):
    async with town.db.begin() as tx:
        assert await chats.ensure(tx, TELEGRAM, 7) != await chats.ensure(tx, Platform.DISCORD, 7)


async def test_what_the_platform_tells_of_a_chat_is_kept(town):
    chat = (await at(town, SALON))[SALON]
    async with town.db.begin() as tx:
        await chats.describe(tx, chat.id, title="Le salon", username="salon")
        await chats.describe(tx, chat.id, bot_status="administrator")
    chat = (await at(town, SALON))[SALON]
    assert (chat.title, chat.username, chat.bot_status) == ("Le salon", "salon", "administrator")


async def test_a_chat_that_moved_is_found_under_both_numbers(town):
    moved = await move(town, SALON, NEW)
    found = await at(town, SALON, NEW)
    assert found == {SALON: moved, NEW: moved}
    assert moved.native_id == NEW


async def test_a_chat_that_moved_keeps_its_campaigns_and_what_happens_there_counts(town):
    code = await town.code_of(ANA)
    await move(town, SALON, NEW)
    await town.take(started(FLO, town.now, code), joined(FLO, town.now, chat=NEW))
    assert (await town.standing(FLO))[:2] == ("pending", "staying")
    await town.apply(a_campaign(title={"*": "Still the old number in the file"}))
    assert (await at(town, SALON))[SALON].native_id == NEW
    await assert_audited(town.db)


async def test_to_move_again_is_nothing_and_to_move_on_keeps_all_numbers(town):
    first, again = await move(town, SALON, NEW), await move(town, SALON, NEW)
    assert first == again
    last = await move(town, NEW, -1010)
    assert await at(town, SALON, NEW, -1010) == {SALON: last, NEW: last, -1010: last}


async def test_an_unknown_chat_moves_unnoticed(town):
    assert await move(town, -77, -78) is None
    assert await at(town, -78) == {}


async def test_the_communities_are_those_of_the_file_as_it_is_now(town):
    async def names():
        applied = await town.campaign()
        async with town.db.read() as tx:
            found = (await chats.communities_of(tx, [applied.id])).get(applied.id, {})
            return {name: chat.native_id for name, chat in found.items()}, await chats.named_by(tx)

    there = await at(town, SALON, ATELIER)
    salon, atelier = there[SALON], there[ATELIER]
    campaign_id = (await town.campaign()).id
    found, named = await names()
    assert found == {"salon": SALON, "atelier": ATELIER}
    assert named == {salon.id: [campaign_id], atelier.id: [campaign_id]}
    await town.apply(a_campaign(chats=(ATELIER,)))
    assert await names() == ({"atelier": ATELIER}, {atelier.id: [campaign_id]})


async def test_a_chat_whose_new_number_was_applied_before_the_news_of_the_move_is_one_chat(town):
    """The organizer was faster than Telegram: the file named the new number when the old chat was said to be there."""
    code = await town.code_of(ANA)
    await town.take(started(FLO, town.now, code), joined(FLO, town.now))
    await town.apply(a_campaign(chats=(NEW, ATELIER)))
    await move(town, SALON, NEW)
    await town.take(joined(ANA, town.now, chat=NEW))
    assert (await town.totals())["joins"] == 2
    await town.pass_time(days=4, there=[FLO])
    assert (await town.standing(FLO))[0] == "rewarded"
    await assert_audited(town.db)

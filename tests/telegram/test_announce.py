"""An organizer writes to everybody, from the bot: what that looks like, and that it reaches whom it should."""

import pytest

from bots.sandbox.telegram import Chat, Person, TelegramWorld
from bots.texts import text
from campaigns import heart
from core.campaign.values import Campaign
from tests.telegram.conftest import Door, code_of, said

WORDS = "We open our doors.\n\nOn Friday, at <six>!"


async def announced(door: Door, olga: Person, words: str = WORDS) -> None:
    olga.says(door.bot, f"/announce {words}")
    await door.settle()


async def pressed(door: Door, who: Person, key: str, **values: object) -> None:
    """Press the button with this label below the newest message."""
    language = who.language_code or "en"
    who.taps(who.inbox[-1], text(language, f"button.{key}", **values))
    await door.settle()


async def all_brought(door: Door) -> None:
    for _ in range(20):
        await heart.feed(door.db, door.clock)
        await door.settle()
        door.clock.advance(seconds=0.5)


def got(person: Person) -> list[str]:
    return [message.text for message in person.inbox if message.text.startswith("📣")]


@pytest.fixture
async def fair(door: Door, spring: Campaign, olga: Person, ana: Person, ben: Person) -> Campaign:
    """Ana and Ben are advocates, and Olga has talked to the bot."""
    for each in (ana, ben):
        await code_of(door, each)
    olga.says(door.bot, "/help")
    await door.settle()
    return spring


async def test_it_is_shown_first_and_sent_when_that_is_confirmed(
    door: Door, fair: Campaign, olga: Person, ana: Person, ben: Person
):
    await announced(door, olga)
    assert WORDS in olga.inbox[-1].text
    assert said("en", "announce.preview", n=2) in olga.inbox[-1].text
    assert said("en", "announce.on", platform="Telegram", n=2) in olga.inbox[-1].text
    await all_brought(door)
    assert got(ana) == got(ben) == []
    await pressed(door, olga, "announce_send", n=2)
    await all_brought(door)
    assert [WORDS in each for each in got(ana)] == [WORDS in each for each in got(ben)] == [True]
    olga.says(door.bot, "/announce")
    await door.settle()
    assert said("en", "announce.sent", n=2) in olga.inbox[-1].text
    assert said("en", "announce.failed", n=0) in olga.inbox[-1].text


async def test_cancelled_nobody_gets_it(door: Door, fair: Campaign, olga: Person, ana: Person):
    await announced(door, olga)
    await pressed(door, olga, "announce_drop")
    assert olga.inbox[-1].text == said("en", "announce.dropped")
    await all_brought(door)
    assert got(ana) == []


async def test_it_can_be_stopped_and_says_how_far_it_got(door: Door, fair: Campaign, olga: Person, ana: Person):
    await announced(door, olga)
    await pressed(door, olga, "announce_send", n=2)
    await pressed(door, olga, "announce_stop")
    await all_brought(door)
    assert got(ana) == []
    olga.says(door.bot, "/announce")
    await door.settle()
    assert said("en", "announce.sent", n=0) in olga.inbox[-1].text


async def test_to_everybody_in_the_communities(
    door: Door, fair: Campaign, olga: Person, group: Chat, world: TelegramWorld
):
    cleo = world.user("Cleo", language_code="en")
    cleo.says(door.bot, "/help")
    olga.adds(cleo, group)
    await door.settle()
    await announced(door, olga)
    await pressed(door, olga, "announce_everybody")
    assert said("en", "announce.preview", n=3) in olga.inbox[-1].text
    await pressed(door, olga, "announce_send", n=3)
    await all_brought(door)
    assert len(got(cleo)) == 1


async def test_whoever_blocks_the_bot_is_counted_as_not_reached(door: Door, fair: Campaign, olga: Person, ana: Person):
    await announced(door, olga)
    ana.blocks(door.bot)
    await pressed(door, olga, "announce_send", n=2)
    await all_brought(door)
    olga.says(door.bot, "/announce")
    await door.settle()
    assert said("en", "announce.sent", n=1) in olga.inbox[-1].text


async def test_others_are_no_organizers(door: Door, fair: Campaign, ana: Person, ben: Person):
    await announced(door, ana)
    assert ana.inbox[-1].text == said("en", "problem.not_organizer")


async def test_without_words_it_says_how_to(door: Door, fair: Campaign, olga: Person):
    await announced(door, olga, "")
    assert olga.inbox[-1].text == said("en", "announce.usage")


async def test_what_is_too_long_is_not_taken(door: Door, fair: Campaign, olga: Person):
    await announced(door, olga, "x" * 3001)
    assert olga.inbox[-1].text == said("en", "announce.too_long", n=3000)


async def test_stop_is_a_word_that_is_understood(door: Door, fair: Campaign, olga: Person, ana: Person, ben: Person):
    ana.says(door.bot, "/stop")
    await door.settle()
    assert ana.inbox[-1].text == said("en", "reminders.stopped")
    await announced(door, olga)
    await pressed(door, olga, "announce_send", n=1)
    await all_brought(door)
    assert (len(got(ana)), len(got(ben))) == (0, 1)
    await pressed(door, ben, "no_messages")
    assert ben.inbox[-1].text == said("fr", "reminders.stopped")
    await pressed(door, ana, "reminders")
    await announced(door, olga)
    await pressed(door, olga, "announce_send", n=1)
    await all_brought(door)
    assert (len(got(ana)), len(got(ben))) == (1, 1)

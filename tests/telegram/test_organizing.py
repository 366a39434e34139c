"""The switch, looking again and what is handed over, from the person who presses to whoever reads of it."""

from datetime import timedelta

import pytest

from bots.sandbox.telegram import Chat, Message, Person
from bots.texts import text
from core.campaign.values import Account, Campaign, Platform, Qualify, Reward, To
from tests.people import assert_audited
from tests.telegram.conftest import TITLES, Door, campaign_in, code_of, said

DINNER = Reward(id="dinner", to=To.ADVOCATE, kind="by_hand", setting={"*": "a dinner <for> two"}, every=1)


@pytest.fixture
def db_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def spring(door: Door, group: Chat, olga: Person) -> Campaign:
    """Olga's campaign: each friend who stays three days is worth a dinner."""
    organizer = Account(platform=Platform.TELEGRAM, id=olga.id)
    stay = Qualify(stay=timedelta(days=3))
    campaign = campaign_in(group, rewards=(DINNER,), organizers=(organizer,), qualify=stay)
    await door.apply(campaign)
    olga.says(door.bot, "/help")
    await door.settle()
    return campaign


async def joins_through(door: Door, ana: Person, ben: Person) -> None:
    ben.start(door.bot, await code_of(door, ana))
    await door.settle()
    ben.opens(ben.inbox[-1].buttons[0]["url"])
    await door.settle()


async def days_pass(door: Door, days: int) -> None:
    for _ in range(days):
        door.clock.advance(days=1)
        await door.settle()


async def says(door: Door, person: Person, what: str) -> Message:
    person.says(door.bot, what)
    await door.settle()
    return person.inbox[-1]


async def presses(door: Door, person: Person, message: Message, button: str) -> Message:
    """What the person reads then: the message itself, where the answer took its place."""
    heard = len(person.inbox)
    tap = person.taps(message, button)
    await door.settle()
    assert tap.answer is not None
    return person.inbox[-1] if len(person.inbox) > heard else message


async def test_the_switch_stops_everything_and_links_say_so_kindly(
    door: Door, spring: Campaign, olga: Person, ana: Person, ben: Person
):
    await joins_through(door, ana, ben)
    asked = await says(door, olga, "/pause")
    assert said("en", "pause.confirm", title=TITLES["en"]) == asked.text
    done = await presses(door, olga, asked, text("en", "button.pause_yes"))
    assert said("en", "pause.done", title=TITLES["en"]) == done.text
    await days_pass(door, 5)
    assert text("en", "still.paused") in (await says(door, ana, "/me")).text
    eve = door.world.user("Eve", language_code="fr")
    eve.start(door.bot, await code_of(door, ana))
    await door.settle()
    assert said("fr", "problem.paused", title=TITLES["fr"]) in eve.inbox[-1].text
    again = await says(door, olga, "/resume")
    await presses(door, olga, again, text("en", "button.resume_yes"))
    await door.settle()
    assert said("en", "me.qualified", n=1) in (await says(door, ana, "/me")).text
    await assert_audited(door.db)


async def test_what_is_handed_over_is_ticked_off_where_the_organizer_was_told_of_it(
    door: Door, spring: Campaign, olga: Person, ana: Person, ben: Person
):
    await joins_through(door, ana, ben)
    await days_pass(door, 4)
    [told] = [each for each in olga.inbox if "a dinner <for> two" in each.text]
    assert "Ana" in told.text
    assert f"a dinner <for> two: {text('en', 'waits.by_hand')}" in (await says(door, ana, "/me")).text
    done = await presses(door, olga, told, text("en", "button.handed"))
    assert said("en", "handout.done", member="Ana", reward="a dinner <for> two") in done.text
    handed = said("en", "news.handed", title=TITLES["en"], text="a dinner <for> two")
    assert handed in [each.text for each in ana.inbox]
    assert said("en", "handout.nothing", title=TITLES["en"]) in (await says(door, olga, "/handout")).text
    assert await door.left_over() == {"inbox": {}, "outbox": {}}
    await assert_audited(door.db)


async def test_whoever_lost_a_friend_asks_and_hears_the_answer(
    door: Door, spring: Campaign, group: Chat, olga: Person, ana: Person, ben: Person
):
    await joins_through(door, ana, ben)
    await days_pass(door, 4)
    ben.leaves(group)
    await door.settle()
    [lost] = [
        each
        for each in ana.inbox
        if said("en", "news.referral_reversed", friend="Ben", title=TITLES["en"]) in each.text
    ]
    assert text("en", "reason.left_after") in lost.text
    asked = await presses(door, ana, lost, text("en", "button.appeal_mine"))
    assert text("en", "appeal.asked") in asked.text
    question = olga.inbox[-1]
    assert "Ana asks you to look again" in question.text
    await presses(door, olga, question, text("en", "button.rule_in"))
    assert said("en", "appeal.ruled_in", friend="Ben") in question.text
    answered = said("en", "news.appeal_granted", friend="Ben", title=TITLES["en"])
    assert answered in [each.text for each in ana.inbox]
    assert said("en", "me.qualified", n=1) in (await says(door, ana, "/me")).text
    await assert_audited(door.db)


@pytest.mark.parametrize("command", ["campaigns", "pause", "resume", "handout", "review"])
async def test_members_cannot_and_are_not_shown_these_commands(
    door: Door, spring: Campaign, ana: Person, olga: Person, command: str
):
    assert text("en", "problem.not_organizer") in (await says(door, ana, f"/{command}")).text
    assert f"/{command} " not in (await says(door, ana, "/help")).text
    assert f"/{command} " in (await says(door, olga, "/help")).text

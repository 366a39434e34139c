"""The switch, looking again and what is handed over, through the real client and the stand-in."""

import pytest

from bots.discord.components import EPHEMERAL
from bots.sandbox.discord import Channel, Guild, Interaction, Message, Person
from bots.texts import text
from core.campaign.values import Account, Campaign, Platform, Reward, To
from tests.discord.conftest import PAGES, TITLES, Door, campaign_in, code_of, readable, said
from tests.people import assert_audited

DINNER = Reward(id="dinner", to=To.ADVOCATE, kind="by_hand", setting={"*": "a dinner for two"}, every=1)


@pytest.fixture
async def spring(door: Door, guild: Guild, olga: Person) -> Campaign:
    """Olga's campaign: each friend who stays three days is worth a dinner."""
    organizer = Account(platform=Platform.DISCORD, id=olga.id)
    campaign = campaign_in(guild, rewards=(DINNER,), organizers=(organizer,))
    await door.apply(campaign)
    olga.runs(door.bot, "help")
    await door.settle()
    return campaign


async def joins_through(door: Door, guild: Guild, ana: Person, ben: Person) -> None:
    ana.discovers(guild)
    came = ben.runs(door.bot, "start", code=f"{PAGES}/r/{await code_of(door, ana)}/whatsapp")
    await door.answer(came)
    ben.discovers(guild)
    await door.settle()


async def days_pass(door: Door, days: int) -> None:
    for _ in range(days):
        door.clock.advance(days=1)
        await door.settle()


def button(message: Message, label: str) -> str:
    """The whole of a button's label that begins so."""
    return next(str(each["label"]) for each in message.buttons if str(each.get("label", "")).startswith(label))


async def pressed(door: Door, person: Person, asked: Interaction, label: str) -> Interaction:
    assert asked.reply is not None
    found = person.presses(asked.reply, button(asked.reply, label))
    await door.settle()
    return found


async def test_the_switch_takes_a_second_press_and_only_the_asker_sees_it(
    door: Door, spring: Campaign, guild: Guild, channel: Channel, olga: Person, ana: Person, ben: Person
):
    await joins_through(door, guild, ana, ben)
    asked = olga.runs(door.bot, "pause", channel)
    assert said("en", "pause.confirm", title=TITLES["en"]) in await door.answer(asked)
    assert all(reply.flags & EPHEMERAL for reply in asked.replies)
    await pressed(door, olga, asked, text("en", "button.pause_yes"))
    await days_pass(door, 5)
    assert text("en", "still.paused") in await door.answer(ana.runs(door.bot, "me"))
    again = olga.runs(door.bot, "resume")
    await door.settle()
    await pressed(door, olga, again, text("en", "button.resume_yes"))
    assert said("en", "me.qualified", n=1) in await door.answer(ana.runs(door.bot, "me"))
    await assert_audited(door.db)


async def test_what_is_handed_over_is_ticked_off_and_the_member_is_told(
    door: Door, spring: Campaign, guild: Guild, olga: Person, ana: Person, ben: Person
):
    await joins_through(door, guild, ana, ben)
    await days_pass(door, 4)
    assert any("a dinner for two" in each.text for each in olga.inbox)
    asked = olga.runs(door.bot, "handout")
    assert "a dinner for two" in await door.answer(asked)
    await pressed(door, olga, asked, said("en", "button.handed_to", member="Ana"))
    assert any("handed over your reward: a dinner for two" in each.text for each in ana.inbox)
    assert said("en", "handout.nothing", title=TITLES["en"]) in await door.answer(olga.runs(door.bot, "handout"))
    await assert_audited(door.db)


async def test_whoever_lost_a_friend_asks_and_hears_the_answer(
    door: Door, spring: Campaign, guild: Guild, olga: Person, ana: Person, ben: Person
):
    await joins_through(door, guild, ana, ben)
    await days_pass(door, 4)
    ben.leaves(guild)
    await door.settle()
    mine = ana.runs(door.bot, "me")
    assert text("en", "reason.left_after") in await door.answer(mine)
    asked = await pressed(door, ana, mine, "🙋")
    assert text("en", "appeal.asked") in readable(asked)
    question = olga.inbox[-1]
    assert "asks you to look again" in question.text
    olga.presses(question, button(question, text("en", "button.rule_in")))
    await door.settle()
    assert any("The organizers have looked again" in each.text for each in ana.inbox)
    assert said("en", "me.qualified", n=1) in await door.answer(ana.runs(door.bot, "me"))
    await assert_audited(door.db)

"""Every command through the real client and the stand-in: answered in the asker's language, to the asker alone."""

import json
import re
from typing import Any

import pytest

from bots.discord.components import EPHEMERAL
from bots.sandbox.discord import Bot, Channel, Guild, Interaction, Message, Person
from bots.talk import COMMANDS
from bots.texts import text
from core.campaign.values import Account, Campaign, Platform
from tests.discord.conftest import PAGES, TITLES, Door, campaign_in, code_of, readable, said


@pytest.fixture(params=["en", "fr"])
def asker(request: pytest.FixtureRequest, ana: Person, ben: Person, guild: Guild) -> Person:
    """Somebody in the server, once for each language."""
    person = ana if request.param == "en" else ben
    person.discovers(guild)
    return person


def speaks(person: Person) -> str:
    return person.locale[:2]


def buttons(message: Message) -> list[str]:
    return [str(each.get("label") or each.get("placeholder")) for each in [*message.buttons, *message.selects]]


def only_for(asked: Interaction) -> bool:
    return all(reply.flags & EPHEMERAL and reply.only_for is asked.user for reply in asked.replies)


# Commands


@pytest.mark.parametrize("private", [False, True])
async def test_every_command_is_answered_to_the_asker_alone_and_deferred_at_once(
    door: Door, spring: Campaign, channel: Channel, asker: Person, private: bool
):
    door.publish(PAGES)
    for command in [each.name for each in COMMANDS if not each.organizers]:
        asked = asker.runs(door.bot, command, None if private else channel)
        await door.hear()
        assert asked.thinking
        await door.settle()
        assert not asked.thinking
        assert asked.replies
        assert private or only_for(asked)
        assert not re.search(r"\{\w+\}|</?[bi]>|&\w+;", readable(asked))
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


async def test_organizers_have_commands_of_their_own(
    door: Door, guild: Guild, channel: Channel, olga: Person, ana: Person
):
    organizer = Account(platform=Platform.DISCORD, id=olga.id)
    await door.apply(campaign_in(guild, organizers=(organizer,)))
    asked = olga.runs(door.bot, "review", channel)
    await door.settle()
    assert asked.replies
    assert only_for(asked)


@pytest.mark.parametrize(("command", "key"), [("help", "help.title"), ("privacy", "privacy.not_kept")])
async def test_in_the_askers_language(door: Door, spring: Campaign, asker: Person, command: str, key: str):
    asked = asker.runs(door.bot, command)
    assert said(speaks(asker), key, account=f"discord:{asker.id}") in await door.answer(asked)


async def test_one_campaign_is_meant_without_being_named(door: Door, spring: Campaign, asker: Person):
    asked = asker.runs(door.bot, "rules")
    assert TITLES[speaks(asker)] in await door.answer(asked)


async def test_of_several_one_is_chosen_by_its_name_or_a_button(
    door: Door, spring: Campaign, guild: Guild, asker: Person
):
    await door.apply(spring, campaign_in(guild, slug="autumn", title={"*": "Autumn"}))
    asked = asker.runs(door.bot, "top")
    assert said(speaks(asker), "choose.campaign") in await door.answer(asked)
    assert asked.reply is not None
    pressed = asker.presses(asked.reply, "Autumn")
    assert "Autumn" in await door.answer(pressed)
    named = asker.runs(door.bot, "top", campaign="autumn")
    assert "Autumn" in await door.answer(named)


async def test_a_language_is_chosen_and_kept(door: Door, spring: Campaign, ana: Person):
    chosen = ana.runs(door.bot, "language", language="fr")
    assert said("fr", "language.chosen") in await door.answer(chosen)
    asked = ana.runs(door.bot, "help")
    assert said("fr", "help.title") in await door.answer(asked)


async def test_the_language_of_the_server_counts_where_the_members_is_not_told(
    door: Door, spring: Campaign, channel: Channel, guild: Guild, ana: Person, monkeypatch: pytest.MonkeyPatch
):
    ana.discovers(guild)
    told = Interaction.event

    def event(self: Interaction) -> dict[str, Any]:
        return {**told(self), "locale": None, "guild_locale": "fr"}

    monkeypatch.setattr(Interaction, "event", event)
    asked = ana.runs(door.bot, "help", channel)
    assert said("fr", "help.title") in await door.answer(asked)


# The road of a friend


async def test_through_a_friends_link_and_on_to_ones_own(
    door: Door, spring: Campaign, guild: Guild, ana: Person, ben: Person
):
    code = await code_of(door, ana)
    came = ben.runs(door.bot, "start", code=f"{PAGES}/r/{code}/whatsapp")
    answer = await door.answer(came)
    assert "Ana" in answer
    assert TITLES["fr"] in answer
    ben.discovers(guild)
    await door.settle()
    mine = ana.runs(door.bot, "me")
    assert "Ben" in await door.answer(mine)


async def test_a_code_that_nobody_has(door: Door, spring: Campaign, asker: Person):
    asked = asker.runs(door.bot, "start", code="nobodys-code")
    assert said(speaks(asker), "problem.unknown_code") in await door.answer(asked)


async def test_a_claim_is_answered_by_the_advocate(
    door: Door, spring: Campaign, guild: Guild, channel: Channel, ana: Person, ben: Person
):
    ana.discovers(guild)
    ben.discovers(guild)
    await code_of(door, ana)
    claimed = ben.runs(door.bot, "claim", channel, who=ana)
    assert said("fr", "claim.asked", advocate="Ana") in await door.answer(claimed)
    question = ana.inbox[-1]
    pressed = ana.presses(question, text("en", "button.yes"))
    await door.settle()
    assert pressed.answered == 6
    assert "Ben" in question.text  # in place of the question
    assert not question.buttons
    mine = ben.runs(door.bot, "me")
    assert "Ana" in await door.answer(mine)


async def test_the_claimed_advocate_may_be_picked_from_a_menu(
    door: Door, spring: Campaign, guild: Guild, channel: Channel, ana: Person, ben: Person
):
    ana.discovers(guild)
    ben.discovers(guild)
    await code_of(door, ana)
    asked = ben.runs(door.bot, "claim", channel)
    await door.settle()
    assert asked.reply is not None
    picked = ben.selects(asked.reply, [str(ana.id)])
    assert said("fr", "claim.asked", advocate="Ana") in await door.answer(picked)


# Buttons


async def test_buttons_outlive_the_process(
    door: Door, spring: Campaign, impatient: list[float], bot: Bot, asker: Person
):
    asked = asker.runs(door.bot, "help")
    await door.settle()
    bot.gateway.forget()
    assert asked.reply is not None
    await door.settle()
    pressed = asker.presses(asked.reply, text(speaks(asker), "button.my_referrals"))
    assert said(speaks(asker), "me.title", title=TITLES[speaks(asker)]) in await door.answer(pressed)
    assert asked.reply is not pressed.reply


async def test_what_buttons_carry_fits(door: Door, spring: Campaign, asker: Person):
    door.publish(PAGES)
    for command in ("invite", "me", "help", "language"):
        asked = asker.runs(door.bot, command)
        await door.settle()
        for reply in asked.replies:
            ids = re.findall(r'"custom_id": "([^"]*)"', json.dumps(reply.components))
            assert all(0 < len(each) <= 100 for each in ids)


async def test_a_button_nobody_knows_any_more_gets_a_kind_word(door: Door, spring: Campaign, asker: Person):
    asked = asker.runs(door.bot, "help")
    await door.settle()
    assert asked.reply is not None
    button = asked.reply.buttons[0]
    asked.reply.components = json.loads(
        json.dumps(asked.reply.components).replace(f'"{button["custom_id"]}"', '"of_old:1:2"')
    )
    pressed = asker.presses(asked.reply, "of_old:1:2")
    assert said(speaks(asker), "unknown.button") in await door.answer(pressed)


# Too late


async def test_what_could_not_be_deferred_is_answered_all_the_same(door: Door, spring: Campaign, asker: Person):
    door.world.faults.broken(503, route="/interactions/{interaction_id}/{interaction_token}/callback")
    asked = asker.runs(door.bot, "help")
    assert said(speaks(asker), "help.title") in await door.answer(asked)


async def test_an_answer_that_comes_too_late_hinders_nothing(door: Door, spring: Campaign, asker: Person):
    asker.runs(door.bot, "help")
    await door.hear()
    door.clock.advance(minutes=20)
    asked = asker.runs(door.bot, "help")
    assert said(speaks(asker), "help.title") in await door.answer(asked)
    assert await door.left_over() == {"inbox": {}, "outbox": {}}


async def test_the_token_of_an_interaction_reaches_no_log(
    door: Door, spring: Campaign, asker: Person, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", logger="bots")
    door.world.faults.broken(503, route="/interactions/{interaction_id}/{interaction_token}/callback", times=None)
    asked = asker.runs(door.bot, "help")
    await door.hear()
    await door.handler.once()
    await door.sender.once()
    assert asked.token not in caplog.text
    assert caplog.records

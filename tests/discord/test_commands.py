"""The list of slash commands: in every language, as Discord wants it, and sent only when it has changed."""

from typing import Any

import pytest
from discord.http import HTTPClient

from bots.discord.commands import LONGEST, described, same, show
from bots.sandbox.discord import Bot, DiscordWorld, Guild, ImpossibleError, Permission, Person
from bots.talk import COMMANDS
from bots.texts import languages, text
from tests.sandbox.discord.spec import PATH, DiscordSpec

ALL = [described(command) for command in COMMANDS]
BY_NAME = {each["name"]: each for each in ALL}


@pytest.mark.parametrize("command", ALL, ids=sorted(BY_NAME, key=[*BY_NAME].index))
def test_every_command_is_as_discord_wants_it(command: dict[str, Any]):
    if not PATH.exists():
        pytest.skip("Discord's description is not here")
    rights = command.get("default_member_permissions")
    sent = command | ({"default_member_permissions": int(rights)} if rights else {})
    assert DiscordSpec().wrong_with(sent, "ApplicationCommandUpdateRequest") == []


def test_each_says_in_every_language_what_it_is_for():
    for command in ALL:
        for each in (command, *command.get("options", ())):
            assert 0 < len(each["description"]) <= LONGEST
            assert all(0 < len(other) <= LONGEST for other in each["description_localizations"].values())
            assert "fr" in each["description_localizations"]
    assert BY_NAME["me"]["description"] == text("en", "command.me")
    assert BY_NAME["me"]["description_localizations"]["fr"] == text("fr", "command.me")


def test_a_person_is_picked_from_the_server_and_a_language_from_a_list():
    [who, _] = BY_NAME["claim"]["options"]
    assert (who["name"], who["type"]) == ("who", 6)
    [language] = BY_NAME["language"]["options"]
    assert [choice["value"] for choice in language["choices"]] == [*languages(), "app"]


def test_what_is_for_organizers_is_hidden_from_others():
    hidden = {each["name"] for each in ALL if "default_member_permissions" in each}
    assert hidden == {command.name for command in COMMANDS if command.organizers}
    assert {each.get("default_member_permissions") for each in ALL} == {None, "32"}


async def test_they_are_sent_once_and_again_only_when_they_change(http: HTTPClient, bot: Bot):
    assert await show(http, bot.id)
    assert not await show(http, bot.id)
    assert bot.commands.syncs == 1
    command = next(each for each in bot.commands.of(None).values() if each["name"] == "me")
    command["description_localizations"] = {"fr": "autre chose"}
    assert await show(http, bot.id)
    assert command != bot.commands.named("me", None)
    assert not await show(http, bot.id)
    assert bot.commands.syncs == 2


async def test_one_that_is_ours_no_more_is_taken_away(http: HTTPClient, bot: Bot):
    await show(http, bot.id)
    bot.commands.of(None)[7] = {**bot.commands.named("me", None), "id": "7", "name": "old"}  # type: ignore[dict-item]
    assert await show(http, bot.id)
    assert bot.commands.named("old", None) is None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("me", {"description": "something else"}),
        ("me", {"options": []}),
        ("help", {"options": [{"type": 3, "name": "x", "description": "y"}]}),
        ("help", {"default_member_permissions": "32"}),
        ("review", {"default_member_permissions": None}),
        ("help", {"contexts": [0]}),
        ("help", {"description_localizations": {}}),
    ],
)
def test_every_difference_that_matters_is_seen(name: str, change: dict[str, Any]):
    found = [each | change if each["name"] == name else each for each in ALL]
    assert not same(ALL, found)
    assert not same(ALL, ALL[1:])


def test_what_discord_adds_makes_no_difference():
    more = {"id": "1", "application_id": "2", "version": "3", "nsfw": False, "dm_permission": True}
    found = [{"default_member_permissions": None, "options": None, **each, **more} for each in ALL]
    assert same(ALL, reversed(found))


async def test_members_find_them_and_what_is_for_organizers_only_those_who_may(
    http: HTTPClient, world: DiscordWorld, bot: Bot, guild: Guild, olga: Person, ana: Person
):
    await show(http, bot.id)
    channel = guild.text_channels()[0]
    ana.discovers(guild)
    ana.runs(bot, "me", channel)
    ana.runs(bot, "me")
    with pytest.raises(ImpossibleError):
        ana.runs(bot, "review", channel)
    assert Permission.MANAGE_GUILD in guild.permissions_of(olga)
    olga.runs(bot, "review", channel)

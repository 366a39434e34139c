"""The slash commands as Discord is told of them."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from discord import Locale
from discord.http import HTTPClient

from bots.discord.calling import call
from bots.talk import COMMANDS, Command, Option, Takes
from bots.talk.words import key_on
from bots.texts import language_name, languages, text
from core.campaign.values import Platform

Json: TypeAlias = dict[str, Any]

COMMAND, TEXT, USER = 1, 3, 6
IN_SERVER, IN_PRIVATE = 0, 1
MANAGE_SERVER = str(1 << 5)
LONGEST = 100
_PATH = "/applications/{application_id}/commands"


async def show(http: HTTPClient, application_id: int) -> bool:
    """Bring Discord's list of our commands up to date; say whether that took a change."""
    wanted = [described(command) for command in COMMANDS]
    found = await call(
        http, "GET", _PATH, about=application_id, params={"with_localizations": "true"}, application_id=application_id
    )
    if same(wanted, found):
        return False
    await call(http, "PUT", _PATH, about=application_id, json=wanted, application_id=application_id)
    return True


def described(command: Command) -> Json:
    """A command in English, and in every other language that has a catalogue. It can be used in private as well."""
    told: Json = {
        "type": COMMAND,
        "name": command.name,
        **_descriptions(f"command.{command.name}"),
        "contexts": [IN_SERVER, IN_PRIVATE],
        "integration_types": [0],
    }
    if command.options:
        told["options"] = [_option(option) for option in command.options]
    if command.organizers:
        told["default_member_permissions"] = MANAGE_SERVER
    return told


def same(wanted: Iterable[Json], found: Iterable[Json]) -> bool:
    """Whether Discord has just these commands. What it adds of its own makes no difference."""
    have, want = {each["name"]: each for each in found}, {each["name"]: each for each in wanted}
    return have.keys() == want.keys() and all(_covers(have[name], each) for name, each in want.items())


def _option(option: Option) -> Json:
    told: Json = {
        "type": USER if option.takes is Takes.PERSON else TEXT,
        "name": option.name,
        **_descriptions(option.told),
    }
    if option.takes is Takes.LANGUAGE:
        told["choices"] = [
            *({"name": language_name(each), "value": each} for each in languages()),
            {"name": text("en", "button.app_language"), "value": "app", **_names("button.app_language")},
        ]
    return told


def _descriptions(key: str) -> Json:
    key = key_on(Platform.DISCORD, key)
    told: Json = {"description": text("en", key)[:LONGEST]}
    others = {locale: text(language, key)[:LONGEST] for language, locale in _locales()}
    return {**told, "description_localizations": others} if others else told


def _names(key: str) -> Json:
    others = {locale: text(language, key)[:LONGEST] for language, locale in _locales()}
    return {"name_localizations": others} if others else {}


def _locales() -> Iterable[tuple[str, str]]:
    """Our languages but English, each with Discord's names for it: `pt` is pt-BR there."""
    for language in languages():
        for locale in Locale:
            known = locale.value.lower()
            if language != "en" and language in (known, known.partition("-")[0]):
                yield language, locale.value


def _covers(found: Any, wanted: Any) -> bool:
    """Whether what Discord has is what we want, and no more than Discord's own additions."""
    if isinstance(wanted, Mapping):
        names = wanted.keys() | (_TOLD & found.keys() if isinstance(found, Mapping) else set())
        return isinstance(found, Mapping) and all(_covers(found.get(name), wanted.get(name)) for name in names)
    if isinstance(wanted, list):
        alike = isinstance(found, list) and len(found) == len(wanted)
        return alike and all(map(_covers, found, wanted))
    return (found or None) == (wanted or None)


_TOLD = frozenset({"options", "choices", "default_member_permissions", "description_localizations", "required"})
"""What must be absent where we do not want it."""

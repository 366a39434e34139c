"""The commands' list, from which the messengers' menus are made."""

import re

import pytest

from bots.talk.answers import ANSWERS
from bots.talk.commands import COMMANDS, MENU, Command, asked
from bots.texts import languages, text

every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


@every_command
def test_a_command_has_an_answer(command: Command):
    assert command.name in ANSWERS


@every_command
@pytest.mark.parametrize("language", languages())
def test_a_command_and_its_options_are_described_as_both_messengers_allow(command: Command, language: str):
    names = [command.name, *(option.name for option in command.options)]
    described = [text(language, f"command.{command.name}")]
    described += [text(language, option.told) for option in command.options]
    assert all(re.fullmatch(r"[a-z_]{1,32}", name) for name in names)
    assert all(1 <= len(each) <= 100 and "<" not in each for each in described)


def test_members_are_shown_all_but_the_beginning_and_the_organizers_commands():
    assert set(MENU) == {each.name for each in COMMANDS if not each.organizers} - {"start"}


@pytest.mark.parametrize(
    ("name", "options", "what", "args"),
    [
        ("start", {}, "start", ()),
        ("start", {"code": "7tbvBAirtk7"}, "start", ("7tbvBAirtk7",)),
        ("invite", {"campaign": "Bring a friend"}, "invite", ("Bring a friend",)),
        ("claim", {}, "claim", ()),
        ("claim", {"campaign": "spring"}, "claim", ("spring",)),
        ("claim", {"who": "42"}, "claim_picked", ("", "42")),
        ("claim", {"who": "42", "campaign": "spring"}, "claim_picked", ("spring", "42")),
        ("language", {"language": "fr"}, "language", ("fr",)),
        ("unheard_of", {"x": "y"}, "unheard_of", ()),
    ],
)
def test_options_become_what_is_asked(name: str, options: dict[str, str], what: str, args: tuple[str, ...]):
    assert asked(name, options) == (what, args)

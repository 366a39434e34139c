"""The commands, from which each door makes its menu. To add one: a line here, and one in `answers`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Takes(StrEnum):
    """What an option is."""

    CODE = "code"
    CAMPAIGN = "campaign"  # its id in the file, or its title
    PERSON = "person"  # a member of the platform, by their number
    TEXT = "text"  # all that follows, as it was written
    LANGUAGE = "language"  # one that has a catalogue, or `app` for the app's own


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be said with the command. Its description is the text `option.NAME`, or that of `about`."""

    name: str
    takes: Takes
    about: str = ""

    @property
    def told(self) -> str:
        """The key of its description."""
        return f"option.{self.about or self.name}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command. Its description is the text `command.NAME`."""

    name: str
    options: tuple[Option, ...] = ()
    organizers: bool = False


_CAMPAIGN = Option("campaign", Takes.CAMPAIGN)

COMMANDS: tuple[Command, ...] = (
    Command("start", (Option("code", Takes.CODE),)),
    Command("invite", (_CAMPAIGN,)),
    Command("me", (_CAMPAIGN,)),
    Command("top", (_CAMPAIGN,)),
    Command("rules", (_CAMPAIGN,)),
    Command("claim", (Option("who", Takes.PERSON), _CAMPAIGN)),
    Command("link", (Option("code", Takes.CODE, about="link_code"),)),
    Command("language", (Option("language", Takes.LANGUAGE),)),
    Command("privacy"),
    Command("help"),
    Command("campaigns", (_CAMPAIGN,), organizers=True),
    Command("review", (_CAMPAIGN,), organizers=True),
    Command("handout", (_CAMPAIGN,), organizers=True),
    Command("pause", (_CAMPAIGN,), organizers=True),
    Command("resume", (_CAMPAIGN,), organizers=True),
    Command("announce", (Option("text", Takes.TEXT),), organizers=True),
)

MENU = tuple(each.name for each in COMMANDS if each.name != "start" and not each.organizers)
"""What members are shown as a list, in this order."""

FOR_ORGANIZERS = tuple(each.name for each in COMMANDS if each.organizers)


WORDS = 5
"""So many of the words that follow a command are looked at."""


def asked(name: str, options: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """A command with the options that were filled in, as `what` and `args` of an Ask."""
    if name == "claim":
        campaign, who = options.get("campaign", ""), options.get("who")
        return ("claim_picked", (campaign, who)) if who else ("claim", (campaign,) if campaign else ())
    known = next((each.options for each in COMMANDS if each.name == name), ())
    args = [options.get(option.name, "") for option in known]
    while args and not args[-1]:
        args.pop()
    return name, tuple(args)


def said(name: str, rest: str) -> tuple[str, ...]:
    """What was written after a command, as `args` of an Ask: the words, or the whole of it if it takes a text."""
    known = next((each.options for each in COMMANDS if each.name == name), ())
    if known and known[0].takes is Takes.TEXT:
        return (rest.strip(),) if rest.strip() else ()
    return tuple(rest.split()[:WORDS])

"""How the demo's members act, whichever messenger they have: they come, speak, recommend, leave."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bots.cli.demo.browser import Browser
from bots.cli.demo.cast import Role
from bots.sandbox import discord, telegram

_log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that somebody waits for the bot's answer."""

GREETINGS = ("Hello everybody!", "Bonjour à tous !", "A friend brought me here.", "Ravi d'être là.", "Nice to be here!")


class LostError(Exception):
    """It did not work out for somebody."""


GIVEN_UP = (LostError, TimeoutError, discord.ImpossibleError, telegram.ImpossibleError)
"""What ends somebody's part: also that their app does not allow what they try."""


class Guest(Protocol):
    """Somebody with a messenger on their phone."""

    async def comes(self) -> None:
        """Come without anybody's link, and greet the bot."""

    async def comes_by(self, ways: Mapping[str, str], browser: Browser) -> None:
        """Come by one of the ways that a link's page offers: addresses by messenger."""

    def speaks(self, words: str) -> None: ...

    async def link(self, *, by_button: bool) -> str:
        """Ask the bot for the personal link."""

    def tries(self, way: str) -> None:
        """Follow a way in of their own link, as if it were somebody else's."""

    def brings_a_bot(self) -> None: ...

    def leaves(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where the members act, and the links that were passed on. `invited` makes the person behind a role."""

    invited: Callable[[Role], Guest]
    browser: Browser
    pause: Callable[[float], Awaitable[None]]
    links: dict[int, "asyncio.Future[str]"] = field(default_factory=dict)
    came: int = 0
    acted: int = 0
    gave_up: int = 0
    waiting_for: int = 0  # friends who will count, if all goes well

    def link(self, number: int) -> "asyncio.Future[str]":
        """The link of that member, once they have it; '' if they never will."""
        return self.links.setdefault(number, asyncio.get_running_loop().create_future())


async def act(stage: Stage, role: Role) -> None:
    """Do everything that the role says. Somebody for whom it does not work out gives up, and the others go on."""
    try:
        await _act(stage, role)
    except GIVEN_UP as error:
        stage.gave_up += 1
        _log.warning("a member gave up (%s: %s)", type(error).__name__, error, extra={"member": role.number})
    finally:
        stage.acted += 1
        if not stage.link(role.number).done():
            stage.link(role.number).set_result("")


async def _act(stage: Stage, role: Role) -> None:
    guest = stage.invited(role)
    if role.told_by is None:
        await guest.comes()
    else:
        await guest.comes_by(await stage.browser.ways_in(await _told(stage, role.told_by), role), stage.browser)
    stage.came += 1
    if role.speaks:
        guest.speaks(GREETINGS[role.number % len(GREETINGS)])
    if role.recommends:
        await _recommend(stage, role, guest)
    if role.brings_a_bot:
        guest.brings_a_bot()
    if role.leaves:
        await stage.pause(2.0)
        guest.leaves()
    elif role.speaks and role.told_by is not None:
        stage.waiting_for += 1


async def _recommend(stage: Stage, role: Role, guest: Guest) -> None:
    """Get the link, pass it on through a channel, where its app looks at it first."""
    link = f"{await guest.link(by_button=role.by_button)}/{role.channel}"
    await stage.browser.previews(link, role.channel)
    if role.tries_own_link:
        for way in (await stage.browser.ways_in(link, role)).values():
            guest.tries(way)
    stage.link(role.number).set_result(link)


async def _told(stage: Stage, number: int) -> str:
    async with asyncio.timeout(2 * PATIENCE):
        link = await asyncio.shield(stage.link(number))
    if not link:
        raise LostError("whoever told them has no link to pass on")
    return link

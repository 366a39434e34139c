"""What an end-to-end test stands on: a campaign file, two chats in the stand-in, and the settings of the process."""

import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bots.sandbox.telegram import Bot, Chat, Message, Person, TelegramServer, TelegramWorld
from tests.cli.processes import ended

SECRET = "push-it_7"
SLUG = "spring"

_CAMPAIGN = """
campaign: {slug}
title: {{en: Bring a friend, fr: Amène un proche}}
window: {{timezone: Europe/Paris, starts: 2026-01-01 09:00}}
organizers: [{{telegram: {organizer}}}]
communities:
{communities}
attribution: {{window: 7 days, touch: first}}
qualify: {{stay: {stay}}}
rewards:
  - {{id: welcome, to: friend, give: {{message: {{en: Hello!, fr: Bonjour !}}}}}}
  - {{id: thanks, to: advocate, every: 1, give: {{points: 10}}}}
"""


class Stage:
    """A bot, its owner, a public chat and a private one."""

    def __init__(self, world: TelegramWorld) -> None:
        self.world = world
        self.olga: Person = world.user("Olga", language_code="en")
        self.bot: Bot = world.bot(username="sayso_bot")
        self.salon: Chat = world.chat("supergroup", "Le Salon", username="le_salon", owner=self.olga, admins=[self.bot])
        self.cercle: Chat = world.chat("supergroup", "Le Cercle", owner=self.olga, admins=[self.bot])

    def file(self, folder: Path, *, stay: str, chats: Iterable[Chat] | None = None) -> Path:
        """A campaign that has begun, in these chats or in both."""
        there = [self.salon, self.cercle] if chats is None else chats
        communities = "\n".join(f"  - {{id: {chat.title[3:].lower()}, telegram: {chat.id}}}" for chat in there)
        path = folder / "spring.yaml"
        path.write_text(
            _CAMPAIGN.format(slug=SLUG, organizer=self.olga.id, communities=communities, stay=stay), encoding="utf-8"
        )
        return path


def settings(url: str, server: TelegramServer, bot: Bot, *, mode: str = "polling") -> dict[str, str]:
    """The environment of `sayso run`. The web has a port that nobody else has now, and the same at each start."""
    port = _free_port()
    return {
        "SAYSO_DATABASE_URL": url,
        "SAYSO_TELEGRAM_TOKEN": bot.token,
        "SAYSO_TELEGRAM_API": server.url,
        "SAYSO_TELEGRAM_MODE": mode,
        "SAYSO_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "SAYSO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SAYSO_LISTEN": f"127.0.0.1:{port}",
        "SAYSO_LOG": "json",
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def status(folder: Path, url: str) -> dict[str, Any]:
    """What `sayso status` tells a script."""
    told = await ended("status", SLUG, "--json", folder=folder, SAYSO_DATABASE_URL=url)
    assert told.code == 0, told.err
    found: dict[str, Any] = json.loads(told.out)
    return found


async def assert_audited(folder: Path, url: str) -> None:
    told = await ended("audit", folder=folder, SAYSO_DATABASE_URL=url)
    assert (told.code, told.out) == (0, ""), told.err


def counts(figures: dict[str, int]) -> dict[str, int]:
    """Those that are not zero."""
    return {name: n for name, n in figures.items() if n}


async def answer(world: TelegramWorld, person: Person, begins: str, *, seconds: float = 20.0) -> Message:
    """The bot's message to this person that begins like this, once it is there."""

    def found() -> Message | None:
        return next((message for message in person.inbox if message.text.startswith(begins)), None)

    try:
        return await world.until(found, seconds=seconds)
    except TimeoutError:
        raise AssertionError(f"{begins!r} did not come; {person} read {person.inbox}") from None

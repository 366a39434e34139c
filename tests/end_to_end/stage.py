"""What an end-to-end test on Telegram stands on: two chats in the stand-in, and the settings of the process."""

import re
from collections.abc import Iterable
from pathlib import Path

import aiohttp

from bots.sandbox.telegram import Bot, Chat, Person, TelegramServer, TelegramWorld
from tests.end_to_end import house

SECRET = "push-it_7"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


class Stage:
    """A bot, its owner, a public chat and a private one."""

    def __init__(self, world: TelegramWorld) -> None:
        self.world = world
        self.olga: Person = world.user("Olga", language_code="en")
        self.bot: Bot = world.bot(username="sayso_bot")
        self.salon: Chat = world.chat("supergroup", "Le Salon", username="le_salon", owner=self.olga, admins=[self.bot])
        self.cercle: Chat = world.chat("supergroup", "Le Cercle", owner=self.olga, admins=[self.bot])

    def communities(self, chats: Iterable[Chat]) -> list[str]:
        """How a campaign file names these chats."""
        return [f"id: {chat.title[3:].lower()}, telegram: {chat.id}" for chat in chats]

    def file(self, folder: Path, *, stay: str, chats: Iterable[Chat] | None = None) -> Path:
        """A campaign that has begun, in these chats or in both."""
        return house.write(
            folder,
            organizer=f"telegram: {self.olga.id}",
            communities=self.communities([self.salon, self.cercle] if chats is None else chats),
            qualify=f"stay: {stay}",
        )


def door(server: TelegramServer, bot: Bot, *, mode: str = "polling") -> dict[str, str]:
    """The part of the environment of `sayso run` that is about Telegram."""
    return {
        "SAYSO_TELEGRAM_TOKEN": bot.token,
        "SAYSO_TELEGRAM_API": server.url,
        "SAYSO_TELEGRAM_MODE": mode,
        "SAYSO_TELEGRAM_WEBHOOK_SECRET": SECRET,
    }


def settings(url: str, server: TelegramServer, bot: Bot, *, mode: str = "polling") -> dict[str, str]:
    """The environment of `sayso run` with Telegram alone."""
    return house.web(url) | door(server, bot, mode=mode)


async def into_the_bot(link: str) -> str:
    """The way into the bot that a browser is shown behind the link."""
    async with aiohttp.ClientSession(headers=BROWSER) as session, session.get(link) as answered:
        assert answered.status == 200
        way_in = re.search(r"https://t\.me/\w+\?start=\w+", await answered.text())
    assert way_in is not None
    return way_in[0]

"""The demo's members who have Telegram."""

import re
from collections.abc import Callable, Mapping

from bots.cli.demo.browser import Browser
from bots.cli.demo.cast import Role
from bots.cli.demo.stage import PATIENCE, LostError
from bots.sandbox.telegram import Bot, Chat, Message, TelegramWorld


class OnTelegram:
    """One of them. `chats`: the public one is the first."""

    def __init__(self, world: TelegramWorld, bot: Bot, chats: tuple[Chat, ...], role: Role) -> None:
        self._world, self._bot, self._chats, self._role = world, bot, chats, role
        self._person = world.user(
            role.first_name,
            last_name=role.last_name,
            username=f"friend_of_lune_{role.number}",
            language_code=role.language,
        )
        self._chat = chats[0]

    async def comes(self) -> None:
        self._person.joins(self._chat)
        self._person.start(self._bot)
        await self._answer(lambda message: bool(message.buttons))

    async def comes_by(self, ways: Mapping[str, str], browser: Browser) -> None:
        """Press Start in the bot, and then one of the ways in that it offers."""
        self._person.opens(ways["telegram"])
        offered = _ways_in(await self._answer(lambda message: bool(_ways_in(message))))
        way = offered[self._role.place % len(offered)]
        found = self._person.opens(way)  # an invite link lets one in at once, a public chat shows itself first
        if not isinstance(found, Chat):
            raise LostError(f"{way} leads to no chat")
        if not found.has(self._person):
            self._person.joins(found)
        self._chat = found

    def speaks(self, words: str) -> None:
        self._person.says(self._chat, words)

    async def link(self, *, by_button: bool) -> str:
        """By /invite, or by the button of the same meaning under something that the bot wrote."""
        with_button = next((each for each in reversed(self._person.inbox) if _callback(each, "invite")), None)
        if by_button and with_button is not None:
            self._person.taps(with_button, _callback(with_button, "invite"))
        else:
            self._person.says(self._bot, "/invite")
        return _link_in(await self._answer(lambda message: bool(_link_in(message))))

    def tries(self, way: str) -> None:
        if way.startswith("https://t.me/"):
            self._person.opens(way)

    def brings_a_bot(self) -> None:
        self._person.adds(self._world.bot(username="helpful_demo_bot", first_name="Helpful"), self._chat)

    def leaves(self) -> None:
        self._person.leaves(self._chat)

    async def _answer(self, fits: Callable[[Message], bool]) -> Message:
        """The bot's latest message that fits, as soon as there is one."""

        def found() -> Message | None:
            return next((message for message in reversed(self._person.inbox_from(self._bot)) if fits(message)), None)

        message = await self._world.until(found, seconds=PATIENCE)
        assert message is not None
        return message


def _ways_in(message: Message) -> list[str]:
    """Where its buttons lead to chats."""
    urls = [str(button["url"]) for button in message.buttons if "url" in button]
    return [url for url in urls if re.fullmatch(r"https://t\.me/(\+[\w-]+|\w+)", url)]


def _callback(message: Message, what: str) -> str:
    """The data of its button for that; '' if it has none."""
    data = (str(button.get("callback_data", "")) for button in message.buttons)
    return next((each for each in data if each.partition(":")[0] == what), "")


def _link_in(message: Message) -> str:
    """The personal link that it tells; '' if it tells none."""
    found = re.search(r"http://[\w.:]+/r/\w+", message.text)
    return found[0] if found else ""

"""The demo's members who have Discord."""

import re
from collections.abc import Callable, Mapping

from bots.cli.demo.browser import Browser
from bots.cli.demo.cast import Role
from bots.cli.demo.stage import PATIENCE, LostError
from bots.sandbox.discord import Bot, DiscordWorld, Guild, Message


class OnDiscord:
    """One of them."""

    def __init__(self, world: DiscordWorld, bot: Bot, guild: Guild, role: Role) -> None:
        self._world, self._bot, self._guild, self._role = world, bot, guild, role
        self._person = world.user(f"{role.first_name.lower()}_{role.number}", global_name=role.first_name)
        self._person.locale = {"fr": "fr", "de": "de"}.get(role.language, "en-GB")
        self._channel = guild.text_channels()[0]

    async def comes(self) -> None:
        self._person.discovers(self._guild)

    async def comes_by(self, ways: Mapping[str, str], browser: Browser) -> None:
        """Press the page's button: it leads to an invite that was made for this visit."""
        invite = await browser.led_to(ways["discord"], self._role)
        if "discord.gg" not in invite:
            raise LostError(f"the page led to {invite or 'nowhere'} and not into Discord")
        self._person.opens(invite)

    def speaks(self, words: str) -> None:
        self._person.says(self._channel, words)

    async def link(self, *, by_button: bool) -> str:
        """By /invite, or by the button of the same meaning under what the bot answers to /start."""
        ran = self._person.runs(self._bot, "start" if by_button else "invite", self._channel)
        answer = await self._world.until(lambda: ran.reply, seconds=PATIENCE)
        assert answer is not None
        if by_button:
            self._person.presses(answer, _button(answer, "invite"))
        return _link_in(await self._seen(lambda message: bool(_link_in(message))))

    def tries(self, way: str) -> None:
        """Discord lets nobody in who is inside already."""

    def brings_a_bot(self) -> None:
        """Only administrators can."""

    def leaves(self) -> None:
        self._person.leaves(self._guild)

    async def _seen(self, fits: Callable[[Message], bool]) -> Message:
        """The latest message that this person sees in the channel and that fits, as soon as there is one."""

        def found() -> Message | None:
            return next((each for each in reversed(self._person.sees(self._channel)) if fits(each)), None)

        message = await self._world.until(found, seconds=PATIENCE)
        assert message is not None
        return message


def _button(message: Message, what: str) -> str:
    """The custom_id of its button for that."""
    ids = (str(each.get("custom_id", "")) for each in message.buttons)
    return next((each for each in ids if each.partition(":")[0] == what), "")


def _link_in(message: Message) -> str:
    """The personal link that it tells; '' if it tells none."""
    found = re.search(r"http://[\w.:]+/r/\w+", message.text)
    return found[0] if found else ""

"""The table of Bot API methods, filled by the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way through a method."""

    world: TelegramWorld
    bot: Bot
    params: Params

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat that the call names."""
        return self.world.chat_for(self.bot, self.params.chat_id(name))

    def user(self, name: str = "user_id") -> User:
        """The user that the call names."""
        user = self.world.users.get(self.params.integer(name))
        if user is None:
            raise bad_request("user not found")
        return user


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A method by its proper name; `handle` answers the result, or an awaitable of it."""

    name: str
    required: tuple[str, ...]
    handle: Handler


METHODS: dict[str, Method] = {}


def method(name: str, *required: str) -> Callable[[Handler], Handler]:
    """Enter a handler into the table, with the parameters that must be there."""

    def enter(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, required, handler)
        return handler

    return enter

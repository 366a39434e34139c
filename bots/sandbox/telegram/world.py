"""The small Telegram that everything happens in: who exists, which chats there are, and what bots have asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from bots.sandbox.clock import Clock, WallClock
from bots.sandbox.pulse import Pulse
from bots.sandbox.telegram.calls import ApiCall
from bots.sandbox.telegram.chats import Chat, Kind, Member
from bots.sandbox.telegram.errors import bad_request, upgraded
from bots.sandbox.telegram.faults import Faults
from bots.sandbox.telegram.files import Files
from bots.sandbox.telegram.inline import InlineDesk
from bots.sandbox.telegram.membership import migrate
from bots.sandbox.telegram.meter import RateMeter
from bots.sandbox.telegram.people import Person
from bots.sandbox.telegram.updates import UpdateQueue
from bots.sandbox.telegram.users import Bot, User

T = TypeVar("T")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


class TelegramWorld:
    """A little Telegram in memory. It is not thread-safe: use it from one event loop.

    `clock` gives the dates of messages, lets links and updates expire and counts sending rates; `random` makes
    ids and links; `history` is how many messages a chat and an inbox keep, `calls_kept` how many calls.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        history: int = 200,
        calls_kept: int = 5000,
    ) -> None:
        self.clock = clock or WallClock()
        self.random = random or Random(1)  # noqa: S311 - nothing here is secret
        self.history = history
        self.changed = Pulse()
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.calls: deque[ApiCall] = deque(maxlen=calls_kept)
        self.faults = Faults()
        self.meter = RateMeter(self.time)
        self.inline = InlineDesk(self)
        self.files = Files(self)
        self._bots: dict[str, Bot] = {}
        self._names: dict[str, User | Chat] = {}
        self._next_user = 1000
        self._next_chat = 2000

    # Making the world

    def user(self, first_name: str = "Ana", *, user_id: int | None = None, **details: Any) -> Person:
        """A new person; `details` are the other fields of `User`, such as `username` and `language_code`."""
        person = Person(id=user_id or self._new_user_id(), first_name=first_name, world=self, **details)
        self._register(person)
        return person

    def bot(self, token: str = "", username: str = "", **details: Any) -> Bot:
        """A new bot; a token that looks like a real one is made up if none is given."""
        id_ = int(token.partition(":")[0]) if token else self._new_user_id()
        token = token or f"{id_}:{self.secret(35)}"
        details.setdefault("first_name", "Sandbox")
        updates = UpdateQueue(self.time, self.random)
        bot = Bot(id=id_, token=token, username=username or f"sandbox{id_}_bot", updates=updates, **details)
        self._register(bot)
        self._bots[token] = bot
        return bot

    def chat(
        self,
        kind: Kind = "supergroup",
        title: str = "Friends of Lune",
        *,
        owner: Person | None = None,
        username: str | None = None,
        admins: tuple[User, ...] | list[User] = (),
        members: tuple[User, ...] | list[User] = (),
    ) -> Chat:
        """A new group, supergroup or channel, public if it has a username. Nobody is told who is in it already."""
        chat = self.new_chat(kind, title, username)
        chat.put(Member(user=owner or self.user("Olga"), status="creator"))
        for user in members:
            chat.put(Member(user=user, status="member"))
        for user in admins:
            chat.put(Member(user=user, status="administrator"))
        return chat

    def migrate(self, chat: Chat, *, by: Person | None = None) -> Chat:
        """Upgrade a group to a supergroup; answers the new chat, with its new id."""
        return migrate(self, chat, by or self.owner(chat))

    # Looking around

    def time(self) -> float:
        return self.clock.now().timestamp()

    def bot_with(self, token: str) -> Bot | None:
        return self._bots.get(token)

    @property
    def bots(self) -> list[Bot]:
        return list(self._bots.values())

    def named(self, username: str) -> User | Chat | None:
        """Whoever or whatever has this public name, with or without the @."""
        return self._names.get(username.removeprefix("@").lower())

    def owner(self, chat: Chat) -> Person:
        owners = (member.user for member in chat.administrators() if isinstance(member.user, Person))
        return next(owners)

    def calls_of(self, method: str) -> list[ApiCall]:
        """The calls of one method, oldest first."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def until(self, condition: Callable[[], T], *, seconds: float = 5.0) -> T:
        """Wait until the condition holds, asking again after each change; answers what it gave."""
        async with asyncio.timeout(seconds):
            while not (result := condition()):
                await self.changed.wait()
            return result

    # For the rooms next door

    def private(self, bot: Bot, user: User) -> Chat:
        """The chat between a person and a bot, opened or not."""
        if user.id not in bot.chats:
            person = user if isinstance(user, Person) else None
            bot.chats[user.id] = Chat(id=user.id, kind="private", person=person, bot=bot)
        return bot.chats[user.id]

    def chat_for(self, bot: Bot, chat_id: int | str) -> Chat:
        """The chat that a bot means by this id or @username."""
        by_id = self.chats.get(chat_id) or self.users.get(chat_id) if isinstance(chat_id, int) else None
        chat = by_id or self.named(str(chat_id))
        if isinstance(chat, User):
            return self.private(bot, chat)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to:
            raise upgraded(chat.migrated_to.id)
        return chat

    def new_chat(self, kind: Kind, title: str, username: str | None = None) -> Chat:
        self._next_chat += self.random.randint(1, 50)
        id_ = -self._next_chat if kind == "group" else -1_000_000_000_000 - self._next_chat
        chat = Chat(id=id_, kind=kind, title=title, username=username, hides_links=username is not None)
        self.chats[id_] = chat
        if username:
            self._names[username.lower()] = chat
        return chat

    def secret(self, length: int) -> str:
        return "".join(self.random.choices(ALPHABET, k=length))

    def _new_user_id(self) -> int:
        self._next_user += self.random.randint(1, 50)
        return self._next_user

    def _register(self, user: User) -> None:
        if user.id in self.users:
            raise ValueError(f"there is a user with the id {user.id} already")
        self.users[user.id] = user
        if user.username:
            self._names[user.username.lower()] = user

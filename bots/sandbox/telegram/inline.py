"""Buttons and inline mode: what people tap and pick, and what bots answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.compose import caption_content, markup_of, text_content
from bots.sandbox.telegram.errors import ImpossibleError, bad_request
from bots.sandbox.telegram.messages import Message, post
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.users import Bot

if TYPE_CHECKING:
    from bots.sandbox.telegram.people import Person
    from bots.sandbox.telegram.world import TelegramWorld

Json = dict[str, Any]
KEPT = 2000
K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True, kw_only=True, eq=False)
class Tap:
    """A callback button pressed. `answer` is what answerCallbackQuery said: text, show_alert, url …"""

    id: str
    person: Person
    bot: Bot
    message: Message
    data: str
    answer: Json | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class InlineQuery:
    """What a person typed after the bot's name; `results` is None until the bot has answered."""

    id: str
    person: Person
    bot: Bot
    text: str
    results: list[Json] | None = None
    options: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A result saved for a person to share from a mini app."""

    id: str
    person_id: int
    bot: Bot
    result: Json
    kinds: frozenset[str]
    expires_at: int

    def fits(self, chat: Chat) -> bool:
        """May it go there? The private chats of this world are all with bots."""
        return {"private": "bot", "supergroup": "group"}.get(chat.kind, chat.kind) in self.kinds


class InlineDesk:
    """Taps, inline queries, prepared messages and the messages that came of them; the last few thousand."""

    def __init__(self, world: TelegramWorld) -> None:
        self._world = world
        self.taps: dict[str, Tap] = {}
        self.queries: dict[str, InlineQuery] = {}
        self.prepared: dict[str, Prepared] = {}
        self.messages: dict[str, tuple[Bot, Message]] = {}
        self._cache: dict[tuple[int, str, int | None], tuple[float, list[Json]]] = {}

    def tap(self, person: Person, message: Message, data: str) -> Tap:
        """Press a callback button under a message of a bot."""
        inline = self.messages.get(message.inline_id or "")
        bot = inline[0] if inline else message.author
        if not isinstance(bot, Bot):
            raise ImpossibleError("only a bot's message has buttons that call back")
        tap = Tap(id=self._new_id(), person=person, bot=bot, message=message, data=data)
        _keep(self.taps, tap.id, tap)
        where = {"inline_message_id": message.inline_id} if message.inline_id else {"message": message.json()}
        query: Json = {
            "id": tap.id,
            "from": person.json(),
            "chat_instance": str(abs(hash((message.chat.id, bot.id)))),
            "data": data,
        }
        bot.updates.put("callback_query", query | where, f"user {person.id}")
        return tap

    def ask(self, person: Person, bot: Bot, text: str, chat: Chat | None, offset: str) -> InlineQuery:
        """Type something after the bot's name. An answer still in the server's cache is used again."""
        if not bot.inline:
            raise ImpossibleError(f"{bot} has inline mode switched off")
        query = InlineQuery(id=self._new_id(), person=person, bot=bot, text=text[:256])
        _keep(self.queries, query.id, query)
        query.results = self._cached(query)
        if query.results is None:
            update: Json = {"id": query.id, "from": person.json(), "query": query.text, "offset": offset}
            kind = "sender" if chat and chat.kind == "private" and chat.bot is bot else chat and chat.kind
            update |= {"chat_type": kind} if kind else {}
            bot.updates.put("inline_query", update, f"user {person.id}")
        return query

    def answer(self, query: InlineQuery, results: list[Json], options: Json) -> None:
        """Take a bot's results, for a while for everybody unless they are personal."""
        query.results, query.options = results, options
        until = self._world.time() + options["cache_time"]
        personal = query.person.id if options["is_personal"] else None
        _keep(self._cache, (query.bot.id, query.text, personal), (until, results))
        self._world.changed.beat()

    def send(self, person: Person, bot: Bot, result: Json, chat: Chat, query: str) -> Message:
        """Post a result into a chat as the person's own message; feedback follows if it is switched on."""
        content, markup = content_of(result)
        message = post(self._world, chat, person, content | {"via_bot": bot.json()}, reply_markup=markup)
        shown: Json = {"result_id": result["id"], "from": person.json(), "query": query}
        if markup:
            message.inline_id = self._new_id()
            _keep(self.messages, message.inline_id, (bot, message))
            shown["inline_message_id"] = message.inline_id
        if self._world.random.random() < bot.inline_feedback:
            bot.updates.put("chosen_inline_result", shown, f"user {person.id}")
        return message

    def prepare(self, bot: Bot, person_id: int, result: Json, kinds: frozenset[str]) -> Prepared:
        content_of(result)
        expires = int(self._world.time()) + 3600
        prepared = Prepared(
            id=self._new_id(), person_id=person_id, bot=bot, result=result, kinds=kinds, expires_at=expires
        )
        _keep(self.prepared, prepared.id, prepared)
        return prepared

    def _cached(self, query: InlineQuery) -> list[Json] | None:
        for reader in (query.person.id, None):
            until, results = self._cache.get((query.bot.id, query.text, reader), (0.0, []))
            if until > self._world.time():
                return results
        return None

    def _new_id(self) -> str:
        return str(self._world.random.randrange(10**17, 10**18))


def content_of(result: Json) -> tuple[Json, Json | None]:
    """What an inline result posts, and the keyboard under it."""
    if not 1 <= len(str(result.get("id", "")).encode()) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    markup = markup_of(Params(result))
    inner = result.get("input_message_content")
    if inner:
        return text_content(Params(inner), "message_text"), markup
    if result.get("type") == "article":
        raise bad_request("can't parse InlineQueryResult: message content must be specified for articles")
    kind = str(result.get("type"))
    thing: Json = {"file_id": str(result.get(f"{kind}_file_id") or result.get(f"{kind}_url"))}
    thing |= {"file_unique_id": "inline", "width": 1, "height": 1, "duration": 0}
    return {kind: [thing] if kind == "photo" else thing} | caption_content(Params(result)), markup


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    kept[key] = value
    if len(kept) > KEPT:
        del kept[next(iter(kept))]

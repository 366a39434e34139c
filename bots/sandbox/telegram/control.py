"""The control endpoint under /sandbox/: drive the world, and look at it, from another process or a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bots.sandbox.telegram.chats import Chat, InviteLink
from bots.sandbox.telegram.errors import BotApiError, ImpossibleError
from bots.sandbox.telegram.inline import InlineQuery, Tap
from bots.sandbox.telegram.messages import Message
from bots.sandbox.telegram.people import Person
from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld

Json = dict[str, Any]
VERBS = frozenset(
    [
        "start",
        "starts_in",
        "says",
        "edits",
        "deletes",
        "forwards",
        "forwards_album",
        "shares_users",
        "shares_chat",
        "taps",
        "opens",
        "asks",
        "picks",
        "shares_prepared",
        "blocks",
        "unblocks",
        "deletes_account",
        "joins",
        "asks_to_join",
        "leaves",
        "adds",
        "removes",
        "bans",
        "unbans",
        "restricts",
        "promotes",
        "demotes",
        "approves",
        "declines",
        "makes_link",
        "revokes_link",
    ]
)
FAULTS = frozenset(["too_many", "blocked", "migrated", "broken", "slow", "lose_answer"])


class UnknownError(Exception):
    """The request names somebody or something that is not there."""


def control_routes(world: TelegramWorld) -> list[web.RouteDef]:
    """The routes; each takes and gives JSON. A thing that cannot be done is 409, an unknown one 404."""
    desk = _Desk(world)
    return [
        web.get("/sandbox", _json(desk.overview)),
        web.post("/sandbox/users", _json(desk.new_user)),
        web.post("/sandbox/bots", _json(desk.new_bot)),
        web.post("/sandbox/chats", _json(desk.new_chat)),
        web.post("/sandbox/chats/{chat}/migrate", _json(desk.migrate)),
        web.get("/sandbox/chats/{chat}", _json(desk.chat)),
        web.get("/sandbox/users/{user}/inbox", _json(desk.inbox)),
        web.post("/sandbox/users/{user}/{verb}", _json(desk.act)),
        web.get("/sandbox/taps/{id}", _json(desk.tap)),
        web.get("/sandbox/queries/{id}", _json(desk.query)),
        web.get("/sandbox/calls", _json(desk.calls)),
        web.post("/sandbox/faults/{kind}", _json(desk.fault)),
        web.delete("/sandbox/faults", _json(desk.mend)),
    ]


Handler = Callable[[web.Request, Json], Any]


def _json(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.can_read_body else {}
            return web.json_response(_shown(handler(request, body)))
        except (UnknownError, KeyError) as error:
            return web.json_response({"problem": str(error)}, status=404)
        except (ImpossibleError, BotApiError) as error:
            return web.json_response({"problem": str(error)}, status=409)
        except (TypeError, ValueError) as error:
            return web.json_response({"problem": str(error)}, status=422)

    return serve


class _Desk:
    def __init__(self, world: TelegramWorld) -> None:
        self._world = world

    def overview(self, request: web.Request, body: Json) -> Json:
        people = [user for user in self._world.users.values() if isinstance(user, Person)]
        return {
            "people": len(people),
            "bots": self._world.bots,
            "chats": [chat.json() | {"size": chat.size} for chat in self._world.chats.values()],
            "sent": self._world.meter.sent,
        }

    def new_user(self, request: web.Request, body: Json) -> Person:
        return self._world.user(**body)

    def new_bot(self, request: web.Request, body: Json) -> Json:
        bot = self._world.bot(**body)
        return bot.json() | {"token": bot.token}

    def new_chat(self, request: web.Request, body: Json) -> Chat:
        people: Json = {name: [self._user(one) for one in body.pop(name, [])] for name in ("admins", "members")}
        if "owner" in body:
            people["owner"] = self._person(body.pop("owner"))
        return self._world.chat(**people, **body)

    def migrate(self, request: web.Request, body: Json) -> Chat:
        return self._world.migrate(self._chat(request.match_info["chat"]))

    def chat(self, request: web.Request, body: Json) -> Json:
        chat = self._chat(request.match_info["chat"])
        return chat.json() | {
            "size": chat.size,
            "members": [member.json(chat) for member in chat.members.values()],
            "links": list(chat.links.values()),
            "requests": list(chat.requests),
            "messages": list(chat.messages.values()),
        }

    def inbox(self, request: web.Request, body: Json) -> list[Message]:
        return self._person(request.match_info["user"]).inbox

    def act(self, request: web.Request, body: Json) -> Any:
        """A person does something: the verb and its arguments are those of `Person`."""
        person, verb = self._person(request.match_info["user"]), request.match_info["verb"]
        if verb not in VERBS:
            raise UnknownError(f"the verbs are {', '.join(sorted(VERBS))}")
        arguments = {name: self._argument(person, name, value) for name, value in body.items()}
        return getattr(person, verb)(**arguments)

    def tap(self, request: web.Request, body: Json) -> Tap:
        return self._world.inline.taps[request.match_info["id"]]

    def query(self, request: web.Request, body: Json) -> InlineQuery:
        return self._world.inline.queries[request.match_info["id"]]

    def calls(self, request: web.Request, body: Json) -> list[Json]:
        method = request.query.get("method")
        calls = self._world.calls_of(method) if method else self._world.calls
        return [{"method": c.method, "params": c.params, "result": c.result, "error": c.error} for c in calls]

    def fault(self, request: web.Request, body: Json) -> bool:
        kind = request.match_info["kind"]
        if kind not in FAULTS:
            raise UnknownError(f"the faults are {', '.join(sorted(FAULTS))}")
        if "chat" in body:
            body["chat"] = self._chat(body["chat"])
        getattr(self._world.faults, kind)(**body)
        return True

    def mend(self, request: web.Request, body: Json) -> bool:
        self._world.faults.clear()
        return True

    # Finding what a request names

    def _argument(self, person: Person, name: str, value: Any) -> Any:
        if name == "users":
            return [self._user(one) for one in value]
        if name in ("message", "reply_to"):
            return self._message(person, value)
        if name == "query":
            return self._world.inline.queries[str(value)]
        if name in ("chat", "where", "to"):
            return self._place(value)
        if name == "bot":
            return self._bot(value)
        return self._user(value) if name == "user" else value

    def _place(self, value: Any) -> Chat | Bot:
        user = self._world.users.get(_number(value)) or self._world.named(str(value))
        return user if isinstance(user, Bot) else self._chat(value)

    def _message(self, person: Person, value: Json) -> Message:
        place = self._place(value["chat"])
        chat = self._world.private(place, person) if isinstance(place, Bot) else place
        return chat.messages[int(value["message_id"])]

    def _chat(self, value: Any) -> Chat:
        chat = self._world.chats.get(_number(value)) or self._world.named(str(value))
        if not isinstance(chat, Chat):
            raise UnknownError(f"there is no chat {value!r}")
        return chat

    def _user(self, value: Any) -> User:
        user = self._world.users.get(_number(value)) or self._world.named(str(value))
        if not isinstance(user, User):
            raise UnknownError(f"there is no user {value!r}")
        return user

    def _bot(self, value: Any) -> Bot:
        bot = self._user(value)
        if not isinstance(bot, Bot):
            raise UnknownError(f"{value!r} is not a bot")
        return bot

    def _person(self, value: Any) -> Person:
        person = self._user(value)
        if not isinstance(person, Person):
            raise UnknownError(f"{value!r} is not a person")
        return person


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.lstrip("-").isdecimal() else 0


def _shown(value: Any) -> Any:
    """Anything of the world as JSON."""
    if isinstance(value, list):
        return [_shown(one) for one in value]
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items()}
    if isinstance(value, Tap):
        return {"id": value.id, "data": value.data, "answer": value.answer}
    if isinstance(value, InlineQuery):
        return {"id": value.id, "query": value.text, "results": value.results}
    return value.json() if isinstance(value, User | Chat | Message | InviteLink) else value

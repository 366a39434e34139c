"""The control endpoint under /sandbox/: drive the world, and look at it, from another process or a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bots.sandbox.discord.errors import ApiError, ImpossibleError
from bots.sandbox.discord.finding import Finder, UnknownError
from bots.sandbox.discord.guilds import Guild
from bots.sandbox.discord.intents import Intent
from bots.sandbox.discord.people import Person
from bots.sandbox.discord.permissions import Permission
from bots.sandbox.discord.showing import shown

if TYPE_CHECKING:
    from bots.sandbox.discord.users import Bot
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
VERBS = frozenset(
    [
        "joins",
        "joins_by_vanity",
        "discovers",
        "opens",
        "passes_screening",
        "leaves",
        "invites",
        "deletes_invite",
        "kicks",
        "bans",
        "unbans",
        "gives_role",
        "takes_role",
        "adds_bot",
        "says",
        "edits",
        "deletes",
        "closes_dms",
        "opens_dms",
        "blocks",
        "unblocks",
        "authorizes",
        "declines",
        "runs",
        "types",
        "presses",
        "selects",
        "submits",
    ]
)
FAULTS = frozenset(
    [
        "too_many",
        "banned",
        "broken",
        "dm_closed",
        "role_too_high",
        "too_many_invites",
        "not_indexed",
        "slow",
        "lose_answer",
    ]
)
GATEWAY = frozenset(["reconnect", "invalidate", "drop", "forget"])
GUILD = frozenset(["hold_uses", "settle", "outage", "recover"])
KNOBS = frozenset(["most_invites", "used_up", "join_copies", "hides_uses", "vanity_code", "vanity_uses"])

Handler = Callable[[web.Request, Json], Any]


def control_routes(world: DiscordWorld) -> list[web.RouteDef]:
    """The routes; each takes and gives JSON. A thing that cannot be done is 409, an unknown one 404."""
    desk = _Desk(world)
    return [
        web.get("/sandbox", _json(desk.overview)),
        web.post("/sandbox/users", _json(desk.new_user)),
        web.post("/sandbox/bots", _json(desk.new_bot)),
        web.post("/sandbox/bots/{bot}/gateway/{knob}", _json(desk.gateway)),
        web.post("/sandbox/guilds", _json(desk.new_guild)),
        web.get("/sandbox/guilds/{guild}", _json(desk.guild)),
        web.patch("/sandbox/guilds/{guild}", _json(desk.turn)),
        web.post("/sandbox/guilds/{guild}/roles", _json(desk.new_role)),
        web.post("/sandbox/guilds/{guild}/channels", _json(desk.new_channel)),
        web.post("/sandbox/guilds/{guild}/{knob}", _json(desk.guild_knob)),
        web.get("/sandbox/users/{user}/inbox", _json(desk.inbox)),
        web.get("/sandbox/users/{user}/sees/{channel}", _json(desk.sees)),
        web.post("/sandbox/users/{user}/{verb}", _json(desk.act)),
        web.get("/sandbox/interactions/{id}", _json(desk.interaction)),
        web.get("/sandbox/calls", _json(desk.calls)),
        web.post("/sandbox/faults/{kind}", _json(desk.fault)),
        web.delete("/sandbox/faults", _json(desk.mend)),
    ]


def _json(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.can_read_body else {}
            return web.json_response(shown(handler(request, body)))
        except (UnknownError, KeyError) as error:
            return web.json_response({"problem": str(error)}, status=404)
        except (ImpossibleError, ApiError) as error:
            return web.json_response({"problem": str(error)}, status=409)
        except (TypeError, ValueError) as error:
            return web.json_response({"problem": str(error)}, status=422)

    return serve


class _Desk:
    def __init__(self, world: DiscordWorld) -> None:
        self._world = world
        self._find = Finder(world)
        self._down: dict[int, ExitStack] = {}

    def overview(self, request: web.Request, body: Json) -> Json:
        guilds = [
            {"id": str(guild.id), "name": guild.name, "size": guild.size} for guild in self._world.guilds.values()
        ]
        people = sum(isinstance(user, Person) for user in self._world.users.values())
        return {"people": people, "bots": self._world.bots, "guilds": guilds}

    def new_user(self, request: web.Request, body: Json) -> Person:
        return self._world.user(**self._find.dated(body))

    def new_bot(self, request: web.Request, body: Json) -> Json:
        if "privileged" in body:
            body["privileged"] = Intent(body["privileged"])
        bot = self._world.bot(**body)
        return bot.json() | {"token": bot.token, "client_secret": bot.client_secret}

    def gateway(self, request: web.Request, body: Json) -> bool:
        """What is a method of `Gateway`, and `down` and `up`."""
        bot, knob = self._find.bot(request.match_info["bot"]), request.match_info["knob"]
        if knob == "down":
            self._down.setdefault(bot.id, ExitStack()).enter_context(bot.gateway.down(**body))
        elif knob == "up":
            self._up(bot)
        elif knob in GATEWAY:
            getattr(bot.gateway, knob)(**body)
        else:
            raise UnknownError(f"the knobs are {', '.join(sorted(GATEWAY))}, down, up")
        return True

    def new_guild(self, request: web.Request, body: Json) -> Json:
        for name in ("bots", "members"):
            body[name] = [self._find.user(one) for one in body.get(name, [])]
        if "owner" in body:
            body["owner"] = self._find.person(body["owner"])
        if "permissions" in body:
            body["permissions"] = Permission(int(body["permissions"]))
        return self._whole(self._world.guild(**body | {"features": set(body.get("features", []))}))

    def guild(self, request: web.Request, body: Json) -> Json:
        return self._whole(self._find.guild(request.match_info["guild"]))

    def turn(self, request: web.Request, body: Json) -> Json:
        """Set knobs of the guild."""
        guild = self._find.guild(request.match_info["guild"])
        for name, value in body.items():
            if name not in KNOBS:
                raise UnknownError(f"the knobs are {', '.join(sorted(KNOBS))}")
            setattr(guild, name, value)
        return self._whole(guild)

    def new_role(self, request: web.Request, body: Json) -> Json:
        return self._world.role(self._find.guild(request.match_info["guild"]), **body).json()

    def new_channel(self, request: web.Request, body: Json) -> Json:
        return self._world.channel(self._find.guild(request.match_info["guild"]), **body).json()

    def guild_knob(self, request: web.Request, body: Json) -> bool:
        knob = request.match_info["knob"]
        if knob not in GUILD:
            raise UnknownError(f"the knobs are {', '.join(sorted(GUILD))}")
        getattr(self._world, knob)(self._find.guild(request.match_info["guild"]))
        return True

    def inbox(self, request: web.Request, body: Json) -> Any:
        return self._find.person(request.match_info["user"]).inbox

    def sees(self, request: web.Request, body: Json) -> Any:
        return self._find.person(request.match_info["user"]).sees(self._find.place(request.match_info["channel"]))

    def act(self, request: web.Request, body: Json) -> Any:
        """A person does something: the verb and its arguments are those of `Person`."""
        person, verb = self._find.person(request.match_info["user"]), request.match_info["verb"]
        if verb not in VERBS:
            raise UnknownError(f"the verbs are {', '.join(sorted(VERBS))}")
        values = body.pop("values", {}) if verb == "submits" else body.pop("options", {})
        return getattr(person, verb)(**self._find.arguments(person, body), **values)

    def interaction(self, request: web.Request, body: Json) -> Any:
        return self._find.interaction(request.match_info["id"])

    def calls(self, request: web.Request, body: Json) -> list[Json]:
        asked = (request.query.get("method"), request.query.get("route"))
        calls = [one for one in self._world.calls if asked[0] in (None, one.method) and asked[1] in (None, one.route)]
        names = ("method", "route", "path", "body", "status", "result")
        return [{name: getattr(one, name) for name in names} for one in calls]

    def fault(self, request: web.Request, body: Json) -> bool:
        kind = request.match_info["kind"]
        if kind not in FAULTS:
            raise UnknownError(f"the faults are {', '.join(sorted(FAULTS))}")
        getattr(self._world.faults, kind)(**body)
        return True

    def mend(self, request: web.Request, body: Json) -> bool:
        self._world.faults.clear()
        return True

    def _up(self, bot: Bot) -> None:
        self._down.pop(bot.id, ExitStack()).close()

    def _whole(self, guild: Guild) -> Json:
        return guild.json() | {
            "size": guild.size,
            "channels": [channel.json() for channel in guild.text_channels()],
            "members": [member.json() | {"source_invite_code": member.code} for member in guild.members.values()],
            "invites": [invite.whole_json() for invite in guild.invites.values()],
        }

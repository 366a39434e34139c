"""From a call to its effect: the token, the limits, the faults that lie in wait, the route, the note of it all."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bots.sandbox.discord.calls import ApiCall
from bots.sandbox.discord.errors import ApiError, OAuthError, unauthorized
from bots.sandbox.discord.faults import Fault
from bots.sandbox.discord.oauth import Grant
from bots.sandbox.discord.params import read_body
from bots.sandbox.discord.rest import Answer, Call, Route
from bots.sandbox.discord.users import Bot
from bots.sandbox.discord.world import DiscordWorld


async def dispatch(world: DiscordWorld, route: Route, request: web.Request) -> web.Response:
    """Do what is asked, note it in `world.calls`, and answer as Discord does."""
    bot, grant = _sender(world, request)
    note = ApiCall(
        bot=bot.id if bot else None,
        method=route.method,
        route=route.path,
        path=request.path.removeprefix("/api/v10").removeprefix("/api"),
        body=None,
        at=world.clock.now(),
    )
    world.calls.append(note)
    fault = world.faults.strike(route.method, route.path)
    headers: dict[str, str] = {}
    try:
        headers = world.limits.headers(note.bot, route.method, route.path, dict(request.match_info))
        if fault and fault.error:
            raise fault.error
        if fault and fault.gate and fault.is_early:
            await fault.gate.wait()
        note.status, note.result = _answered(await _called(world, route, request, note, bot, grant))
    except ApiError as error:
        note.status, note.result = error.status, error.json()
        headers = headers | error.headers
    except OAuthError as error:
        note.status, note.result = error.status, error.json()
    finally:
        world.changed.beat()
    await _hinder(fault, request)
    return respond(note.status, note.result, headers)


def respond(status: int, result: Any, headers: dict[str, str]) -> web.Response:
    """JSON with just `application/json`: clients take anything longer for text."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(
        status=status,
        body=json.dumps(result).encode(),
        headers=headers | {"Content-Type": "application/json"},
    )


async def _called(
    world: DiscordWorld,
    route: Route,
    request: web.Request,
    note: ApiCall,
    bot: Bot | None,
    grant: Grant | None,
) -> Any:
    if (route.who == "bot" and bot is None) or (route.who == "user" and bot is None and grant is None):
        raise unauthorized()
    body = await read_body(request)
    note.body = body.values
    kind, _, basic = request.headers.get("Authorization", "").partition(" ")
    reason = request.headers.get("X-Audit-Log-Reason")
    return route.handle(
        Call(
            world=world,
            sender=bot,
            grant=grant,
            ids=dict(request.match_info),
            query=dict(request.query),
            body=body.values,
            files=body.files,
            reason=unquote(reason) if reason else None,
            basic=basic if kind == "Basic" else None,
        )
    )


def _answered(result: Any) -> tuple[int, Any]:
    if isinstance(result, Answer):
        return result.status, result.body
    return (204, None) if result is None else (200, result)


def _sender(world: DiscordWorld, request: web.Request) -> tuple[Bot | None, Grant | None]:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    bot = world.bot_with(token) if kind == "Bot" else None
    return bot, world.oauth.grant(token) if kind == "Bearer" else None


async def _hinder(fault: Fault | None, request: web.Request) -> None:
    """Stand between the effect and the answer."""
    if fault and fault.gate:
        await fault.gate.wait()
    if fault and fault.delay:
        await asyncio.sleep(fault.delay)
    if fault and fault.loses_answer and request.transport:
        request.transport.close()

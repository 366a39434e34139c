"""From a bot's call to its effect: the faults that lie in wait, the method, and the note of what happened."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from bots.sandbox.telegram.calls import ApiCall
from bots.sandbox.telegram.errors import BotApiError
from bots.sandbox.telegram.faults import Fault
from bots.sandbox.telegram.methods import METHODS, Call
from bots.sandbox.telegram.params import Params
from bots.sandbox.telegram.users import Bot
from bots.sandbox.telegram.world import TelegramWorld


class AnswerLostError(Exception):
    """The effect is there, but nobody will hear of it."""


async def dispatch(world: TelegramWorld, bot: Bot, name: str, params: Params) -> Any:
    """Do what the bot asks and note it in `world.calls`; answers the result or raises `BotApiError`."""
    method = METHODS.get(name.lower())
    if method is None:
        raise BotApiError(404, "Not Found: method not found")
    note = ApiCall(bot=bot, method=method.name, params=params.shown(), at=world.time())
    world.calls.append(note)
    world.changed.beat()
    fault = world.faults.strike(name, _aim(world, params))
    try:
        if fault and fault.error:
            raise fault.error
        params.require(*method.required)
        result = method.handle(Call(world, bot, params))
        if inspect.isawaitable(result):
            result = await result
        if method.name != "getUpdates":
            note.result = result
    except BotApiError as error:
        note.error = error.description
        raise
    finally:
        world.changed.beat()
    await _hinder(fault)
    return result


def _aim(world: TelegramWorld, params: Params) -> int | None:
    """The id of the chat that the call is about, if it names one."""
    named = params.chat_id()
    if isinstance(named, int):
        return named
    chat = world.named(named)
    return chat.id if chat else None


async def _hinder(fault: Fault | None) -> None:
    """Stand between the effect and the answer."""
    if fault and fault.gate:
        await fault.gate.wait()
    if fault and fault.delay:
        await asyncio.sleep(fault.delay)
    if fault and fault.loses_answer:
        raise AnswerLostError

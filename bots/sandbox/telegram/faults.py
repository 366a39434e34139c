"""Knobs that make the server misbehave as the real one sometimes does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.errors import BotApiError, forbidden, too_many_requests, upgraded

ORDINARY = frozenset({"getme", "getupdates"})


@dataclass(kw_only=True, eq=False)
class Fault:
    """What goes wrong with a call of this method in this chat (None: any), for the next `times` calls.

    A fault without a method leaves getMe and getUpdates alone.
    """

    method: str | None = None
    chat: int | None = None
    times: int | None = 1
    error: BotApiError | None = None
    delay: float = 0.0
    loses_answer: bool = False
    hits: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None

    def meets(self, method: str, chat: int | None) -> bool:
        wanted = self.method.lower() == method if self.method else method not in ORDINARY
        here = self.chat is None or self.chat == chat
        return wanted and here and (self.times is None or self.hits < self.times)

    def release(self) -> None:
        """Let the held calls go on, and all later ones."""
        if self.gate:
            self.gate.set()
        self.times = self.hits


class Faults:
    """The faults in force. Each method here adds one and answers it; the first that meets a call strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults = [old for old in self._faults if old.times is None or old.hits < old.times]
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Behave again, and let go of what is held."""
        self.release()
        self._faults.clear()

    def release(self) -> None:
        """Let go of every call that is held."""
        for fault in self._faults:
            if fault.gate:
                fault.release()

    def too_many(
        self,
        retry_after: int = 1,
        *,
        method: str | None = None,
        chat: Chat | None = None,
        times: int | None = 1,
    ) -> Fault:
        """429, with the seconds to wait."""
        return self.refuse(too_many_requests(retry_after), method=method, chat=chat, times=times)

    def blocked(self, *, method: str | None = None, chat: Chat | None = None, times: int | None = 1) -> Fault:
        """403, although the person has blocked nobody."""
        return self.refuse(forbidden("bot was blocked by the user"), method=method, chat=chat, times=times)

    def migrated(self, to: int, *, chat: Chat | None = None, times: int | None = 1) -> Fault:
        """400, as if the chat had become the supergroup `to`."""
        return self.refuse(upgraded(to), chat=chat, times=times)

    def broken(self, code: int = 502, *, method: str | None = None, times: int | None = 1) -> Fault:
        """A failure of the server itself; name getUpdates to break the polling too."""
        return self.refuse(BotApiError(code, "Bad Gateway"), method=method, times=times)

    def refuse(
        self,
        error: BotApiError,
        *,
        method: str | None = None,
        chat: Chat | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Any error, instead of doing what was asked."""
        return self.add(Fault(method=method, chat=chat.id if chat else None, times=times, error=error))

    def slow(self, seconds: float, *, method: str | None = None, times: int | None = 1) -> Fault:
        """The answer comes late, by the real clock; the effect is there at once."""
        return self.add(Fault(method=method, times=times, delay=seconds))

    def hold(self, *, method: str | None = None, times: int | None = 1) -> Fault:
        """The answer waits for `release()`; `hit` is set when a call has come, and its effect is there."""
        return self.add(Fault(method=method, times=times, gate=asyncio.Event()))

    def lose_answer(self, *, method: str | None = None, chat: Chat | None = None, times: int = 1) -> Fault:
        """The thing is done, but the connection closes before the answer."""
        return self.add(Fault(method=method, chat=chat.id if chat else None, times=times, loses_answer=True))

    def strike(self, method: str, chat: int | None) -> Fault | None:
        """The fault that this call meets, if any; it counts as used."""
        fault = next((one for one in self._faults if one.meets(method.lower(), chat)), None)
        if fault:
            fault.hits += 1
            fault.hit.set()
        return fault

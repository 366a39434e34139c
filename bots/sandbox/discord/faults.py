"""Knobs that make the API misbehave as the real one sometimes does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bots.sandbox.discord.errors import (
    ApiError,
    blocked,
    dm_closed,
    missing_permissions,
    not_indexed,
    too_many_invites,
    too_many_requests,
)

LOGIN = frozenset({"/users/@me", "/oauth2/applications/@me", "/applications/@me", "/gateway", "/gateway/bot"})
SEARCH = "/guilds/{guild_id}/members-search"
MESSAGES = "/channels/{channel_id}/messages"
INVITES = "/channels/{channel_id}/invites"
MEMBER_ROLE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"


@dataclass(kw_only=True, eq=False)
class Fault:
    """What goes wrong with calls of this method and route (None: any), for the next `times` of them.

    A fault without a route leaves alone what a client asks for when it logs in.
    """

    method: str | None = None
    route: str | None = None
    times: int | None = 1
    error: ApiError | None = None
    delay: float = 0.0
    loses_answer: bool = False
    hits: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None
    is_early: bool = False

    def meets(self, method: str, route: str) -> bool:
        wanted = self.route == route if self.route else route not in LOGIN
        fits = self.method is None or self.method == method
        return wanted and fits and (self.times is None or self.hits < self.times)

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
        retry_after: float = 1.0,
        *,
        everywhere: bool = False,
        scope: str = "user",
        method: str | None = None,
        route: str | None = None,
        times: int | None = 1,
    ) -> Fault:
        """429, with the seconds to wait; `everywhere` is the limit of the whole bot."""
        error = too_many_requests(retry_after, everywhere=everywhere, scope=scope)
        return self.refuse(error, method=method, route=route, times=times)

    def banned(self, *, times: int | None = 1) -> Fault:
        """429 from Cloudflare, without `Via`: the address has asked wrongly too often."""
        return self.refuse(blocked(), times=times)

    def broken(
        self,
        status: int = 503,
        *,
        method: str | None = None,
        route: str | None = None,
        times: int | None = 1,
    ) -> Fault:
        """A failure of the server itself. Clients retry 500, 502 and 504 by themselves, for many seconds."""
        return self.refuse(
            ApiError(status, 0, f"{status}: Service Unavailable"), method=method, route=route, times=times
        )

    def refuse(
        self,
        error: ApiError,
        *,
        method: str | None = None,
        route: str | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Any error, instead of doing what was asked."""
        return self.add(Fault(method=method, route=route, times=times, error=error))

    def dm_closed(self, *, times: int | None = 1) -> Fault:
        """50007, although the person takes private messages."""
        return self.refuse(dm_closed(), method="POST", route=MESSAGES, times=times)

    def role_too_high(self, *, times: int | None = 1) -> Fault:
        """50013, although the role is low enough."""
        return self.refuse(missing_permissions(), route=MEMBER_ROLE, times=times)

    def too_many_invites(self, *, times: int | None = 1) -> Fault:
        """30016, although there is room."""
        return self.refuse(too_many_invites(), method="POST", route=INVITES, times=times)

    def not_indexed(self, retry_after: float = 1.0, *, times: int | None = 1) -> Fault:
        """202 from the members search: come again later."""
        return self.refuse(not_indexed(retry_after), route=SEARCH, times=times)

    def slow(
        self,
        seconds: float,
        *,
        method: str | None = None,
        route: str | None = None,
        times: int | None = 1,
    ) -> Fault:
        """The answer comes late, by the real clock; the effect is there at once."""
        return self.add(Fault(method=method, route=route, times=times, delay=seconds))

    def hold(self, *, method: str | None = None, route: str | None = None, times: int | None = 1) -> Fault:
        """The answer waits for `release()`; `hit` is set when a call has come, and its effect is there."""
        return self.add(Fault(method=method, route=route, times=times, gate=asyncio.Event()))

    def stall(self, *, method: str | None = None, route: str | None = None, times: int | None = 1) -> Fault:
        """What was asked is done only after `release()`; `hit` is set when a call has come."""
        return self.add(Fault(method=method, route=route, times=times, gate=asyncio.Event(), is_early=True))

    def lose_answer(self, *, method: str | None = None, route: str | None = None, times: int = 1) -> Fault:
        """The thing is done, but the connection closes before the answer."""
        return self.add(Fault(method=method, route=route, times=times, loses_answer=True))

    def strike(self, method: str, route: str) -> Fault | None:
        """The fault that this call meets, if any; it counts as used."""
        fault = next((one for one in self._faults if one.meets(method, route)), None)
        if fault:
            fault.hits += 1
            fault.hit.set()
        return fault

"""One bot's gateway: its sessions, and the knobs that break them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bots.sandbox.discord.gateway.session import Event, Session

Json = dict[str, Any]
NORMAL_CLOSES = (1000, 1001)
MOST_LOST = 16


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass(eq=False)
class Gateway:
    """Where a bot listens. `identifies` and `resumes` count how it came; `shards` is how many it is told to open."""

    sessions: dict[str, Session] = field(default_factory=dict)
    identifies: int = 0
    resumes: int = 0
    shards: int = 1
    _gate: asyncio.Event = field(default_factory=_open)

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.line]

    def told(self, kind: str) -> list[Event]:
        """The events of this kind that any session was told, connected or not."""
        return [event for session in self.sessions.values() for event in session.log if event.kind == kind]

    def tell(self, kind: str, guild_id: int | None, wants: Callable[[Session], Json | None]) -> None:
        """Dispatch to every session of the guild's shard; `wants` makes the data, or None to say nothing."""
        for session in self.sessions.values():
            data = wants(session) if session.handles(guild_id) else None
            if data is not None:
                session.tell(kind, data)

    # What can go wrong

    def reconnect(self) -> None:
        """Op 7: please connect again and resume."""
        self._send_all('{"op":7,"d":null}')

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: the session is at an end, or with `resumable` only the connection."""
        self._send_all(f'{{"op":9,"d":{"true" if resumable else "false"}}}')
        if not resumable:
            self.sessions.clear()

    def drop(self, code: int | None = None) -> None:
        """Close the connections: without a code as a lost network does. Events go on being kept for a resume."""
        for session in self.connected:
            line, session.line = session.line, None
            if line:
                line.hang_up(code)

    def forget(self) -> None:
        """Close the connections, and resume no session: who tries is told op 9 and must identify anew."""
        self.drop()
        self.sessions.clear()

    @contextmanager
    def down(self, *, forget: bool = False) -> Iterator[None]:
        """While it lasts there are no connections, and new ones wait. What happens is kept for a resume, or lost."""
        self._gate.clear()
        self.drop()
        if forget:
            self.forget()
        try:
            yield
        finally:
            self._gate.set()

    async def opened(self) -> None:
        """Wait until connections are let in."""
        await self._gate.wait()

    # For the sockets

    def add(self, session: Session) -> None:
        """Begin a session, and forget the oldest of those that nobody has come back to."""
        self.identifies += 1
        self.sessions[session.id] = session
        lost = [one for one in self.sessions.values() if one.line is None]
        for one in lost[:-MOST_LOST]:
            del self.sessions[one.id]

    def left(self, session: Session, code: int | None) -> None:
        """The client has gone; with a normal close it means never to come back to this session."""
        session.line = None
        if code in NORMAL_CLOSES:
            self.sessions.pop(session.id, None)

    def _send_all(self, frame: str) -> None:
        for session in self.connected:
            session.send(frame)

"""A gateway session: what a bot asked to hear, and what it has been told, so that it can be told again."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from bots.sandbox.discord.intents import Intent

Json = dict[str, Any]


class Line(Protocol):
    """A connection to the client; `send` does not wait."""

    def send(self, text: str) -> None: ...

    def hang_up(self, code: int | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch as it was sent, its data as JSON text."""

    seq: int
    kind: str
    text: str

    @property
    def data(self) -> Json:
        data: Json = json.loads(self.text)
        return data

    def frame(self) -> str:
        return f'{{"op":0,"s":{self.seq},"t":{json.dumps(self.kind)},"d":{self.text}}}'


@dataclass(kw_only=True, eq=False)
class Session:
    """It outlives its connection: events that come meanwhile are kept for a resume."""

    id: str
    intents: Intent
    shard: tuple[int, int] = (0, 1)
    large_threshold: int = 50
    log: deque[Event] = field(default_factory=lambda: deque(maxlen=20_000))
    seq: int = 0
    line: Line | None = None

    def handles(self, guild_id: int | None) -> bool:
        """Is a guild this shard's? Private messages are the first one's."""
        number, count = self.shard
        return (guild_id >> 22) % count == number if guild_id else number == 0

    def tell(self, kind: str, data: Json) -> None:
        self.seq += 1
        event = Event(self.seq, kind, json.dumps(data))
        self.log.append(event)
        self.send(event.frame())

    def send(self, frame: str) -> None:
        if self.line:
            self.line.send(frame)

    def since(self, seq: int) -> list[Event] | None:
        """What was told after `seq`; None if that is unknown by now."""
        oldest = self.log[0].seq if self.log else self.seq + 1
        if not oldest - 1 <= seq <= self.seq:
            return None
        return [event for event in self.log if event.seq > seq]

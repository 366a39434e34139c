"""Events in: kept as they came, many at a time, before anybody acts on them.

Discord repeats nothing once it has sent it, but for a resume within the life of the process. So what was heard waits
in memory only until the next commit; what is lost with the process, the next start catches up with.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple, Protocol

import msgspec

from bots.discord.events import (
    WANTED,
    Event,
    Frame,
    Guild,
    Interaction,
    MemberNews,
    Message,
    Ready,
    read_data,
    read_frame,
    read_ready,
)
from bots.exchange.waiting import first_of, stopped
from core import inbox
from core.clock import Clock
from core.database import Database, DatabaseUnavailableError

_log = logging.getLogger(__name__)

SOURCE = "discord"

MOST = 20_000
"""So many events are held while the database is away."""

AT_ONCE = 1000
LOOK_EVERY = 60.0
MOMENT = timedelta(seconds=0.5)
SCREENING = "MEMBER_VERIFICATION_GATE_ENABLED"


class Watch(Protocol):
    """Who catches up with what no event tells. Each of these only makes a note."""

    def ready(self) -> None:
        """A new session has begun: anything may have been missed."""

    def resumed(self) -> None:
        """The session goes on, and nothing was missed."""

    def away(self) -> None:
        """Nothing is heard, until one of these two."""

    def guild(self, guild_id: int) -> None:
        """This server is there now, or events of it had to be thrown away."""


class _Heard(NamedTuple):
    at: datetime
    key: str
    content: bytes


class _InGuild(msgspec.Struct):
    guild_id: str | None = None


class Keeper:
    """Keeps what the gateway says in the inbox. `arrived` is set when there is something to handle.

    `asked` is called at once for every interaction that has to be answered.
    """

    def __init__(self, db: Database, clock: Clock, *, watch: Watch, asked: Callable[[Interaction], None]) -> None:
        self._db, self._clock = db, clock
        self._watch, self._asked = watch, asked
        self._heard = asyncio.Event()
        self._buffer: deque[_Heard] = deque()
        self._lost: dict[int, int] = {}  # how many events of each server were thrown away
        self._session, self._own = "", 0
        self._screening: set[int] = set()
        self._pending: set[tuple[int, int]] = set()
        self.arrived = asyncio.Event()

    def hear(self, raw: str) -> None:
        """One frame as it came, in its order. What concerns us waits from now on for `run` to keep it."""
        frame = read_frame(raw)
        if frame.t == "READY":
            self._greeted(read_ready(frame.d))
        elif frame.t == "RESUMED":
            self._watch.resumed()
        elif frame.t in WANTED and (row := self._row(frame, raw)):
            self._put(frame, row)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep what is heard until `stop` is set, and then what is left."""
        pause = 0.0
        while not stop.is_set():
            self._heard.clear()
            pause = await self._turn(pause)
            if pause:
                await stopped(stop, within=pause)
            elif not self._buffer:
                await first_of(stop, self._heard, seconds=LOOK_EVERY)
        await self._turn(pause)

    async def keep(self) -> int:
        """Commit what was heard; say how much that was."""
        count = 0
        while heard := self._oldest():
            rows = [(each.key, each.content) for each in heard]
            async with self._db.begin() as tx:
                await inbox.store(tx, SOURCE, rows, now=heard[-1].at)
            for _ in rows:
                self._buffer.popleft()
            count += len(rows)
            self.arrived.set()
        lost, self._lost = self._lost, {}
        for guild_id in filter(None, lost):
            self._watch.guild(guild_id)
        return count

    def waiting_since(self) -> datetime | None:
        """When the oldest event was heard that is not in the inbox yet."""
        return self._buffer[0].at if self._buffer else None

    def _oldest(self) -> list[_Heard]:
        """What is kept next: together, and as if heard at the same time, only what came within a moment."""
        first = [*islice(self._buffer, AT_ONCE)]
        return [each for each in first if each.at - first[0].at < MOMENT]

    async def _turn(self, pause: float) -> float:
        """Keep what is there; the seconds to wait before the next try, if that failed."""
        try:
            await self.keep()
        except DatabaseUnavailableError as error:
            _log.warning("%d events of Discord wait in memory: %s", len(self._buffer), error)
            return min(max(1.0, pause * 2), 30.0)
        return 0.0

    def _greeted(self, ready: Ready) -> None:
        self._session, self._own = ready.session_id, ready.user.id
        self._watch.ready()

    def _put(self, frame: Frame, row: tuple[str, bytes]) -> None:
        if len(self._buffer) < MOST:
            self._buffer.append(_Heard(self._clock.now(), *row))
            self._heard.set()
            return
        guild_id = int(msgspec.json.decode(frame.d, type=_InGuild).guild_id or 0)
        if not self._lost:
            _log.error("the database has been away for too long: events are thrown away, and caught up with later")
        self._lost[guild_id] = self._lost.get(guild_id, 0) + 1

    def _row(self, frame: Frame, raw: str) -> tuple[str, bytes] | None:
        """What to keep of an event and under which key; None if it does not concern us."""
        key = f"{self._session}/{frame.s}"
        try:
            event = read_data(frame)
        except (msgspec.DecodeError, RecursionError):
            return key, raw.encode()  # to be set aside where it can be seen
        match event:
            case Message():
                return (f"message/{event.id}", _short(frame, event)) if event.is_written and event.guild_id else None
            case Interaction():
                return self._interaction(event, raw)
            case Guild():
                return self._guild(frame, event, key)
            case MemberNews() if not self._concerns_us(frame, event):
                return None
        return key, raw.encode()

    def _interaction(self, event: Interaction, raw: str) -> tuple[str, bytes] | None:
        if not (event.is_command or event.is_pressed):
            return None
        self._asked(event)
        return f"interaction/{event.id}", raw.encode()

    def _guild(self, frame: Frame, event: Guild, key: str) -> tuple[str, bytes] | None:
        """Channels, emoji and everybody's presence are most of it, and not our business."""
        if event.unavailable:
            return None
        (self._screening.add if SCREENING in event.features else self._screening.discard)(event.id)
        if frame.t == "GUILD_CREATE":
            self._watch.guild(event.id)
        own = [member for member in event.members if member.user.id == self._own]
        return key, _short(frame, msgspec.structs.replace(event, members=own, features=[]))

    def _concerns_us(self, frame: Frame, event: MemberNews) -> bool:
        """Of all that can change about members, only that they have passed the screening."""
        who = (event.guild_id, event.user.id)
        if frame.t == "GUILD_MEMBER_ADD":
            (self._pending.add if event.pending else self._pending.discard)(who)
            return True
        if event.pending:
            return False
        known = who in self._pending
        self._pending.discard(who)
        return known or event.guild_id in self._screening


def _short(frame: Frame, event: Event) -> bytes:
    return msgspec.json.encode({"t": frame.t, "s": frame.s, "d": event})

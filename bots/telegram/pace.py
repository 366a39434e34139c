"""Telegram's sending limits (platforms.md, section 4). Pure: it is told the time, and never waits itself."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

SEVERAL = 3
"""This many chats that must wait at the same time: then the bot sends too much in all, and every chat waits."""

_SWEEP_AT = 4096


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in any stretch of time of this length."""

    most: int
    within: timedelta


IN_ALL = Limit(30, timedelta(seconds=1))
IN_A_CHAT = Limit(1, timedelta(seconds=1))
IN_A_GROUP = Limit(20, timedelta(minutes=1))


@dataclass(slots=True)
class _Window:
    """The newest times under one limit."""

    limit: Limit
    times: deque[datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.times = deque(maxlen=self.limit.most)

    @property
    def free_at(self) -> datetime:
        return self.times[0] + self.limit.within if len(self.times) == self.limit.most else LONG_AGO

    def is_over(self, now: datetime) -> bool:
        return not self.times or self.times[-1] + self.limit.within <= now


class Pace:
    """When the next message may go out. Chats are Telegram's numbers; those of groups and channels are negative.

    A chat that is None stands for calls that count in all, but in no chat.
    """

    def __init__(self) -> None:
        self._in_all = _Window(IN_ALL)
        self._chats: dict[int, tuple[_Window, ...]] = {}
        self._held: dict[int, datetime] = {}
        self._refused: dict[int, datetime] = {}
        self._closed_until = LONG_AGO

    def slot(self, chat: int | None, now: datetime) -> datetime:
        """The earliest time, not before `now`, at which this chat may be written to."""
        windows = () if chat is None else self._chats.get(chat, ())
        return max(self._in_all.free_at, self.open_at(chat, now), *(window.free_at for window in windows))

    def open_at(self, chat: int | None, now: datetime) -> datetime:
        """When no pause holds for this chat any more; limits aside, and not before `now`."""
        held = LONG_AGO if chat is None else max(self._held.get(chat, now), self._refused.get(chat, now))
        return max(now, self._closed_until, held)

    def sent(self, chat: int | None, at: datetime) -> None:
        """Something goes out at this time. Times must not run backwards."""
        self._in_all.times.append(at)
        if chat is None:
            return
        if chat not in self._chats:
            self._sweep(at)
            limits = (IN_A_CHAT, IN_A_GROUP) if chat < 0 else (IN_A_CHAT,)
            self._chats[chat] = tuple(map(_Window, limits))
        for window in self._chats[chat]:
            window.times.append(at)

    def hold(self, chat: int | None, until: datetime) -> None:
        """Write nothing to this chat until then; None: to nobody."""
        if chat is None:
            self._closed_until = max(self._closed_until, until)
        else:
            self._held[chat] = max(self._held.get(chat, LONG_AGO), until)

    def refused(self, chat: int, until: datetime, now: datetime) -> None:
        """Telegram asks to wait until then. It does not say whether for this chat or for all: one is taken for itself,
        several for all."""
        self._refused[chat] = max(self._refused.get(chat, LONG_AGO), until)
        self._refused = {each: over for each, over in self._refused.items() if over > now}
        if len(self._refused) >= SEVERAL:
            self.hold(None, max(self._refused.values()))

    def _sweep(self, now: datetime) -> None:
        """Forget the chats that no limit holds back any more, so that memory does not grow with the members."""
        if len(self._chats) + len(self._held) >= _SWEEP_AT:
            self._held = {chat: until for chat, until in self._held.items() if until > now}
            self._chats = {
                chat: windows
                for chat, windows in self._chats.items()
                if not all(window.is_over(now) for window in windows)
            }

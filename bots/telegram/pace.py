"""Telegram's sending limits (platforms.md, section 4). Pure: it is told the time, and never waits itself."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.exchange.pace import LONG_AGO, Pauses

SEVERAL = 3
"""This many chats that must wait at the same time: then the bot sends too much in all, and every chat waits."""

TRIPS = 1000
"""So many calls are remembered to know how long the quickest way there and back is ..."""

FEW = 30
"""... and with fewer than these nobody knows."""

_SWEEP_AT = 4096


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in any stretch of time of this length."""

    most: int
    within: timedelta


IN_ALL = Limit(30, timedelta(seconds=1))
IN_A_CHAT = Limit(1, timedelta(seconds=1))
IN_A_GROUP = Limit(20, timedelta(minutes=1))


class _Window:
    """What counts towards one limit: what is under way now, and when the newest of the rest were done."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._under_way = 0
        self._done: deque[datetime] = deque(maxlen=limit.most)

    def begin(self) -> None:
        self._under_way += 1

    def end(self, at: datetime) -> None:
        self._under_way -= 1
        self._done.append(max(at, self._done[-1]) if self._done else at)

    def free_at(self, now: datetime) -> datetime:
        room = self._limit.most - self._under_way
        if room <= 0:
            return now + self._limit.within  # if one of them were done this moment
        return self._done[-room] + self._limit.within if len(self._done) >= room else LONG_AGO

    def is_over(self, now: datetime) -> bool:
        return not self._under_way and (not self._done or self._done[-1] + self._limit.within <= now)


class Pace(Pauses):
    """When the next message may go out. Chats are Telegram's numbers; those of groups and channels are negative.

    A chat that is None stands for calls that count in all, but in no chat. When Telegram counts a message is not known,
    only that it is between `begin` and `end`, and that no call is quicker than the quickest: what is counted now was
    begun before by the way there, and ends later by the way back. So a message counts from its `end`, less the quickest
    way there and back, for the limit's time. Without that, each call's duration would be lost to the rate.
    """

    def __init__(self) -> None:
        super().__init__()
        self._trips: deque[timedelta] = deque(maxlen=TRIPS)
        self._in_all = _Window(IN_ALL)
        self._chats: dict[int, tuple[_Window, ...]] = {}

    def slot(self, chat: int | None, now: datetime) -> datetime:
        """The earliest time, not before `now`, at which this chat may be written to."""
        windows = [self._in_all] if chat is None else [self._in_all, *self._chats.get(chat, ())]
        return max(self.open_at(chat, now), *(window.free_at(now) for window in windows))

    def begin(self, chat: int | None, now: datetime) -> None:
        """A message is about to go out."""
        for window in self._windows(chat, now):
            window.begin()

    def end(self, chat: int | None, now: datetime, *, began: datetime) -> None:
        """It has gone out, or not; this is told once for each `begin`, and never for an earlier time than before."""
        self._trips.append(max(now - began, timedelta(0)))
        counted_at = now - (min(self._trips) if len(self._trips) >= FEW else timedelta(0))
        for window in self._windows(chat, now):
            window.end(counted_at)

    def _windows(self, chat: int | None, now: datetime) -> list[_Window]:
        if chat is None:
            return [self._in_all]
        if chat not in self._chats:
            self._sweep(now)
            limits = (IN_A_CHAT, IN_A_GROUP) if chat < 0 else (IN_A_CHAT,)
            self._chats[chat] = tuple(map(_Window, limits))
        return [self._in_all, *self._chats[chat]]

    def refused(self, chat: int, until: datetime, now: datetime) -> None:
        """Telegram asks to wait until then. It does not say whether for this chat or for all: one is taken for itself,
        several for all."""
        super().refused(chat, until, now)
        self._trips.clear()
        if len(self._refused) >= SEVERAL:
            self.close(max(self._refused.values()))

    def _sweep(self, now: datetime) -> None:
        """Forget the chats that no limit holds back any more, so that memory does not grow with the members."""
        if len(self._chats) >= _SWEEP_AT:
            self._chats = {
                chat: windows
                for chat, windows in self._chats.items()
                if not all(window.is_over(now) for window in windows)
            }

"""Telegram's sending limits: what a bot may send at most, measured and, if asked for, enforced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.errors import too_many_requests
from bots.sandbox.telegram.users import Bot


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    most: int
    seconds: float


OVERALL = Limit("overall", 30, 1.0)
PER_CHAT = Limit("chat", 1, 1.0)
PER_GROUP = Limit("group", 20, 60.0)


@dataclass(frozen=True, slots=True)
class Breach:
    limit: Limit
    chat_id: int
    at: float


class RateMeter:
    """Counts messages sent: 30 a second in all, one a second in a chat, 20 a minute in a group.

    With `enforce` a message beyond a limit is refused with 429; otherwise it is only noted in `breaches`.
    """

    def __init__(self, now: Callable[[], float], *, enforce: bool = False) -> None:
        self._now = now
        self.enforce = enforce
        self.breaches: deque[Breach] = deque(maxlen=1000)
        self.sent = 0
        self._windows: dict[tuple[int, int | None, str], deque[float]] = {}

    def count(self, bot: Bot, chat: Chat, messages: int = 1) -> None:
        """More messages are about to be sent, several of them as one album: in a chat's seconds that is one."""
        now = self._now()
        scopes = [(OVERALL, None), (PER_CHAT, chat.id)] + ([(PER_GROUP, chat.id)] if chat.is_group else [])
        windows = [(limit, self._window((bot.id, scope, limit.name), limit, now)) for limit, scope in scopes]
        for limit, window in windows:
            if len(window) + (messages if limit is not PER_CHAT else 1) > limit.most:
                self.breaches.append(Breach(limit, chat.id, now))
                if self.enforce:
                    raise too_many_requests(max(1, ceil(window[0] + limit.seconds - now)))
        for limit, window in windows:
            window.extend([now] * (messages if limit is not PER_CHAT else 1))
        self.sent += messages

    def _window(self, key: tuple[int, int | None, str], limit: Limit, now: float) -> deque[float]:
        if len(self._windows) > 10_000:
            self._windows = {known: times for known, times in self._windows.items() if times and times[-1] > now - 60}
        window = self._windows.setdefault(key, deque())
        while window and window[0] <= now - limit.seconds:
            window.popleft()
        return window

"""Keeps what is sent to one chat in order, although it is sent by many hands. Pure, like the pauses."""

from collections import Counter
from datetime import datetime, timedelta

from bots.exchange.pace import LONG_AGO

SHORTLY = timedelta(seconds=0.5)
_SWEEP_AT = 1000


class Order:
    """Whose turn it is in each chat.

    Messages that go back to the outbox to wait come again at one time for the whole chat: then they are claimed
    together, and stand in their old order. Until then, and until all of them are back there, nothing gets past them.
    """

    def __init__(self) -> None:
        self._busy: set[int] = set()
        self._on_the_way_back: Counter[int] = Counter()
        self._again_at: dict[int, datetime] = {}

    def enter(self, chat: int, now: datetime) -> bool:
        """Begin to write to this chat. False if somebody is at it, or earlier messages are to come again."""
        if self._is_taken(chat) or self._again_at.get(chat, LONG_AGO) > now:
            return False
        self._busy.add(chat)
        self._again_at.pop(chat, None)
        return True

    def leave(self, chat: int) -> None:
        """Nobody writes to this chat any more."""
        self._busy.discard(chat)

    def turn_away(self, chat: int, slot: datetime, now: datetime) -> datetime:
        """When messages that could not enter come again, if the chat can be written to from `slot` on.

        They are on their way back until `turned_away` is told.
        """
        again_at = self.wait(chat, max(slot, now + SHORTLY) if self._is_taken(chat) else slot, now)
        self._on_the_way_back[chat] += 1
        return again_at

    def turned_away(self, chat: int) -> None:
        """They are back in the outbox."""
        self._on_the_way_back[chat] -= 1
        if not self._on_the_way_back[chat]:
            del self._on_the_way_back[chat]

    def wait(self, chat: int, until: datetime, now: datetime) -> datetime:
        """Messages of this chat wait until then, or longer if others of it do; say when they come again."""
        if len(self._again_at) >= _SWEEP_AT:
            self._again_at = {each: at for each, at in self._again_at.items() if at > now}
        self._again_at[chat] = max(self._again_at.get(chat, LONG_AGO), until)
        return self._again_at[chat]

    def shut(self, now: datetime) -> set[int]:
        """The chats that nobody can enter now."""
        waiting = (chat for chat, again_at in self._again_at.items() if again_at > now)
        return {*self._busy, *self._on_the_way_back, *waiting}

    def _is_taken(self, chat: int) -> bool:
        return chat in self._busy or chat in self._on_the_way_back

"""Keeps what is sent to one chat in order, although it is sent by many hands. Pure, like the pace."""

from datetime import datetime, timedelta

from bots.telegram.pace import LONG_AGO

SHORTLY = timedelta(seconds=0.5)
_SWEEP_AT = 1000


class Order:
    """Whose turn it is in each chat.

    Messages that went back to wait come again at one time for the whole chat: then they are claimed together, and are
    as they were before. Until then nothing newer gets past them.
    """

    def __init__(self) -> None:
        self._busy: set[int] = set()
        self._back_at: dict[int, datetime] = {}

    def enter(self, chat: int, now: datetime) -> bool:
        """Begin to write to this chat. False if somebody is at it, or earlier messages are still waiting."""
        if chat in self._busy or self._back_at.get(chat, LONG_AGO) > now:
            return False
        self._busy.add(chat)
        self._back_at.pop(chat, None)
        return True

    def leave(self, chat: int) -> None:
        self._busy.discard(chat)

    def turned_away(self, chat: int, slot: datetime, now: datetime) -> datetime:
        """When messages come again that could not enter, in a chat that may be written to from `slot` on."""
        return self.wait(chat, max(slot, now + SHORTLY) if chat in self._busy else slot, now)

    def wait(self, chat: int, until: datetime, now: datetime) -> datetime:
        """Messages of this chat wait until then, or longer if others of it do; say when they come again."""
        if len(self._back_at) >= _SWEEP_AT:
            self._back_at = {each: at for each, at in self._back_at.items() if at > now}
        self._back_at[chat] = max(self._back_at.get(chat, LONG_AGO), until)
        return self._back_at[chat]

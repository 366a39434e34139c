"""When a door may send: what the messenger told it to wait for. Pure: it is told the time, and never waits itself."""

from datetime import UTC, datetime

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Pauses:
    """Holds the pauses that were asked for, and knows no limit of its own: a door that has some builds upon this.

    A chat that is None stands for calls that land in no chat.
    """

    def __init__(self) -> None:
        self._refused: dict[int, datetime] = {}
        self._closed_until = LONG_AGO

    def slot(self, chat: int | None, now: datetime) -> datetime:
        """The earliest time, not before `now`, at which this chat may be written to."""
        return self.open_at(chat, now)

    def open_at(self, chat: int | None, now: datetime) -> datetime:
        """When no pause holds for this chat any more; limits aside, and not before `now`."""
        return max(now, self._closed_until, LONG_AGO if chat is None else self._refused.get(chat, LONG_AGO))

    def begin(self, chat: int | None, now: datetime) -> None:
        """A message is about to go out."""

    def end(self, chat: int | None, now: datetime, *, began: datetime) -> None:
        """It has gone out, or not; this is told once for each `begin`, and never for an earlier time than before."""

    def close(self, until: datetime) -> None:
        """Write to nobody until then."""
        self._closed_until = max(self._closed_until, until)

    def refused(self, chat: int, until: datetime, now: datetime) -> None:
        """The messenger asks to wait with this chat until then."""
        self._refused[chat] = max(self._refused.get(chat, LONG_AGO), until)
        self._refused = {each: over for each, over in self._refused.items() if over > now}

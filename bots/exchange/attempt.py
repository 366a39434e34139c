"""Trying to hand over one row, and deciding what its outcome means for it, its chat and all others."""

import logging
from datetime import timedelta

from bots.exchange import marks
from bots.exchange.errors import (
    ClosedError,
    HeldError,
    MovedError,
    NoAnswerError,
    NotReachedError,
    NotTakenError,
    RefusedTokenError,
    SlowDownError,
)
from bots.exchange.marks import Outcome
from bots.exchange.outlet import M, Outlet
from core.database import DatabaseUnavailableError
from core.errors import SaysoError
from core.outbox import Claimed

_log = logging.getLogger(__name__)

ATTEMPTS = 10
"""So often something is tried of which nobody knows whether the messenger did it; with the pauses, for some hours."""

LONGEST_PAUSE = timedelta(hours=1)

RETRY = timedelta(seconds=5)
"""The pause after the messenger or the database could not be reached. Such a try does not count."""

HELD_AT_MOST = timedelta(minutes=1)
"""So long the chat's other messages wait behind one that got no answer."""


async def attempt(outlet: Outlet[M], means: M, row: Claimed) -> Outcome:
    """Hand the row over. Whatever goes wrong with it is an outcome, so that it never stops the others."""
    kind = outlet.kinds.get(row.kind)
    if kind is None:
        return Outcome(marks.failed(row, f"this version of Sayso does not know how to send {row.kind!r}"))
    if row.attempts > ATTEMPTS:
        return Outcome(marks.failed(row, f"given up after {ATTEMPTS} attempts; each time nobody said how it went"))
    try:
        after = await kind.hand_over(means, row)
    except SaysoError as error:
        return _after(error, outlet, means, row)
    except Exception as error:
        _log.exception("a %s could not be sent", row.kind, extra=_about(row))
        return Outcome(marks.failed(row, f"{type(error).__name__}: {error}"))
    return Outcome(marks.done(row, after, now=means.clock.now()), is_done=True)


def _after(error: SaysoError, outlet: Outlet[M], means: M, row: Claimed) -> Outcome:
    now = means.clock.now()
    match error:
        case SlowDownError():
            until = now + error.wait
            means.pace.refused(error.chat or row.address, until, now)
            _log.info("a %s waits %s: %s", row.kind, error.wait, error, extra=_about(row))
            return Outcome(marks.later(row, until), again_at=until)
        case NotReachedError() | DatabaseUnavailableError():
            if isinstance(error, NotReachedError):
                means.pace.close(now + RETRY)
            _log.warning("a %s waits: %s", row.kind, error, extra=_about(row))
            return Outcome(marks.later(row, now + RETRY, error=str(error)), again_at=now + RETRY)
        case NoAnswerError() if row.attempts < ATTEMPTS:
            due_at = now + pause_after(row.attempts)
            mark = marks.later(row, due_at, error=str(error), counts=True)
            return Outcome(mark, again_at=min(due_at, now + HELD_AT_MOST))
        case NotTakenError() if outlet.not_taken is not None:
            _log.info("a %s was not taken: %s", row.kind, error, extra=_about(row))
            return outlet.not_taken(means, row, error)
        case HeldError():
            _log.warning("a %s waits: %s", row.kind, error, extra=_about(row))
            return Outcome(marks.later(row, now + error.wait, error=str(error)))
        case ClosedError():
            return Outcome(outlet.closed(row, now))
        case MovedError():
            return Outcome(marks.readdressed(row, error, outlet.moved, now=now))
        case RefusedTokenError():
            return Outcome(marks.later(row, now), again_at=now, refused=error)
    _log.warning("a %s will not be sent (%s); the outbox says why", row.kind, error.code, extra=_about(row))
    return Outcome(marks.failed(row, str(error)))


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 4 seconds, 16, about a minute, four, 17, and then hours."""
    return min(timedelta(seconds=4**attempts), LONGEST_PAUSE)


def _about(row: Claimed) -> dict[str, object]:
    return {"row": row.id, "kind": row.kind, "chat": row.address, "attempts": row.attempts}

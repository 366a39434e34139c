"""What can go wrong when we talk to Telegram, in our words (platforms.md, section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import telegram.error as theirs

from bots.telegram.receive import RefusedTokenError
from core.errors import OperatorError, SaysoError, TransientError


class SlowDownError(TransientError):
    """Telegram wants us to wait. It has not done what was asked. `chat`: where, if that is not the one asked about."""

    code = "telegram_slow_down"

    def __init__(self, retry_after: timedelta, *, chat: int | None = None) -> None:
        super().__init__("Telegram wants fewer messages", retry_after=retry_after)
        self.wait = retry_after
        self.chat = chat


class NotReachedError(TransientError):
    """There was no connection: Telegram has surely not done what was asked."""

    code = "telegram_not_reached"


class NoAnswerError(TransientError):
    """Telegram may have done what was asked; it broke off before it said so."""

    code = "telegram_no_answer"


class ClosedError(SaysoError):
    """This person cannot be written to: they never pressed Start, blocked the bot, or are gone."""

    code = "telegram_closed"


class MovedError(SaysoError):
    """The group has become a supergroup, with another number."""

    code = "telegram_moved"

    def __init__(self, old: int, new: int) -> None:
        super().__init__(f"the group {old} has become {new}", fix="its new number is used from now on")
        self.old = old
        self.new = new


class ShutOutError(OperatorError):
    """The bot is not in the chat, or was removed from it."""

    code = "telegram_shut_out"


class RefusedError(OperatorError):
    """Telegram will not do this, however often it is asked. `reason` is Telegram's, in small letters."""

    code = "telegram_refused"

    def __init__(self, reason: str, *, chat: int) -> None:
        super().__init__(f"Telegram refuses this for {chat} ({reason})", fix=_fix(reason.lower()))
        self.reason = reason.lower()


@contextmanager
def in_our_words(chat: int) -> Iterator[None]:
    """Whatever python-telegram-bot raises inside becomes one of our errors. `chat` is what the call is about."""
    try:
        yield
    except theirs.TelegramError as error:
        raise _ours(error, chat) from error


def _ours(error: theirs.TelegramError, chat: int) -> SaysoError:
    match error:
        case theirs.RetryAfter():
            wait = error.retry_after  # what it is depends on the environment variable PTB_TIMEDELTA
            return SlowDownError(wait if isinstance(wait, timedelta) else timedelta(seconds=wait))
        case theirs.ChatMigrated():
            return MovedError(chat, error.new_chat_id)
        case theirs.InvalidToken():
            return RefusedTokenError()
        case theirs.Forbidden() if chat > 0:
            return ClosedError(f"{chat} cannot be written to ({error})", fix="they are written to when they come back")
        case theirs.Forbidden():
            return ShutOutError(f"the bot cannot work in {chat} ({error})", fix="add it again, as an administrator")
        case theirs.BadRequest():
            reason = str(error)
            if chat > 0 and "chat not found" in reason.lower():
                return ClosedError(f"{chat} cannot be written to ({reason})", fix="they must press Start first")
            return RefusedError(reason, chat=chat)
        case theirs.NetworkError() if isinstance(error.__cause__, _NOT_REACHED):
            return NotReachedError(f"Telegram cannot be reached ({error})")
    return NoAnswerError(f"Telegram gave no answer ({error})")


_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_FIXES = (
    ("chat not found", "add the bot to the chat again, or correct its number in the campaign file"),
    ("rights", "give the bot that right among the chat's administrators"),
    ("admin", "make the bot an administrator of the chat"),
    ("member list is inaccessible", "make the bot an administrator of the chat"),
    ("can't parse entities", "close every <b>, <i> and <code>, and write &lt; for <"),
    ("too long", "make the text shorter"),
)


def _fix(reason: str) -> str:
    return next((fix for part, fix in _FIXES if part in reason), "nothing else waits for it")

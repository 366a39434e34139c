"""What can go wrong when we talk to Telegram, in our words (platforms.md, section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import telegram.error as theirs

from bots.exchange.errors import (
    ClosedError,
    MovedError,
    NoAnswerError,
    NotReachedError,
    RefusedError,
    RefusedTokenError,
    ShutOutError,
    SlowDownError,
)
from core.campaign.values import Platform
from core.errors import SaysoError

_US = Platform.TELEGRAM


def refused_token() -> RefusedTokenError:
    """Telegram does not know the bot's token."""
    return RefusedTokenError(_US, fix="copy it again from @BotFather into SAYSO_TELEGRAM_TOKEN")


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
            return SlowDownError(_US, wait if isinstance(wait, timedelta) else timedelta(seconds=wait))
        case theirs.ChatMigrated():
            return MovedError(_US, chat, error.new_chat_id)
        case theirs.InvalidToken():
            return refused_token()
        case theirs.Forbidden() if chat > 0:
            return ClosedError(_US, chat, str(error), fix="they are written to when they come back")
        case theirs.Forbidden():
            return ShutOutError(_US, chat, str(error), fix="add it again, as an administrator")
        case theirs.BadRequest():
            reason = str(error)
            if chat > 0 and "chat not found" in reason.lower():
                return ClosedError(_US, chat, reason, fix="they must press Start first")
            return RefusedError(_US, chat, reason, fix=_fix(reason.lower()))
        case theirs.NetworkError() if any(part in str(error).lower() for part in _TOO_LARGE):
            return RefusedError(_US, chat, str(error), fix="save the picture or the video smaller")
        case theirs.NetworkError() if isinstance(error.__cause__, _NOT_REACHED):
            return NotReachedError(_US, str(error))
    return NoAnswerError(_US, str(error))


_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_TOO_LARGE = ("request entity too large", "(413)")  # which python-telegram-bot takes for a broken connection

_FIXES = (
    ("chat not found", "add the bot to the chat again, or correct its number in the campaign file"),
    ("rights", "give the bot that right among the chat's administrators"),
    ("_forbidden", "let the bot send this in the chat's permissions, or make it an administrator"),
    ("too big", "save the picture or the video smaller"),
    ("photo_invalid_dimensions", "use a picture that is not as long and narrow"),
    ("image_process_failed", "export the picture once more"),
    ("admin", "make the bot an administrator of the chat"),
    ("member list is inaccessible", "make the bot an administrator of the chat"),
    ("can't parse entities", "close every <b>, <i> and <code>, and write &lt; for <"),
    ("too long", "make the text shorter"),
)


def _fix(reason: str) -> str:
    return next((fix for part, fix in _FIXES if part in reason), "nothing else waits for it")

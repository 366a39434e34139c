"""What can go wrong when we talk to Discord, in our words (platforms.md, section 6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import aiohttp
import discord

from bots.exchange.errors import (
    ClosedError,
    NoAnswerError,
    NotReachedError,
    RefusedError,
    RefusedTokenError,
    ShutOutError,
    SlowDownError,
)
from core.campaign.values import Platform
from core.errors import SaysoError

DISCORD = Platform.DISCORD

OPENING = -1
"""Stands for all private conversations where a pause is for opening any of them."""

_FOR_AN_OPENING = timedelta(minutes=1)
_FOR_A_BAN = timedelta(minutes=1)
_AT_MOST = timedelta(minutes=15)


class UnknownError(RefusedError):
    """There is no such member, role, channel, message or server, or none that we may know of. `what`: one of NO_…."""

    def __init__(self, about: int, reason: str, what: int) -> None:
        super().__init__(DISCORD, about, reason, fix=_FIXES.get(what, _NOTHING_WAITS))
        self.what = what


class BannedError(SlowDownError):
    """Discord wants us to wait with everything, or those in front of it have had enough of this address."""


class ExpiredError(SaysoError):
    """What was asked cannot be answered any more, or its first answer has not been given yet."""

    code = "discord_expired"


class NotAnsweredYetError(ExpiredError):
    """Discord knows of no first answer."""


class AlreadyAnsweredError(SaysoError):
    """The first answer has been given by somebody else."""

    code = "discord_already_answered"


@contextmanager
def in_our_words(about: int) -> Iterator[None]:
    """Whatever discord.py raises inside becomes one of our errors. `about`: whom or what the call is about."""
    try:
        yield
    except discord.RateLimited as error:
        raise SlowDownError(DISCORD, timedelta(seconds=error.retry_after)) from error
    except discord.HTTPException as error:
        raise _ours(error, about) from error
    except discord.LoginFailure as error:
        raise refused_token() from error
    except aiohttp.ClientConnectorError as error:
        raise NotReachedError(DISCORD, str(error)) from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise NoAnswerError(DISCORD, str(error) or type(error).__name__) from error


def refused_token() -> RefusedTokenError:
    return RefusedTokenError(DISCORD, fix="copy it again from discord.com/developers, and set SAYSO_DISCORD_TOKEN")


def _ours(error: discord.HTTPException, about: int) -> SaysoError:
    reason = " ".join(error.text.split()) or f"{error.status}"
    match error.status:
        case 429:  # without `Via`: discord.py waits out all others
            return BannedError(DISCORD, _asked_to_wait(error))
        case 401 if error.code != _TOKEN_OVER:
            return refused_token()
        case status if status >= 500:
            return NoAnswerError(DISCORD, f"{status} {reason}")
    return _by_code(error.code, about, reason)


def _by_code(code: int, about: int, reason: str) -> SaysoError:
    match code:
        case 50007 | 50278:
            return ClosedError(DISCORD, about, reason, fix="they are told when they next ask the bot something")
        case 40003:
            return SlowDownError(DISCORD, _FOR_AN_OPENING, chat=OPENING)
        case 40060:
            return AlreadyAnsweredError("it has been answered already", fix="what follows goes beside it")
        case 10015:
            return NotAnsweredYetError("Discord knows of no answer to this yet", fix="ask again")
        case 10062 | 50027:
            return ExpiredError("this cannot be answered any more", fix="ask again")
        case 50001:
            return ShutOutError(DISCORD, about, reason, fix=_FIXES[50001])
    if code in _UNKNOWN:
        return UnknownError(about, reason, code)
    return RefusedError(DISCORD, about, reason, fix=_FIXES.get(code, _NOTHING_WAITS))


def _asked_to_wait(error: discord.HTTPException) -> timedelta:
    told = str(error.response.headers.get("Retry-After", ""))
    return min(timedelta(seconds=int(told)), _AT_MOST) if told.isdecimal() else _FOR_A_BAN


NO_CHANNEL, NO_GUILD, NO_MEMBER, NO_MESSAGE, NO_ROLE, NO_USER = 10003, 10004, 10007, 10008, 10011, 10013
_TOKEN_OVER = 50027
_UNKNOWN = (NO_CHANNEL, NO_GUILD, NO_MEMBER, NO_MESSAGE, NO_ROLE, NO_USER)
_NOTHING_WAITS = "nothing else waits for it"
_FIXES = {
    40005: "save the picture or the video smaller, at most 10 MB in all",
    50001: "add the bot to the server again, and let it see the channel",
    50013: "give the bot the right to do it, and drag its role above those that it gives (Server Settings > Roles)",
    50028: "name a role that people can be given; those of bots and of boosters cannot be",
    50035: "shorten the text; the message is larger than Discord takes",
    NO_CHANNEL: "correct the channel in the campaign file, or let the bot see it",
    NO_GUILD: "add the bot to the server, or correct its id in the campaign file",
    NO_ROLE: "correct the role's id in the campaign file, or make the role again and write its new id there",
}

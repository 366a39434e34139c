"""What can go wrong when a door talks to its messenger, in our words (platforms.md, sections 4 and 6).

A code begins with the messenger's name: `telegram_closed`.
"""

from datetime import timedelta

from core.campaign.values import Platform
from core.errors import OperatorError, SaysoError, TransientError


class SlowDownError(TransientError):
    """The messenger wants us to wait, and has not done what was asked. `chat`: where, if not the one asked about."""

    def __init__(self, platform: Platform, wait: timedelta, *, chat: int | None = None) -> None:
        super().__init__(f"{_name(platform)} wants fewer messages", retry_after=wait)
        self.code = f"{platform}_slow_down"
        self.wait = wait
        self.chat = chat


class NotReachedError(TransientError):
    """There was no connection: the messenger has surely not done what was asked."""

    def __init__(self, platform: Platform, why: str) -> None:
        super().__init__(f"{_name(platform)} cannot be reached ({why})")
        self.code = f"{platform}_not_reached"


class NoAnswerError(TransientError):
    """The messenger may have done what was asked; it broke off before it said so."""

    def __init__(self, platform: Platform, why: str) -> None:
        super().__init__(f"{_name(platform)} gave no answer ({why})")
        self.code = f"{platform}_no_answer"


class NotTakenError(TransientError):
    """The other side did not take it this time. What follows is for the outlet to say."""

    code = "not_taken"


class ClosedError(SaysoError):
    """This person cannot be written to."""

    def __init__(self, platform: Platform, person: int, why: str, *, fix: str) -> None:
        super().__init__(f"{person} cannot be written to ({why})", fix=fix)
        self.code = f"{platform}_closed"


class MovedError(SaysoError):
    """The chat has another number now."""

    def __init__(self, platform: Platform, old: int, new: int) -> None:
        super().__init__(f"the chat {old} has become {new}", fix="its new number is used from now on")
        self.code = f"{platform}_moved"
        self.old = old
        self.new = new


class ShutOutError(OperatorError):
    """The bot is not in the chat, or was removed from it."""

    def __init__(self, platform: Platform, chat: int, why: str, *, fix: str) -> None:
        super().__init__(f"the bot cannot work in {chat} ({why})", fix=fix)
        self.code = f"{platform}_shut_out"


class RefusedError(OperatorError):
    """The messenger will not do this, however often it is asked. `reason` is the messenger's, in small letters."""

    def __init__(self, platform: Platform, chat: int, reason: str, *, fix: str) -> None:
        super().__init__(f"{_name(platform)} refuses this for {chat} ({reason})", fix=fix)
        self.code = f"{platform}_refused"
        self.reason = reason.lower()


class HeldError(OperatorError):
    """The messenger will not do this until somebody sets something right; it is asked again after `wait`."""

    def __init__(self, platform: Platform, problem: str, *, fix: str, wait: timedelta) -> None:
        super().__init__(problem, fix=fix)
        self.code = f"{platform}_held"
        self.wait = wait


class RefusedTokenError(OperatorError):
    """The messenger does not know the bot's token."""

    def __init__(self, platform: Platform, *, fix: str) -> None:
        super().__init__(f"{_name(platform)} does not know this bot's token", fix=fix)
        self.code = f"{platform}_token"


class NoFileError(OperatorError):
    """A picture or a video that is to be sent is not kept any more."""

    code = "no_file"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no file {name}", fix="apply the campaign file that names it again")


def _name(platform: Platform) -> str:
    return platform.capitalize()

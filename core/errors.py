"""What can go wrong, for two readers: whoever runs Sayso, and the worker that may try again.

What a member cannot have is no error: it is an outcome with a `Problem` (`core.intake.facts`), and the door words it.
"""

from datetime import timedelta


class SaysoError(Exception):
    """Says what is wrong (`problem`) and what to do about it (`fix`). `code` is stable and may be matched on."""

    code: str = "error"

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(f"{problem}; {fix}")
        self.problem = problem
        self.fix = fix


class OperatorError(SaysoError):
    """One line for whoever runs Sayso; trying again does not help."""


class TransientError(SaysoError):
    """Try again later, after `retry_after` where the other side said so."""

    def __init__(self, problem: str, *, fix: str = "it is tried again", retry_after: timedelta | None = None) -> None:
        super().__init__(problem, fix=fix)
        self.retry_after = retry_after

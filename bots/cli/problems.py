"""How a command ends when it does not work: one line on stderr, and an exit code."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from core.errors import SaysoError, TransientError

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

_USAGE_CODES = {"settings", "database_address"}
_ROOT = f"{Path(__file__).parents[2]}{os.sep}"
_OURS = tuple(f"{_ROOT}{package}{os.sep}" for package in ("bots", "campaigns", "core"))
_RETRIED = "it is tried again"


class CommandFailedError(Exception):
    """The command has said all there is to say; it ends with this exit code."""

    def __init__(self, code: int = FAILED) -> None:
        super().__init__(code)
        self.code = code


def end_with(error: BaseException, *, hide: Callable[[str], str], debug: bool) -> int:
    """Say what happened and what to do; the exit code for it. A traceback only with `debug`."""
    if isinstance(error, CommandFailedError):
        return error.code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return WRONG_USAGE
    if debug and not isinstance(error, click.UsageError):
        click.echo(hide("".join(traceback.format_exception(error))), err=True, nl=False)
    line, code = _worded(error)
    click.echo(hide("\n".join(f"{_name(error)}: {each}" for each in line.splitlines())), err=True)
    return code


def _worded(error: BaseException) -> tuple[str, int]:
    if isinstance(error, click.UsageError):
        return f"{_sentence(error.format_message())}; see {_path(error)} --help", WRONG_USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, TransientError):
        return str(error).replace(_RETRIED, "try again in a moment"), FAILED
    if isinstance(error, SaysoError):
        return str(error), WRONG_USAGE if error.code in _USAGE_CODES else FAILED
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{where}; see to that and try again", FAILED
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"Sayso made a mistake ({what[:300]}{_place(error)}); set SAYSO_DEBUG=1 to see more, and report it", FAILED


def _place(error: BaseException) -> str:
    """Where in our code it happened, so that a crash nobody watched can be found."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_OURS)]
    return f" at {ours[-1].filename.removeprefix(_ROOT)}:{ours[-1].lineno}" if ours else ""


def _name(error: BaseException) -> str:
    return _path(error) if isinstance(error, click.UsageError) else "sayso"


def _path(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx else "sayso"


def _sentence(message: str) -> str:
    """Click's message on one line, without its full stop."""
    text = " ".join(message.split())
    return text[:1].lower() + text[1:].rstrip(".") if text else "wrong usage"

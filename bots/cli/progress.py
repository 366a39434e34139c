"""How far a command is, on stderr: a bar on a terminal, else a line now and then."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import Progress

LINE_EVERY = 10.0
"""Seconds between two lines of progress where nobody looks at a terminal."""

Shown = Callable[[int, int], None]
"""Called with how many are done, and of how many."""


@contextmanager
def shown(command: str, what: str) -> Iterator[Shown]:
    """Shows how many of `what` are done, for as long as this is open."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(command, what)
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(command: str, what: str) -> Shown:
    said_at = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= LINE_EVERY:
            said_at = time.monotonic()
            click.echo(f"{command}: {done} of {total} {what}", err=True)

    return say

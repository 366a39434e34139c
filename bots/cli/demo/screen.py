"""What the demo shows: figures that move on a terminal, elsewhere a line when they have changed."""

import time
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from bots.cli import showing
from bots.cli import status as showing_status
from core.status import Status

LINE_EVERY = 2.0


class Screen:
    """Shows the demo's progress while it is entered."""

    def __init__(self) -> None:
        self._live = Live(console=Console(highlight=False), refresh_per_second=4) if showing.on_terminal() else None
        self._began = time.monotonic()
        self._said_at = -LINE_EVERY
        self._last: tuple[tuple[str, int], ...] = ()

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def say(self, *lines: str) -> None:
        """Lines that stay."""
        for line in lines:
            if self._live:
                self._live.console.print(line, markup=False, soft_wrap=True)
            else:
                click.echo(line)

    def figures(self, status: Status, *, acted: int) -> None:
        """How it goes now."""
        figures = tuple(_figures(status, acted).items())
        if self._live:
            self._live.update(_panel(figures, time.monotonic() - self._began))
        elif figures != self._last and time.monotonic() - self._said_at >= LINE_EVERY:
            self._last, self._said_at = figures, time.monotonic()
            told = ", ".join(f"{name} {n}" for name, n in figures)
            click.echo(f"{time.monotonic() - self._began:4.0f} s: {told}")

    def table(self, status: Status) -> None:
        """Everything about the campaign."""
        if self._live:
            self._live.console.print(*showing_status.tables(status), sep="\n")
        else:
            showing_status.show([status])


def _figures(status: Status, acted: int) -> dict[str, int]:
    return {
        "members": acted,
        "links": status.links,
        "starts": status.starts,
        "joins": status.joins,
        "leaves": status.leaves,
        "pending": status.referrals.pending,
        "qualified": status.referrals.qualified,
        "rewarded": status.referrals.rewarded,
        "rejected": status.referrals.rejected,
        "rewards": status.rewards.granted,
    }


def _panel(figures: tuple[tuple[str, int], ...], seconds: float) -> Table:
    grid = Table.grid(padding=(0, 1))
    for _ in figures:
        grid.add_column(justify="right")
    grid.add_row(*(name for name, _ in figures), style="dim")
    grid.add_row(*(str(n) for _, n in figures), style="bold")
    whole = Table.grid()
    whole.add_row(Spinner("dots", f"{seconds:.0f} s"))
    whole.add_row(grid)
    return whole

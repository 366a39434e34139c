"""What commands show: for a person at a terminal with tables and colours, else plain lines for scripts and logs."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text


def on_terminal() -> bool:
    """Whether a person is looking at stdout."""
    return sys.stdout.isatty()


def as_json(value: Any) -> None:
    """Print it for a script."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table of plain texts: what people chose to be called is not taken for markup."""
    made = Table(title=Text(title), title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        made.add_column(column, justify="left" if number == 0 else _side(rows, number))
    for row in rows:
        made.add_row(*(Text(clean(str(each))) for each in row))
    return made


def show(*parts: Any) -> None:
    """Print tables and lines on the terminal."""
    Console(highlight=False).print(*parts, sep="\n")


def clean(text: str) -> str:
    """The text without characters that move a terminal's cursor or turn text around."""
    return "".join(char if char.isprintable() else " " for char in text)


def _side(rows: Sequence[Sequence[object]], number: int) -> Any:
    return "right" if rows and all(isinstance(row[number], int) for row in rows) else "left"

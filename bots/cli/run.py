"""`sayso run`: everything, until it is told to stop."""

import logging
from collections.abc import Sequence
from pathlib import Path

import click

from bots.cli import opening
from bots.cli.files import wanted_in
from bots.cli.house import PARTS, House
from bots.cli.main import Entry
from bots.cli.supervise import until_told


class Parts(click.ParamType[Sequence[str]]):
    """Names of parts, with commas between them."""

    name = "parts"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[str]:
        named = [part.strip() for part in str(value).split(",")]
        if unknown := [part for part in named if part not in PARTS]:
            self.fail(f"there is no part {unknown[0]!r}; choose from {', '.join(PARTS)}", param, ctx)
        return tuple(dict.fromkeys(named))


@click.command
@click.argument("files", nargs=-1, metavar="[FILE...]", type=click.Path(path_type=Path))
@click.option("--only", "parts", type=Parts(), metavar="PARTS", help=f"Run these parts alone: {','.join(PARTS)}.")
@click.option("--no-migrate", is_flag=True, help="Do not change the tables; fail if they are not this version's.")
@click.pass_obj
def run(entry: Entry, files: tuple[Path, ...], parts: Sequence[str] | None, no_migrate: bool) -> int:
    """Run Sayso; with files, apply them first.

    With an error in a file nothing is changed or started, and it exits 1. SIGTERM: finishes what it holds, exit 0.
    """
    settings = entry.settings
    entry.start_log(logging.INFO)
    wanted = wanted_in(files)
    house = House(
        settings=settings,
        campaigns=wanted.campaigns,
        media=wanted.media,
        codes=wanted.codes,
        parts=parts or PARTS,
        migrating=not no_migrate,
    )
    return opening.run(lambda: until_told(house.live), fast=True)

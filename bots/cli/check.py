"""`sayso check` and `sayso schema`: campaign files, without any system behind them."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from bots.cli.files import summary
from campaigns import Reading, json_schema, read_all


@click.command
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--json", "as_json", is_flag=True, help="Print what is found as JSON.")
def check(files: tuple[Path, ...], strict: bool, as_json: bool) -> int:
    """Read campaign files, and say what is wrong and where.

    Each finding is a line FILE:LINE:COLUMN: error: what is wrong; what to write instead. Exit 1 if there is an error.
    """
    readings = read_all(files)
    if as_json:
        click.echo(json.dumps(_findings(readings), indent=2, ensure_ascii=False))
    else:
        for reading in readings:
            for finding in reading.findings:
                click.echo(str(finding))
        click.echo(f"sayso check: {summary(readings)}", err=True)
    return int(any(reading.errors or (strict and reading.warnings) for reading in readings))


@click.command
def schema() -> None:
    """Print the JSON Schema of campaign files, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _findings(readings: Sequence[Reading]) -> list[dict[str, object]]:
    return [
        {
            "file": finding.file,
            "line": finding.line,
            "column": finding.column,
            "level": finding.level.value,
            "problem": finding.problem,
            "fix": finding.fix,
        }
        for reading in readings
        for finding in reading.findings
    ]

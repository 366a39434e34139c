"""Campaign files, read for commands that need them all to be right."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bots.cli.problems import CommandFailedError
from campaigns import Reading, read_all
from campaigns.codes import CodesFile
from core.campaign.values import Campaign
from core.media import Medium


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is in campaign files: the campaigns, the pictures and videos that they name, and their files of codes."""

    campaigns: Sequence[Campaign]
    media: Sequence[Medium]
    codes: Sequence[CodesFile]


def wanted_in(files: Sequence[Path]) -> Wanted:
    """What is in these files. If one has an error, everything found is said on stderr and the command ends."""
    readings = read_all(files)
    for reading in readings:
        for finding in reading.findings:
            click.echo(str(finding), err=True)
    if wrong := sum(len(reading.errors) for reading in readings):
        click.echo(f"sayso: {counted(wrong, 'error')} in the campaign files, so nothing was changed", err=True)
        raise CommandFailedError
    return Wanted(
        [reading.campaign for reading in readings if reading.campaign is not None],
        [medium for reading in readings for medium in reading.media],
        [file for reading in readings for file in reading.codes],
    )


def summary(readings: Sequence[Reading]) -> str:
    """One line about what was found in files."""
    errors = sum(len(reading.errors) for reading in readings)
    warnings = sum(len(reading.warnings) for reading in readings)
    found = [counted(n, what) for n, what in ((errors, "error"), (warnings, "warning")) if n]
    return f"{counted(len(readings), 'file')}: {', '.join(found) or 'all good'}"


def counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"

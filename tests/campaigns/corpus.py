"""A small good file, and the mistakes of `bad_files.txt`: add a block there when an organizer finds another way."""

from pathlib import Path

BASE = """campaign: spring
title: Bring a friend
terms: Once each.
window: {timezone: Europe/Paris, starts: 2026-12-01 09:00}
organizers: [{telegram: 700000001}]
communities: [{id: salon, telegram: -1001}]
qualify: {stay: 1 day}
"""


def written(lines: str) -> str:
    """The good file, with these lines first and in the place of those with the same keys."""
    new = lines.splitlines()
    keys = tuple(line.split(":")[0] + ":" for line in new)
    return "\n".join([*new, *(line for line in BASE.splitlines() if not line.startswith(keys))]) + "\n"


def bad_files() -> list[tuple[str, list[str]]]:
    """The lines that make a file bad, and what must be said about it."""
    _, *blocks = (Path(__file__).parent / "bad_files.txt").read_text("utf-8").split("\n\n")
    return [_block(block.strip("\n").split("\n")) for block in blocks]


def _block(block: list[str]) -> tuple[str, list[str]]:
    said = [line.removeprefix("=> ") for line in block if line.startswith("=> ")]
    return "\n".join(block[: len(block) - len(said)]), said


BAD = bad_files()

"""Which code a grant takes, what a line of a file must be, and when organizers are warned. Pure."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 200
"""Characters of a code."""

LOW = 10
"""Percent of the pool; with so many left or fewer, organizers are told."""


class Warn(StrEnum):
    """What organizers are told of a pool."""

    LOW = "low"
    DRY = "dry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Why a line is no code. Never says what stands in the line: it may be a code all the same."""

    line: int
    problem: str
    fix: str


def spot(name: str) -> int:
    """Where something of this name lies in every pool: a number of 63 bits that only the name decides.

    A grant takes the first free code at its own spot or after it, or else the first of all. So it takes the same one
    again when an older copy of the database has forgotten that it did, whoever else came before or after.
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1


def warning(*, left: int, total: int, told: str | None) -> Warn | None:
    """What organizers are to be told now, having been told that since codes were last imported."""
    if left == 0:
        return None if told == Warn.DRY else Warn.DRY
    is_low = left * 100 <= total * LOW
    return Warn.LOW if is_low and told is None else None


def read(lines: Iterator[bytes]) -> Iterator[tuple[int, str] | Flaw]:
    """The codes of a file with their lines' numbers, and what is wrong with other lines. Empty lines are nothing."""
    for number, line in enumerate(lines, start=1):
        if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
            yield Flaw(line=1, problem="the text is UTF-16", fix="save it as UTF-8")
            return
        if (found := _code(line, number)) is not None:
            yield found


def _code(line: bytes, number: int) -> tuple[int, str] | Flaw | None:
    try:
        code = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError:
        return Flaw(line=number, problem="the line is not UTF-8", fix="save the file as UTF-8")
    if len(code) > LONGEST:
        problem = f"the line is longer than {LONGEST} characters"
        return Flaw(line=number, problem=problem, fix="write one code on each line")
    if not code.isprintable():
        return Flaw(line=number, problem="the line has characters that nobody can see", fix="write the code alone")
    return (number, code) if code else None

"""Files of promo codes: looked through when a campaign file names them, and brought in when it is applied.

They may be of any size, so they are read line by line, and nothing of them is kept in memory or in the campaign.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

from pydantic import AfterValidator, ValidationInfo

from campaigns.context import context, doubt, shown, wrong
from campaigns.places import File
from core import codes, intake
from core.clock import Clock
from core.codes import Pool
from core.codes.rules import LONGEST, Flaw, read
from core.database import Database
from core.errors import OperatorError

AT_ONCE = 10_000
"""Codes in one transaction; others write in between."""

MOST_FLAWS = 20

_LINE = 8 * LONGEST
"""Bytes after which a line is surely too long."""


class CodesError(OperatorError):
    """A file of codes cannot be brought in."""

    code = "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesFile:
    """A file that a campaign fills one of its pools from. `shown`: its path as the campaign file has it."""

    campaign: str
    pool: str
    path: Path
    shown: str


@dataclass(slots=True, kw_only=True)
class Look:
    """What a file has: how many codes, and the lines that are none. `digest` stands for its content."""

    codes: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    more: int = 0
    digest: str = ""


@dataclass(slots=True, kw_only=True)
class BroughtIn:
    """What came of it: codes that were new, those that some pool had, and rewards that had waited for them."""

    new: int = 0
    known: Counter[tuple[str, str]] = field(default_factory=Counter)
    released: int = 0
    was_known: bool = False  # the file was brought in before as it is, and was not read again


def look_through(path: Path) -> Look:
    """Read the whole file. Raises CodesError if it cannot be read."""
    look, content = Look(), hashlib.sha256()
    for found in _found(path, heard=content.update):
        if not isinstance(found, Flaw):
            look.codes += 1
        elif len(look.flaws) < MOST_FLAWS:
            look.flaws.append(found)
        else:
            look.more += 1
    look.digest = content.hexdigest()
    return look


def named_in(campaign: str, named: dict[str, str], folder: Path) -> tuple[CodesFile, ...]:
    """The files that the campaign names, by pool."""
    return tuple(
        CodesFile(campaign=campaign, pool=pool, path=folder / path, shown=path) for pool, path in named.items()
    )


async def bring_in(
    db: Database, path: Path, pool: Pool, look: Look, *, clock: Clock, progress: Callable[[int, int], None]
) -> BroughtIn:
    """Put the file's codes into the pool, and give what was held until there were some.

    Broken off, it goes on when it is called again. `progress` is called with the codes read so far, and of all.
    """
    done = BroughtIn(was_known=pool.digest == look.digest)
    if not done.was_known:
        await _add(db, path, pool, look, done, progress)
    while True:
        async with db.begin() as tx:
            released = await intake.release(tx, pool.campaign_id, now=clock.now())
        done.released += released
        if not released:
            return done


async def _add(
    db: Database, path: Path, pool: Pool, look: Look, done: BroughtIn, progress: Callable[[int, int], None]
) -> None:
    seen = 0
    with closing(_codes(path)) as every:
        while some := list(islice(every, AT_ONCE)):
            async with db.begin() as tx:
                added = await codes.add(tx, pool.id, some)
            done.new += added.new
            done.known.update(added.known)
            seen += len(some)
            progress(seen, look.codes)
    async with db.begin() as tx:
        await codes.imported(tx, pool.id, look.digest)


def _codes(path: Path) -> Generator[str, None, None]:
    for found in _found(path):
        if isinstance(found, Flaw):
            raise CodesError(f"{path}:{found.line}: error: {found.problem}", fix=found.fix)
        yield found[1]


def _found(path: Path, *, heard: Callable[[bytes], object] = bytes) -> Iterator[tuple[int, str] | Flaw]:
    try:
        with path.open("rb") as file:
            yield from read(_lines(file, heard))
    except OSError as error:
        raise CodesError(f"{path}: error: it cannot be read ({error.strerror})", fix="let Sayso read it") from error


def _lines(file: BinaryIO, heard: Callable[[bytes], object]) -> Iterator[bytes]:
    """The lines as they are; of one that is far too long, only the beginning."""
    while line := file.readline(_LINE):
        heard(line)
        yield line
        while len(line) == _LINE and not line.endswith(b"\n"):
            line = file.readline(_LINE)
            heard(line)


def _checked(path: str, info: ValidationInfo) -> str:
    folder = context(info).folder
    if folder is None:
        return path
    if context(info).pedantic:
        if next(_found(folder / path), None) is None:
            doubt(info, f"is {shown(path)}, and there is no code in it", "write one code on each line")
        return path
    try:
        flaw = next((found for found in _found(folder / path) if isinstance(found, Flaw)), None)
    except CodesError as error:
        raise wrong(f"is {shown(path)}, which cannot be read", "let Sayso read it") from error
    if flaw is not None:
        raise wrong(f"is {shown(path)}, and in its line {flaw.line} {flaw.problem}", flaw.fix)
    return path


CodesPath: TypeAlias = Annotated[File, AfterValidator(_checked)]

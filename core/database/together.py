"""Several questions, or several things to write, in one round trip to the database, where a round trip costs something.

Rooms know nothing of each other, and each asks for what is its own. So their functions are begun side by side, each up
to its next statement; these are sent as one, and each goes on with its own answer.
"""

import re
from collections.abc import Coroutine, Generator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any

_PLACE = re.compile(r"\$(\d+)")

gathering: ContextVar[bool] = ContextVar("gathering", default=False)
"""Whether a statement is handed up instead of being sent: see `Said`."""

Work = Coroutine[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that somebody waits for, whose rows are wanted, or else the number of rows it changed."""

    words: str
    values: tuple[Any, ...]
    wants_rows: bool

    def __await__(self) -> Generator["list[Said]", Any, Any]:
        return (yield [self])[0]


class All:
    """What several statements come to, for who waits for them all."""

    def __init__(self, said: list[Said]) -> None:
        self._said = said

    def __await__(self) -> Generator[list[Said], Any, Any]:
        return (yield self._said)


class Round:
    """Works that are carried on together, round by round. Each does nothing but read and write through the driver."""

    def __init__(self, works: Sequence[Work]) -> None:
        self.results: list[Any] = [None] * len(works)
        self._waiting: list[tuple[int, Work, Any]] = [(at, work, None) for at, work in enumerate(works)]
        self._numbers: list[int] = []

    def next(self) -> list[Said]:
        """Carry each on to its next statement; without any, all have ended."""
        said: list[Said] = []
        waiting, self._waiting, self._numbers = self._waiting, [], []
        token = gathering.set(True)
        try:
            for at, work, answer in waiting:
                try:
                    asked = work.send(answer)
                except StopIteration as ended:
                    self.results[at] = ended.value
                    continue
                self._waiting.append((at, work, None))
                if not isinstance(asked, list):
                    raise TypeError(f"{work} waits for something else than the database's driver")
                said += asked
                self._numbers.append(len(asked))
        finally:
            gathering.reset(token)
        return said

    def answered(self, answers: Sequence[Any]) -> None:
        """These came of the statements that `next` gave, in their order."""
        each = iter(answers)
        mine = ([*islice(each, number)] for number in self._numbers)
        self._waiting = [(at, work, got) for (at, work, _), got in zip(self._waiting, mine, strict=True)]


def merged(said: Sequence[Said]) -> tuple[str, tuple[Any, ...]]:
    """All of these in one statement of PostgreSQL, whose one row has each one's rows as an array, or their number."""
    parts, wanted = [], []
    values: tuple[Any, ...] = ()
    for at, each in enumerate(said):
        words = _PLACE.sub(lambda place: f"${int(place[1]) + len(values)}", each.words)  # noqa: B023 (used at once)
        values += each.values
        if not each.wants_rows:
            parts.append(f"w{at} AS ({words} RETURNING 1)")
            wanted.append(f"(SELECT count(*) FROM w{at})")  # noqa: S608 (names of our own)
        elif words.startswith("SELECT"):
            wanted.append(f"ARRAY(SELECT r{at} FROM ({words}) AS r{at})")  # noqa: S608
        else:
            parts.append(f"w{at} AS ({words})")
            wanted.append(f"ARRAY(SELECT w{at} FROM w{at})")  # noqa: S608
    written = f"WITH {', '.join(parts)} " if parts else ""
    return f"{written}SELECT {', '.join(wanted)}", values

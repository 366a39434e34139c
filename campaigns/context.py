"""What the kinds of values share: the file that is being read, and ways to refuse a value or to warn about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from core.media import Medium

Loc: TypeAlias = tuple[int | str, ...]


class Fitted(NamedTuple):
    """A picture drawn for where it is shown, or a video as it is, and how large the file's is."""

    medium: Medium
    was: tuple[int, int]


@dataclass(slots=True)
class Context:
    """What is known while one file is read."""

    folder: Path | None = None  # where paths start; None: files are not looked for
    pedantic: bool = False  # whether doubts are raised: they are asked for in a reading of their own
    taken: Sequence[str] = ()  # ids of campaigns in other files
    zone: tzinfo = UTC
    media: dict[tuple[str, str], Fitted] = field(default_factory=dict)  # by where they are shown and their path
    names: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        self.names["campaigns"].update(dict.fromkeys(self.taken))


def wrong(problem: str, fix: str, *, at: Loc = ()) -> PydanticCustomError:
    """An error to raise. `problem` goes on from the key's name ("must be…"); `at` leads from the value to the place."""
    return PydanticCustomError("wrong", "{problem}; {fix}", {"problem": problem, "fix": fix, "at": at})


def doubt(info: ValidationInfo, problem: str, fix: str) -> None:
    """Warn about the value."""
    if context(info).pedantic:
        raise PydanticCustomError("doubt", "{problem}; {fix}", {"problem": problem, "fix": fix, "at": ()})


def context(info: ValidationInfo) -> Context:
    """The file's context, or an empty one."""
    return info.context if isinstance(info.context, Context) else Context()


def shown(value: object) -> str:
    """The value on one line, cut short, for a message."""
    words = {True: "true", False: "false"}
    text = words[value] if isinstance(value, bool) else repr(value[:60] if isinstance(value, str) else value)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """What to write instead of an unknown word, if there is anything that can be."""
    known = [one for one in known[:50] if len(one) <= 40]
    close = get_close_matches(word.lower(), known, n=1) if len(word) <= 60 else []
    if close:
        return f"did you mean {close[0]!r}?"
    return f"write one of: {', '.join(known)}" if len(known) > 1 else f"write {known[0]}" if known else "take it out"


def text_of(value: object, example: str) -> str:
    """The value if it is text; `example` is what to write instead."""
    if not isinstance(value, str):
        raise wrong(f"must be text, not {shown(value)}", f"write {example}")
    return value

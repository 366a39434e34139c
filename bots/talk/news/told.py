"""What is said of a piece of news."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bots.talk.words import Rows, units

News: TypeAlias = Mapping[str, Any]
"""`news`, `language`, `title`, and what this kind of news has besides."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message. `lines` stand below the text, as many as there is room for; `brief` is said instead of what is too
    long."""

    text: str
    buttons: Rows = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    brief: str | None = None

    def within(self, longest: int) -> str:
        if self.brief is not None and units(self.text) > longest:
            return str(self.brief)
        lines = self.lines
        while units(text := "\n".join([self.text, *lines])) > longest and lines:
            lines = lines[:-1]
        return text

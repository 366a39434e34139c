"""What makes a line cheap: each text is judged once, and what was judged has a number. Both are bounded."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

MOST_TEXTS = 50_000
LONGEST_TEXT = 1024


class Judged(dict[bytes, int]):
    """The verdict of `judge` on a text, which is remembered for a while."""

    def __init__(self, judge: Callable[[bytes], int]) -> None:
        super().__init__()
        self._judge = judge

    def __missing__(self, text: bytes) -> int:
        verdict = self._judge(text)
        if len(text) <= LONGEST_TEXT:
            if len(self) >= MOST_TEXTS:
                self.clear()
            self[text] = verdict
        return verdict


class Numbered(Generic[T]):
    """Values and their numbers, from 0 up."""

    def __init__(self, *values: T) -> None:
        self._values = list(values)
        self._numbers = {value: number for number, value in enumerate(values)}

    def number(self, value: T) -> int:
        """The value's number, given out now if it has none."""
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number

    def __getitem__(self, number: int) -> T:
        return self._values[number]

    def __len__(self) -> int:
        return len(self._values)

"""What can be asked for, declared once: the routes, the checks and the description are all made of these."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from inspect import cleandoc
from typing import Any, ClassVar

import msgspec

from bots.web.api.paging import next_address
from bots.web.api.problems import (
    BROKEN,
    BROKEN_JSON,
    BUSY,
    INVALID,
    NO_KEY,
    NOT_ALLOWED,
    NOT_JSON,
    READ_ONLY,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    Kind,
)
from core.database import Tx
from core.keys import Key


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operation that takes no parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as its handler gets it: who asks, what for, and when."""

    key: Key
    path: str
    campaign: str | None  # the id in the path
    query: Any  # of the type that the operation takes
    language: str
    now: datetime

    def next(self, place: tuple[int, ...] | None) -> str | None:
        """Where the rest of the list is; None if there is none."""
        return None if place is None else next_address(self.path, self.query, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody reports, as its handler gets it."""

    key: Key
    content: Any  # of the type that the operation takes
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that can be done at one address. Its name and its words are the handler's own."""

    path: str
    takes: Any
    gives: Any
    problems: tuple[Kind, ...] = ()

    method: ClassVar[str]

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def summary(self) -> str:
        return self._words.partition("\n")[0].rstrip(".")

    @property
    def details(self) -> str:
        return self._words.partition("\n")[2].strip()

    @property
    def handler(self) -> Callable[..., Any]:
        raise NotImplementedError

    @property
    def may_fail(self) -> tuple[Kind, ...]:
        """Every kind of problem that there can be."""
        raise NotImplementedError

    @property
    def _words(self) -> str:
        return cleandoc(self.handler.__doc__ or self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Operation):
    """A question: asked in one read transaction, answered with what is at most a second old."""

    answer: Callable[[Tx, Asked], Awaitable[Any]]
    takes: Any = Nothing
    worded: bool = False  # whether the answer holds texts, in the asker's language

    method: ClassVar[str] = "get"

    @property
    def handler(self) -> Callable[..., Any]:
        return self.answer

    @property
    def may_fail(self) -> tuple[Kind, ...]:
        return (NO_KEY, *self.problems, NOT_ALLOWED, INVALID, TOO_MANY, BROKEN, BUSY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting(Operation):
    """A report: kept in one transaction. The handler says whether it is new, and the answer."""

    report: Callable[[Tx, Told], Awaitable[tuple[bool, Any]]]
    example: Mapping[str, Any]

    method: ClassVar[str] = "post"

    @property
    def handler(self) -> Callable[..., Any]:
        return self.report

    @property
    def may_fail(self) -> tuple[Kind, ...]:
        sent = (BROKEN_JSON, TOO_SLOW, TOO_LARGE, NOT_JSON, INVALID)
        return (NO_KEY, READ_ONLY, *self.problems, NOT_ALLOWED, *sent, TOO_MANY, BROKEN, BUSY)

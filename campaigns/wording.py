"""What pydantic found wrong, as an organizer reads it: what is wrong, and what to write instead."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic_core import ErrorDetails

from campaigns.context import Loc, did_you_mean, shown
from campaigns.part import Part


@dataclass(frozen=True, slots=True)
class Subject:
    """What an error is about: its name in a message, the model it stands in, and the key to look for in the file."""

    name: str
    key: str
    part: type[Part]

    @property
    def example(self) -> str:
        return self.part.example(self.key) if self.key else "campaign: spring-2026, then a line for each other key"


def worded(error: ErrorDetails, root: type[Part]) -> tuple[str, str, Loc, bool]:
    """The problem, the fix, the path to the place, and whether the place is the key there instead of its value."""
    context: Mapping[str, Any] = error.get("ctx", {})
    loc = (*error["loc"], *context.get("at", ()))
    subject = _subject(loc, root)
    kind = error["type"]
    if kind == "missing":
        return f"{subject.name} is missing", f"add {subject.example}", loc[:-1], True
    if kind == "extra_forbidden":
        return f"{subject.name} is not a key here", did_you_mean(subject.key, _keys(subject.part)), loc, True
    if kind in {"wrong", "doubt"}:
        return f"{subject.name} {context['problem']}", context["fix"], loc, loc[-1:] == ("[key]",)
    said, fix = _said(kind, context, subject, error)
    return f"{subject.name} {said}", fix, loc, False


def _said(kind: str, context: Mapping[str, Any], subject: Subject, error: ErrorDetails) -> tuple[str, str]:
    for start, words in _KINDS.items():
        if kind.startswith(start):
            return words(context, subject, error["input"])
    return f"is wrong: {error['msg']}", f"write {subject.example}"


_Words = Callable[[Mapping[str, Any], Subject, Any], tuple[str, str]]
_KINDS: dict[str, _Words] = {
    "greater_than_equal": lambda c, s, v: (f"must be at least {c['ge']}", f"write {s.key}: {c['ge']}"),
    "greater_than": lambda c, s, v: (f"must be more than {c['gt']:g}", f"write {s.example}"),
    "less_than_equal": lambda c, s, v: (f"must be at most {c['le']:g}", f"write {s.example}"),
    "string_too_short": lambda c, s, v: (f"must have at least {c['min_length']} characters", "write more"),
    "string_too_long": lambda c, s, v: (f"must have at most {c['max_length']} characters", "write less"),
    "string": lambda c, s, v: (f"must be text, not {shown(v)}", f"write {s.example}"),
    "int": lambda c, s, v: (f"must be a whole number, not {shown(v)}", f"write {s.example}"),
    "float": lambda c, s, v: (f"must be a number, not {shown(v)}", f"write {s.example}"),
    "finite": lambda c, s, v: ("must be a number", f"write {s.example}"),
    "bool": lambda c, s, v: (f"must be true or false, not {shown(v)}", f"write {s.key}: true or {s.key}: false"),
    "list": lambda c, s, v: (f"must be a list, not {shown(v)}", _listed(s, v)),
    "too_short": lambda c, s, v: (
        f"must have at least {c['min_length']} items" if v else "is an empty list",
        f"write {s.example}",
    ),
    "too_long": lambda c, s, v: (f"must have at most {c['max_length']} items", "take some out"),
    "model": lambda c, s, v: (f"must be keys with values, not {shown(v)}", f"write {s.example}"),
    "dict": lambda c, s, v: (f"must be keys with values, not {shown(v)}", f"write {s.example}"),
    "literal": lambda c, s, v: _choice(re.findall(r"'([^']*)'", c["expected"]), v),
}


def _listed(subject: Subject, value: object) -> str:
    if "{" in subject.example:
        return f"write {subject.example}"
    one = isinstance(value, str | int) and len(str(value)) <= 40
    return f"write {subject.key}: [{value}]" if one else "write one item a line, each after '- '"


def _choice(choices: Sequence[str], value: object) -> tuple[str, str]:
    fix = did_you_mean(value, list(choices)) if isinstance(value, str) else f"write {choices[0]}"
    return f"must be {', '.join(choices[:-1])} or {choices[-1]}, not {shown(value)}", fix


def _subject(loc: Loc, root: type[Part]) -> Subject:
    """Follow the path through the models, as far as they know it."""
    part, kind, key, name = root, _Kind(root), "", ""
    for step in loc:
        if isinstance(step, int):
            kind = kind.item
        elif kind.part is not None:
            part, kind, key, name = kind.part, kind.under(step), step, step
        elif step not in {"[key]", "*"}:  # a language, or a pool of codes
            kind, name = _Kind(None), f"{name}.{step}"
    name = repr(name[:60]) if name else "the file"
    return Subject(f"this item of {name}" if loc and isinstance(loc[-1], int) else name, key, part)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The type of a value in the schema, without what may surround it."""

    kind: Any

    @property
    def part(self) -> type[Part] | None:
        return self.kind if isinstance(self.kind, type) and issubclass(self.kind, Part) else None

    @property
    def item(self) -> "_Kind":
        return _Kind(_bare(get_args(self.kind)[0])) if get_origin(self.kind) is list else _Kind(None)

    def under(self, key: str) -> "_Kind":
        fields = self.part.model_fields.items() if self.part else ()
        return next(
            (_Kind(_bare(field.annotation)) for name, field in fields if (field.alias or name) == key), _Kind(None)
        )


def _bare(kind: Any) -> Any:
    """The type inside `Annotated` and `… | None`."""
    while get_origin(kind) in {Annotated, Union, UnionType}:
        kind = next(inner for inner in get_args(kind) if inner is not NoneType)
    return kind


def _keys(part: type[Part]) -> list[str]:
    return [field.alias or name for name, field in part.model_fields.items()]

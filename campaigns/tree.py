"""YAML text as a tree that remembers where everything is written.

Typing follows YAML 1.2: only `true` and `false` are booleans, `yes` and `09:00` are text. Hostile input is refused with
a place and a reason before it costs much: text has at most `MAX_BYTES`, a tree is
at most `MAX_DEPTH` deep and `MAX_NODES` big.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import yaml

from campaigns.syntax import in_our_words

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 10_000

Scalar: TypeAlias = str | int | float | bool | None

_STANDARD = "tag:yaml.org,2002:"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[-+]?[0-9]{1,30}")
_OTHER_BASE = re.compile(r"0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Mark(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


class Problem(NamedTuple):
    """Something wrong at a place: what, and what to write instead."""

    mark: Mark
    problem: str
    fix: str


class RefusedError(Exception):
    """The text cannot be read any further."""

    def __init__(self, mark: Mark, problem: str, fix: str) -> None:
        super().__init__(f"{problem}; {fix}")
        self.problem = Problem(mark, problem, fix)


@dataclass(slots=True)
class Node:
    """A value and where it starts. A mapping knows where its keys are; `size` counts the nodes in it, and itself."""

    mark: Mark
    value: "Scalar | list[Node] | dict[str, Node]"
    keys: dict[str, Mark] = field(default_factory=dict)
    size: int = 1

    def plain(self) -> object:
        """The value as plain Python: scalars, lists and dicts."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def find(self, path: Sequence[int | str], *, key: bool = False) -> Mark:
        """Where `path` leads, as far as it does: to the value, or with `key` to the value's key."""
        node, mark = self, self.mark
        for part in path:
            child = node._child(part)
            if child is None:
                break
            mark = node.keys.get(str(part), child.mark) if key or child.value is None else child.mark
            node = child
        return mark

    def matches(self, pattern: Sequence[str], at: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
        """The paths that fit the pattern, one name for each step; `*` is any item or key."""
        if not pattern:
            yield at
            return
        for part in self._steps() if pattern[0] == "*" else [pattern[0]]:
            child = self._child(part)
            if child is not None:
                yield from child.matches(pattern[1:], (*at, part))

    def at(self, path: Sequence[int | str]) -> object:
        """The plain value that is there, or None."""
        node: Node | None = self
        for part in path:
            node = node._child(part) if node else None
        return node.plain() if node else None

    def _steps(self) -> Sequence[int | str]:
        return range(len(self.value)) if isinstance(self.value, list) else list(self.keys)

    def _child(self, part: int | str) -> "Node | None":
        if isinstance(self.value, list) and isinstance(part, int) and part < len(self.value):
            return self.value[part]
        return self.value.get(part) if isinstance(self.value, dict) and isinstance(part, str) else None


def parse(content: str | bytes) -> tuple[Node, list[Problem]]:
    """The tree, and the duplicate keys in it (the first of each is kept); `RefusedError` if there can be no tree."""
    text = _text(content)
    try:
        return _Builder().build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        line, column, problem, fix = in_our_words(error, text)
        raise RefusedError(Mark(line, column), problem, fix) from error
    except yaml.YAMLError as error:
        raise RefusedError(Mark(1, 1), "this is not YAML", "see campaigns/examples for whole files") from error


_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def scalar(text: str) -> Scalar:
    """An unquoted value, typed as YAML 1.2's core schema does."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 32:  # no number that we ask for is as long, and long ones are slow to read
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _text(content: str | bytes) -> str:
    if len(content) > MAX_BYTES:
        raise RefusedError(
            Mark(1, 1), "the file is larger than 1 MiB", "keep texts short, and codes in files of their own"
        )
    text = (_decoded(content) if isinstance(content, bytes) else content).removeprefix("\ufeff")
    if bad := _UNPRINTABLE.search(text):
        raise RefusedError(
            _mark_at(text[: bad.start()]), f"there is an unprintable character, {bad[0]!a}", "take it out"
        )
    return text


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        mark = _mark_at(content[: error.start].decode("utf-8", "replace"))
        raise RefusedError(mark, "the file is not UTF-8 text from here on", "save it again as UTF-8") from error


def _mark_at(before: str) -> Mark:
    return Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _mark(event: yaml.Event) -> Mark:
    at = event.start_mark
    return Mark(at.line + 1, at.column + 1) if at else Mark(1, 1)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    anchor: str | None
    key: tuple[str, Mark] | None = None
    skip: bool = False  # the value that comes next belongs to a duplicate key


class _Builder:
    """Builds the tree from events, without recursion."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}  # None: not ended yet
        self._problems: list[Problem] = []
        self._root: Node | None = None
        self._count = 0

    def build(self, events: Iterable[yaml.Event]) -> tuple[Node, list[Problem]]:
        for event in events:
            self._take(event)
        if self._root is None:
            raise RefusedError(Mark(1, 1), "the file is empty", "start from campaigns/examples/demo.yaml")
        return self._root, self._problems

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent() if self._root is not None:
                raise RefusedError(_mark(event), "a second document starts here", "write one campaign in each file")
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._add(self._alias(event))
            case yaml.CollectionStartEvent():
                self._start(event)
            case yaml.CollectionEndEvent():
                closed = self._open.pop()
                if closed.anchor:
                    self._anchors[closed.anchor] = closed.node
                self._add(closed.node)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse_tag(event)
        if bad := _UNPRINTABLE.search(event.value):
            raise RefusedError(_mark(event), f"an escape stands for the unprintable {bad[0]!a}", "take it out")
        plain = event.style is None or event.style == ""
        if self._wants_key():
            self._key(event.value, _mark(event))
            return
        node = Node(_mark(event), scalar(event.value) if plain else event.value)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node, cost=1)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        if self._wants_key():
            raise RefusedError(_mark(event), "a key is one word here, not a list or mapping", "write key: value")
        if len(self._open) >= MAX_DEPTH:
            raise RefusedError(_mark(event), f"this is nested more than {MAX_DEPTH} deep", "close a bracket before it")
        if event.anchor:
            self._anchors[event.anchor] = None
        empty: list[Node] | dict[str, Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(Node(_mark(event), empty), event.anchor))
        self._spend(1, _mark(event))

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        if self._wants_key():
            raise RefusedError(_mark(event), "a key cannot be an alias", "write the key itself")
        node = self._anchors.get(name)
        if node is None:
            why = "stands inside itself" if name in self._anchors else "stands for nothing that is above it"
            raise RefusedError(
                _mark(event), f"the alias *{name[:40]} {why}", "write the value itself, or put text with a * in quotes"
            )
        self._spend(node.size, _mark(event))
        return node

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None

    def _key(self, key: str, mark: Mark) -> None:
        self._spend(1, mark)
        top = self._open[-1]
        top.key, top.skip = (key, mark), key in top.node.keys
        if top.skip:
            first = top.node.keys[key].line
            self._problems.append(
                Problem(mark, f"{key[:40]!r} is given twice, first on line {first}", "keep one of them")
            )

    def _add(self, node: Node, *, cost: int = 0) -> None:
        self._spend(cost, node.mark)
        if not self._open:
            self._root = node
            return
        top = self._open[-1]
        top.node.size += node.size
        if isinstance(top.node.value, list):
            top.node.value.append(node)
        elif isinstance(top.node.value, dict) and top.key is not None:
            (key, mark), top.key = top.key, None
            if not top.skip:
                top.node.keys[key] = mark
                top.node.value[key] = node

    def _spend(self, nodes: int, mark: Mark) -> None:
        self._count += nodes
        if self._count > MAX_NODES:
            raise RefusedError(mark, f"there are more than {MAX_NODES} values, repeated ones counted", "write fewer")

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            raise RefusedError(
                _mark(event),
                f"the tag {event.tag.replace(_STANDARD, '!!')[:60]!r} is not allowed",
                "take it out, or put text with a ! in quotes",
            )

"""How a recommendation travels: who brought whom, and what changes above and below when that changes. Pure.

A forest for each campaign. What hangs below somebody is told upwards by rises, which add up: it does not matter in
which order, or in how many pieces, they are carried up, also while the branches move.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import TypeAlias

Key: TypeAlias = tuple[int, int]
"""A campaign and a member."""


@dataclass(slots=True)
class Rung:
    """A member's place in the cascade: all that has to be known of those whom something is carried up past."""

    parent: int | None = None
    depth: int = 0
    size: int = 0
    height: int = 0
    direct: int = 0


@dataclass(slots=True)
class Node(Rung):
    """A member in the cascade. `cycle`: seconds from the parent's entry to this member's arrival."""

    channel: str | None = None
    linked_at: datetime | None = None
    arrived_at: datetime | None = None
    cycle: int | None = None

    @property
    def entered_at(self) -> datetime | None:
        """When they arrived, or got a link of their own, whichever was first."""
        return min((at for at in (self.arrived_at, self.linked_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Sign:
    """What the journal says of a member's place: who brought them, and when they got a link or arrived."""

    key: Key
    advocate: int | None
    channel: str | None
    linked_at: datetime | None = None
    arrived_at: datetime | None = None


@dataclass(slots=True)
class Rise:
    """To be carried up: so many more below, a chain of this length, or that a chain may have become shorter."""

    size: int = 0
    height: int = 0
    lost: bool = False

    def add(self, more: "Rise") -> None:
        """Take another one along."""
        self.size += more.size
        self.height = max(self.height, more.height)
        self.lost = self.lost or more.lost


@dataclass(slots=True)
class Forest:
    """The nodes that are at hand, and what is to be carried up from them. Whoever is not at hand has not changed."""

    nodes: dict[Key, Rung] = field(default_factory=dict)
    rises: dict[Key, Rise] = field(default_factory=dict)
    _below: dict[Key, set[Key]] = field(default_factory=dict)  # the children at hand

    def put(self, key: Key, node: Rung) -> None:
        """Have a node at hand as it was kept: whole, if anything is said of it. Who moves needs the whole branch."""
        self.nodes[key] = node
        if node.parent is not None:
            self._below.setdefault((key[0], node.parent), set()).add(key)

    def take(self, sign: Sign) -> None:
        """Change the forest by what a line of the journal says."""
        if sign.linked_at is not None:
            node = self._whole(sign.key)
            node.linked_at = sign.linked_at
            if node.parent is None and sign.advocate is not None:
                self._bring(sign, sign.advocate)
        elif sign.arrived_at is not None and sign.advocate is not None:
            node = self._whole(sign.key)
            before = (node.parent, node.arrived_at)
            node.arrived_at = sign.arrived_at
            self._bring(sign, sign.advocate)
            if (node.parent, node.arrived_at) != before:
                node.cycle = self._cycle(sign.key)
        elif sign.key in self.nodes:
            self._whole(sign.key).arrived_at = None
            self._leave(sign.key)

    def _whole(self, key: Key) -> Node:
        node = self.nodes.setdefault(key, Node())
        assert isinstance(node, Node)
        return node

    def _bring(self, sign: Sign, parent: int) -> None:
        """Put the member below their advocate, unless that one came through them (failures.md, A5)."""
        node, above = self._whole(sign.key), (sign.key[0], parent)
        if node.parent != parent:
            self._leave(sign.key)
            if self._is_above(sign.key, above):
                return
            advocate = self._whole(above)
            node.parent = parent
            advocate.direct += 1
            self._below.setdefault(above, set()).add(sign.key)
            self._sink(sign.key, advocate.depth + 1)
            self._rise(above, Rise(node.size + 1, node.height + 1))
        node.channel = sign.channel

    def _leave(self, key: Key) -> None:
        node = self._whole(key)
        if node.parent is None:
            return
        above = (key[0], node.parent)
        parent = self.nodes[above]
        parent.direct -= 1
        self._below[above].discard(key)
        self._rise(above, Rise(-node.size - 1, lost=parent.height <= node.height + 1))
        node.parent = node.channel = node.cycle = None
        self._sink(key, 0)

    def _is_above(self, key: Key, other: Key) -> bool:
        """Whether this is the other one, or somebody above them."""
        at: Key | None = other
        while at is not None and at != key and self.nodes[key].direct:
            node = self.nodes.get(at)
            at = (at[0], node.parent) if node is not None and node.parent is not None else None
        return at == key

    def _sink(self, key: Key, depth: int) -> None:
        """Have a branch begin at this depth."""
        levels = depth - self.nodes[key].depth
        branch = [key] if levels else []
        while branch:
            at = branch.pop()
            self.nodes[at].depth += levels
            branch += self._below.get(at, ())

    def _cycle(self, key: Key) -> int | None:
        """How long after their advocate they came, in seconds; None if it is not known who was first."""
        node = self._whole(key)
        entered_at = self._whole((key[0], node.parent)).entered_at if node.parent is not None else None
        if entered_at is None or node.arrived_at is None or node.arrived_at < entered_at:
            return None
        return int((node.arrived_at - entered_at).total_seconds())

    def _rise(self, key: Key, more: Rise) -> None:
        self.rises.setdefault(key, Rise()).add(more)

    def edges(self) -> list[Key]:
        """Who has to be at hand next, with all above, so that everything can be carried up."""
        ends: set[Key] = set()
        for key in self.rises:
            *_, end = self._path(key)
            ends.add(end)
        return sorted(end for end in ends if end not in self.nodes)

    def suspects(self) -> set[Key]:
        """Those at hand whose longest chain may have become shorter."""
        lost = [key for key, rise in self.rises.items() if rise.lost]
        return {each for key in lost for each in self._path(key) if each in self.nodes}

    def _path(self, key: Key) -> Iterator[Key]:
        """The way up, until somebody is not at hand."""
        yield key
        while (node := self.nodes.get(key)) is not None and node.parent is not None:
            key = (key[0], node.parent)
            yield key

    def carry_up(self, elsewhere: Mapping[Key, int]) -> None:
        """Carry the rises as far up as the nodes are at hand; what is left waits where nobody is.

        `elsewhere`: of every suspect that has children who are not at hand, the greatest height among these.
        """
        waiting = [(-self.nodes[key].depth, key) for key in self.rises if key in self.nodes]
        heapify(waiting)
        while waiting:  # the deepest first, so that what meets goes on together
            _, key = heappop(waiting)
            node, rise = self.nodes[key], self.rises.pop(key)
            before = node.height
            node.size += rise.size
            if rise.lost:
                node.height = self._height(key, elsewhere)
            elif rise.height > before:
                node.height = rise.height
            if node.parent is not None and (rise.size or node.height != before):
                rise.height = node.height + 1 if node.height > before else 0
                rise.lost = node.height < before
                above = (key[0], node.parent)
                if above in self.rises:
                    self.rises[above].add(rise)
                else:
                    self.rises[above] = rise
                    if above in self.nodes:
                        heappush(waiting, (-self.nodes[above].depth, above))

    def _height(self, key: Key, elsewhere: Mapping[Key, int]) -> int:
        here = [self.nodes[child].height for child in self._below.get(key, ())]
        return max(*here, elsewhere.get(key, -1), -1) + 1

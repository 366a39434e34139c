"""Reading what a batch of facts can touch, and writing what has changed: the fold's side of the tables."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import TextClause, bindparam, delete, exists, select, text

from core import histograms
from core.cascade.figures import Counts, counts_of, numbers_of
from core.cascade.rules import Forest, Key, Node, Rise, Rung
from core.cascade.table import NodeRow, RiseRow, SpreadRow
from core.database import Conflict, Tx, among, insert_rows, rows_of, table_of, upsert

_NODE, _RISE, _SPREAD = table_of(NodeRow), table_of(RiseRow), table_of(SpreadRow)
_KEY = ("campaign_id", "member_id")
_RUNG = ("parent_id", "depth", "size", "height", "direct")
_VALUES = (*_RUNG, "channel", "linked_at", "arrived_at", "cycle")
_COUNTED = Counts.__slots__

_EACH = {
    "sqlite": "SELECT value AS member_id FROM json_each(:{name})",
    "postgresql": "SELECT unnest(CAST(:{name} AS bigint[])) AS member_id",
}
_UP = """
    WITH RECURSIVE up (member_id) AS (
        {members}
        UNION
        SELECT (SELECT parent_id FROM cascade WHERE campaign_id = :campaign_id AND member_id = up.member_id)
        FROM up WHERE up.member_id IS NOT NULL
    )
    SELECT member_id FROM up WHERE member_id IS NOT NULL LIMIT :most
"""
"""A scalar subquery, no join: with a join SQLite may read the whole table at each step (performance.md, section 6)."""
_HIGHEST = """
    SELECT parent.member_id, (
        SELECT height FROM cascade
        WHERE campaign_id = :campaign_id AND parent_id = parent.member_id AND member_id NOT IN ({here})
        ORDER BY height DESC LIMIT 1
    ) AS height
    FROM ({members}) AS parent
"""


class Kept:
    """The forest as far as it was read, and how it was then."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.forest = Forest()
        self._before: dict[Key, Node] = {}
        self._rungs: dict[Key, tuple[int, int]] = {}
        self._carried: list[Key] = []

    async def read(self, campaign_id: int, members: Iterable[int]) -> None:
        """Have these members at hand."""
        wanted = [member for member in members if (campaign_id, member) not in self.forest.nodes]
        if not wanted:
            return
        query = _NODES.where(_NODE.c.campaign_id == campaign_id, among(self._tx, _NODE.c.member_id, wanted))
        for member, *values in await rows_of(self._tx, query):
            self.forest.put((campaign_id, member), Node(*values))
            self._before[campaign_id, member] = Node(*values)

    async def read_up(self, campaign_id: int, members: Sequence[int], *, most: int) -> int:
        """Have at hand the places of these members and all above, as far as `most` goes; say how many that was."""
        above = await up(self._tx, campaign_id, members, most=most)
        wanted = [member for member in above if (campaign_id, member) not in self.forest.nodes]
        query = _RUNGS.where(_NODE.c.campaign_id == campaign_id, among(self._tx, _NODE.c.member_id, wanted))
        for member, parent, depth, size, height, direct in await rows_of(self._tx, query):
            self.forest.put((campaign_id, member), Rung(parent, depth, size, height, direct))
            self._rungs[campaign_id, member] = (size, height)
        return len(above)

    async def read_down(self, campaign_id: int, members: Sequence[int]) -> None:
        """Have these members at hand, and all below."""
        await self.read(campaign_id, await down(self._tx, campaign_id, members))

    async def read_rises(self) -> None:
        """Have at hand what earlier transactions have left."""
        for row in await rows_of(self._tx, select(_RISE)):
            key = (row.campaign_id, row.member_id)
            self.forest.rises.setdefault(key, Rise()).add(Rise(row.size, row.height, row.lost))
            self._carried.append(key)

    async def heights_elsewhere(self) -> dict[Key, int]:
        """Of the suspects, the greatest height among the children that are not at hand."""
        found: dict[Key, int] = {}
        suspects = self.forest.suspects()
        for campaign_id in {campaign_id for campaign_id, _ in suspects}:
            asked = {
                "campaign_id": campaign_id,
                "members": _as_list(self._tx, (who for campaign, who in suspects if campaign == campaign_id)),
                "here": _as_list(self._tx, (who for campaign, who in self.forest.nodes if campaign == campaign_id)),
            }
            for member, height in await self._tx.execute(_spelled(_HIGHEST, self._tx.dialect.name), asked):
                if height is not None:
                    found[campaign_id, member] = height
        return found

    async def write(self) -> None:
        """Keep what has changed, what is counted from it, and what is left to be carried up."""
        numbers: Counter[tuple[int, str, int]] = Counter()
        await self._write_nodes(numbers)
        await self._write_rungs(numbers)
        await histograms.add(self._tx, numbers)
        await self._write_rises()

    async def _write_nodes(self, numbers: Counter[tuple[int, str, int]]) -> None:
        changed = {
            key: node
            for key, node in self.forest.nodes.items()
            if isinstance(node, Node) and node != self._before.get(key)
        }
        rows = ((*key, *_values(node)) for key, node in changed.items())
        await insert_rows(self._tx, _NODE, (*_KEY, *_VALUES), rows, conflict=Conflict.REPLACE, key=_KEY)
        counts: Counter[tuple[int, str, str]] = Counter()
        for key, node in changed.items():
            for each, by in ((self._before.get(key), -1), (node, 1)):
                if each is not None:
                    channel, counted = counts_of(each)
                    for name in _COUNTED:
                        counts[key[0], channel, name] += by * getattr(counted, name)
                    for number in numbers_of(each):
                        numbers[key[0], *number] += by
        await _count(self._tx, counts)

    async def _write_rungs(self, numbers: Counter[tuple[int, str, int]]) -> None:
        """Those of whom only the place was read: just what is below them has changed."""
        rows = []
        for key, (size, height) in self._rungs.items():
            rung = self.forest.nodes[key]
            if (rung.size, rung.height) != (size, height):
                rows.append((*key, rung.depth, rung.size, rung.height, rung.direct))
                numbers[key[0], "size", size] -= size > 0
                numbers[key[0], "size", rung.size] += rung.size > 0
        names = (*_KEY, "depth", "size", "height", "direct")
        await insert_rows(self._tx, _NODE, names, rows, conflict=Conflict.REPLACE, key=_KEY)

    async def _write_rises(self) -> None:
        if self._carried:
            await self._tx.execute(
                _TAKEN, [{"of_campaign": campaign, "of_member": who} for campaign, who in self._carried]
            )
        rows = ((*key, rise.size, rise.height, rise.lost) for key, rise in self.forest.rises.items())
        await insert_rows(self._tx, _RISE, (*_KEY, "size", "height", "lost"), rows)


async def everybody(tx: Tx) -> dict[Key, Node]:
    """The whole cascade of every campaign, with what is left to be carried up: for who compares it."""
    kept = Kept(tx)
    for campaign_id, member, *values in await rows_of(tx, select(_NODE.c.campaign_id, *_NODES.selected_columns)):
        kept.forest.put((campaign_id, member), Node(*values))
    await kept.read_rises()
    kept.forest.carry_up({})
    return {key: node for key, node in kept.forest.nodes.items() if isinstance(node, Node)}


async def any_rises(tx: Tx) -> bool:
    """Whether anything is left to be carried up."""
    return bool((await tx.execute(select(exists(select(_RISE.c.member_id))))).scalar_one())


async def up(tx: Tx, campaign_id: int, members: Iterable[int], *, most: int) -> list[int]:
    """These members and all above them, each once, level by level; so many of them at most."""
    asked = {"campaign_id": campaign_id, "members": _as_list(tx, members), "most": most}
    return [row.member_id for row in await tx.execute(_spelled(_UP, tx.dialect.name), asked)]


async def down(tx: Tx, campaign_id: int, members: Iterable[int]) -> list[int]:
    """These members and all below them. A query for each level: down the tree there is no way without a join."""
    found, level = list(members), list(members)
    while level:
        below = select(_NODE.c.member_id).where(_NODE.c.campaign_id == campaign_id, among(tx, _NODE.c.parent_id, level))
        level = [row.member_id for row in await rows_of(tx, below)]
        found += level
    return found


def _as_list(tx: Tx, members: Iterable[int]) -> Any:
    """Many members as one parameter."""
    return json.dumps(list(members)) if tx.dialect.name == "sqlite" else list(members)


@cache
def _spelled(statement: str, dialect: str) -> TextClause:
    lists = {name: _EACH[dialect].format(name=name) for name in ("members", "here")}
    return text(statement.format(**lists))


async def _count(tx: Tx, counts: Mapping[tuple[int, str, str], int]) -> None:
    """Add to the channels' counts."""
    rows: dict[tuple[int, str], dict[str, int]] = {}
    for (campaign_id, channel, name), n in counts.items():
        rows.setdefault((campaign_id, channel), {})[name] = n
    changed = [
        {"campaign_id": campaign_id, "channel": channel, **more}
        for (campaign_id, channel), more in sorted(rows.items())
        if any(more.values())
    ]
    if changed:
        insert = upsert(tx, _SPREAD)
        plus = {name: _SPREAD.c[name] + insert.excluded[name] for name in _COUNTED}
        await tx.execute(insert.on_conflict_do_update(index_elements=["campaign_id", "channel"], set_=plus), changed)


_NODES = select(_NODE.c.member_id, *(_NODE.c[name] for name in _VALUES))
_RUNGS = select(_NODE.c.member_id, *(_NODE.c[name] for name in _RUNG))
_TAKEN = delete(_RISE).where(
    _RISE.c.campaign_id == bindparam("of_campaign"), _RISE.c.member_id == bindparam("of_member")
)
_values = attrgetter(*Rung.__slots__, *Node.__slots__)

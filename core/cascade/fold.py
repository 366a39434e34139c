"""The cascade follows the journal: see `core.folds`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.cascade.rules import Forest, Sign
from core.cascade.store import Kept, any_rises
from core.database import Tx
from core.journal import Fact, Kind
from core.referrals.values import Reason

AT_ONCE = 300
"""How many nodes a transaction carries something past, beside what the facts of a usual tree need: then others write.

In a chain of ten thousand, each friend changes all above: that takes some thirty transactions, with room between them.
"""

ABOVE_A_FRIEND = 6
"""How many more for each sign: in trees as they grow, a batch of friends has fewer above them than that."""


async def fold(tx: Tx, facts: Sequence[Fact]) -> None:
    """Take lines of the journal into the cascade. What is far above may be told later: see `carry_on`."""
    signs = [found for fact in facts if (found := _sign(fact)) is not None]
    if not signs:
        return
    kept = Kept(tx)
    for campaign_id in sorted({each.key[0] for each in signs}):
        await _read(kept, campaign_id, [each for each in signs if each.key[0] == campaign_id])
    for each in signs:
        kept.forest.take(each)
    await _carry_up(kept, AT_ONCE + ABOVE_A_FRIEND * len(signs))


async def is_left(tx: Tx) -> bool:
    """Whether there is anything for `carry_on` to do."""
    return await any_rises(tx)


async def carry_on(tx: Tx) -> None:
    """Carry up a piece of what earlier transactions have left."""
    await _carry_up(Kept(tx), AT_ONCE)


async def _read(kept: Kept, campaign_id: int, signs: Sequence[Sign]) -> None:
    """The members whom these signs name; and where somebody moves who has others below, all that this touches."""
    advocates = {each.advocate for each in signs if each.advocate is not None}
    await kept.read(campaign_id, advocates.union(each.key[1] for each in signs))
    leaving = (kept.forest.nodes.get(each.key) for each in signs)
    await kept.read(campaign_id, {node.parent for node in leaving if node is not None and node.parent is not None})
    movers = sorted({each.key[1] for each in signs if _moves(kept.forest, each)})
    if movers:  # whoever is not at hand after this is below none of them
        await kept.read_down(campaign_id, movers)


def _moves(forest: Forest, sign: Sign) -> bool:
    node = forest.nodes.get(sign.key)
    return node is not None and node.direct > 0 and node.parent != sign.advocate


async def _carry_up(kept: Kept, most: int) -> None:
    await kept.read_rises()
    edges = kept.forest.edges()
    for campaign_id in sorted({campaign_id for campaign_id, _ in edges}):
        members = [member for campaign, member in edges if campaign == campaign_id]
        if most > 0:
            most -= await kept.read_up(campaign_id, members, most=most)
    kept.forest.carry_up(await kept.heights_elsewhere())
    await kept.write()


def _sign(fact: Fact) -> Sign | None:
    """What this line of the journal says of the cascade."""
    if fact.campaign_id is None or fact.member_id is None:
        return None
    key, told = (fact.campaign_id, fact.member_id), fact.data or {}
    if fact.kind is Kind.LINK:
        return Sign(key, fact.advocate_id, told.get("channel"), linked_at=fact.at)
    if fact.kind is not Kind.JUDGED:
        return None
    if not Reason(told["reason"]).names_a_friend:
        return Sign(key, None, None)
    if told.get("arrived") is None:
        return None
    return Sign(key, fact.advocate_id, told.get("channel"), arrived_at=datetime.fromtimestamp(told["arrived"], UTC))

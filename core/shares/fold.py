"""The fold: lines of the journal become counters, by variant and by channel."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.chats.table import ChatRow
from core.database import Tx, rows_among, table_of
from core.journal import Fact, Kind
from core.shares.rules import Seen, Variant, added, seen
from core.shares.store import Place, keep_channels, keep_posts, keep_variants, known_channels, known_variants
from core.shares.values import CHANNELS, OTHER

UNKNOWN_APP = "unknown"
"""A preview fetched in a campaign that keeps no apps' names."""

_CHAT = table_of(ChatRow)
_CHATS = select(_CHAT.c.id, _CHAT.c.platform)
_ONE = {Kind.CLICK: Variant(clicks=1), Kind.INTENT: Variant(intents=1), Kind.START: Variant(starts=1)}


async def fold(tx: Tx, facts: Sequence[Fact]) -> None:
    """Take facts into the counters; to be given each once, by one process at a time."""
    posts = Counter((fact.campaign_id or 0, fact.chat_id or 0, _data(fact)["post"]) for fact in facts if _is_post(fact))
    platforms = {row.id: row.platform for row in await rows_among(tx, _CHATS, _CHAT.c.id, {post[1] for post in posts})}
    new = counted(facts, platforms)
    before = await known_variants(tx, new)
    after = {place: before.get(place, Variant()) + variant for place, variant in new.items()}
    await keep_variants(tx, after)
    await _keep_channels(tx, before, after)
    await keep_posts(tx, posts)


def counted(facts: Sequence[Fact], platforms: Mapping[int, str]) -> dict[Place, Variant]:
    """What these facts are evidence of, by variant. `platforms`: those of the chats."""
    found: dict[Place, Variant] = {}
    for fact in facts:
        variant = _variant(fact)
        if variant is not None and fact.campaign_id is not None:
            place = Place(fact.code or "", fact.campaign_id, _channel(fact, platforms))
            found[place] = found[place] + variant if place in found else variant
    return found


async def _keep_channels(tx: Tx, before: Mapping[Place, Variant], after: Mapping[Place, Variant]) -> None:
    """Add to the channels what the variants have changed."""
    places: defaultdict[tuple[int, str], list[Place]] = defaultdict(list)
    for place in after:
        places[place.campaign_id, place.channel].append(place)
    sums = await known_channels(tx, {campaign_id for campaign_id, _ in places})
    changed = {}
    for key, mine in places.items():
        was = [seen(before[place]) for place in mine if place in before]
        changed[key] = added([sums.get(key, Seen()), *(seen(after[place]) for place in mine)], without=was)
    await keep_channels(tx, changed)


def _variant(fact: Fact) -> Variant | None:
    """What the fact is evidence of; None if it has nothing to do with sharing."""
    if fact.kind is Kind.UNFURL:
        return Variant(unfurls={_data(fact).get("app") or UNKNOWN_APP: 1})
    if fact.kind is Kind.SHARE:
        return Variant(sent=1) if _data(fact).get("how") == "inline" else Variant(forwards=1)
    return _ONE.get(fact.kind)


def _channel(fact: Fact, platforms: Mapping[int, str]) -> str:
    """What the link was given out for; a post that was passed on belongs to its chat's platform.

    Where a link names no channel, an app or a referrer is only a guess at where it was met: it stays what it was given
    out for, else its one share would be counted here for the preview and there for whoever came in.
    """
    if _is_post(fact):
        return platforms.get(fact.chat_id or 0, OTHER)
    channel = None if _data(fact).get("guessed") else _data(fact).get("channel")
    return channel if channel in CHANNELS else OTHER


def _is_post(fact: Fact) -> bool:
    return fact.kind is Kind.SHARE and fact.code is None and "post" in _data(fact) and fact.campaign_id is not None


def _data(fact: Fact) -> Mapping[str, Any]:
    return fact.data or {}

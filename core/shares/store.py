"""The counters, written and read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from core.chats.table import ChatRow, CommunityRow
from core.database import Conflict, Tx, insert_rows, rows_among, rows_of, table_of, upsert
from core.shares.rules import COUNTED, SUMMED, Method, Seen, Variant, range_of
from core.shares.table import ChannelRow, PassedOnRow, VariantRow

ON_LIST = 10

_VARIANT, _CHANNEL, _POST = (table_of(row) for row in (VariantRow, ChannelRow, PassedOnRow))
_CHAT, _COMMUNITY = table_of(ChatRow), table_of(CommunityRow)
_VARIANTS, _CHANNELS = select(_VARIANT), select(_CHANNEL)
_OF_VARIANT, _OF_CHANNEL = (*COUNTED, "unfurls"), (*SUMMED, "unfurls", "links")


class Place(NamedTuple):
    """A variant: the link's code, empty for posts; its campaign; and the channel it was given out for."""

    code: str
    campaign_id: int
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What was seen in a channel and what that comes to; the names are those of the JSON. `apps`: unfurls by app."""

    at_least: int
    probably: list[int]
    method: Method
    intents: int
    sent: int
    forwards: int
    unfurls: int
    clicks: int
    starts: int
    apps: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """A post, and how many times it was seen being passed on. `chat` is its name in the campaign."""

    chat: str
    post: int
    seen: int


async def known_variants(tx: Tx, places: Iterable[Place]) -> dict[Place, Variant]:
    """What was seen so far of these, and of others with the same codes."""
    rows = await rows_among(tx, _VARIANTS, _VARIANT.c.code, {place.code for place in places})
    return {
        Place(row.code, row.campaign_id, row.channel): Variant(**{name: getattr(row, name) for name in _OF_VARIANT})
        for row in rows
    }


async def known_channels(tx: Tx, campaign_ids: Iterable[int]) -> dict[tuple[int, str], Seen]:
    """What was seen so far in these campaigns, by (campaign, channel)."""
    rows = await rows_among(tx, _CHANNELS, _CHANNEL.c.campaign_id, set(campaign_ids))
    return {(row.campaign_id, row.channel): Seen(**{name: getattr(row, name) for name in _OF_CHANNEL}) for row in rows}


async def keep_variants(tx: Tx, changed: Mapping[Place, Variant]) -> None:
    """Write these variants."""
    rows = ((*place, *(getattr(variant, name) for name in _OF_VARIANT)) for place, variant in changed.items())
    key = Place._fields
    await insert_rows(tx, _VARIANT, (*key, *_OF_VARIANT), rows, conflict=Conflict.REPLACE, key=key)


async def keep_channels(tx: Tx, changed: Mapping[tuple[int, str], Seen]) -> None:
    """Write these sums, by (campaign, channel)."""
    rows = ((*place, *(getattr(total, name) for name in _OF_CHANNEL)) for place, total in changed.items())
    key = ("campaign_id", "channel")
    await insert_rows(tx, _CHANNEL, (*key, *_OF_CHANNEL), rows, conflict=Conflict.REPLACE, key=key)


async def keep_posts(tx: Tx, more: Mapping[tuple[int, int, int], int]) -> None:
    """Add to how often posts were passed on, by (campaign, chat, post)."""
    key = ("campaign_id", "chat_id", "post")
    rows = [dict(zip((*key, "seen"), (*place, n), strict=True)) for place, n in more.items()]
    if rows:
        insert = upsert(tx, _POST)
        plus = {"seen": _POST.c.seen + insert.excluded.seen}
        await tx.execute(insert.on_conflict_do_update(index_elements=list(key), set_=plus), rows)


async def sharing(tx: Tx, campaign_id: int) -> dict[str, Sharing]:
    """Shares seen, by channel, with the campaign's total under `total`: the sum of its channels."""
    found = await known_channels(tx, [campaign_id])
    channels = {channel: _sharing(total) for (_, channel), total in sorted(found.items())}
    return {**channels, "total": _together(channels.values())}


async def passed_on(tx: Tx, campaign_id: int, *, limit: int = ON_LIST) -> list[PassedOn]:
    """The campaign's posts that were most often seen being passed on."""
    mine = (_COMMUNITY.c.chat_id == _POST.c.chat_id) & (_COMMUNITY.c.campaign_id == _POST.c.campaign_id)
    name = select(_COMMUNITY.c.name).where(mine).order_by(_COMMUNITY.c.name).limit(1).scalar_subquery()
    query = select(_POST, _CHAT.c.native_id, name.label("name")).join(_CHAT, _CHAT.c.id == _POST.c.chat_id)
    order = (_POST.c.seen.desc(), _POST.c.chat_id, _POST.c.post)
    rows = await rows_of(tx, query.where(_POST.c.campaign_id == campaign_id).order_by(*order).limit(limit))
    return [PassedOn(chat=row.name or str(row.native_id), post=row.post, seen=row.seen) for row in rows]


def _sharing(total: Seen) -> Sharing:
    found = range_of(total)
    return Sharing(
        at_least=found.at_least,
        probably=[found.low, found.high],
        method=found.method,
        **{name: getattr(total, name) for name in COUNTED},
        unfurls=sum(total.unfurls.values()),
        apps=dict(total.unfurls),
    )


def _together(channels: Iterable[Sharing]) -> Sharing:
    every = list(channels)
    apps = sum((Counter(each.apps) for each in every), Counter[str]())
    return Sharing(
        at_least=sum(each.at_least for each in every),
        probably=[sum(each.probably[end] for each in every) for end in (0, 1)],
        method=Method(at_least=[], probably=[]),
        **{name: sum(getattr(each, name) for each in every) for name in (*COUNTED, "unfurls")},
        apps=dict(sorted(apps.items())),
    )

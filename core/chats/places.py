"""Chats, their addresses, and the campaigns that name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from core.campaign.values import Platform
from core.chats.table import ChatAddressRow, ChatRow, CommunityRow
from core.database import Tx, rows_among, rows_kept, table_of, upsert

_CHAT = table_of(ChatRow)
_ADDRESS = table_of(ChatAddressRow)
_COMMUNITY = table_of(CommunityRow)
_AT = {
    platform: select(_CHAT, _ADDRESS.c.native_id.label("address"))
    .join(_ADDRESS, _ADDRESS.c.chat_id == _CHAT.c.id)
    .where(_ADDRESS.c.platform == platform.value)
    for platform in Platform
}
_COMMUNITIES = select(_COMMUNITY.c.campaign_id, _COMMUNITY.c.name.label("community"), _CHAT).join(
    _CHAT, _CHAT.c.id == _COMMUNITY.c.chat_id
)
_NAMED = select(_COMMUNITY.c.chat_id, _COMMUNITY.c.campaign_id).distinct().order_by(_COMMUNITY.c.campaign_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat. `native_id` is its number on the platform now; `username` is set if anybody may enter."""

    id: int
    platform: Platform
    native_id: int
    title: str | None
    username: str | None
    bot_status: str | None


async def at_addresses(tx: Tx, platform: Platform, native_ids: Iterable[int]) -> dict[int, Chat]:
    """The chats that have, or once had, these numbers; unknown numbers are left out."""
    rows = await rows_among(tx, _AT[platform], _ADDRESS.c.native_id, set(native_ids))
    return {row.address: _chat(row) for row in rows}


async def ensure(tx: Tx, platform: Platform, native_id: int) -> int:
    """The id of the chat with this number, made if it is new."""
    known = await at_addresses(tx, platform, [native_id])
    if known:
        return known[native_id].id
    values = {"platform": platform.value, "native_id": native_id}
    chat_id = (await tx.execute(insert(_CHAT).returning(_CHAT.c.id), values)).scalar_one()
    await tx.execute(insert(_ADDRESS), {**values, "chat_id": chat_id})
    return int(chat_id)


async def describe(tx: Tx, chat_id: int, **told: str | None) -> None:
    """Keep what the platform says of the chat: `title`, `username`, `bot_status`."""
    await tx.execute(update(_CHAT).where(_CHAT.c.id == chat_id).values(**told))


async def move(tx: Tx, platform: Platform, old: int, new: int) -> Chat | None:
    """The chat got a new number; it keeps its members and campaigns. None if nobody knew it."""
    known = await at_addresses(tx, platform, [old])
    if not known:
        return None
    chat = known[old]
    stray = (await at_addresses(tx, platform, [new])).get(new)
    if stray is not None:  # a file with the new number was applied before this news came
        await tx.execute(update(_COMMUNITY).where(_COMMUNITY.c.chat_id == stray.id).values(chat_id=chat.id))
    await tx.execute(update(_CHAT).where(_CHAT.c.id == chat.id).values(native_id=new))
    insert_address = upsert(tx, _ADDRESS)
    row = {"platform": platform.value, "native_id": new, "chat_id": chat.id}
    changed = {"chat_id": chat.id}
    await tx.execute(insert_address.on_conflict_do_update(index_elements=["platform", "native_id"], set_=changed), row)
    return (await at_addresses(tx, platform, [new]))[new]


async def set_communities(tx: Tx, campaign_id: int, chat_ids: Mapping[str, int]) -> None:
    """These are the campaign's communities now, by their name in the file."""
    await tx.execute(delete(_COMMUNITY).where(_COMMUNITY.c.campaign_id == campaign_id))
    rows = [{"campaign_id": campaign_id, "name": name, "chat_id": chat_id} for name, chat_id in chat_ids.items()]
    if rows:
        await tx.execute(insert(_COMMUNITY), rows)


async def communities_of(tx: Tx, campaign_ids: Iterable[int] | None = None) -> dict[int, dict[str, Chat]]:
    """The communities of these campaigns, or of all: by campaign, then by name in the file."""
    found: dict[int, dict[str, Chat]] = {}
    for row in (
        await rows_kept(tx, _COMMUNITIES)
        if campaign_ids is None
        else await rows_among(tx, _COMMUNITIES, _COMMUNITY.c.campaign_id, set(campaign_ids))
    ):
        found.setdefault(row.campaign_id, {})[row.community] = _chat(row)
    return found


async def named_by(tx: Tx) -> dict[int, list[int]]:
    """Which campaigns name each chat."""
    found: dict[int, list[int]] = {}
    for row in await rows_kept(tx, _NAMED):
        found.setdefault(row.chat_id, []).append(row.campaign_id)
    return found


def _chat(row: Row[Any]) -> Chat:
    return Chat(
        id=row.id,
        platform=Platform(row.platform),
        native_id=row.native_id,
        title=row.title,
        username=row.username,
        bot_status=row.bot_status,
    )

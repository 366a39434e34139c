"""What the acts put into the outbox: for members, for organizers, for everybody in a community."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core import chats, members, outbox
from core.campaign import Applied
from core.campaign.values import Account, Platform, in_language
from core.database import Tx
from core.members import Member
from core.occurrences import Due
from core.outbox import Outgoing
from core.status import leaderboard


async def tell_organizers(tx: Tx, applied: Applied, due: Due, content: dict[str, Any], now: datetime) -> int:
    """To each organizer on a platform where they can be written to."""
    organizers: Sequence[Account] = applied.campaign.organizers
    found = [member for member in (await members.by_account(tx, organizers)).values() if member.reachable]
    await outbox.put(tx, [to_member(applied, due, member, content, now) for member in found])
    return len(found)


def to_member(applied: Applied, due: Due, member: Member, content: dict[str, Any], now: datetime) -> Outgoing:
    about = {"language": member.speaks, "title": title(applied, member.speaks), **content}
    return _news(due, member.account.platform, member.account.id, about, now)


def _news(due: Due, platform: Platform, address: int, content: dict[str, Any], now: datetime) -> Outgoing:
    key = f"{due.campaign_id}/{due.name}/{due.due_at.timestamp():.0f}/{platform.value}/{address}"
    return Outgoing(key=key, door=platform.value, address=address, kind="news", content=content, due_at=now)


def to_community(
    applied: Applied, due: Due, name: str, chat: chats.Chat, content: dict[str, Any], now: datetime
) -> Outgoing:
    """For everybody in a community."""
    address, where = place_of(applied, name, chat)
    return _news(due, chat.platform, address, {**content, **where}, now)


def place_of(applied: Applied, name: str, chat: chats.Chat) -> tuple[int, dict[str, Any]]:
    """Where everybody in a community reads it. A server has many channels: the one that the file names, or as the door
    finds."""
    if chat.platform is not Platform.DISCORD:
        return chat.native_id, {}
    channel = next((each.channel for each in applied.campaign.communities if each.name == name), None)
    return channel or chat.native_id, {"guild": chat.native_id, "channel": channel}


async def places(tx: Tx, applied: Applied, limit: int) -> list[dict[str, Any]]:
    """The leaderboard as news carries it."""
    names = ("rank", "name", "qualified", "points")
    return [{name: getattr(place, name) for name in names} for place in await leaderboard(tx, applied.id, limit=limit)]


def title(applied: Applied, language: str) -> str:
    return in_language(applied.campaign.title, language)

"""What Telegram tells about chats themselves: names, the bot's standing in them, new numbers."""

from collections.abc import Iterable
from dataclasses import replace

from bots.telegram.translate import ChatNews
from core import chats, links
from core.campaign.values import Platform
from core.database import Tx


async def note(tx: Tx, news: Iterable[ChatNews]) -> None:
    """Keep what is told about the chats of our campaigns, in its order; others are nobody's business."""
    told: dict[int, ChatNews] = {}
    for each in news:
        if each.moved_to is not None:
            await moved(tx, each.chat, each.moved_to)
        else:
            before = told.get(each.chat)
            told[each.chat] = each if before is None or each.bot else replace(each, bot=before.bot)
    for number, chat in (await chats.at_addresses(tx, Platform.TELEGRAM, told)).items():
        title, username, status = told[number].title, told[number].username, told[number].bot or chat.bot_status
        if (title, username, status) != (chat.title, chat.username, chat.bot_status):
            await chats.describe(tx, chat.id, title=title, username=username, bot_status=status)


async def moved(tx: Tx, old: int, new: int) -> None:
    """The chat has a new number, and its invitations are gone. Told again, this changes nothing."""
    known = (await chats.at_addresses(tx, Platform.TELEGRAM, [old])).get(old)
    if known is not None and known.native_id != new:
        await chats.move(tx, Platform.TELEGRAM, old, new)
        await links.forget_invites(tx, known.id)

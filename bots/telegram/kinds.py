"""The kinds of things that go out through this door. To add one: a function, and a line in KINDS."""

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import CallbackQueryLimit, ParseMode

from bots.exchange.announcing import counted
from bots.exchange.errors import RefusedError
from bots.exchange.kinds import Kind, Turn
from bots.talk.news import rendered
from bots.telegram import gifts, inline, posts
from bots.telegram.errors import in_our_words
from bots.telegram.keyboards import keyboard
from bots.telegram.means import Means, post
from bots.telegram.membership import ask_membership
from bots.telegram.welcome import welcome
from core.outbox import Claimed


async def say(means: Means, row: Claimed) -> None:
    """A message."""
    await post(means.bot, row.address, row.content)


async def edit(means: Means, row: Claimed) -> None:
    """A message in place of an earlier one; where that cannot be, a new one."""
    new, content = keyboard(row.content), row.content
    if new is not None and not isinstance(new, InlineKeyboardMarkup):
        return await post(means.bot, row.address, content)
    try:
        with in_our_words(row.address):
            await means.bot.edit_message_text(
                content["text"],
                row.address,
                content["message_id"],
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=not content.get("preview")),
                reply_markup=new,
            )
    except RefusedError as error:
        if "message is not modified" in error.reason:
            return None
        if any(part in error.reason for part in _CANNOT_BE_EDITED):
            return await post(means.bot, row.address, content)
        raise
    return None


async def answer(means: Means, row: Claimed) -> None:
    """Tell Telegram that a pressed button was heard. Nobody waits for it for long: what comes too late is dropped."""
    text = (row.content.get("text") or "")[: CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH]
    try:
        with in_our_words(row.address):
            await means.bot.answer_callback_query(row.content["callback_query_id"], text or None)
    except RefusedError as error:
        if "query is too old" not in error.reason and "query_id_invalid" not in error.reason:
            raise


async def news(means: Means, row: Claimed) -> None:
    """News, worded in the reader's language."""
    await post(means.bot, row.address, rendered(row.content))


_CANNOT_BE_EDITED = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "message_id_invalid",
)

KINDS: Mapping[str, Kind[Means]] = {
    "say": Kind(say),
    "edit": Kind(edit),
    "news": Kind(news),
    "broadcast": Kind(counted(news), for_many=True),
    "post": Kind(posts.post),
    "welcome": Kind(welcome),
    "kit": Kind(inline.share_kit),
    "answer": Kind(answer, Turn.AT_ONCE),
    "inline": Kind(inline.answer, Turn.AT_ONCE, only_newest=True),
    "ask_membership": Kind(ask_membership, Turn.IN_ALL),
    "invite": Kind(gifts.invite, Turn.IN_ALL),
    "revoke": Kind(gifts.revoke, Turn.IN_ALL),
}

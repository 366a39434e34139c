"""Methods that change what has been sent: edits, deletions, answers to taps."""

from __future__ import annotations

from typing import Any

from bots.sandbox.telegram.compose import caption_content, markup_of, text_content
from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.messages import Message, delete, edited
from bots.sandbox.telegram.methods.table import Call, method

Json = dict[str, Any]
TWO_DAYS = 172_800
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


@method("editMessageText")
def edit_message_text(call: Call) -> Json | bool:
    message = _editable(call)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    return _edit(call, message, ("text", "entities", "link_preview_options"), text_content(call.params))


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Json | bool:
    message = _editable(call)
    if "text" in message.content:
        raise bad_request("there is no caption in the message to edit")
    return _edit(call, message, ("caption", "caption_entities"), caption_content(call.params))


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json | bool:
    return _edit(call, _editable(call), (), {})


@method("deleteMessage", "chat_id", "message_id")
def delete_message(call: Call) -> bool:
    message = call.chat().messages.get(call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    _check_deletable(call, message)
    delete(call.world, message)
    return True


@method("deleteMessages", "chat_id", "message_ids")
def delete_messages(call: Call) -> bool:
    numbers = call.params.list("message_ids")
    if not 1 <= len(numbers) <= 100:
        raise bad_request("message identifiers are not specified" if not numbers else "too many messages")
    chat = call.chat()
    found = [chat.messages[int(number)] for number in numbers if int(number) in chat.messages]
    for message in found:
        _check_deletable(call, message)
    for message in found:
        delete(call.world, message)
    return True


@method("answerCallbackQuery", "callback_query_id")
def answer_callback_query(call: Call) -> bool:
    tap = call.world.inline.taps.get(call.params.text("callback_query_id"))
    if tap is None or tap.bot is not call.bot or tap.answer is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(call.params.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    tap.answer = call.params.shown() | {"show_alert": call.params.boolean("show_alert")}
    call.world.changed.beat()
    return True


def _editable(call: Call) -> Message:
    if "inline_message_id" in call.params:
        bot, message = call.world.inline.messages.get(call.params.text("inline_message_id"), (None, None))
        if bot is not call.bot or message is None:
            raise bad_request("MESSAGE_ID_INVALID")
        return message
    call.params.require("chat_id", "message_id")
    found = call.chat().messages.get(call.params.integer("message_id"))
    if found is None:
        raise bad_request("message to edit not found")
    if found.author is not call.bot or "forward_origin" in found.content:
        raise bad_request("message can't be edited")
    return found


def _edit(call: Call, message: Message, replaced: tuple[str, ...], new: Json) -> Json | bool:
    """Put `new` in the place of the `replaced` fields; a keyboard that is not sent again is gone."""
    content = {name: value for name, value in message.content.items() if name not in replaced} | new
    markup = markup_of(call.params, message.chat)
    if content == message.content and markup == message.reply_markup:
        raise bad_request(SAME)
    message.content, message.reply_markup = content, markup
    edited(call.world, message)
    return True if "inline_message_id" in call.params else message.json()


def _check_deletable(call: Call, message: Message) -> None:
    """Own messages for two days; in groups and channels an administrator's bot may take away any."""
    fresh = call.world.time() - message.date < TWO_DAYS
    own = message.author is call.bot or message.chat.kind == "private"
    if not (own and fresh) and not message.chat.member(call.bot).may("can_delete_messages"):
        raise bad_request("message can't be deleted for everyone" if own else "message can't be deleted")

"""The buttons of an outbox row as Telegram's keyboards."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    KeyboardButtonRequestUsers,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    SwitchInlineQueryChosenChat,
    WebAppInfo,
)

Rows: TypeAlias = Sequence[Sequence[Mapping[str, Any]]]
Keyboard: TypeAlias = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


def keyboard(content: Mapping[str, Any]) -> Keyboard | None:
    """What comes with the message: buttons under it, or in place of the member's own keyboard if one of them asks for
    a person. `remove_keyboard` gives the member's own keyboard back."""
    rows: Rows = [row for row in content.get("buttons") or () if row]
    if is_reply_keyboard(rows):
        keys = [[_key(button) for button in row] for row in rows]
        return ReplyKeyboardMarkup(keys, resize_keyboard=True, one_time_keyboard=True)
    if rows:
        return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])
    return ReplyKeyboardRemove() if content.get("remove_keyboard") else None


def is_reply_keyboard(rows: Rows) -> bool:
    """Whether this takes the place of the member's own keyboard; such a message cannot be edited into another one."""
    return any("request_user" in button for row in rows for button in row)


def _button(button: Mapping[str, Any]) -> InlineKeyboardButton:
    text = str(button["text"])
    if "url" in button:
        return InlineKeyboardButton(text, url=button["url"])
    if "web_app" in button:
        return InlineKeyboardButton(text, web_app=WebAppInfo(button["web_app"]))
    if "copy" in button:
        return InlineKeyboardButton(text, copy_text=CopyTextButton(button["copy"]))
    if "inline" in button:
        query = SwitchInlineQueryChosenChat(
            button["inline"], allow_user_chats=True, allow_group_chats=True, allow_channel_chats=True
        )
        return InlineKeyboardButton(text, switch_inline_query_chosen_chat=query)
    return InlineKeyboardButton(text, callback_data=button["data"])


def _key(button: Mapping[str, Any]) -> KeyboardButton:
    text = str(button["text"])
    if "request_user" not in button:
        return KeyboardButton(text)
    people = KeyboardButtonRequestUsers(button["request_user"], user_is_bot=False, max_quantity=1)
    return KeyboardButton(text, request_users=people)

"""From a bot's parameters to what a message holds, with the server's limits."""

from __future__ import annotations

from typing import Any

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.entities import found_in, from_html, units
from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.params import Params

Json = dict[str, Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ACTIONS = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
]


def text_content(params: Params, name: str = "text") -> Json:
    """The text of a message and its entities; `message_text` inside inline results."""
    text, entities = _formatted(params, name, "entities")
    if not text.strip():
        raise bad_request("message text is empty" if params.text(name) == "" else "text must be non-empty")
    if units(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    content: Json = {"text": text} | ({"entities": entities} if entities else {})
    options = params.json("link_preview_options")
    return content | ({"link_preview_options": options} if options else {})


def caption_content(params: Params) -> Json:
    """The caption under a picture, if there is one."""
    text, entities = _formatted(params, "caption", "caption_entities")
    if units(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def markup_of(params: Params, chat: Chat | None = None) -> Json | None:
    """The keyboard that comes with a message, checked."""
    markup = params.json("reply_markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return markup
    for button in [button for row in rows for button in row]:
        _check(button, chat)
    return {"inline_keyboard": rows} if any(rows) else None


def _check(button: Any, chat: Chat | None) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    actions = [name for name in ACTIONS if name in button]
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if not 1 <= len(str(button.get("callback_data", "x")).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if not 1 <= len((button.get("copy_text") or {"text": "x"})["text"]) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "web_app" in button and chat is not None and chat.kind != "private":
        raise bad_request("BUTTON_TYPE_INVALID")
    if "web_app" in button and not str(button["web_app"].get("url")).startswith("https://"):
        raise bad_request(f"inline keyboard button Web App URL '{button['web_app'].get('url')}' is invalid: HTTPS only")
    if "url" in button:
        _check_url(str(button["url"]))


def _check_url(url: str) -> None:
    scheme, found, rest = url.partition("://")
    if found and scheme.lower() not in ("http", "https", "tg", "ton", "tonsite"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if not (rest if found else scheme) or " " in url or (not found and "." not in url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _formatted(params: Params, name: str, entities_name: str) -> tuple[str, list[Json]]:
    source = params.text(name)
    mode = params.text("parse_mode").lower()
    if mode == "html":
        text, entities = from_html(source)
    elif mode in ("", "none"):
        text, entities = source.rstrip(), params.list(entities_name)
    else:
        raise bad_request(f"unsupported parse_mode (this stand-in reads only HTML, not {mode})")
    return text, found_in(text, entities)

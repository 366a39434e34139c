"""Methods that send: text, media, forwards and copies."""

from __future__ import annotations

from typing import Any

from bots.sandbox.telegram.chats import Chat
from bots.sandbox.telegram.compose import caption_content, markup_of, text_content
from bots.sandbox.telegram.errors import bad_request, forbidden
from bots.sandbox.telegram.files import StoredFile
from bots.sandbox.telegram.messages import Message, copied, origin, post, replied
from bots.sandbox.telegram.methods.table import Call, method
from bots.sandbox.telegram.params import Params

Json = dict[str, Any]


@method("sendMessage", "chat_id", "text")
def send_message(call: Call) -> Json:
    return _send(call, writable(call), text_content(call.params)).json()


@method("sendPhoto", "chat_id", "photo")
def send_photo(call: Call) -> Json:
    return _send_media(call, "photo")


@method("sendVideo", "chat_id", "video")
def send_video(call: Call) -> Json:
    return _send_media(call, "video")


@method("sendDocument", "chat_id", "document")
def send_document(call: Call) -> Json:
    return _send_media(call, "document")


@method("sendMediaGroup", "chat_id", "media")
def send_media_group(call: Call) -> list[Json]:
    chat = writable(call)
    media = call.params.list("media")
    if not 2 <= len(media) <= 10:
        raise bad_request("strictly 2-10 media must be specified")
    if len({item.get("type") == "document" for item in media}) > 1:
        raise bad_request("document can't be mixed with other media types")
    group = call.world.secret(17)
    asked = [(str(item.get("type")), Params(call.params.values | item)) for item in media]
    contents = [_media(call, chat, kind, params, "media") | {"media_group_id": group} for kind, params in asked]
    call.world.meter.count(call.bot, chat, len(contents))
    return [_send(call, chat, content, markup=False, counted=True).json() for content in contents]


@method("sendChatAction", "chat_id", "action")
def send_chat_action(call: Call) -> bool:
    writable(call)
    return True


@method("forwardMessage", "chat_id", "from_chat_id", "message_id")
def forward_message(call: Call) -> Json:
    chat, source = writable(call), _source(call, call.params.integer("message_id"))
    if source is None:
        raise bad_request("message to forward not found")
    return _forward(call, chat, source).json()


@method("forwardMessages", "chat_id", "from_chat_id", "message_ids")
def forward_messages(call: Call) -> list[Json]:
    chat = writable(call)
    return [{"message_id": _forward(call, chat, source).id} for source in _sources(call, "forward")]


@method("copyMessage", "chat_id", "from_chat_id", "message_id")
def copy_message(call: Call) -> Json:
    chat, source = writable(call), _source(call, call.params.integer("message_id"))
    if source is None:
        raise bad_request("message to copy not found")
    content = copied(source)
    if "caption" in call.params:
        without = {"caption", "caption_entities"}
        content = {name: value for name, value in content.items() if name not in without}
        content |= caption_content(call.params)
    return {"message_id": _send(call, chat, content).id}


@method("copyMessages", "chat_id", "from_chat_id", "message_ids")
def copy_messages(call: Call) -> list[Json]:
    chat = writable(call)
    return [{"message_id": _send(call, chat, copied(source), markup=False).id} for source in _sources(call, "copy")]


def writable(call: Call) -> Chat:
    """The chat of the call, if the bot may write there."""
    chat = call.chat()
    if chat.kind == "private":
        _check_private(call, chat)
        return chat
    kind = f"{chat.kind} chat"
    member = chat.member(call.bot)
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {kind}")
    if not member.inside:
        raise forbidden(f"bot is not a member of the {kind}")
    if chat.kind == "channel" and not (member.runs_it and member.rights.get("can_post_messages", True)):
        raise bad_request("need administrator rights in the channel chat")
    if not member.may_speak():
        raise bad_request("not enough rights to send text messages to the chat")
    return chat


def _check_private(call: Call, chat: Chat) -> None:
    if chat.person is None:
        raise forbidden("bots can't send messages to bots")
    if chat.person.deactivated:
        raise forbidden("user is deactivated")
    if chat.blocked:
        raise forbidden("bot was blocked by the user")
    if not chat.opened and chat.writable_until <= call.world.time():
        raise forbidden("bot can't initiate conversation with a user")


def _send(call: Call, chat: Chat, content: Json, *, markup: bool = True, counted: bool = False) -> Message:
    extra: Json = {}
    reply = _reply(call, chat)
    if reply:
        extra["reply_to_message"] = replied(reply)
    if call.params.boolean("protect_content"):
        extra["has_protected_content"] = True
    keyboard = markup_of(call.params, chat) if markup else None
    if not counted:
        call.world.meter.count(call.bot, chat)
    return post(call.world, chat, call.bot, content | extra, reply_markup=keyboard)


def _reply(call: Call, chat: Chat) -> Message | None:
    options: Json = call.params.json("reply_parameters") or {}
    number = int(options.get("message_id") or call.params.integer("reply_to_message_id"))
    lenient = options.get("allow_sending_without_reply") or call.params.boolean("allow_sending_without_reply")
    if number and number not in chat.messages and not lenient:
        raise bad_request("message to be replied not found")
    return chat.messages.get(number)


def _send_media(call: Call, kind: str) -> Json:
    chat = writable(call)
    return _send(call, chat, _media(call, chat, kind, call.params, kind)).json()


def _media(call: Call, chat: Chat, kind: str, params: Params, name: str) -> Json:
    """A file and what is written below it; `name` is the parameter that holds the file."""
    if kind not in ("photo", "video", "document"):
        raise bad_request(f"this stand-in knows no media of type {kind}")
    if not chat.member(call.bot).may_send(f"{kind}s"):
        raise bad_request(f"not enough rights to send {kind}s to the chat")
    file = call.world.files.take(params.upload(params.raw(name)), kind)
    shown = _described(file, kind, params)
    above = {"show_caption_above_media": True} if params.boolean("show_caption_above_media") else {}
    return {kind: [shown] if kind == "photo" else shown} | caption_content(params) | above


def _described(file: StoredFile, kind: str, params: Params) -> Json:
    base: Json = {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size}
    if kind == "photo":
        return base | {"width": 1200, "height": 630}
    named = {"file_name": file.name, "mime_type": file.mime_type}
    if kind == "document":
        return base | named
    size = {"width": params.integer("width", 1280), "height": params.integer("height", 720)}
    return base | named | size | {"duration": params.integer("duration", 1)}


def _source(call: Call, number: int) -> Message | None:
    """A message to pass on, if the bot can see it and may."""
    chat = call.chat("from_chat_id")
    if chat.kind != "private" and not chat.has(call.bot):
        raise bad_request("chat not found")
    source = chat.messages.get(number)
    if source and (source.is_service or source.content.get("has_protected_content")):
        raise bad_request("message can't be forwarded")
    return source


def _sources(call: Call, verb: str) -> list[Message]:
    numbers = [int(number) for number in call.params.list("message_ids")]
    if not 1 <= len(numbers) <= 100 or numbers != sorted(set(numbers)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    sources = [source for number in numbers if (source := _source(call, number))]
    if not sources:
        raise bad_request(f"there are no messages to {verb}")
    return sources


def _forward(call: Call, chat: Chat, source: Message) -> Message:
    content = copied(source) | {"forward_origin": origin(source)}
    call.world.meter.count(call.bot, chat)
    return post(call.world, chat, call.bot, content)

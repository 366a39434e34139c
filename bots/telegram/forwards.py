"""What is passed on where the bot can see it. The texts are looked through for our links, and not kept."""

import re
from datetime import UTC, datetime

from bots.telegram.updates import Message
from core.intake.facts import Forwarded, Shared
from core.links import ALPHABET, CODE_LENGTH
from core.members import Person

_LINK = re.compile(rf"(?:/r/|[?&]start=)([{ALPHABET}]{{{CODE_LENGTH}}})(?![0-9A-Za-z])(?:[/_]([a-z0-9-]{{1,32}}))?")
"""The code, and the channel that the link was given out for, if it names one. Whose page and whose bot need not be
looked at: codes cannot be guessed, so one that is known is ours."""


def share(message: Message, person: Person, key: str) -> Shared | Forwarded | None:
    """A chat's post, or a message with an advocate's link, forwarded by this person.

    The copy of a channel's post in its own discussion group is none, nor what stays in the chat it comes from. An
    album comes as several messages, and is one.
    """
    origin = message.forward_origin
    if origin is None or message.is_automatic_forward:
        return None
    at, chat = datetime.fromtimestamp(message.date, UTC), origin.chat or origin.sender_chat
    code, channel = _link_in(message)
    key = key if message.media_group_id is None else f"tg/album/{message.chat.id}/{message.media_group_id}"
    seen_in = None if message.chat.type == "private" else message.chat.id
    if chat is not None:
        if chat.id == message.chat.id:
            return None
        post = origin.message_id or 0
        return Shared(
            key=key, at=at, person=person, chat=chat.id, post=post, seen_in=seen_in, code=code, channel=channel
        )
    return Forwarded(key=key, at=at, person=person, code=code, channel=channel, seen_in=seen_in) if code else None


def _link_in(message: Message) -> tuple[str | None, str | None]:
    """The code and the channel of the first link of ours, written out or behind words."""
    behind = (each.url for each in (*message.entities, *message.caption_entities))
    for text in (message.text, message.caption, *behind):
        found = _LINK.search(text) if text else None
        if found:
            return found[1], found[2]
    return None, None

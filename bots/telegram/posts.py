"""A campaign's posts on Telegram: a picture, a video, an album or words alone.

What was uploaded once is sent by the name that Telegram gave it. If a process dies between sending and marking, a post
comes twice: Telegram cannot be asked about it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from telegram import Bot, InputFile, InputMediaPhoto, Message
from telegram.constants import ParseMode
from telegram.helpers import create_deep_linked_url

from bots.exchange.errors import RefusedError
from bots.exchange.files import medium
from bots.exchange.kinds import After
from bots.talk.posts import posted, share_here
from bots.talk.words import Button, worded
from bots.telegram.errors import in_our_words
from bots.telegram.keyboards import keyboard
from bots.telegram.means import Means
from bots.telegram.means import post as write
from bots.telegram.translate import INVITE_MARK
from core import media, outbox
from core.campaign.values import Platform
from core.database import Tx
from core.media import Medium
from core.outbox import Claimed, Outgoing

UPLOADING: dict[str, Any] = {"read_timeout": 25, "write_timeout": 25}
"""Seconds for a large file: more than an ordinary call may take, and less than a claim is good for."""

_UNKNOWN_FILE = ("wrong file", "wrong remote file", "file reference", "invalid file")


async def post(means: Means, row: Claimed) -> After | None:
    """Show it where everybody reads it, or to one member. An album has no buttons: those follow in a message below."""
    content = posted(row.content, _share(means.bot, row))
    names: list[str] = content["media"]
    if not names:
        await write(means.bot, row.address, content)
        return None
    async with means.db.read() as tx:
        known = await media.uploaded(tx, _place(means.bot), names)
    try:
        sent = await _send(means, row, content, known)
    except RefusedError as error:
        if not known or not any(part in error.reason for part in _UNKNOWN_FILE):
            raise
        sent = await _send(means, row, content, {})
    files = {name: file for name, message in zip(names, sent, strict=True) if (file := _file(message)) is not None}
    below = _below(row, content) if len(names) > 1 and content["buttons"] else None

    async def after(tx: Tx) -> None:
        now = means.clock.now()
        await media.keep_uploads(tx, _place(means.bot), files, now=now)
        if below is not None:
            await outbox.put(tx, [Outgoing(**below, due_at=now)])

    return after


async def _send(means: Means, row: Claimed, content: Mapping[str, Any], known: Mapping[str, str]) -> Sequence[Message]:
    names: list[str] = content["media"]
    files = [known.get(name) or await medium(means.db, name) for name in names]
    words: dict[str, Any] = {"caption": content["text"], "parse_mode": ParseMode.HTML}
    with in_our_words(row.address):
        if len(files) > 1:
            album = [InputMediaPhoto(_source(each), **(words if not at else {})) for at, each in enumerate(files)]
            return await means.bot.send_media_group(row.address, album, **UPLOADING)
        words["reply_markup"] = keyboard(content)
        (file,) = files
        if media.kind_of(names[0]) in media.PICTURES:
            return [await means.bot.send_photo(row.address, _source(file), **words, **UPLOADING)]
        size = {"width": file.width, "height": file.height} if isinstance(file, Medium) else {}
        video = {**words, **size, "supports_streaming": True}
        return [await means.bot.send_video(row.address, _source(file), **video, **UPLOADING)]


def _source(file: str | Medium) -> str | InputFile:
    return file if isinstance(file, str) else InputFile(file.content, filename=file.name, attach=True)


def _share(bot: Bot, row: Claimed) -> Button | None:
    """In private the answer comes below; anywhere else the presser's own link goes out in their own name, or they are
    led to it."""
    button = share_here(row.content)
    if button is None or row.address > 0:
        return button
    if bot.supports_inline_queries:
        return {"text": button["text"], "inline": row.content["slug"]}
    into_bot = create_deep_linked_url(bot.username, f"{INVITE_MARK}{row.content['campaign']}")
    return {"text": button["text"], "url": into_bot}


def _below(row: Claimed, content: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"text": str(worded(row.content["language"], "post.share_below")), "buttons": content["buttons"]}
    door = Platform.TELEGRAM.value
    return {"key": f"{row.key}/share", "door": door, "address": row.address, "kind": "say", "content": shown}


def _file(message: Message) -> str | None:
    """The name that Telegram gave it. A video without a sound may have become an animation, which is sent otherwise."""
    if message.photo:
        return message.photo[-1].file_id
    return message.video.file_id if message.video else None


def _place(bot: Bot) -> str:
    """Files have other names for other bots."""
    return f"{Platform.TELEGRAM.value}:{bot.id}"

"""A message with a button into each of a campaign's chats."""

import logging
from collections.abc import Mapping
from typing import Any

from telegram.constants import ChatInviteLinkLimit

from bots.exchange.errors import MovedError, RefusedError, ShutOutError, SlowDownError
from bots.talk.welcome import welcomed
from bots.telegram.errors import in_our_words
from bots.telegram.means import Means, post
from bots.telegram.places import moved
from core import links
from core.campaign.values import Platform
from core.outbox import Claimed

_log = logging.getLogger(__name__)


async def welcome(means: Means, row: Claimed) -> None:
    """The text with the ways in, and a link of one's own.

    A chat that cannot be entered now has no button, and the log says why.
    """
    content = row.content
    ways_in = [(chat["title"], await _way_in(means, chat, content["code"])) for chat in content["chats"]]
    ways_in += [(title, url) for title, url in content.get("elsewhere", ())]
    language, campaign = content["language"], content.get("campaign")
    await post(means.bot, row.address, welcomed(content["text"], ways_in, language=language, campaign=campaign))


async def _way_in(means: Means, chat: Mapping[str, Any], code: str) -> str | None:
    """A public chat's address, or the invitation into a private one that was made for this code; made now if new."""
    if chat["username"]:
        return f"https://t.me/{chat['username']}"
    chat_id, native_id = chat["chat_id"], chat["native_id"]
    async with means.inviting(code, chat_id):  # many may come through one link at the same time
        async with means.db.read() as tx:
            known = await links.invite(tx, code, chat_id)
        if known is not None:
            return known
        try:
            url = await _invitation_wherever_it_is(means, native_id, code)
        except (RefusedError, ShutOutError) as error:
            _log.warning("no invitation could be made: %s", error, extra={"chat": native_id, "error": error.code})
            return None
        async with means.db.begin() as tx:
            await links.keep_invite(tx, url, code=code, chat_id=chat_id, now=means.clock.now())
            return await links.invite(tx, code, chat_id)  # another process's, if that was faster


async def _invitation_wherever_it_is(means: Means, native_id: int, code: str) -> str:
    try:
        return await _invitation(means, native_id, code)
    except MovedError as error:
        async with means.db.begin() as tx:
            await moved(tx, error.old, error.new)
        return await _invitation(means, error.new, code)


async def _invitation(means: Means, native_id: int, code: str) -> str:
    now = means.clock.now()
    wait = means.pace.open_at(native_id, now) - now
    if wait:
        raise SlowDownError(Platform.TELEGRAM, wait, chat=native_id)
    try:
        with in_our_words(native_id):
            link = await means.bot.create_chat_invite_link(native_id, name=code[: ChatInviteLinkLimit.NAME_LENGTH])
    except SlowDownError as error:
        raise SlowDownError(Platform.TELEGRAM, error.wait, chat=native_id) from error
    return link.invite_link

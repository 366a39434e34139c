"""Messages into channels and private conversations. Sent twice, they are there once."""

import hashlib
from collections.abc import Mapping
from typing import Any

from bots.discord.calling import call
from bots.discord.components import messages
from bots.discord.errors import DISCORD, OPENING, UnknownError
from bots.discord.means import Means
from bots.discord.rights import TEXT, may_write, rights_in
from bots.exchange.errors import ClosedError, ShutOutError, SlowDownError
from bots.exchange.files import medium
from core.media import Medium
from core.outbox import Claimed

_NONCE = 24
"""Discord takes 25 characters."""


async def write_to(means: Means, account: int, row: Claimed, content: Mapping[str, Any]) -> None:
    """Write to a person. Raises ClosedError if they do not take it."""
    if means.is_closed(account):
        raise ClosedError(DISCORD, account, "they did not take messages just now", fix="they are told when they come")
    try:
        await post(means, await _conversation(means, account), row, content)
    except ClosedError:
        means.closed_since[account] = means.clock.now()
        raise
    except UnknownError:  # the conversation is another one now
        means.conversations.pop(account, None)
        raise


async def post(means: Means, channel: int, row: Claimed, content: Mapping[str, Any]) -> None:
    """Post the row's content. What was posted within the last minutes for the same row is not posted again."""
    files = await media_of(means, content)
    for number, message in enumerate(messages(content)):
        named = hashlib.sha256(f"{row.id}/{row.key}/{number}".encode()).hexdigest()[:_NONCE]
        path, json = "/channels/{channel_id}/messages", {**message, "nonce": named, "enforce_nonce": True}
        with_it = files if number == 0 else ()
        await call(means.http, "POST", path, about=row.address, json=json, files=with_it, channel_id=channel)


async def media_of(means: Means, content: Mapping[str, Any]) -> list[Medium]:
    """The pictures or the video that go with the first message. Raises NoFileError."""
    return [await medium(means.db, name) for name in content.get("media") or ()]


async def channel_of(means: Means, guild: int) -> int:
    """Where the bot may write in this server, if nobody said where: its system channel, else the uppermost one."""
    told = await means.rest.call("GET", "/guilds/{guild_id}", about=guild, guild_id=guild)
    me = await means.rest.member(guild, means.own_id)
    roles, channels = await means.rest.roles(guild), await means.rest.channels(guild)
    open_ = [
        each.id
        for each in channels
        if me is not None and each.type in TEXT and may_write(rights_in(guild, me, roles, each))
    ]
    if not open_:
        raise ShutOutError(DISCORD, guild, "there is no channel to write into", fix="let the bot write in a channel")
    preferred = int(told.get("system_channel_id") or 0)
    return preferred if preferred in open_ else open_[0]


async def _conversation(means: Means, account: int) -> int:
    known = means.conversations.get(account)
    if known is not None:
        return known
    now = means.clock.now()
    if (open_at := means.pace.open_at(OPENING, now)) > now:
        raise SlowDownError(DISCORD, open_at - now)
    path = "/users/@me/channels"
    told = await call(means.http, "POST", path, about=account, json={"recipient_id": str(account)})
    means.conversations[account] = int(told["id"])
    return means.conversations[account]

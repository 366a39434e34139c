"""The kinds of things that go out through this door. To add one: a function, and a line in KINDS."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from bots.discord import kit, welcome
from bots.discord.errors import DISCORD, BannedError
from bots.discord.means import Means
from bots.discord.membership import ask_membership
from bots.discord.posting import channel_of, post, write_to
from bots.discord.replies import reply
from bots.discord.roles import role, unrole
from bots.exchange.announcing import counted
from bots.exchange.kinds import After, Kind, Turn
from bots.exchange.marks import Mark
from bots.exchange.outlet import Outlet
from bots.talk.news import rendered
from bots.talk.posts import posted, share_here
from core import notices, outbox
from core.campaign.values import Account
from core.database import Tx
from core.notices import Notice
from core.outbox import Claimed

LONGEST_NEWS = 3500
"""Before what people wrote is escaped."""

SOON_OLD = ("reminder",)
"""News that nobody needs to hear later."""

HandOver: TypeAlias = Callable[[Means, Claimed], Awaitable[After | None]]


async def say(means: Means, row: Claimed) -> None:
    """An answer to a command or a button."""
    await reply(means, row, row.content)


async def show(means: Means, row: Claimed) -> None:
    """What could not be written to a member, beside the answer to what they have asked."""
    notice = row.content["notice"]
    is_post = "post" in notice
    shown = posted(notice, share_here(notice)) if is_post else rendered(notice, longest=LONGEST_NEWS)
    await reply(means, row, shown)


async def news(means: Means, row: Claimed) -> None:
    """News, worded in the reader's language: for one member, or for everybody in a server's channel."""
    await _bring(means, row, rendered(row.content, longest=LONGEST_NEWS))


async def campaign_post(means: Means, row: Claimed) -> None:
    """One of a campaign's posts: for one member, or for everybody in a server's channel. Whoever presses its button is
    answered alone."""
    await _bring(means, row, posted(row.content, share_here(row.content)))


async def _bring(means: Means, row: Claimed, content: Mapping[str, Any]) -> None:
    if "guild" not in row.content:
        return await write_to(means, row.address, row, content)
    channel = row.content.get("channel") or await channel_of(means, row.content["guild"])
    return await post(means, int(channel), row, content)


def closed(row: Claimed, now: datetime) -> Mark:
    """News for somebody who takes no messages is shown to them when they next ask for something. A role waits to be
    given until they are in the server, and an answer that nobody can get any more is dropped."""

    async def mark(tx: Tx) -> None:
        kept = _to_keep(row)
        if kept is not None:
            await notices.put(tx, *kept, now=now)
        await outbox.done(tx, row)

    return mark


def _to_keep(row: Claimed) -> tuple[Account, list[Notice]] | None:
    if row.kind == "show":
        account, content = int(row.content["interaction"]["account"]), row.content["notice"]
    elif row.kind in ("news", "post") and row.content.get("news") not in SOON_OLD:
        account, content = row.address, row.content
    else:
        return None
    return Account(platform=DISCORD, id=account), [Notice(key=row.key, content=content, grant_cause=row.grant_cause)]


def _heeding(hand_over: HandOver) -> HandOver:
    """Where Discord wants us to wait with everything, everything waits."""

    async def heeding(means: Means, row: Claimed) -> After | None:
        try:
            return await hand_over(means, row)
        except BannedError as error:
            means.pace.close(means.clock.now() + error.wait)
            raise

    return heeding


_HAND_OVERS: Mapping[str, tuple[Callable[[Means, Claimed], Awaitable[Any]], Turn]] = {
    "say": (say, Turn.IN_CHAT),
    "welcome": (welcome.welcome, Turn.IN_CHAT),
    "kit": (kit.share_kit, Turn.IN_CHAT),
    "show": (show, Turn.IN_CHAT),
    "news": (news, Turn.IN_CHAT),
    "post": (campaign_post, Turn.IN_CHAT),
    "broadcast": (counted(news), Turn.IN_CHAT),
    "ask_membership": (ask_membership, Turn.IN_ALL),
    "role": (role, Turn.IN_ALL),
    "unrole": (unrole, Turn.IN_ALL),
}

KINDS: Mapping[str, Kind[Means]] = {
    name: Kind(_heeding(hand_over), turn) for name, (hand_over, turn) in _HAND_OVERS.items()
}

OUTLET: Outlet[Means] = Outlet(door=DISCORD.value, kinds=KINDS, closed=closed)

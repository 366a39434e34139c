"""Counting again what was seen of shares, from the journal's lines alone."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.chats.table import ChatRow
from core.database import Tx, rows_of, table_of
from core.shares.table import ChannelRow, PassedOnRow, VariantRow
from core.shares.values import CHANNELS, FEW, HABITS, Habit

_PLAIN = ("intents", "sent", "forwards", "clicks", "starts")
_ONE_OF = {"intent": "intents", "click": "clicks", "start": "starts"}


class SharesReplay:
    """Give it the facts that were folded; then ask. `platforms`: those of the chats."""

    def __init__(self, platforms: Mapping[int, str]) -> None:
        self._platforms = platforms
        self._signs: Counter[tuple[int, str, str, str]] = Counter()
        self._posts: Counter[tuple[int, str]] = Counter()

    def take(
        self, campaign_id: int, kind: str, code: str | None, chat_id: int | None, data: dict[str, Any] | None
    ) -> None:
        """One fact."""
        told = data or {}
        sign = _ONE_OF.get(kind)
        if kind == "unfurl":
            sign = f"unfurls of {told.get('app', 'unknown')}"
        elif kind == "share":
            sign = "sent" if told.get("how") == "inline" else "forwards"
        if sign is None:
            return
        channel = "" if told.get("guessed") else told.get("channel", "")
        if kind == "share" and code is None and "post" in told and chat_id is not None:
            self._posts[campaign_id, f"{chat_id} {told['post']}"] += 1
            channel = self._platforms.get(chat_id, "")
        self._signs[campaign_id, channel if channel in CHANNELS else "other", code or "", sign] += 1

    def variants(self) -> dict[tuple[int, str], int]:
        """How often each sign of each variant was seen."""
        return {(at, f"{code} {channel}: {sign}"): n for (at, channel, code, sign), n in self._signs.items()}

    def channels(self) -> dict[tuple[int, str], int]:
        """The sums of each channel that are not zero."""
        sums: Counter[tuple[int, str]] = Counter()
        openings: dict[tuple[int, str, str], int] = {}
        proven, came = set(), set()
        for (at, channel, code, sign), n in self._signs.items():
            sums[at, f"{channel}: {sign}"] += n
            app = sign.removeprefix("unfurls of ")
            if app != sign:
                sums[at, f"{channel}: links of {app}"] += 1
            if sign in ("clicks", "starts"):
                openings[at, channel, code] = max(n, openings.get((at, channel, code), 0))
            if sign in ("sent", "forwards") or (app != sign and HABITS.get(app) is Habit.POSTED):
                proven.add((at, channel, code))
            if sign == "starts":
                came.add((at, channel, code))
        for (at, channel, _), n in openings.items():
            sums[at, f"{channel}: opened"] += 1
            sums[at, f"{channel}: openings"] += n if n <= FEW else int(math.sqrt(FEW * n))
        sums.update((at, f"{channel}: came") for at, channel, _ in came - proven)
        return dict(sums)

    def posts(self) -> dict[tuple[int, str], int]:
        """How often each post was passed on."""
        return dict(self._posts)


async def platforms_of_chats(tx: Tx) -> dict[int, str]:
    """On which platform each chat is."""
    return {row.id: row.platform for row in await rows_of(tx, select(table_of(ChatRow)))}


async def kept_variants(tx: Tx) -> dict[tuple[int, str], int]:
    rows = await rows_of(tx, select(table_of(VariantRow)))
    return {
        (row.campaign_id, f"{row.code} {row.channel}: {sign}"): n
        for row in rows
        for sign, n in _signs(row, _PLAIN, "unfurls").items()
    }


async def kept_channels(tx: Tx) -> dict[tuple[int, str], int]:
    rows = await rows_of(tx, select(table_of(ChannelRow)))
    return {
        (row.campaign_id, f"{row.channel}: {sign}"): n
        for row in rows
        for sign, n in _signs(row, (*_PLAIN, "opened", "openings", "came"), "unfurls", "links").items()
    }


async def kept_posts(tx: Tx) -> dict[tuple[int, str], int]:
    rows = await rows_of(tx, select(table_of(PassedOnRow)))
    return {(row.campaign_id, f"{row.chat_id} {row.post}"): row.seen for row in rows}


def _signs(row: Any, plain: tuple[str, ...], *by_app: str) -> dict[str, int]:
    """What a row says, without zeros."""
    found = {name: getattr(row, name) for name in plain}
    found |= {f"{name} of {app}": n for name in by_app for app, n in getattr(row, name).items()}
    return {sign: n for sign, n in found.items() if n}

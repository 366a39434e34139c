"""`/invite`: the link to copy, what to send with it, a button for each channel that has an address of its own."""

from collections.abc import Iterator
from html import escape
from typing import Any

import msgspec

from bots.discord.means import Means
from bots.discord.places import invite_into, places_of
from bots.discord.replies import reply
from bots.discord.ways import InviteWays
from bots.talk.kit import Kit
from bots.talk.ways import Ways
from bots.talk.words import anchor, worded
from bots.texts import text
from bots.texts.sharing import CHANNELS, share_link, with_link
from core.outbox import Claimed

_ELSEWHERE = ("copy", "qr")
"""Channels that are no app: the link itself, and the picture on the kit's page."""


def kit_content(kit: Kit, link: str, ways: Ways) -> dict[str, Any]:
    """The kit as a message's text and buttons."""
    head, _, says = kit.message(link).partition(anchor(link))
    copied = ways.link(kit.code, "copy") or link
    parts = [
        f"{head}{_to_copy(link)}{says}",
        f"{worded(kit.language, 'invite.to_copy')}\n{_to_copy(with_link(kit.words, copied))}",
        "\n".join(_variants(kit, link, ways)),
    ]
    return {"text": "\n\n".join(part for part in parts if part), "buttons": kit.rows(ways)}


async def share_kit(means: Means, row: Claimed) -> None:
    """The kit around the advocate's own invite, which is made now if need be."""
    kit = msgspec.convert(row.content["kit"], Kit)
    for place in (await places_of(means, kit.campaign)).values():
        invite = await invite_into(means, place, kit.code)
        if invite is not None:
            return await reply(means, row, kit_content(kit, invite, InviteWays(invite=invite)))
    return await reply(means, row, {"text": worded(kit.language, "invite.no_way_in"), "buttons": []})


def _variants(kit: Kit, link: str, ways: Ways) -> Iterator[str]:
    """The links for channels that no button leads to, if they are others."""
    for channel in kit.channels or CHANNELS:
        own = ways.link(kit.code, channel) or link
        address = share_link(channel, link=own, text=kit.words, subject=kit.title)
        if own != link and channel not in _ELSEWHERE and not (address or "").startswith("https://"):
            name = CHANNELS[channel].name or text(kit.language, f"page.channel.{channel}")
            yield f"{escape(name, quote=False)}: <code>{escape(own, quote=False)}</code>"


def _to_copy(words: str) -> str:
    return f"<pre>{escape(words, quote=False)}</pre>"

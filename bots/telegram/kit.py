"""The share kit as it stands under `/invite`: a button for each of the campaign's channels. Pure.

Telegram's buttons lead to web addresses alone. Channels with another kind of address, or with none, are found on the
kit's page.
"""

from collections.abc import Sequence
from typing import Any

from telegram.constants import InlineKeyboardButtonLimit

from bots.telegram.say import Button, Rows, button
from bots.telegram.ways import Ways
from bots.texts import text
from bots.texts.sharing import CHANNELS, share_link, with_link, without_link
from core.campaign.values import Campaign, in_language

MOST = 8
"""Buttons, where there is a page for the rest of them."""

LONGEST_ADDRESS = 2000
"""What a button's address may be long; Telegram names no limit, and refuses the whole message beyond its own."""


def rows(campaign: Campaign, code: str, ways: Ways, language: str) -> Rows:
    """The kit's buttons, two in a row: the channels in the campaign's order, the page with all ways, who came."""
    named = campaign.share.channels if campaign.share else ()
    found = [each for channel in named or CHANNELS for each in _channel(channel, campaign, code, ways, language)]
    page, copying = ways.kit(code), _copy(code, ways, language)
    if page is None and copying not in found:  # it is the only way into whatever has no button
        found += [copying] if copying else []
    last = [{"text": text(language, "button.all_ways"), "url": page}] if page else []
    last.append(button(language, "my_referrals", "me"))
    if page is not None:
        found = _fewer(found, MOST - len(last))
    together = [*found, *last]
    return [together[at : at + 2] for at in range(0, len(together), 2)]


def offer(campaign: Campaign, code: str, ways: Ways, language: str) -> dict[str, Any]:
    """The campaign's message with the member's own link, as something to be sent in one's own name to any chat."""
    title, words = _title(campaign, language), _words(campaign, language)
    link = ways.link(code, "telegram")
    return {
        "code": code,
        "title": title,
        "about": without_link(words, link),
        "text": with_link(words, link),
        "label": text(language, "button.open_link"),
        "url": ways.pressed(code, "telegram"),
    }


def _channel(channel: str, campaign: Campaign, code: str, ways: Ways, language: str) -> Sequence[Button]:
    if channel == "copy":
        copying = _copy(code, ways, language)
        return [copying] if copying else []
    found: list[Button] = []
    if channel == "telegram" and ways.inline:
        found.append({"text": text(language, "button.send"), "inline": campaign.slug})
    address = share_link(
        channel, link=ways.link(code, channel), text=_words(campaign, language), subject=_title(campaign, language)
    )
    if address is not None and address.startswith("https://") and len(address) <= LONGEST_ADDRESS:
        found.append({"text": CHANNELS[channel].name, "url": address})
    return found


def _copy(code: str, ways: Ways, language: str) -> Button | None:
    link = ways.link(code, "copy")
    if len(link) > InlineKeyboardButtonLimit.MAX_COPY_TEXT:
        return None
    return {"text": text(language, "button.copy"), "copy": link}


def _fewer(buttons: list[Button], room: int) -> list[Button]:
    """As many as there is room for; of the addresses the last go first, as the page has them, too."""
    over = max(len(buttons) - room, 0)
    left_out = [each for each in buttons if "url" in each][::-1][:over]
    return [each for each in buttons if each not in left_out]


def _title(campaign: Campaign, language: str) -> str:
    return in_language(campaign.title, language)


def _words(campaign: Campaign, language: str) -> str:
    """What is sent; a campaign that says nothing of it is named."""
    return in_language(campaign.share.text, language) if campaign.share else _title(campaign, language)

"""The share kit as it stands under `/invite`: the link, and a button for each of the campaign's channels. Pure.

Buttons lead to web addresses alone. Channels with another kind of address, or with none, are found on the kit's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bots.talk.ways import Ways
from bots.talk.words import Button, Rows, anchor, button, worded
from bots.texts import text
from bots.texts.sharing import CHANNELS, share_link
from core.campaign import Applied
from core.campaign.values import in_language

MOST = 8
"""Buttons, where there is a page for the rest of them."""

Buttons: TypeAlias = Sequence[Button]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What an advocate gets to pass on, in plain values: msgspec makes JSON of it, and reads it back.

    `words` is what is sent, with or without {link}; `says` are the paragraphs after the link, in HTML.
    """

    code: str
    campaign: int
    slug: str
    language: str
    title: str
    words: str
    channels: tuple[str, ...]
    says: tuple[str, ...] = ()

    def message(self, link: str) -> str:
        """What stands above the buttons."""
        head = worded(self.language, "invite.link", title=self.title, link=anchor(link))
        return "\n\n".join([head, *self.says])

    def rows(self, ways: Ways) -> Rows:
        """The buttons, two in a row: the channels in the campaign's order, the page with all ways, who came."""
        found = [each for channel in self.channels or CHANNELS for each in self._channel(channel, ways)]
        page, copying = ways.kit(self.code), self._copy(ways)
        if page is None and copying not in found:  # it is the only way into whatever has no button
            found += [copying] if copying else []
        last = [{"text": text(self.language, "button.all_ways"), "url": page}] if page else []
        last.append(button(self.language, "my_referrals", "me"))
        if page is not None:
            found = _fewer(found, MOST - len(last))
        together = [*found, *last]
        return [together[at : at + 2] for at in range(0, len(together), 2)]

    def _channel(self, channel: str, ways: Ways) -> Buttons:
        if channel == "copy":
            copying = self._copy(ways)
            return [copying] if copying else []
        found: list[Button] = []
        if channel == "telegram" and ways.inline:
            found.append({"text": text(self.language, "button.send"), "inline": self.slug})
        link = ways.link(self.code, channel)
        address = share_link(channel, link=link, text=self.words, subject=self.title) if link else None
        if address is not None and address.startswith("https://") and len(address) <= ways.longest_url:
            found.append({"text": CHANNELS[channel].name, "url": address})
        return found

    def _copy(self, ways: Ways) -> Button | None:
        link = ways.link(self.code, "copy")
        if link is None or len(link) > ways.longest_copy:
            return None
        return {"text": text(self.language, "button.copy"), "copy": link}


def kit_of(applied: Applied, code: str, language: str, *says: str) -> Kit:
    """The kit of the link with this code. A campaign that says nothing of what is sent is named in it."""
    campaign = applied.campaign
    title, share = in_language(campaign.title, language), campaign.share
    return Kit(
        code=code,
        campaign=applied.id,
        slug=campaign.slug,
        language=language,
        title=title,
        words=in_language(share.text, language) if share else title,
        channels=share.channels if share else (),
        says=tuple(map(str, says)),
    )


def _fewer(buttons: list[Button], room: int) -> list[Button]:
    """As many as there is room for; of the addresses the last go first, as the page has them, too."""
    over = max(len(buttons) - room, 0)
    left_out = [each for each in buttons if "url" in each][::-1][:over]
    return [each for each in buttons if each not in left_out]

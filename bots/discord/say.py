"""What goes into the outbox for the Discord door: answers to commands and buttons, and what waited for somebody."""

from datetime import datetime
from typing import Any

import msgspec

from bots.discord.errors import DISCORD
from bots.discord.kit import kit_content
from bots.discord.translate import Reply
from bots.discord.ways import Ways
from bots.talk.ask import Ask
from bots.talk.kit import Kit
from bots.talk.welcome import Welcome
from bots.talk.words import Rows
from core import notices as notices_
from core.campaign.values import Account
from core.database import Tx
from core.outbox import Outgoing

AT_ONCE = 5
"""So many things that waited for somebody are shown below one answer."""


class DiscordVoice:
    """How answers are given on Discord. An ask's `handle` is the `Reply` by which it is answered.

    `public_url`: our own pages, if there are any.
    """

    platform = DISCORD
    longest = 3500

    def __init__(self, public_url: str | None = None) -> None:
        self.ways = Ways(public_url=public_url)

    def say(
        self, ask: Ask, message: str, *, key: str, now: datetime, buttons: Rows | None = None, edits: bool = False
    ) -> Outgoing:
        """An answer that only the asker sees; with `edits`, in place of the message whose button was pressed."""
        return _answer(ask, "say", {"text": message, "buttons": buttons or [], "edits": edits}, key=key, now=now)

    def welcome(self, ask: Ask, welcome: Welcome, *, key: str, now: datetime) -> Outgoing:
        """A message with a button into each server."""
        told = {
            "text": welcome.text,
            "language": welcome.language,
            "code": welcome.code,
            "campaign": welcome.campaign,
            "into": self.ways.into(welcome.code),
            "places": {str(chat.id): chat.title for chat in welcome.places},
            "elsewhere": {
                "url": self.ways.elsewhere(welcome.code),
                "titles": [chat.title for chat in welcome.elsewhere],
            },
        }
        return _answer(ask, "welcome", {"welcome": told}, key=key, now=now)

    def kit(self, ask: Ask, kit: Kit, *, key: str, now: datetime) -> Outgoing:
        """The advocate's link with the share kit; without pages of our own, the sender makes an invite for it."""
        link = self.ways.link(kit.code)
        if link is None:
            return _answer(ask, "kit", {"kit": msgspec.to_builtins(kit)}, key=key, now=now)
        return _answer(ask, "say", kit_content(kit, link, self.ways), key=key, now=now)


async def notices(tx: Tx, ask: Ask, account: Account, *, now: datetime) -> list[Outgoing]:
    """What could not be written to this person earlier, to be shown below the answer to what they ask now.

    Put it into the outbox after the answer.
    """
    waiting = (await notices_.take(tx, [account], limit=AT_ONCE)).get(account, [])
    return [
        _answer(
            ask,
            "show",
            {"notice": each.content},
            key=each.key,
            now=now,
            grant_cause=each.grant_cause,
        )
        for each in waiting
    ]


def _answer(
    ask: Ask, kind: str, content: dict[str, Any], *, key: str, now: datetime, grant_cause: str | None = None
) -> Outgoing:
    """Addressed to the interaction: its answers stay in order, and wait for nothing else."""
    reply: Reply = ask.handle
    first = kind != "show" and key == ask.key and not reply.button
    return Outgoing(
        key=key,
        door=DISCORD,
        address=reply.interaction,
        kind=kind,
        content={**content, "first": first, "interaction": msgspec.to_builtins(reply)},
        due_at=now,
        grant_cause=grant_cause,
    )

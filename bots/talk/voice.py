"""What a door brings to the conversation: its addresses, and how it says things."""

from datetime import datetime
from typing import Protocol

from bots.talk.ask import Ask
from bots.talk.kit import Kit
from bots.talk.ways import Ways
from bots.talk.welcome import Welcome
from bots.talk.words import Rows
from core.campaign.values import Platform
from core.outbox import Outgoing


class Voice(Protocol):
    """How a door says things. What it returns goes into the outbox, and its sender finds it there."""

    @property
    def platform(self) -> Platform: ...

    @property
    def ways(self) -> Ways: ...

    @property
    def longest(self) -> int:
        """What one message holds, as `units` counts it."""

    def say(
        self, ask: Ask, message: str, *, key: str, now: datetime, buttons: Rows | None = None, edits: bool = False
    ) -> Outgoing:
        """An answer, where it was asked for; with `edits`, in place of the message whose button was pressed."""

    def welcome(self, ask: Ask, welcome: Welcome, *, key: str, now: datetime) -> Outgoing:
        """A message with a way into each place; the sender makes the addresses that it needs."""

    def kit(self, ask: Ask, kit: Kit, *, key: str, now: datetime) -> Outgoing:
        """The advocate's link with the share kit; where nobody knows the link yet, the sender makes it."""

"""Who reads a text: in which language, and what time it is for them."""

from dataclasses import dataclass
from datetime import datetime

from bots.talk.words import Html, worded
from bots.texts import place, until, when
from core.campaign.values import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Times are told where the campaign is."""

    language: str
    timezone: str
    now: datetime

    def worded(self, key: str, **values: object) -> Html:
        """The text as HTML; see `words.worded`."""
        return worded(self.language, key, **values)

    def when(self, at: datetime) -> str:
        """Such as "tomorrow at 9:00 AM"."""
        return when(self.language, at, self.timezone, now=self.now)

    def until(self, at: datetime) -> str:
        """Such as "until tomorrow, 9:00 AM"."""
        return until(self.language, at, self.timezone, now=self.now)

    @property
    def place(self) -> str:
        """Where it is that time."""
        return place(self.language, self.timezone)


def reader_of(campaign: Campaign, language: str, *, now: datetime) -> Reader:
    """Somebody who reads about this campaign."""
    return Reader(language=language, timezone=campaign.window.timezone, now=now)

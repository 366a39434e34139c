"""People who share, with everything that makes counting hard, and how many shares there really were.

How they behave is drawn anew for each world, from ranges that are wider than what `core.shares.values` assumes: some of
them give up half of what they type, try their own links every week, must not be recognised, or post where thousands
read. What the apps do is what platforms.md and values.py say of them. Times are spread over a month.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from core.journal import Fact, Kind
from core.visits import Met, Visit

STARTS = datetime(2026, 12, 1, 8, tzinfo=UTC)
MONTH = timedelta(days=30)
CHANNELS = ("whatsapp", "telegram", "discord", "email", "sms", "facebook", "copy", "other")
PASTED = ("whatsapp", "telegram", "discord", "signal", "facebook", "mastodon", "slack", None)
"""Where a copied link ends up; None: somewhere that shows no previews."""

ON_THE_DEVICE = ("whatsapp", "signal", "imessage")
KEPT_BY_SERVERS = ("telegram", "facebook", "slack", "mastodon")
APP_OF = {"whatsapp": "whatsapp", "telegram": "telegram", "discord": "discord", "facebook": "facebook", "email": None}


class Habits:
    """What the people of one world are like."""

    def __init__(self, draw: Random) -> None:
        self.kit = draw.uniform(0.1, 0.95)  # shared by a button, else by hand
        self.inline = draw.uniform(0.1, 0.9)  # in Telegram: through the bot
        self.gives_up = draw.uniform(0.05, 0.65)  # presses or types, and sends nothing
        self.presses_again = draw.uniform(0, 0.3)
        self.many_chats = draw.uniform(0, 0.35)
        self.passes_on = draw.uniform(0, 0.35)  # a friend passes the message on, within the app
        self.no_previews = draw.uniform(0, 0.2)
        self.hidden = draw.uniform(0, 0.4)
        self.tries = draw.uniform(0, 0.6)  # advocates who open their own links
        self.to_groups = draw.uniform(0, 0.35)
        self.opens = draw.uniform(0.15, 0.8)
        self.comes = draw.uniform(0.05, 0.8)
        self.edits = draw.uniform(0, 0.15)
        self.busy = draw.uniform(0.3, 3.0)
        self.keeps = timedelta(days=draw.uniform(0.5, 60))  # how long servers keep a preview


@dataclass
class World:
    """One campaign: its visits and facts, and the truth."""

    campaign_id: int
    draw: Random
    visits: list[Visit] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    truth: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.habits = Habits(self.draw)
        self._kept: dict[tuple[str, str, str], datetime] = {}
        self._n = 0

    def play(self) -> "World":
        for advocate in range(1, self.draw.choice((1, 3, 10, 40)) + 1):
            code = f"{self.campaign_id}x{advocate}"
            for channel in CHANNELS:
                for _ in range(self._times(self.habits.busy * self.draw.choice((0, 0, 0.5, 1)))):
                    self._shares(code, channel)
                if self._chance(self.habits.tries):
                    for _ in range(self._times(2)):
                        self._opened(code, channel, self._when(), f"own{code}{self.draw.randrange(3)}")
        return self

    # what people do

    def _shares(self, code: str, channel: str) -> None:
        """An attempt: perhaps through the bot, perhaps pressed, perhaps typed and given up, perhaps sent."""
        at, app = self._when(), self._app(channel)
        given_up = self._chance(self.habits.gives_up)
        if channel == "telegram" and self._chance(self.habits.inline):
            if not given_up:
                self._fact(Kind.SHARE, code, at, {"how": "inline", "channel": "telegram"})
                self._asks(code, channel, "telegram", at)
                self._arrives(code, channel, app, at)
            return
        if channel != "other" and self._chance(self.habits.kit):
            self._presses(code, channel, at)
            if given_up and self._chance(0.5):
                return  # not even the app opened
        self._types(code, channel, app, at)
        if not given_up:
            more = self.draw.randint(1, 4) if self._chance(self.habits.many_chats) else 0
            for _ in range(1 + more):
                self._arrives(code, channel, app, at + timedelta(seconds=self.draw.randrange(90)))

    def _presses(self, code: str, channel: str, at: datetime) -> None:
        for again in range(2 if self._chance(self.habits.presses_again) else 1):
            self._visit(Met.INTENT, code, channel, None, at + timedelta(minutes=2 * again), f"kit{code}")

    def _types(self, code: str, channel: str, app: str | None, at: datetime) -> None:
        """Some apps fetch by then."""
        if app in ON_THE_DEVICE and not self._chance(self.habits.no_previews):
            for _ in range(self.draw.randint(1, 6)):
                late = timedelta(seconds=self.draw.expovariate(1 / 60))
                self._visit(Met.UNFURL, code, channel, app, at + late, f"phone{code}{self.draw.randrange(2)}")
        if app in KEPT_BY_SERVERS and app != "mastodon":
            self._asks(code, channel, app, at)

    def _arrives(self, code: str, channel: str, app: str | None, at: datetime, *, hops: int = 3) -> None:
        """A share, at last. Others open it, come in, pass it on: so many times, else some worlds would never end."""
        self.truth[channel] += 1
        if app == "discord":
            self._posted(code, channel, at)
        if app == "mastodon":
            for _ in range(self.draw.randint(3, 80)):
                self._visit(Met.UNFURL, code, channel, app, at + timedelta(seconds=self.draw.expovariate(1 / 40)), None)
        group = self._chance(self.habits.to_groups)
        readers = self.draw.choice((5, 20, 50, 400)) if group else 1
        rate = self.habits.opens * (0.15 if group else 1)
        for _ in range(sum(self._chance(rate) for _ in range(readers))):
            self._n += 1
            person, later = f"friend{self._n}", at + timedelta(minutes=self.draw.expovariate(1 / 300))
            for again in range(1 + self._chance(0.15)):
                self._opened(code, channel, later + timedelta(hours=7 * again), person)
            if self._chance(self.habits.comes):
                told = {} if channel == "other" else {"channel": channel}
                self._fact(Kind.START, code, later, told)
            if hops and self._chance(self.habits.passes_on):
                within = "whatsapp again" if app == "whatsapp" else app
                self._arrives(code, channel, within, later + timedelta(hours=1), hops=hops - 1)
        if app == "telegram" and self._chance(0.05):  # passed on to where the bot reads it
            self.truth[channel] += 1
            self._fact(Kind.SHARE, code, at, {"how": "forward", **({} if channel == "other" else {"channel": channel})})

    def _opened(self, code: str, channel: str, at: datetime, person: str) -> None:
        hidden = self._chance(self.habits.hidden)
        self._visit(Met.CLICK, code, channel, None, at, None if hidden else f"{person}{at.date()}")

    # what apps do

    def _asks(self, code: str, channel: str, app: str, at: datetime) -> None:
        """Servers fetch what they have not kept."""
        last = self._kept.get((code, channel, app))
        if last is None or abs(at - last) > self.habits.keeps:
            self._kept[code, channel, app] = at
            for _ in range(1 + self._chance(0.1)):
                self._visit(Met.UNFURL, code, channel, app, at, None)

    def _posted(self, code: str, channel: str, at: datetime) -> None:
        """Discord: a fetch for each post, unless it has kept the preview; another after an edit."""
        last = self._kept.get((code, channel, "discord"))
        if last is None or abs(at - last) > timedelta(minutes=30):
            self._kept[code, channel, "discord"] = at
            self._visit(Met.UNFURL, code, channel, "discord", at, None)
            if self._chance(self.habits.edits):
                self._visit(Met.UNFURL, code, channel, "discord", at + timedelta(hours=1), None)

    # what is kept

    def _visit(self, met: Met, code: str, channel: str, app: str | None, at: datetime, visitor: str | None) -> None:
        self._n += 1
        bare = channel == "other"
        seems = app if app in ("discord", "telegram") else None
        self.visits.append(
            Visit(
                met=met,
                code=code,
                campaign_id=self.campaign_id,
                advocate_id=7,
                at=at,
                channel=seems if bare else channel,
                app=app,
                visitor=visitor,
                number=self._n,
                guessed=bare and seems is not None,
            )
        )

    def _fact(self, kind: Kind, code: str, at: datetime, data: dict[str, str]) -> None:
        self._n += 1
        key = f"{kind}/{self.campaign_id}/{self._n}"
        self.facts.append(Fact(key=key, kind=kind, at=at, campaign_id=self.campaign_id, code=code, data=data or None))

    def _app(self, channel: str) -> str | None:
        if channel in ("copy", "other"):
            return self.draw.choice(PASTED)
        return self.draw.choice(("imessage", None)) if channel == "sms" else APP_OF[channel]

    def _when(self) -> datetime:
        return STARTS + self.draw.random() * MONTH

    def _chance(self, of: float) -> bool:
        return self.draw.random() < of

    def _times(self, mean: float) -> int:
        """Mostly few, sometimes many."""
        return int(self.draw.expovariate(1 / mean)) if mean else 0

"""The conversation without a messenger: a voice that puts what is said into plain rows, on whichever platform."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from bots.talk import Ask, Kit, Talk, Welcome, answer
from bots.talk.words import Rows
from campaigns.apply import apply
from core import campaign as campaigns
from core import intake, members, outbox
from core.campaign.values import Account, Campaign, Community, Platform
from core.database import Database
from core.intake.facts import Fact, Joined, Started
from core.members import Person
from core.outbox import Outgoing
from tests.clock import FakeClock
from tests.people import a_campaign

PUBLIC = "https://go.example.org"
CIRCLE, SERVER, OTHER_SERVER = -1001, 900, 901


@dataclass(frozen=True, kw_only=True)
class PlainWays:
    public_url: str | None = PUBLIC
    inline: bool = False
    longest_url: int = 512
    longest_copy: int = 0
    into_bot: str | None = None

    def link(self, code: str, channel: str | None = None) -> str | None:
        if self.public_url is None:
            return None
        return "/".join([self.public_url, "r", code, *([channel] if channel else [])])

    def pressed(self, code: str, channel: str) -> str | None:
        return self.link(code, channel)

    def kit(self, code: str) -> str | None:
        return f"{self.link(code)}/kit" if self.public_url else None

    def elsewhere(self, code: str) -> str | None:
        return self.link(code)

    def linking(self, code: str) -> str | None:
        return f"{self.public_url}/link/{code}" if self.public_url else None


@dataclass(frozen=True, kw_only=True)
class PlainVoice:
    platform: Platform
    ways: PlainWays = PlainWays()
    longest: int = 4000

    def say(
        self, ask: Ask, message: str, *, key: str, now: datetime, buttons: Rows | None = None, edits: bool = False
    ) -> Outgoing:
        return self._row(ask, "say", {"text": message, "buttons": buttons or [], "edits": edits}, key, now)

    def welcome(self, ask: Ask, welcome: Welcome, *, key: str, now: datetime) -> Outgoing:
        return self._row(ask, "welcome", msgspec.to_builtins(welcome), key, now)

    def kit(self, ask: Ask, kit: Kit, *, key: str, now: datetime) -> Outgoing:
        return self._row(ask, "kit", msgspec.to_builtins(kit), key, now)

    def _row(self, ask: Ask, kind: str, content: dict[str, Any], key: str, now: datetime) -> Outgoing:
        return Outgoing(key=key, door=self.platform, address=ask.place, kind=kind, content=content, due_at=now)


def somebody(number: int, name: str = "Somebody", *, on: Platform = Platform.DISCORD, **told: Any) -> Person:
    return Person(account=Account(platform=on, id=number), name=name, **{"reachable": True, **told})


OLGA, ANA, BEN = somebody(1, "Olga"), somebody(2, "Ana"), somebody(3, "Ben")


def community(chat: int, platform: Platform = Platform.DISCORD) -> Community:
    return Community(name=f"{platform.value}{abs(chat)}", platform=platform, chat=chat)


def campaign_in(*communities: Community, slug: str = "spring", **changes: Any) -> Campaign:
    ours = {"organizers": (OLGA.account,), "communities": communities or (community(SERVER),)}
    return replace(a_campaign(slug), **{**ours, **changes})


@dataclass
class Room:
    """People who ask, and what they are answered. Nothing is sent."""

    db: Database
    clock: FakeClock
    voice: PlainVoice
    asked: int = 0
    said: list[Outgoing] = field(default_factory=list)

    def on(self, platform: Platform, **ways: Any) -> "Room":
        """The same people and campaigns, from another messenger."""
        return Room(self.db, self.clock, PlainVoice(platform=platform, ways=PlainWays(**ways)), asked=self.asked + 1000)

    async def apply(self, *wanted: Campaign) -> None:
        async with self.db.begin() as tx:
            await apply(tx, wanted, now=self.clock.now())

    async def take(self, *facts: Fact) -> None:
        async with self.db.begin() as tx:
            await intake.take(tx, facts, now=self.clock.now())

    async def ask(self, person: Person, what: str, *args: str, place: int = 0, **told: Any) -> list[Outgoing]:
        """What the person is answered; `start CODE` tells the fact first, as a door does."""
        self.asked += 1
        now, key = self.clock.now(), f"ask/{self.asked}"
        started = Started(key=key, at=now, person=person, code=args[0]) if what == "start" and args else None
        async with self.db.begin() as tx:
            outcome = (await intake.take(tx, [started], now=now))[0] if started else None
            member = outcome.member if outcome else (await members.meet(tx, [person], now=now))[person.account]
            ask = Ask(what=what, args=args, key=key, **{"place": place, "private": True, **told})
            talk = Talk(tx=tx, now=now, ask=ask, member=member, person=person, outcome=outcome, voice=self.voice)
            await answer(talk)
            await outbox.put(tx, talk.outgoing)
        self.said += talk.outgoing
        return talk.outgoing

    async def press(self, person: Person, data: str) -> list[Outgoing]:
        what, *args = data.split(":")
        return await self.ask(person, what, *args, pressed=True)

    async def code_of(self, person: Person, campaign: str = "spring") -> str:
        """The code of the person's link, which they ask for."""
        [kit] = await self.ask(person, "invite", campaign)
        assert kit.kind == "kit", kit
        return str(kit.content["code"])

    async def joined(self, person: Person, chat: int = SERVER) -> None:
        now = self.clock.now()
        await self.take(Joined(key=f"joined/{chat}/{person.account.id}/{now}", at=now, person=person, chat=chat))

    async def number_of(self, slug: str = "spring") -> int:
        async with self.db.read() as tx:
            applied = await campaigns.by_slug(tx, slug)
        assert applied is not None
        return applied.id


@pytest.fixture
def room(db: Database, clock: FakeClock) -> Room:
    """On Discord."""
    return Room(db, clock, PlainVoice(platform=Platform.DISCORD))


def texts(rows: list[Outgoing]) -> list[str]:
    return [row.content["text"] for row in rows]


def data(row: Outgoing) -> list[str]:
    """What its buttons bring back."""
    return [button["data"] for line in row.content["buttons"] for button in line if "data" in button]

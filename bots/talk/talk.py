"""One question somebody put to the bot, with what is needed to answer it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bots.talk import wording
from bots.talk.ask import Ask
from bots.talk.voice import Voice
from bots.talk.words import Html, Rows, button, key_on, pages, worded
from bots.texts import shown
from core import campaign as campaigns
from core.campaign import Applied
from core.campaign.values import Platform, State
from core.database import Tx
from core.intake.facts import Outcome
from core.members import Member, Person
from core.outbox import Outgoing


@dataclass(slots=True, kw_only=True)
class Talk:
    """`outcome`: what came of the fact that the same update told, if it told one. Answers go to `outgoing`."""

    tx: Tx
    now: datetime
    ask: Ask
    member: Member
    person: Person
    outcome: Outcome | None
    voice: Voice
    outgoing: list[Outgoing] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.member.speaks

    @property
    def platform(self) -> Platform:
        return self.voice.platform

    def worded(self, key: str, **values: object) -> Html:
        """The text in the member's language, and in the words of their messenger."""
        return worded(self.language, key_on(self.platform, key), **values)

    def title(self, applied: Applied) -> str:
        """The campaign's title in the member's language; not escaped."""
        return wording.title(applied.campaign, self.language)

    def shown(self, name: str | None) -> str:
        """A name that somebody chose, as it may stand in a message; not escaped."""
        return shown(name, self.language)

    def button(self, key: str, data: str, **values: object) -> dict[str, str]:
        """A button in the member's language that comes back with `data`."""
        return button(self.language, key, data, **values)

    def reply(self, message: str, buttons: Rows | None = None, *, part: str = "", edits: bool = False) -> None:
        """Write to where the question came from. `part` names a second message to the same question."""
        key = f"{self.ask.key}{part}"
        self.outgoing.append(
            self.voice.say(
                self.ask, str(message), key=key, now=self.now, buttons=buttons, edits=edits and self.ask.pressed
            )
        )

    def reply_in_parts(self, parts: list[str], buttons: Rows | None = None) -> None:
        """As many of these paragraphs in a message as it holds; the buttons are below the last one."""
        found = pages(parts, longest=self.voice.longest)
        for number, page in enumerate(found, 1):
            part = f"/{number}" if number > 1 else ""
            self.reply(page, buttons if number == len(found) else None, part=part)

    def menu(self) -> Rows:
        """What most people want next."""
        return [[self.button("my_link", "invite"), self.button("my_referrals", "me")], [self.button("rules", "rules")]]

    async def here(self) -> list[Applied]:
        """The campaigns that have a place on this platform, oldest first."""
        return [each for each in await campaigns.applied(self.tx) if is_here(each, self.platform)]

    async def campaign(self, what: str, *states: State, also: tuple[str, ...] = ()) -> Applied | None:
        """The campaign that the question is about, or that is at home where it was asked.

        If that is not clear, ask, with buttons for `what`, which bring `also` back; then None.
        """
        here = await self.here()
        if self.ask.args and (meant := named(here, self.ask.args[0])) is not None:
            return meant
        allowed = [each for each in here if each.state(self.now) in (states or tuple(State))]
        shown = [each for each in allowed if each.state(self.now) in (State.RUNNING, State.PAUSED)] or allowed
        shown = [each for each in shown if is_here(each, self.platform, self.ask.place)] or shown
        if len(shown) == 1:
            return shown[0]
        self.choose(what, shown, also=also)
        return None

    def choose(self, what: str, campaigns: list[Applied], *, also: tuple[str, ...] = ()) -> None:
        """Ask which of these campaigns it is about."""
        if not campaigns:
            self.reply(self.worded("choose.none"))
            return
        choices: Rows = [
            [{"text": self.title(each), "data": ":".join([what, str(each.id), *also])}] for each in campaigns
        ]
        self.reply(self.worded("choose.campaign"), choices)


def is_here(applied: Applied, platform: Platform, place: int | None = None) -> bool:
    """Whether the campaign has a community on the platform; with `place`, whether it is that one."""
    return any(each.platform is platform and place in (None, each.chat) for each in applied.campaign.communities)


def named(campaigns: Iterable[Applied], name: str) -> Applied | None:
    """The campaign that is meant: by its number, which buttons bring back, else by its id in the file or its title."""
    known = list(campaigns)
    by_number = (each for each in known if str(each.id) == name)
    return next(by_number, None) or next((each for each in known if is_called(each, name)), None)


def is_called(applied: Applied, name: str) -> bool:
    """Whether this is the campaign's id in its file, or its title in any language."""
    campaign, wanted = applied.campaign, name.strip().casefold()
    return bool(wanted) and wanted in (each.casefold() for each in (campaign.slug, *campaign.title.values()))

"""One question somebody put to the bot, with what is needed to answer it."""

from dataclasses import dataclass, field
from datetime import datetime

from bots.telegram import wording
from bots.telegram.say import Rows, button, say, worded
from bots.telegram.translate import Ask
from bots.telegram.ways import Ways
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
    ways: Ways
    ask: Ask
    member: Member
    person: Person
    outcome: Outcome | None
    outgoing: list[Outgoing] = field(default_factory=list)

    @property
    def language(self) -> str:
        return self.member.speaks

    def worded(self, key: str, **values: object) -> str:
        """The text in the member's language."""
        return worded(self.language, key, **values)

    def reply(self, message: str, buttons: Rows | None = None, *, part: str = "", edits: int | None = None) -> None:
        """Write to where the question came from. `part` names a second message to the same question."""
        key = f"{self.ask.key}{part}"
        self.outgoing.append(say(self.ask.chat, message, key=key, now=self.now, buttons=buttons, edits=edits))

    def tell(self, other: Member, message: str) -> None:
        """Write to somebody else, on Telegram."""
        key = f"{self.ask.key}/{other.account.id}"
        self.outgoing.append(say(other.account.id, message, key=key, now=self.now))

    def menu(self) -> Rows:
        """What most people want next."""
        top = [button(self.language, "my_link", "invite"), button(self.language, "my_referrals", "me")]
        return [top, [button(self.language, "rules", "rules")]]

    async def campaign(self, what: str, *states: State) -> Applied | None:
        """The campaign that the question is about. If that is not clear, ask, with buttons for `what`; then None."""
        here = [each for each in await campaigns.applied(self.tx) if is_here(each)]
        named = self.ask.args[0] if self.ask.args else ""
        for each in here:
            if str(each.id) == named:
                return each
        allowed = [each for each in here if each.state(self.now) in (states or tuple(State))]
        shown = [each for each in allowed if each.state(self.now) in (State.RUNNING, State.PAUSED)] or allowed
        if len(shown) == 1:
            return shown[0]
        if not shown:
            self.reply(self.worded("choose.none"))
        else:
            choices: Rows = [
                [{"text": wording.title(each.campaign, self.language), "data": f"{what}:{each.id}"}] for each in shown
            ]
            self.reply(self.worded("choose.campaign"), choices)
        return None


def is_here(applied: Applied) -> bool:
    """Whether the campaign has a place on Telegram."""
    return any(community.platform is Platform.TELEGRAM for community in applied.campaign.communities)

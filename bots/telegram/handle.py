"""From Telegram's updates to effects and answers, many at a time."""

from collections.abc import Callable, Sequence

from bots.exchange.handler import Handler
from bots.talk import Ask, Talk, answer
from bots.telegram import gifts, inline, places
from bots.telegram.receive import SOURCE
from bots.telegram.say import TelegramVoice, acknowledge
from bots.telegram.translate import translate
from bots.telegram.updates import read_update
from bots.telegram.ways import Ways
from core import intake, members, outbox
from core.clock import Clock
from core.database import Database, Tx
from core.inbox import Waiting
from core.intake.facts import Outcome
from core.members import Member, Person
from core.outbox import Outgoing


def handler(
    db: Database,
    clock: Clock,
    *,
    username: str,
    after: Callable[[], None],
    public_url: str | None = None,
    has_inline: bool = False,
) -> Handler:
    """Handles what came from Telegram. `after` is called when something may have been put into the outbox."""
    updates = Updates(clock, Ways(username=username, public_url=public_url, inline=has_inline))
    return Handler(db, clock, source=SOURCE, handle=updates.handle, after=after)


class Updates:
    """What is done about updates. `ways` are the addresses that answers give."""

    def __init__(self, clock: Clock, ways: Ways) -> None:
        self._clock = clock
        self._voice = TelegramVoice(ways)

    async def handle(self, tx: Tx, waiting: Sequence[Waiting]) -> None:
        """Everything that comes of these updates."""
        now = self._clock.now()
        incoming = [translate(read_update(each.content), received_at=each.received_at) for each in waiting]
        await places.note(tx, (each.chat for each in incoming if each.chat is not None))
        outcomes = await intake.take(tx, [each.fact for each in incoming if each.fact is not None], now=now)
        by_key = {outcome.fact.key: outcome for outcome in outcomes}
        strangers = [each.person for each in incoming if each.person is not None and each.fact is None]
        people = {outcome.member.account: outcome.member for outcome in outcomes}
        people |= await members.meet(tx, strangers, now=now)  # later, so that nothing told in an ask is passed over
        reachable = {people[each.account].id for each in strangers if each.reachable}
        await intake.turned_up(tx, reachable, now=now)
        outgoing: list[Outgoing] = []
        for each in incoming:
            if each.ask is not None and each.person is not None and self._voice.is_meant(each.ask):
                outcome = by_key.get(each.fact.key) if each.fact is not None else None
                talk = self._talk(tx, each.ask, people[each.person.account], each.person, outcome)
                await answer(talk)
                outgoing += talk.outgoing
        used = [each.used for each in incoming if each.used is not None]
        revoked = (gifts.spent(each, username=self._voice.ways.username, now=now) for each in used)
        outgoing += [each for each in revoked if each is not None]
        queries = [each.query for each in incoming if each.query is not None]
        await outbox.put(tx, [*outgoing, *await inline.offers(tx, queries, self._voice.ways, now=now)])

    def _talk(self, tx: Tx, ask: Ask, member: Member, person: Person, outcome: Outcome | None) -> Talk:
        now = self._clock.now()
        talk = Talk(
            tx=tx,
            now=now,
            ask=ask,
            member=member,
            person=person,
            outcome=outcome,
            voice=self._voice,
        )
        if ask.handle.query is not None:
            talk.outgoing.append(acknowledge(ask.handle.query, key=ask.key, now=now, chat=ask.place))
        return talk

"""From Discord's events to effects and answers, many at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from bots.discord.events import read_frame
from bots.discord.receive import SOURCE
from bots.discord.say import DiscordVoice, notices
from bots.discord.translate import ChatNews, Incoming, InviteNews, translate
from bots.exchange.handler import Handler
from bots.talk import Ask, Talk, answer
from core import arrivals, chats, intake, members, outbox
from core.arrivals import Coming
from core.campaign.values import Account, Platform
from core.chats import Chat
from core.clock import Clock
from core.database import Database, Tx
from core.inbox import Waiting
from core.intake.facts import Fact, Outcome
from core.members import Member, Person
from core.outbox import Outgoing


def handler(db: Database, clock: Clock, *, after: Callable[[], None], public_url: str | None = None) -> Handler:
    """Handles what came from Discord. `after` is called when something may have been put into the outbox."""
    events = Events(clock, DiscordVoice(public_url))
    return Handler(db, clock, source=SOURCE, handle=events.handle, after=after)


class Events:
    """What is done about events."""

    def __init__(self, clock: Clock, voice: DiscordVoice) -> None:
        self._clock = clock
        self._voice = voice

    async def handle(self, tx: Tx, waiting: Sequence[Waiting]) -> None:
        """Everything that comes of these events."""
        now = self._clock.now()
        incoming = await _ours(tx, waiting)
        known = await chats.at_addresses(tx, Platform.DISCORD, {each.place for each in incoming if each.place})
        incoming = [each for each in incoming if each.place is None or each.place in known]
        await _note(tx, [each.chat for each in incoming if each.chat is not None], known)
        facts = [each.fact for each in incoming if each.fact is not None]
        outcomes = await intake.take(tx, [*facts, *await _traced(tx, incoming, known)], now=now)
        people = await _people(tx, incoming, outcomes, now=now)
        by_key = {outcome.fact.key: outcome for outcome in outcomes}
        outgoing: list[Outgoing] = []
        for each in incoming:
            if each.ask is not None and each.person is not None:
                member, outcome = people[each.person.account], by_key.get(each.ask.key)
                outgoing += await self._answers(tx, each.ask, member, each.person, outcome)
        await outbox.put(tx, outgoing)

    async def _answers(
        self, tx: Tx, ask: Ask, member: Member, person: Person, outcome: Outcome | None
    ) -> list[Outgoing]:
        """The answer, and what could not be told before."""
        now = self._clock.now()
        talk = Talk(tx=tx, now=now, ask=ask, member=member, person=person, outcome=outcome, voice=self._voice)
        await answer(talk)
        return [*talk.outgoing, *await notices(tx, ask, person.account, now=now)]


async def _ours(tx: Tx, waiting: Sequence[Waiting]) -> list[Incoming]:
    """The events in our words, without changes of members who never were our business."""
    incoming = [translate(read_frame(each.content), key=each.key, received_at=each.received_at) for each in waiting]
    asked = {each.person.account for each in incoming if each.passed and each.person is not None}
    if not asked:
        return incoming
    known = set(await members.by_account(tx, asked))
    known.update(each.person.account for each in incoming if not each.passed and each.person is not None)
    return [each for each in incoming if not each.passed or (each.person and each.person.account in known)]


async def _note(tx: Tx, news: Iterable[ChatNews], known: Mapping[int, Chat]) -> None:
    """Keep what is told about the servers of our campaigns."""
    for each in news:
        chat = known[each.chat]
        title, status = each.title or chat.title, each.bot or chat.bot_status
        if (title, status) != (chat.title, chat.bot_status):
            await chats.describe(tx, chat.id, title=title, bot_status=status)


async def _traced(tx: Tx, incoming: Sequence[Incoming], known: Mapping[int, Chat]) -> list[Fact]:
    """Tell those who compare who came, and which invitations there are. Neither asks which of these was first."""
    came = [each.arrival for each in incoming if each.arrival is not None]
    found = await arrivals.arrived(
        tx,
        [
            Coming(
                chat_id=known[each.guild].id, person=each.person, joined_at=each.joined_at, received_at=each.received_at
            )
            for each in came
        ],
    )
    for news in _in_runs([each.invite for each in incoming if each.invite is not None]):
        chat_id, at = known[news[0].guild].id, news[0].received_at
        made = [each.made for each in news if each.made is not None]
        if made:
            await arrivals.invites_seen(tx, chat_id, made, now=at)
        else:
            await arrivals.invites_gone(tx, chat_id, [each.code for each in news], at=at)
    return [*found]


def _in_runs(news: Iterable[InviteNews]) -> Iterator[list[InviteNews]]:
    """What was told at once about invitations of one server, made or gone, is kept together."""
    for _, some in groupby(news, key=lambda each: (each.guild, each.received_at, each.made is None)):
        yield [*some]


async def _people(
    tx: Tx, incoming: Iterable[Incoming], outcomes: Iterable[Outcome], *, now: datetime
) -> dict[Account, Member]:
    """The members behind those who asked something; what waited for them to turn up is on its way."""
    people = {outcome.member.account: outcome.member for outcome in outcomes}
    strangers = [each.person for each in incoming if each.person is not None and each.fact is None]
    people |= await members.meet(tx, strangers, now=now)  # later, so that nothing told in an ask is passed over
    await intake.turned_up(tx, {people[each.account].id for each in strangers if each.reachable}, now=now)
    return people

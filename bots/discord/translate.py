"""Discord's events in our words: what happened, and what somebody asks of the bot. No rule lives here."""

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from urllib.parse import urlsplit

from bots.discord.events import (
    Event,
    Frame,
    Guild,
    GuildGone,
    Interaction,
    InviteGone,
    InviteMade,
    Member,
    MemberGone,
    MemberNews,
    Message,
    User,
    made_at,
    read_data,
)
from bots.talk import Ask, asked
from bots.texts import languages
from bots.texts.names import shown
from bots.texts.sharing import CHANNELS
from core.arrivals import Invite
from core.campaign.values import Account, Platform
from core.intake.facts import Fact, InChat, Joined, Left, Requested, Spoke, Started
from core.members import Person

_ADMINISTRATOR, _INVITES, _CHANNELS, _SERVER = 1 << 3, 1 << 0, 1 << 4, 1 << 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """By what an interaction is answered. `button`: not a command; `account`: who asked."""

    application: int
    interaction: int
    token: str
    button: bool
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody came into a server; how, nobody says."""

    guild: int
    person: Person
    joined_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteNews:
    """An invitation was made, or is gone where `made` is None."""

    guild: int
    code: str
    received_at: datetime
    made: Invite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatNews:
    """What an event tells about a server itself. `bot`: the bot's own standing in it."""

    chat: int
    title: str | None = None
    bot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One event, translated. All parts may be missing: not every event concerns us.

    `passed`: the fact may be old news, and is worth something only of people we know.
    """

    person: Person | None = None
    fact: Fact | None = None
    ask: Ask | None = None
    arrival: Arrival | None = None
    invite: InviteNews | None = None
    chat: ChatNews | None = None
    passed: bool = False

    @property
    def place(self) -> int | None:
        """The server that it is about; None for what somebody asks, which gets an answer anywhere."""
        if isinstance(self.fact, InChat):
            return self.fact.chat
        if self.invite is not None:
            return self.invite.guild
        return self.chat.chat if self.chat is not None else None


@dataclass(frozen=True, slots=True)
class _Told:
    """The circumstances: which kind of event, its name in the inbox, and when it came."""

    kind: str
    key: str
    order: int
    received_at: datetime


def translate(frame: Frame, *, key: str, received_at: datetime) -> Incoming:
    """Say in our words what the event is. `key` is its name in the inbox.

    Raises msgspec.DecodeError, or KeyError for a kind that this version does not know.
    """
    told = _Told(kind=frame.t or "", key=key, order=frame.s or 0, received_at=received_at)
    return _translate(read_data(frame), told)


def join_key(guild: int, user: int, joined_at: datetime) -> str:
    """Names one stay: however often and by whichever road we hear of it, it is one fact."""
    return f"dc/join/{guild}/{user}/{joined_at:%Y%m%dT%H%M%S%f}"


def joined(member: Member, guild: int, joined_at: datetime, *, order: int = 0) -> Joined | Requested:
    """The member came in; as long as they have not accepted the server's rules, they only asked to."""
    person, key = person_of(member.user), join_key(guild, member.user.id, joined_at)
    if member.pending:
        return Requested(key=f"{key}/pending", at=joined_at, person=person, chat=guild, order=order)
    return Joined(key=key, at=joined_at, person=person, chat=guild, order=order, returning=member.did_rejoin)


def person_of(user: User, *, language: str | None = None, reachable: bool | None = None) -> Person:
    """The user as a person; `reachable` where the event says whether the bot may write to them."""
    return Person(
        account=Account(platform=Platform.DISCORD, id=user.id),
        name=shown(user.shown_as),
        username=user.username,
        language=language,
        is_bot=user.bot,
        reachable=reachable,
        created_at=made_at(user.id),
    )


def language_of(*locales: str | None) -> str | None:
    """The language of the first of Discord's locales that is told: `fr`, `en` for en-US."""
    told = next((locale.lower() for locale in locales if locale), None)
    return told if told is None or told in languages() else told.partition("-")[0]


@singledispatch
def _translate(event: Event, told: _Told) -> Incoming:
    raise TypeError(f"no such event: {type(event).__name__}")


@_translate.register
def _member(event: MemberNews, told: _Told) -> Incoming:
    if event.is_guest or event.joined_at is None:
        return Incoming()
    fact = joined(event, event.guild_id, event.joined_at, order=told.order)
    if told.kind == "GUILD_MEMBER_UPDATE":
        return Incoming(person=fact.person, fact=fact, passed=True)
    arrival = Arrival(guild=event.guild_id, person=fact.person, joined_at=fact.at, received_at=told.received_at)
    return Incoming(person=fact.person, fact=fact, arrival=arrival)


@_translate.register
def _gone(event: MemberGone, told: _Told) -> Incoming:
    person, key = person_of(event.user), f"dc/left/{event.guild_id}/{event.user.id}/{told.key}"
    fact = Left(key=key, at=told.received_at, person=person, chat=event.guild_id, order=told.order)
    return Incoming(person=person, fact=fact)


@_translate.register
def _message(event: Message, told: _Told) -> Incoming:
    if event.guild_id is None or not event.is_written:
        return Incoming()
    person = person_of(event.author)
    fact = Spoke(key=f"dc/message/{event.id}", at=made_at(event.id), person=person, chat=event.guild_id)
    return Incoming(person=person, fact=fact)


@_translate.register
def _guild(event: Guild, told: _Told) -> Incoming:
    return Incoming(chat=ChatNews(chat=event.id, title=event.name, bot=_standing(event)))


@_translate.register
def _guild_gone(event: GuildGone, told: _Told) -> Incoming:
    return Incoming() if event.unavailable else Incoming(chat=ChatNews(chat=event.id, bot="absent"))


@_translate.register
def _invite(event: InviteMade, told: _Told) -> Incoming:
    made = Invite(
        code=event.code,
        uses=event.uses,
        max_uses=event.max_uses,
        made_at=event.created_at or told.received_at,
        expires_at=event.expires_at,
    )
    news = InviteNews(guild=event.guild_id, code=event.code, received_at=told.received_at, made=made)
    return Incoming(invite=news)


@_translate.register
def _invite_gone(event: InviteGone, told: _Told) -> Incoming:
    return Incoming(invite=InviteNews(guild=event.guild_id, code=event.code, received_at=told.received_at))


@_translate.register
def _interaction(event: Interaction, told: _Told) -> Incoming:
    user = event.who
    if user is None or not (event.is_command or event.is_pressed):
        return Incoming()
    person = person_of(user, language=language_of(event.locale, event.guild_locale), reachable=True)
    key = f"dc/ask/{event.id}"
    what, args = _asked(event)
    fact: Fact | None = None
    if event.is_command and what == "start" and args:
        code, channel = _code(args[0])
        args = (code,)
        fact = Started(key=key, at=made_at(event.id), person=person, code=code, channel=channel)
    ask = Ask(
        what=what,
        args=args,
        place=event.guild_id or 0,
        private=True,
        key=key,
        pressed=event.is_pressed,
        handle=Reply(
            application=event.application_id,
            interaction=event.id,
            token=event.token,
            button=event.is_pressed,
            account=user.id,
        ),
    )
    return Incoming(person=person, fact=fact, ask=ask)


def _asked(event: Interaction) -> tuple[str, tuple[str, ...]]:
    """A command with its options; or what the pressed button carries, and what was chosen in a menu."""
    if event.is_command:
        options = {each.name: str(each.value) for each in event.data.options if each.value is not None}
        return asked(event.data.name, options)
    what, *args = event.data.custom_id.split(":")
    return what, (*args, *event.data.values)


def _code(typed: str) -> tuple[str, str | None]:
    """A code and the channel it was given out for; somebody may well paste the whole link."""
    path = urlsplit(typed.strip()).path.strip("/") if "://" in typed else typed.strip()
    code, _, channel = path.removeprefix("r/").partition("/")
    return code, channel if channel in CHANNELS else None


def _standing(guild: Guild) -> str | None:
    """What the bot may do there: `administrator` if it can do its work; None if the event does not tell."""
    if not guild.members:
        return None
    mine, rights = {guild.id, *guild.members[0].roles}, 0
    for role in guild.roles:
        rights |= role.permissions if role.id in mine else 0
    needed = _INVITES | _CHANNELS | _SERVER
    return "administrator" if rights & _ADMINISTRATOR or rights & needed == needed else "member"

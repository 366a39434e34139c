"""The few fields of Discord's gateway events that Sayso reads. What is not named here is skipped while decoding.

Decoding checks the types, so that everything behind this module may rely on them: a malformed event raises
`msgspec.ValidationError` and is set aside by the inbox. discord.py's own objects are not used, because they need a
cache to be right (failures.md, L5), and because what came must be stored before anybody looks at it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

import msgspec

Id: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A snowflake. Discord writes it as text."""

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def made_at(snowflake: int) -> datetime:
    """When the thing with this number was made; an account's age stands in its number."""
    return EPOCH + timedelta(milliseconds=snowflake >> 22)


class Frame(msgspec.Struct):
    """What the gateway sends. `op` 0 is an event `t` with its data, number `s` of its session."""

    op: int = 0
    t: str | None = None
    s: int | None = None
    d: msgspec.Raw = msgspec.Raw(b"null")


class User(msgspec.Struct, frozen=True):
    id: Id
    username: str
    global_name: str | None = None
    bot: bool = False

    @property
    def shown_as(self) -> str:
        return self.global_name or self.username


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a server. `pending`: they have not accepted its rules yet."""

    user: User
    joined_at: datetime | None = None
    pending: bool = False
    flags: int = 0
    roles: list[Id] = []

    @property
    def did_rejoin(self) -> bool:
        """They were in this server before."""
        return bool(self.flags & 1 << 0)

    @property
    def is_guest(self) -> bool:
        """They are there for one call only, and no member."""
        return bool(self.flags & 1 << 4) or self.joined_at is None


class MemberNews(Member, frozen=True, kw_only=True):
    """GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE."""

    guild_id: Id


class MemberGone(msgspec.Struct, frozen=True):
    """GUILD_MEMBER_REMOVE: they left, or were removed; which, it does not say."""

    guild_id: Id
    user: User


class Role(msgspec.Struct, frozen=True):
    id: Id
    permissions: int = 0


class Guild(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_CREATE and GUILD_UPDATE. `members`: of all that are told, the bot's own entry is kept."""

    id: Id
    name: str | None = None
    unavailable: bool = False
    owner_id: Id | None = None
    features: list[str] = []
    roles: list[Role] = []
    members: list[Member] = []


class GuildGone(msgspec.Struct, frozen=True):
    """GUILD_DELETE: the bot is out of the server, or that is `unavailable` for a while."""

    id: Id
    unavailable: bool = False


class InviteMade(msgspec.Struct, frozen=True, kw_only=True):
    """INVITE_CREATE."""

    guild_id: Id
    channel_id: Id
    code: str
    inviter: User | None = None
    max_age: int = 0
    max_uses: int = 0
    uses: int = 0
    created_at: datetime | None = None
    expires_at: datetime | None = None


class InviteGone(msgspec.Struct, frozen=True):
    """INVITE_DELETE: used up, expired or deleted; which, it does not say."""

    guild_id: Id
    code: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """MESSAGE_CREATE, without what was written: that is nobody's business here, and never stored."""

    id: Id
    author: User
    guild_id: Id | None = None
    type: int = 0
    webhook_id: Id | None = None

    @property
    def is_written(self) -> bool:
        """Whether a person wrote this. The others are Discord's own lines (who came, what was pinned), or a bot's."""
        return self.type in (0, 19) and not self.author.bot and self.webhook_id is None


class Option(msgspec.Struct, frozen=True):
    name: str
    type: int
    value: str | int | float | bool | None = None


class Asked(msgspec.Struct, frozen=True):
    """What an interaction is about: a command by `name`, or a button or menu by `custom_id`."""

    name: str = ""
    options: list[Option] = []
    custom_id: str = ""
    values: list[str] = []


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """INTERACTION_CREATE: a command (2), a button or menu (3); the others we do not use."""

    id: Id
    application_id: Id
    type: int
    token: str
    data: Asked = Asked()
    guild_id: Id | None = None
    member: Member | None = None
    user: User | None = None
    locale: str | None = None
    guild_locale: str | None = None

    @property
    def who(self) -> User | None:
        return self.member.user if self.member else self.user

    @property
    def is_command(self) -> bool:
        return self.type == 2

    @property
    def is_pressed(self) -> bool:
        return self.type == 3


class Ready(msgspec.Struct, frozen=True):
    """READY: a new session, and who the bot is."""

    session_id: str
    user: User


Event: TypeAlias = MemberNews | MemberGone | Guild | GuildGone | InviteMade | InviteGone | Message | Interaction

_KINDS: Mapping[str, Any] = {
    "GUILD_CREATE": Guild,
    "GUILD_UPDATE": Guild,
    "GUILD_DELETE": GuildGone,
    "GUILD_MEMBER_ADD": MemberNews,
    "GUILD_MEMBER_UPDATE": MemberNews,
    "GUILD_MEMBER_REMOVE": MemberGone,
    "INVITE_CREATE": InviteMade,
    "INVITE_DELETE": InviteGone,
    "MESSAGE_CREATE": Message,
    "INTERACTION_CREATE": Interaction,
}

WANTED = frozenset(_KINDS)
"""The events that Sayso does something about."""

_DECODERS = {kind: msgspec.json.Decoder(known, strict=False).decode for kind, known in _KINDS.items()}
read_frame = msgspec.json.Decoder(Frame).decode
read_ready = msgspec.json.Decoder(Ready, strict=False).decode


def read_data(frame: Frame) -> Event:
    """The event's data. Raises msgspec.DecodeError if it is not what Discord documents; KeyError unless wanted."""
    event: Event = _DECODERS[frame.t or ""](frame.d)
    return event

"""The few fields of Telegram's updates that Sayso reads. What is not named here is skipped while decoding.

Decoding checks the types, so that everything behind this module may rely on them: a malformed update raises
`msgspec.ValidationError` and is set aside by the inbox. This is not `telegram.Update`, because building that costs
fifteen times as much as the rest of recording an update, and because the raw update must be stored before anybody
looks at it (see README.md).
"""

from typing import Annotated, Any, TypeAlias

import msgspec

Id: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What a database can hold; Telegram's own use 52 bits."""

Seconds: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Since 1970, and until the last moment that a date can be."""


class User(msgspec.Struct, frozen=True):
    id: Id
    is_bot: bool
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class Chat(msgspec.Struct, frozen=True):
    id: Id
    type: str
    title: str | None = None
    username: str | None = None


class Entity(msgspec.Struct, frozen=True):
    type: str
    offset: int
    length: int
    url: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where a forwarded message comes from: `chat` for a channel's post, `sender_chat` for one written as a group."""

    type: str
    chat: Chat | None = None
    sender_chat: Chat | None = None
    message_id: Id | None = None


class SharedUser(msgspec.Struct, frozen=True):
    user_id: Id


class UsersShared(msgspec.Struct, frozen=True):
    request_id: int
    users: list[SharedUser] = []


class Message(msgspec.Struct, frozen=True):
    message_id: Id
    date: Seconds
    chat: Chat
    from_: User | None = msgspec.field(default=None, name="from")
    sender_chat: Chat | None = None
    text: str | None = None
    entities: list[Entity] = []
    forward_origin: Origin | None = None
    is_automatic_forward: bool = False
    media_group_id: str | None = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    users_shared: UsersShared | None = None
    new_chat_members: list[User] | None = None
    left_chat_member: User | None = None
    caption_entities: list[Entity] = []
    caption: str | None = None
    animation: Any = None
    audio: Any = None
    checklist: Any = None
    contact: Any = None
    dice: Any = None
    document: Any = None
    location: Any = None
    paid_media: Any = None
    photo: Any = None
    poll: Any = None
    sticker: Any = None
    story: Any = None
    video: Any = None
    video_note: Any = None
    voice: Any = None

    @property
    def is_written(self) -> bool:
        """Whether somebody sent this. The others are Telegram's own lines: who came, what was pinned, renamed …"""
        return self.text is not None or any(getattr(self, name) is not None for name in _WRITTEN)


_WRITTEN = ("caption", *Message.__struct_fields__[Message.__struct_fields__.index("animation") :])


class InviteLink(msgspec.Struct, frozen=True):
    invite_link: str
    creator: User | None = None
    member_limit: int | None = None


class ChatMember(msgspec.Struct, frozen=True):
    status: str
    user: User
    is_member: bool = False

    @property
    def is_there(self) -> bool:
        """Whether this status means that the user is a member now (platforms.md, section 2)."""
        return self.status in ("creator", "administrator", "member") or (self.status == "restricted" and self.is_member)


class ChatMemberUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """`from_` is who acted, not always who came or went."""

    chat: Chat
    from_: User = msgspec.field(name="from")
    date: Seconds
    old_chat_member: ChatMember
    new_chat_member: ChatMember
    invite_link: InviteLink | None = None


class ChatJoinRequest(msgspec.Struct, frozen=True, kw_only=True):
    chat: Chat
    from_: User = msgspec.field(name="from")
    date: Seconds
    invite_link: InviteLink | None = None


class CallbackQuery(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    from_: User = msgspec.field(name="from")
    message: Message | None = None
    data: str = ""


class InlineQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody types something after the bot's name, in whatever chat."""

    id: str
    from_: User = msgspec.field(name="from")
    query: str


class ChosenInlineResult(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody sent what they were offered. `inline_message_id` is there if the message has buttons."""

    result_id: str
    from_: User = msgspec.field(name="from")
    inline_message_id: str | None = None


class Update(msgspec.Struct, frozen=True):
    update_id: int
    message: Message | None = None
    callback_query: CallbackQuery | None = None
    inline_query: InlineQuery | None = None
    chosen_inline_result: ChosenInlineResult | None = None
    chat_member: ChatMemberUpdated | None = None
    my_chat_member: ChatMemberUpdated | None = None
    chat_join_request: ChatJoinRequest | None = None


WANTED = (
    "message",
    "callback_query",
    "inline_query",
    "chosen_inline_result",
    "chat_member",
    "my_chat_member",
    "chat_join_request",
)
"""What Telegram is asked to send; `chat_member` comes only if it is named."""

read_update = msgspec.json.Decoder(Update).decode

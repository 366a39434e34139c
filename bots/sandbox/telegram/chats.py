"""Chats and what belongs to them: members with their rights, invite links, requests to join, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bots.sandbox.telegram.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.telegram.messages import Message
    from bots.sandbox.telegram.people import Person

Json = dict[str, Any]
Kind = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

RIGHTS = [
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages",)
PERMISSIONS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """How a user stands to a chat. Rights count for administrators, permissions for the restricted."""

    user: User
    status: Status = "left"
    rights: dict[str, bool] = field(default_factory=dict)
    is_member: bool = True  # of the restricted: are they inside at all
    until: int = 0

    @property
    def inside(self) -> bool:
        return self.status in ("creator", "administrator", "member") or (self.status == "restricted" and self.is_member)

    @property
    def runs_it(self) -> bool:
        return self.status in ("creator", "administrator")

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and self.rights.get(right, right in RIGHTS))

    def may_speak(self) -> bool:
        return self.inside and (self.status != "restricted" or self.rights.get("can_send_messages", False))

    def may_send(self, media: str) -> bool:
        """Photos, videos, documents: those who are restricted may send some and not others."""
        return self.status != "restricted" or self.rights.get(f"can_send_{media}", False)

    def json(self, chat: Chat) -> Json:
        base: Json = {"status": self.status, "user": self.user.json()}
        if self.status == "creator":
            return base | {"is_anonymous": False}
        if self.status == "administrator":
            extra = CHANNEL_RIGHTS if chat.kind == "channel" else GROUP_RIGHTS
            rights = {right: self.may(right) for right in RIGHTS}
            rights |= {right: self.rights.get(right, True) for right in extra}
            return base | {"can_be_edited": False, "is_anonymous": False} | rights
        if self.status == "restricted":
            allowed = {name: self.rights.get(name, False) for name in PERMISSIONS}
            return base | {"is_member": self.is_member, "until_date": self.until} | allowed
        return base | ({"until_date": self.until} if self.status == "kicked" else {})


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class InviteLink:
    """A way into a chat. `joined` holds those who came by it and are still inside; `requests`, who waits."""

    url: str
    chat: Chat
    creator: User
    name: str | None = None
    expires_at: int | None = None
    member_limit: int | None = None
    creates_join_request: bool = False
    is_primary: bool = False
    is_revoked: bool = False
    joined: set[int] = field(default_factory=set)
    requests: set[int] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"<InviteLink {self.url}>"

    def open_at(self, now: float) -> bool:
        """Can one more person come in by it?"""
        full = self.member_limit is not None and len(self.joined) >= self.member_limit
        expired = self.expires_at is not None and now >= self.expires_at
        return not (self.is_revoked or expired or full)

    def json(self, viewer: User | None = None) -> Json:
        """The link as `viewer` may see it: of somebody else's, only the first half."""
        shown = {
            "name": self.name,
            "expire_date": self.expires_at,
            "member_limit": self.member_limit,
            "pending_join_request_count": len(self.requests) or None,
        }
        whole = viewer is None or viewer is self.creator
        return {
            "invite_link": self.url if whole else self.url[: len("https://t.me/+") + 8] + "...",
            "creator": self.creator.json(),
            "creates_join_request": self.creates_join_request,
            "is_primary": self.is_primary,
            "is_revoked": self.is_revoked,
        } | {name: value for name, value in shown.items() if value is not None}


@dataclass(kw_only=True, eq=False, repr=False)
class Chat:
    """A place where messages lie. A private one belongs to one person and one bot."""

    id: int
    kind: Kind
    title: str = ""
    username: str | None = None
    description: str = ""
    person: Person | None = None  # of a private chat
    bot: Bot | None = None
    opened: bool = False  # the person has pressed Start
    blocked: bool = False  # the person has blocked the bot
    writable_until: float = 0  # a request to join lets the bot write for five minutes
    members: dict[int, Member] = field(default_factory=dict)
    links: dict[str, InviteLink] = field(default_factory=dict)
    requests: dict[int, InviteLink | None] = field(default_factory=dict)
    join_by_request: bool = False
    hides_links: bool = False  # joins do not say which link was used, as in public chats
    hides_joins: bool = False  # no service messages for joins and leaves, as in large groups
    migrated_to: Chat | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    next_message_id: int = 1
    last_bot: Bot | None = None  # the bot that spoke last
    size: int = 0  # how many are inside
    came_by: dict[int, InviteLink] = field(default_factory=dict)
    _bots: dict[int, Bot] = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        return self.username is not None

    @property
    def is_group(self) -> bool:
        return self.kind in ("group", "supergroup")

    def member(self, user: User) -> Member:
        """How the user stands to this chat; strangers have simply left."""
        return self.members.get(user.id, Member(user=user))

    def has(self, user: User) -> bool:
        return self.member(user).inside

    def put(self, member: Member) -> None:
        """Remember how a user stands to this chat from now on."""
        self.size += member.inside - self.has(member.user)
        self.members[member.user.id] = member
        if isinstance(member.user, Bot):
            self._bots[member.user.id] = member.user

    def empty(self) -> None:
        """Nobody is left inside."""
        self.members.clear()
        self._bots.clear()
        self.size = 0

    def bots(self) -> list[Bot]:
        """The bots that hear what happens here, each within its rights."""
        if self.kind == "private":
            return [self.bot] if self.bot and self.opened and not self.blocked else []
        return [bot for bot in self._bots.values() if self.has(bot)]

    def administrators(self) -> list[Member]:
        return [member for member in self.members.values() if member.runs_it]

    def link(self, url: str | InviteLink) -> InviteLink | None:
        return self.links.get(url if isinstance(url, str) else url.url)

    def remember(self, message: Message, *, most: int) -> None:
        """Keep a message, and forget the oldest one beyond `most`."""
        self.messages[message.id] = message
        if len(self.messages) > most:
            del self.messages[next(iter(self.messages))]

    def json(self) -> Json:
        if self.person is not None:
            named = self.person.json()
            fields = ("first_name", "last_name", "username")
            return {"id": self.id, "type": "private"} | {key: named[key] for key in fields if key in named}
        base: Json = {"id": self.id, "type": self.kind, "title": self.title}
        return base | ({"username": self.username} if self.username else {})

    def __repr__(self) -> str:
        return f"<Chat {self.id} {self.kind} {self.title!r}>"

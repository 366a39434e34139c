"""Users: everybody who can act in a chat, and the bots among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.sandbox.telegram.updates import UpdateQueue

if TYPE_CHECKING:
    from bots.sandbox.telegram.chats import Chat

Json = dict[str, Any]


@dataclass(kw_only=True, eq=False, repr=False)
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_premium: bool = False
    hides_forwards: bool = False  # forwards name this user, without an account behind the name
    deactivated: bool = False

    is_bot = False

    def json(self) -> Json:
        shown = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
            "is_premium": self.is_premium or None,
        }
        base: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        return base | {name: value for name, value in shown.items() if value is not None}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.first_name}>"


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where a bot wants its updates sent."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_at: float | None = None
    last_error: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class Bot(User):
    """A bot's account. `reads_all` is privacy mode switched off; `inline_feedback` a probability, 0 to 1."""

    token: str
    updates: UpdateQueue
    reads_all: bool = False
    inline: bool = True
    inline_feedback: float = 0.0
    webhook: Webhook | None = None
    chats: dict[int, Chat] = field(default_factory=dict)  # with each person
    commands: dict[str, list[Json]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # names and descriptions by method and language
    menu_buttons: dict[int | None, Json] = field(default_factory=dict)

    is_bot = True

    def me(self) -> Json:
        return self.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_all,
            "supports_inline_queries": self.inline,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

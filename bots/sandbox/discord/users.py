"""Users: everybody who can act in a guild, and the bots among them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bots.sandbox.discord.intents import APPLICATION_FLAGS, Intent
from bots.sandbox.discord.snowflakes import made_at

if TYPE_CHECKING:
    from bots.sandbox.discord.commands import Commands
    from bots.sandbox.discord.gateway.gateway import Gateway

Json = dict[str, Any]


@dataclass(kw_only=True, eq=False, repr=False)
class User:
    """Somebody with an account; how old it is stands in its id."""

    id: int
    username: str
    global_name: str | None = None
    avatar: str | None = None
    locale: str = "en-US"
    email: str | None = None

    is_bot = False

    @property
    def created_at(self) -> datetime:
        return made_at(self.id)

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def json(self) -> Json:
        shown: Json = {
            "id": str(self.id),
            "username": self.username,
            "global_name": self.global_name,
            "discriminator": "0",
            "avatar": self.avatar,
            "avatar_decoration_data": None,
            "collectibles": None,
            "banner": None,
            "accent_color": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }
        return shown | ({"bot": True} if self.is_bot else {})

    def own_json(self, *, with_email: bool = False) -> Json:
        """The account as its owner sees it."""
        extra: Json = {"mfa_enabled": False, "locale": self.locale, "premium_type": 0}
        if with_email:
            extra |= {"email": self.email, "verified": self.email is not None}
        return self.json() | extra

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.username}>"


@dataclass(kw_only=True, eq=False, repr=False)
class Bot(User):
    """An application and its bot, which share an id. `privileged` are the intents switched on in the portal."""

    token: str
    client_secret: str
    owner: User
    gateway: Gateway
    commands: Commands
    redirect_uris: list[str] = field(default_factory=list)
    privileged: Intent = Intent.GUILD_MEMBERS
    verify_key: str = "0" * 64

    is_bot = True

    @property
    def flags(self) -> int:
        return sum(flag for intent, flag in APPLICATION_FLAGS.items() if intent in self.privileged)

    def public_json(self) -> Json:
        """The application as anybody may see it."""
        return {
            "id": str(self.id),
            "name": self.username,
            "icon": None,
            "description": "",
            "type": None,
            "bot": self.json(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": self.verify_key,
            "flags": self.flags,
            "flags_new": str(self.flags),
        }

    def application_json(self, guilds: int) -> Json:
        """The application as its owner sees it."""
        return self.public_json() | {
            "redirect_uris": self.redirect_uris,
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": self.owner.json(),
            "approximate_guild_count": guilds,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
        }


def token_for(id_: int, secret: str) -> str:
    """A token as Discord makes them: the id comes first, readable to those who know how."""
    return f"{b64encode(str(id_).encode()).decode().rstrip('=')}.{secret[:6]}.{secret[6:]}"

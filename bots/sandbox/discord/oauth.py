"""OAuth2: people consent in a page, and an application gets tokens for it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bots.sandbox.discord.errors import ImpossibleError, OAuthError
from bots.sandbox.discord.users import Bot, User

if TYPE_CHECKING:
    from bots.sandbox.discord.world import DiscordWorld

Json = dict[str, Any]
CODE_LASTS = timedelta(minutes=10)
TOKEN_LASTS = timedelta(days=7)
SCOPES = frozenset(["identify", "email", "guilds", "guilds.join", "guilds.members.read", "role_connections.write"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an authorize link asks for."""

    bot: Bot
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None = None  # PKCE: who takes the code has to know what this was made of

    def back(self, **values: str) -> str:
        """The address to go back to, with what it is told."""
        told = values | ({"state": self.state} if self.state is not None else {})
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{urlencode(told)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's consent, spent as a code or alive as a token."""

    bot: Bot
    user: User
    scopes: tuple[str, ...]
    expires_at: datetime
    redirect_uri: str = ""
    challenge: str | None = None


@dataclass(eq=False)
class OAuth:
    """The codes and tokens in force."""

    world: DiscordWorld
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, tuple[Grant, str]] = field(default_factory=dict)

    def asked(self, url: str) -> Consent:
        """Read an authorize link as Discord's page does; one that the page would refuse is impossible."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        bot = self.world.users.get(int(query.get("client_id") or 0))
        if not isinstance(bot, Bot):
            raise ImpossibleError("Unknown Application")
        uri, scopes = query.get("redirect_uri", ""), tuple(query.get("scope", "").split())
        if uri not in bot.redirect_uris:
            raise ImpossibleError(f"Invalid OAuth2 redirect_uri {uri!r}: the portal knows {bot.redirect_uris}")
        if query.get("response_type") != "code" or not scopes or not SCOPES.issuperset(scopes):
            raise ImpossibleError(f"this page takes response_type=code and scopes among {sorted(SCOPES)}")
        if "code_challenge" in query and query.get("code_challenge_method") != "S256":
            raise ImpossibleError("a code_challenge is taken with code_challenge_method=S256")
        return Consent(
            bot=bot,
            redirect_uri=uri,
            scopes=scopes,
            state=query.get("state"),
            challenge=query.get("code_challenge"),
        )

    def consent(self, user: User, asked: Consent) -> str:
        """The person says yes; answers where the browser goes next."""
        code = self.world.secret(30)
        self.codes[code] = Grant(
            bot=asked.bot,
            user=user,
            scopes=asked.scopes,
            expires_at=self.world.clock.now() + CODE_LASTS,
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
        )
        return asked.back(code=code)

    def decline(self, asked: Consent) -> str:
        return asked.back(error="access_denied", error_description="The resource owner or authorization server denied")

    def exchange(self, bot: Bot, code: str, redirect_uri: str, verifier: str = "") -> Json:
        """A code for tokens, once."""
        grant = self.codes.pop(code, None)
        if grant is None or grant.bot is not bot or grant.expires_at <= self.world.clock.now():
            raise OAuthError("invalid_grant", 'Invalid "code" in request.')
        if grant.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", 'Invalid "redirect_uri" in request.')
        if grant.challenge is not None and grant.challenge != _challenge(verifier):
            raise OAuthError("invalid_grant", 'Invalid "code_verifier" in request.')
        return self._issue(grant)

    def renew(self, bot: Bot, refresh_token: str) -> Json:
        grant, access = self.refresh.pop(refresh_token, (None, ""))
        if grant is None or grant.bot is not bot:
            raise OAuthError("invalid_grant", 'Invalid "refresh_token" in request.')
        self.access.pop(access, None)
        return self._issue(grant)

    def revoke(self, bot: Bot, token: str) -> None:
        """End a token and with it, as Discord does, all of this person for this application."""
        grant = self.access.get(token) or self.refresh.get(token, (None, ""))[0]
        if grant is None or grant.bot is not bot:
            return
        ours = (grant.bot, grant.user)
        self.access = {key: one for key, one in self.access.items() if (one.bot, one.user) != ours}
        self.refresh = {key: one for key, one in self.refresh.items() if (one[0].bot, one[0].user) != ours}

    def grant(self, token: str) -> Grant | None:
        """The consent behind an access token, if it is still good."""
        grant = self.access.get(token)
        return grant if grant and grant.expires_at > self.world.clock.now() else None

    def _issue(self, grant: Grant) -> Json:
        access, refresh = self.world.secret(30), self.world.secret(30)
        until = self.world.clock.now() + TOKEN_LASTS
        alive = Grant(bot=grant.bot, user=grant.user, scopes=grant.scopes, expires_at=until)
        self.access[access] = alive
        self.refresh[refresh] = (alive, access)
        return {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": int(TOKEN_LASTS.total_seconds()),
            "refresh_token": refresh,
            "scope": " ".join(grant.scopes),
        }


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")

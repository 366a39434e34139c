"""The OAuth2 routes for applications: codes into tokens, renewing and ending them."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from bots.sandbox.discord.errors import OAuthError, unauthorized
from bots.sandbox.discord.rest.table import Call, route
from bots.sandbox.discord.users import Bot

Json = dict[str, Any]


@route("POST", "/oauth2/token", who="nobody")
def get_token(call: Call) -> Json:
    """Takes a form, and the application's id and secret in it or as Basic authorization."""
    bot, form = _client(call), call.data
    match form.get("grant_type"):
        case "authorization_code":
            given = (str(form.get(name, "")) for name in ("code", "redirect_uri", "code_verifier"))
            return call.world.oauth.exchange(bot, *given)
        case "refresh_token":
            return call.world.oauth.renew(bot, str(form.get("refresh_token")))
        case _:
            raise OAuthError("unsupported_grant_type", "Grant type None is not supported")


@route("POST", "/oauth2/token/revoke", who="nobody")
def revoke_token(call: Call) -> Json:
    call.world.oauth.revoke(_client(call), str(call.data.get("token")))
    return {}


@route("GET", "/oauth2/@me", who="user")
def get_authorization(call: Call) -> Json:
    if call.grant is None:
        raise unauthorized()
    shown: Json = {
        "application": call.grant.bot.public_json(),
        "expires": call.grant.expires_at.isoformat(),
        "scopes": list(call.grant.scopes),
    }
    return shown | ({"user": call.grant.user.json()} if "identify" in call.grant.scopes else {})


def _client(call: Call) -> Bot:
    id_, secret = call.data.get("client_id"), call.data.get("client_secret")
    if call.basic:
        try:
            id_, _, secret = b64decode(call.basic).decode().partition(":")
        except (NotBase64, UnicodeDecodeError) as error:
            raise OAuthError("invalid_client", "Invalid client", status=401) from error
    bot = call.world.users.get(int(id_)) if str(id_).isdecimal() and id_ else None
    if not isinstance(bot, Bot) or bot.client_secret != secret:
        raise OAuthError("invalid_client", "Invalid client", status=401)
    return bot

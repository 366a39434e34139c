"""The ways to be refused: by the API, or by the apps that people hold in their hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """What a bot is told instead of a result: an HTTP status, Discord's own code and a sentence."""

    def __init__(self, status: int, code: int, message: str, *, headers: Mapping[str, str] = {}, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers)
        self._more = more

    def json(self) -> dict[str, Any]:
        return {"message": str(self), "code": self.code} | self._more


class OAuthError(Exception):
    """A refusal of the OAuth2 endpoints, in the words of their standard."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.error = error

    def json(self) -> dict[str, Any]:
        return {"error": self.error, "error_description": str(self)}


class ImpossibleError(Exception):
    """A person tried what Discord's apps would not let them do: most often a mistake in a test."""


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def not_found() -> ApiError:
    return ApiError(404, 0, "404: Not Found")


def unknown(what: str) -> ApiError:
    """404, for something that is not there, or not for this bot."""
    return ApiError(404, UNKNOWN[what], f"Unknown {what}")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def dm_closed() -> ApiError:
    return ApiError(403, 50007, "Cannot send messages to this user")


def too_many_invites(most: int = 1000) -> ApiError:
    return ApiError(400, 30016, f"Maximum number of invites reached ({most})")


def not_indexed(retry_after: float, documents: int = 0) -> ApiError:
    """202: the members' index is being made; no error by its status, and no result either."""
    problem = "Index not yet available. Try again later"
    return ApiError(202, 110000, problem, documents_indexed=documents, retry_after=retry_after)


def too_many_requests(retry_after: float, *, everywhere: bool = False, scope: str = "user") -> ApiError:
    """429 as Discord itself sends it; without `Via` the clients take it for a ban by Cloudflare."""
    headers = {"Via": "1.1 google", "Retry-After": f"{retry_after:.0f}", "X-RateLimit-Scope": scope}
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    body = {"retry_after": retry_after, "global": everywhere}
    return ApiError(429, 0, "You are being rate limited.", headers=headers, **body)


def blocked() -> ApiError:
    """429 from Cloudflare in front of Discord: it has no `Via`."""
    body = {"retry_after": 600.0, "global": False}
    return ApiError(429, 0, "You are being blocked from accessing our API.", headers={}, **body)


def invalid(field: str, problem: str, code: str = "BASE_TYPE_BAD") -> ApiError:
    """400, with the field that is wrong."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": problem}]}
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors=errors)


UNKNOWN = {
    "Account": 10001,
    "Application": 10002,
    "Channel": 10003,
    "Guild": 10004,
    "Invite": 10006,
    "Member": 10007,
    "Message": 10008,
    "Role": 10011,
    "User": 10013,
    "Webhook": 10015,
    "Ban": 10026,
    "interaction": 10062,
    "application command": 10063,
}

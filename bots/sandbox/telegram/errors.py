"""The ways to be refused: by the Bot API, or by the apps that people hold in their hands."""

from __future__ import annotations

from typing import Any


class BotApiError(Exception):
    """What a bot is told instead of a result: an HTTP status, a description and sometimes parameters."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def json(self) -> dict[str, Any]:
        answer = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | ({"parameters": self.parameters} if self.parameters else {})


class ImpossibleError(Exception):
    """A person tried what Telegram's apps would not let them do: most often a mistake in a test."""


def bad_request(problem: str, **parameters: Any) -> BotApiError:
    return BotApiError(400, f"Bad Request: {problem}", **parameters)


def forbidden(problem: str) -> BotApiError:
    return BotApiError(403, f"Forbidden: {problem}")


def conflict(problem: str) -> BotApiError:
    return BotApiError(409, f"Conflict: {problem}")


def too_many_requests(retry_after: int) -> BotApiError:
    return BotApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def upgraded(new_chat_id: int) -> BotApiError:
    return bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_chat_id)

"""What a bot asked the server for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bots.sandbox.telegram.users import Bot


@dataclass(slots=True, kw_only=True)
class ApiCall:
    """One call as it came in; `error` is None if it went well. The results of getUpdates are not kept."""

    bot: Bot
    method: str
    params: dict[str, Any]
    at: float
    result: Any = None
    error: str | None = None

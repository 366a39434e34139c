"""What was asked of the API, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True)
class ApiCall:
    """One call as it came in; `status` is 0 as long as it runs. `route` has the names in it, `path` the ids."""

    bot: int | None  # whose token it carried
    method: str
    route: str
    path: str
    body: Any
    at: datetime
    status: int = 0
    result: Any = None

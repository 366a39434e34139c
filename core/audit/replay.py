"""Folding the journal into what it says must have been kept. Shares no counting code with what did the keeping."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from core.journal import Kind

_EVENTS = {
    Kind.LINK: "links",
    Kind.START: "starts",
    Kind.JOIN: "joins",
    Kind.LEAVE: "leaves",
    Kind.SHARE: "shares",
    Kind.INTENT: "intents",
    Kind.CONVERSION: "conversions",
    Kind.CLICK: "clicks",
    Kind.UNFURL: "unfurls",
    Kind.GRANTED: "rewards.granted",
    Kind.DELIVERED: "rewards.delivered",
}


class Replay:
    """Give it every fact, in order; then ask."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[int, str]] = Counter()
        self._advocates: set[tuple[int, int]] = set()
        self._last: dict[tuple[int, int], tuple[int, str]] = {}
        self._grants: dict[str, str] = {}
        self._points: Counter[tuple[int, int]] = Counter()

    def take(
        self,
        key: str,
        campaign_id: int | None,
        kind: str,
        member_id: int | None,
        advocate_id: int | None,
        data: dict[str, Any] | None,
    ) -> None:
        """One fact."""
        if campaign_id is None:
            return
        if name := _EVENTS.get(Kind(kind)):
            self._counted[campaign_id, name] += 1
        if kind == Kind.JUDGED and data and member_id is not None and advocate_id is not None:
            self._last[campaign_id, member_id] = (advocate_id, data["status"])
        elif kind == Kind.UNRECORDED:
            self._counted[campaign_id, "unrecorded"] += (data or {}).get("n", 0)
        elif kind == Kind.LINK and member_id is not None:
            self._advocates.add((campaign_id, member_id))
        elif kind == Kind.GRANTED and member_id is not None:
            self._grants[key.removeprefix("granted/")] = "waiting"
            self._points[campaign_id, member_id] += (data or {}).get("points", 0)
        elif kind == Kind.DELIVERED:
            self._grants[key.removeprefix("delivered/")] = "delivered"

    def totals(self) -> dict[tuple[int, str], int]:
        """Every total that is not zero, by (campaign, name)."""
        counted = self._counted.copy()
        counted.update((campaign_id, "advocates") for campaign_id, _ in self._advocates)
        counted.update((campaign_id, f"referrals.{status}") for (campaign_id, _), (_, status) in self._last.items())
        return dict(counted)

    def standings(self) -> dict[tuple[int, int], tuple[int, int, int]]:
        """Pending, qualified and points of everybody who has any, by (campaign, member)."""
        pending: Counter[tuple[int, int]] = Counter()
        qualified: Counter[tuple[int, int]] = Counter()
        for (campaign_id, _), (advocate_id, status) in self._last.items():
            if status == "pending":
                pending[campaign_id, advocate_id] += 1
            elif status in ("qualified", "rewarded"):
                qualified[campaign_id, advocate_id] += 1
        keys = pending.keys() | qualified.keys() | {key for key, points in self._points.items() if points}
        return {key: (pending[key], qualified[key], self._points[key]) for key in keys}

    def referrals(self) -> dict[tuple[int, int], tuple[int, str]]:
        """Advocate and status, by (campaign, friend)."""
        return self._last

    def grants(self) -> dict[str, str]:
        """Whether each grant has been delivered, by its cause."""
        return self._grants

    def points(self, budget: Callable[[int], str], purse: Callable[[int, int], str]) -> dict[str, int]:
        """What every account of the ledger must hold."""
        held: Counter[str] = Counter()
        for (campaign_id, member_id), points in self._points.items():
            held[purse(campaign_id, member_id)] += points
            held[budget(campaign_id)] -= points
        return {account: points for account, points in held.items() if points}

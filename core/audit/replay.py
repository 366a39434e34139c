"""Folding the journal into what it says must have been kept. Shares no counting code with what did the keeping."""

from collections import Counter
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
}


class Replay:
    """Give it every fact, in order; then ask."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[int, str]] = Counter()
        self._advocates: set[tuple[int, int]] = set()
        self._last: dict[tuple[int, int], tuple[int, str]] = {}
        self._over_limit: set[tuple[int, int]] = set()  # friends who count nothing for their advocate
        self._granted: dict[str, int] = {}
        self._delivered: set[str] = set()
        self._taken_back: set[str] = set()
        self._held: dict[str, int] = {}
        self._posts: set[str] = set()
        self._funded: Counter[int] = Counter()
        self._issued: Counter[int] = Counter()
        self._reversed: Counter[int] = Counter()
        self._points: Counter[tuple[int, int]] = Counter()
        self._first: dict[int, int] = {}  # of members who are one person with an earlier one

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
            self._take_person(kind, member_id, data)
            return
        if name := _EVENTS.get(Kind(kind)):
            self._counted[campaign_id, name] += 1
        if kind == Kind.JUDGED and data and member_id is not None and advocate_id is not None:
            self._last[campaign_id, member_id] = (advocate_id, data["status"])
            over = data["reason"] == "over_limit"
            (self._over_limit.add if over else self._over_limit.discard)((campaign_id, member_id))
        elif kind == Kind.TRACED and data:
            self._counted[campaign_id, f"arrivals.{data['found']}"] += 1
            if "before" in data:
                self._counted[campaign_id, f"arrivals.{data['before']}"] -= 1
        elif kind == Kind.UNRECORDED:
            self._counted[campaign_id, "unrecorded"] += (data or {}).get("n", 0)
        elif kind == Kind.LINK and member_id is not None:
            self._advocates.add((campaign_id, member_id))
        elif kind == Kind.FUNDED and data:
            self._funded[campaign_id] += data["points"]
        elif member_id is not None:
            self._take_handing(key, campaign_id, kind, member_id, data or {})

    def _take_grant(self, cause: str, campaign_id: int, member_id: int, data: dict[str, Any]) -> None:
        self._granted[cause] = campaign_id
        self._held.pop(cause, None)
        self._taken_back.discard(cause)
        if "post" in data:
            self._posts.add(cause)
        self._points[campaign_id, self._who(member_id)] += data.get("points", 0)
        self._issued[campaign_id] += data.get("points", 0)

    def _take_handing(self, key: str, campaign_id: int, kind: str, member_id: int, data: dict[str, Any]) -> None:
        if kind == Kind.GRANTED:
            self._take_grant(key.removeprefix("granted/"), campaign_id, member_id, data)
        elif kind == Kind.DELIVERED:
            self._delivered.add(key.removeprefix("delivered/"))
        elif kind == Kind.HELD:
            self._held[key.removeprefix("held/").rpartition("/")[0]] = campaign_id
        elif kind in (Kind.TAKEN_BACK, Kind.GIVEN_AGAIN):
            cause, is_back = key.removeprefix(f"{kind}/").rpartition("/")[0], kind == Kind.TAKEN_BACK
            (self._taken_back.add if is_back else self._taken_back.discard)(cause)
            self._held.pop(cause, None)
            points = data.get("points", 0) * (-1 if is_back else 1)
            self._points[campaign_id, self._who(member_id)] += points
            self._reversed[campaign_id] -= points
        elif kind == Kind.MOVED:
            self._points[campaign_id, member_id] -= data["points"]
            self._points[campaign_id, data["to"]] += data["points"]

    def _take_person(self, kind: str, member_id: int | None, data: dict[str, Any] | None) -> None:
        if kind == Kind.LINKED and member_id is not None and data:
            self._first[member_id] = data["first"]
        elif kind == Kind.UNLINKED and member_id is not None:
            self._first.pop(member_id, None)

    def _who(self, member_id: int) -> int:
        return self._first.get(member_id, member_id)

    def totals(self) -> dict[tuple[int, str], int]:
        """Every total that is not zero, by (campaign, name)."""
        counted = self._counted.copy()
        counted.update((campaign_id, "advocates") for campaign_id, _ in self._advocates)
        counted.update((campaign_id, "rewards.held") for campaign_id in self._held.values())
        for cause, campaign_id in self._granted.items():
            if cause not in self._taken_back and cause not in self._posts:
                counted[campaign_id, "rewards.granted"] += 1
                counted[campaign_id, "rewards.delivered"] += cause in self._delivered
        counted.update((campaign_id, f"referrals.{status}") for (campaign_id, _), (_, status) in self._last.items())
        return {key: n for key, n in counted.items() if n}

    def standings(self) -> dict[tuple[int, int], tuple[int, int, int]]:
        """Pending, qualified and points of everybody who has any, by (campaign, member)."""
        pending: Counter[tuple[int, int]] = Counter()
        qualified: Counter[tuple[int, int]] = Counter()
        for (campaign_id, friend_id), (advocate_id, status) in self._last.items():
            if status == "pending":
                pending[campaign_id, self._who(advocate_id)] += 1
            elif status in ("qualified", "rewarded") and (campaign_id, friend_id) not in self._over_limit:
                qualified[campaign_id, self._who(advocate_id)] += 1
        keys = pending.keys() | qualified.keys() | {key for key, points in self._points.items() if points}
        return {key: (pending[key], qualified[key], self._points[key]) for key in keys}

    def referrals(self) -> dict[tuple[int, int], tuple[int, str]]:
        """Advocate and status, by (campaign, friend)."""
        return self._last

    def grants(self) -> dict[str, str]:
        """Whether each grant has been delivered, or taken back, by its cause."""
        delivered = dict.fromkeys(self._granted, "waiting") | dict.fromkeys(self._delivered, "delivered")
        return delivered | dict.fromkeys(self._taken_back, "taken back") | dict.fromkeys(self._held, "held")

    def persons(self) -> dict[str, int]:
        """The first member of the person of everybody who has several accounts, by what it is the person of."""
        found = self._first | {first: first for first in self._first.values()}
        return {str(member_id): first for member_id, first in found.items()}

    def points(self) -> dict[str, int]:
        """What every account of the ledger must hold."""
        held: Counter[str] = Counter()
        for (campaign_id, member_id), points in self._points.items():
            held[f"member/{campaign_id}/{member_id}"] += points
        for campaign_id in {*self._issued, *self._funded}:
            held[f"brand/{campaign_id}"] = -self._funded[campaign_id]
            held[f"budget/{campaign_id}"] = self._funded[campaign_id] - self._issued[campaign_id]
            held[f"reversed/{campaign_id}"] = self._reversed[campaign_id]
        return {account: points for account, points in held.items() if points}

"""What a shop is told, and where. Values only; the structs are also what the API's description is made of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import UNSET, Meta, Struct, UnsetType


class Type(StrEnum):
    """What happened."""

    GRANTED = "reward.granted"
    REVERSED = "reward.reversed"
    TEST = "webhook.test"


class State(StrEnum):
    """How an endpoint is."""

    WELL = "ok"
    FAILING = "failing"
    DISABLED = "disabled"


class Off(StrEnum):
    """Why an endpoint was disabled: it said that it is gone for good, or it failed for days."""

    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A member: Sayso's number, the account as in `telegram:700000001`, and the name."""

    id: int
    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something about a reward that the shop at `url` is to be told. `cause`: spelled the same every time.

    `grant`: the cause of the reward's grant. `to`: advocate or friend. `reason`: why it was taken back.
    """

    url: str
    type: Type
    cause: str
    campaign_id: int
    campaign: str
    reward: str
    step: int
    to: str
    grant: str
    member: Who
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that events go to. Its secrets are not among what is known of it. `error`: of the last try."""

    id: int
    url: str
    made_at: datetime
    failing_since: datetime | None = None
    error: str | None = None
    disabled_at: datetime | None = None

    @property
    def host(self) -> str:
        """What may be said of it everywhere: the rest of its address may hold a secret."""
        return urlsplit(self.url).hostname or "?"

    @property
    def state(self) -> State:
        if self.disabled_at is not None:
            return State.DISABLED
        return State.WELL if self.failing_since is None else State.FAILING


class HookMember(Struct, frozen=True, kw_only=True):
    """Whose reward it is."""

    id: Annotated[int, Meta(description="The member's number in Sayso.")]
    account: Annotated[str, Meta(description="The account, as conversions name it.", examples=["telegram:700000001"])]
    name: Annotated[str, Meta(description="What they are called on the messenger; anybody may choose any name.")]
    code: Annotated[str | None, Meta(description="The code of their own link in this campaign, if they have one.")]


class HookReward(Struct, frozen=True, kw_only=True):
    """A reward that was granted, or taken back."""

    id: Annotated[str, Meta(description="The same as the header `webhook-id`: act once on each.")]
    campaign: Annotated[str, Meta(description="The campaign's id in its file.")]
    sequence: Annotated[
        int, Meta(ge=1, description="Counts this campaign's events for this address, one by one: a gap is one missing.")
    ]
    reward: Annotated[str, Meta(description="The reward's id in the campaign's file.")]
    step: Annotated[int, Meta(ge=1, description="For which time the member earned this reward.")]
    to: Annotated[str, Meta(description="`advocate` or `friend`.")]
    grant: Annotated[str, Meta(description="Names this gift for ever; it is the same when the gift is taken back.")]
    member: HookMember
    reason: Annotated[str | UnsetType, Meta(description="Why it was taken back; only then.")] = UNSET


class HookEvent(Struct, frozen=True, kw_only=True):
    """What is sent to the address that a reward names as `webhook`."""

    type: str
    timestamp: Annotated[datetime, Meta(description="When it happened, which may be long before this try.")]
    data: HookReward


class HookTest(Struct, frozen=True, kw_only=True):
    """What `sayso webhooks test` sends."""

    type: str
    timestamp: datetime
    data: dict[str, str]

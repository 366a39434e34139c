"""How an event is named and written, and when one that was not taken is sent again. Pure."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from core.hooks.values import Event, HookEvent, HookMember, HookReward, HookTest, Type

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 (what the standard puts before each)

OVERLAP = timedelta(hours=24)
"""So long events are signed with an old secret too."""

FAILING_FOR = timedelta(days=3)
"""So long an endpoint may fail before nothing more is sent there."""

TRIES = 10
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first try, the second, …; the last one is some 76 hours after the first."""

JITTER = 0.1
LONGEST_WAIT = timedelta(hours=24)
LARGEST = 20_000
NAME_LENGTH = 200


def new_secret(random: Callable[[int], bytes]) -> str:
    """A secret as the standard writes it."""
    return SECRET_PREFIX + base64.b64encode(random(SECRET_BYTES)).decode()


def id_of(event: Event) -> str:
    """What the event is called, for ever: also by a Sayso that was restored from a backup and has forgotten it."""
    turn = event.cause.removeprefix(event.grant)
    return f"evt_{hashlib.sha256(f'{event.type} {gift_of(event)}{turn}'.encode()).hexdigest()[:40]}"


def gift_of(event: Event) -> str:
    """What the gift is called for ever: not by the member's number, which a restored Sayso may give to another."""
    return f"{event.campaign}/{event.reward}/{event.member.account}/{event.step}"


def body(event: Event, *, sequence: int, code: str | None) -> str:
    """The event as it is sent, less than `LARGEST` bytes."""
    who = event.member
    data = HookReward(
        id=id_of(event),
        campaign=event.campaign,
        sequence=sequence,
        reward=event.reward,
        step=event.step,
        to=event.to,
        grant=gift_of(event),
        member=HookMember(id=who.id, account=who.account, name=who.name[:NAME_LENGTH], code=code),
        reason=msgspec.UNSET if event.reason is None else event.reason,
    )
    return msgspec.json.encode(HookEvent(type=event.type.value, timestamp=event.at, data=data)).decode()


def body_of_test(event_id: str, *, at: datetime) -> str:
    """What a shop is sent when somebody tries whether it takes webhooks."""
    told = HookTest(type=Type.TEST.value, timestamp=at, data={"id": event_id})
    return msgspec.json.encode(told).decode()


def again_at(attempts: int, *, now: datetime, asked: timedelta | None, chance: float) -> datetime | None:
    """When an event comes again after so many tries; None: never, it is given up.

    `asked`: how long the shop wants us to wait at least. `chance`: from 0 to 1; spreads what failed together.
    """
    if attempts >= TRIES:
        return None
    pause = PAUSES[attempts - 1] * (1 + JITTER * chance)
    return now + max(pause, min(asked or pause, LONGEST_WAIT))


def is_over(failing_since: datetime, *, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that nothing more is sent there."""
    return now - failing_since >= FAILING_FOR

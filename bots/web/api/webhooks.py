"""How webhooks are described: what a shop is sent, and what it should answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from core.hooks import Event, Type, Who, rules
from core.hooks.values import HookEvent, HookTest

Json = dict[str, Any]

KINDS: tuple[Any, ...] = (HookEvent, HookTest)
"""The types of what is sent."""

_EXAMPLE = Event(
    url="https://shop.example/hooks/sayso",
    type=Type.GRANTED,
    cause="maison-lune/tree/12/3",
    campaign_id=1,
    campaign="maison-lune",
    reward="tree",
    step=3,
    to="advocate",
    grant="maison-lune/tree/12/3",
    member=Who(id=12, account="telegram:700000001", name="Ana"),
    at=datetime(2026, 12, 4, 9, 30, tzinfo=UTC),
)

_HEADERS = {
    "webhook-id": "The event's name: the same however often it comes. Act once on each.",
    "webhook-timestamp": "When this try was made, in seconds since 1970. Believe nothing older than five minutes.",
    "webhook-signature": "`v1,` and a signature; several with spaces between while a secret is being replaced.",
}
_ANSWERS = {
    "2XX": "It has arrived; any other answer, and none within 20 seconds, means that it comes again.",
    "410": "No more, ever: the address is disabled.",
    "429": "Later: `Retry-After` says when; so do 502, 503 and 504.",
}


def described(reference: Callable[[Any], Json]) -> Json:
    """Each kind of event, by its name."""
    example = _as_sent(rules.body(_EXAMPLE, sequence=7, code="7tbvBAirtk7"))
    trial = _as_sent(rules.body_of_test("evt_test0", at=_EXAMPLE.at))
    return {
        Type.GRANTED.value: _sent(
            "A member was granted a reward whose gift is this webhook.", HookEvent, example, reference
        ),
        Type.REVERSED.value: _sent(
            "A reward was taken back; `grant` says which. It may be granted again later, under another `webhook-id`.",
            HookEvent,
            _reversed(example),
            reference,
        ),
        Type.TEST.value: _sent("Somebody tries whether webhooks arrive; nothing happened.", HookTest, trial, reference),
    }


def _sent(summary: str, kind: Any, example: Json, reference: Callable[[Any], Json]) -> Json:
    content = {"application/json": {"schema": reference(kind), "example": example}}
    headers = [
        {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}
        for name, about in _HEADERS.items()
    ]
    return {
        "post": {
            "operationId": example["type"],
            "summary": summary,
            "description": "Signed by Standard Webhooks 1.0.0; `sayso webhooks secret URL` shows the secret for it.",
            "security": [],
            "parameters": headers,
            "requestBody": {"required": True, "content": content},
            "responses": {status: {"description": means} for status, means in _ANSWERS.items()},
        }
    }


def _as_sent(body: str) -> Json:
    told: Json = msgspec.json.decode(body)
    return told


def _reversed(example: Json) -> Json:
    name = "evt_0f3c1d7b9a2e4f6081c3d5e7f90a1b2c3d4e5f60"
    return {
        **example,
        "type": Type.REVERSED.value,
        "data": {**example["data"], "id": name, "sequence": 8, "reason": "left_after"},
    }

"""What a call brings with it, whatever shape it came in: JSON, a form, or a form with files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from bots.sandbox.discord.errors import ApiError

Json = dict[str, Any]


@dataclass(slots=True)
class Body:
    """The values, and what is known of the files."""

    values: Any = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)


async def read_body(request: web.Request) -> Body:
    """Read JSON, or a form whose field `payload_json` may hold the JSON."""
    if not request.can_read_body:
        return Body()
    if request.content_type == "application/json":
        return Body(_parsed(await request.text()))
    body, form = Body(), await request.post()
    for name, value in form.items():
        if isinstance(value, FileField):
            with value.file as file:
                size = len(file.read())
            body.files.append({"filename": value.filename, "size": size, "content_type": value.content_type})
        elif name != "payload_json":
            body.values[name] = value
    payload = form.get("payload_json")
    if payload is not None:
        text = payload.file.read().decode() if isinstance(payload, FileField) else str(payload)
        body.files = [one for one in body.files if one["filename"] != "payload_json"]
        body.values = _parsed(text)
    return body


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError as error:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from error

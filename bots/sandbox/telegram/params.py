"""The parameters of a call, whatever shape they came in, read as the real server reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from bots.sandbox.telegram.errors import bad_request
from bots.sandbox.telegram.files import Upload

EMPTY = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "from_chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "user_id": "invalid user_id specified",
    "file_id": "invalid file_id specified",
    "photo": "there is no photo in the request",
    "video": "there is no video in the request",
    "document": "there is no document in the request",
    "invite_link": "invite link must be non-empty",
}


class Params:
    """Text, numbers, truth values, JSON and uploads by name. Nested values may come as JSON text."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def require(self, *names: str) -> None:
        """Refuse the call if one of these is missing or empty."""
        for name in names:
            if self.values.get(name, "") == "":
                raise bad_request(EMPTY.get(name, f'parameter "{name}" is required'))

    def raw(self, name: str) -> Any:
        return self.values.get(name)

    def text(self, name: str, default: str = "") -> str:
        return str(self.values.get(name, default))

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default  # the real server reads a number as far as it can, too

    def boolean(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "yes", "1")

    def json(self, name: str) -> Any:
        """A nested value; None if it is absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def list(self, name: str) -> list[Any]:
        value = self.json(name)
        if value is not None and not isinstance(value, list):
            raise bad_request(f"expected an Array of values in the parameter {name}")
        return value or []

    def chat_id(self, name: str = "chat_id") -> int | str:
        value = self.text(name)
        return int(value) if value.lstrip("-").isdecimal() else value

    def upload(self, source: Any) -> Any:
        """What `attach://name` stands for; anything else as it is."""
        if isinstance(source, str) and source.startswith("attach://"):
            return self.values.get(source.removeprefix("attach://"))
        return source

    def shown(self) -> dict[str, Any]:
        """The parameters as a record keeps them: JSON text parsed, no file contents."""
        return {name: _shown(value) for name, value in self.values.items()}


async def read_params(request: web.Request) -> Params:
    """Read the query string and a body that is absent, urlencoded, multipart or JSON."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        text = await request.text()
        try:
            body = json.loads(text) if text else {}
        except ValueError as error:
            raise bad_request("can't parse request JSON object") from error
        if not isinstance(body, dict):
            raise bad_request("request JSON must be an object")
        return Params(values | body)
    for name, value in (await request.post()).items():
        values[name] = await _upload(value) if isinstance(value, FileField) else value
    return Params(values)


async def _upload(field: FileField) -> Upload:
    with field.file as file:
        return Upload(field.filename, field.content_type, file.read())


def _shown(value: Any) -> Any:
    if isinstance(value, Upload):
        return f"<{value.name}, {len(value.content)} bytes>"
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

"""Discord's published description of its API, as a check: is this answer what the route promises?"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[4] / "shared" / "specs" / "discord-openapi.json"

TYPES: dict[str, Any] = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}
# Of routes that Discord has and its description has not.
UNDESCRIBED = {
    ("POST", "/guilds/{guild_id}/members-search"),
    ("POST", "/oauth2/token"),
    ("POST", "/oauth2/token/revoke"),
}


# The description has a number here. Discord's documents show words, and so do its answers.
WRONG_FIELD = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}


class DiscordSpec:
    """Finds what is wrong with an answer; an empty list is praise. Fields that the description lacks are wrong, too."""

    def __init__(self, path: Path = PATH) -> None:
        document = json.loads(path.read_text())
        self.routes: dict[str, Any] = document["paths"]
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        self._responses: dict[str, Any] = document["components"]["responses"]
        self._schemas["InnerErrors"]["properties"]["_errors"]["items"] = WRONG_FIELD

    def wrong_answer(self, method: str, route: str, status: int, result: Any) -> list[str]:
        """What is wrong with the answer of a route."""
        if (method, route) in UNDESCRIBED or status >= 500:
            return []
        where = f"{method} {route} {status}"
        responses = self.routes.get(route, {}).get(method.lower(), {}).get("responses")
        if responses is None:
            return [f"{where}: there is no such route"]
        response = responses.get(str(status)) or (responses["4XX"] if 400 <= status < 500 else None)
        if response is None:
            return [f"{where}: there is no such answer"]
        response = self._responses[_named(response)] if "$ref" in response else response
        content = response.get("content")
        if content is None:
            return [] if result is None else [f"{where}: has a body"]
        return self.wrong_with(result, content["application/json"]["schema"], where)

    def wrong_with(self, value: Any, schema: dict[str, Any] | str, where: str = "") -> list[str]:
        """What is wrong with a value, by a schema or the name of one."""
        schema = self._schemas[schema] if isinstance(schema, str) else schema
        if "$ref" in schema:
            return self.wrong_with(value, _named(schema), where)
        if "allOf" in schema:
            return self._wrong_in_all(value, schema["allOf"], where)
        choices = schema.get("oneOf") or schema.get("anyOf")
        if choices and not all("const" in one for one in choices):
            return min((self.wrong_with(value, one, where) for one in choices), key=len)
        return self._wrong_plain(value, schema, where)

    def _wrong_in_all(self, value: Any, parts: list[dict[str, Any]], where: str) -> list[str]:
        """Each part must be right, and a field may be in any of them."""
        if len(parts) == 1:
            return self.wrong_with(value, parts[0], where)
        known = {name for one in parts for name in self._resolved(one).get("properties", {})}
        problems = [problem for one in parts for problem in self.wrong_with(value, one, where)]
        return [one for one in problems if not any(one == f"{where}.{name} is not described" for name in known)]

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        return self._schemas[_named(schema)] if "$ref" in schema else schema

    def _wrong_plain(self, value: Any, schema: dict[str, Any], where: str) -> list[str]:
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(TYPES[kind](value) for kind in kinds):
            return [f"{where}: {value!r} is not {kinds}"]
        allowed = schema.get("enum") or [one["const"] for one in schema.get("oneOf", [])]
        if allowed and value not in allowed:
            return [f"{where}: {value!r} is not among {allowed}"]
        if "const" in schema and value != schema["const"]:
            return [f"{where}: {value!r} is not {schema['const']!r}"]
        if schema.get("format") == "date-time" and value is not None:
            return _wrong_time(value, where)
        if isinstance(value, list) and "items" in schema:
            found = (self.wrong_with(one, schema["items"], f"{where}[{number}]") for number, one in enumerate(value))
            return [problem for problems in found for problem in problems]
        return self._wrong_fields(value, schema, where) if isinstance(value, dict) else []

    def _wrong_fields(self, value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
        fields, more = schema.get("properties"), schema.get("additionalProperties")
        problems = [f"{where} has no {name}" for name in schema.get("required", []) if name not in value]
        for name, one in value.items():
            if fields and name in fields:
                problems += self.wrong_with(one, fields[name], f"{where}.{name}")
            elif isinstance(more, dict):
                problems += self.wrong_with(one, more, f"{where}.{name}")
            elif fields and not more:
                problems.append(f"{where}.{name} is not described")
        return problems


def _named(schema: dict[str, Any]) -> str:
    name: str = schema["$ref"]
    return name.rpartition("/")[2]


def _wrong_time(value: str, where: str) -> list[str]:
    try:
        aware = datetime.fromisoformat(value).tzinfo
    except ValueError:
        aware = None
    return [] if aware else [f"{where}: {value!r} is not a time with its zone"]

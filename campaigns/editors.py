"""The JSON Schema that pydantic makes, made friendlier for editors."""

from typing import Any


def for_editors(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the ways in which a key that is left out could be null."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_tidied(schema),
        "title": "A Sayso campaign",
    }


def _tidied(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidied(value) for key, value in schema.items() if not (key == "default" and value is None)}
    choices = [choice for choice in tidy.get("anyOf", []) if choice != {"type": "null"}]
    if "anyOf" in tidy and len(choices) == 1:
        del tidy["anyOf"]
        return choices[0] | tidy
    return tidy | ({"anyOf": choices} if choices else {})

"""The JSON Schema for editors says what the models do."""

import json
import re
from pathlib import Path
from typing import Any

from campaigns import json_schema
from campaigns.tree import parse

EXAMPLES = Path(__file__).parents[2] / "campaigns" / "examples"
SCHEMA = json_schema()


def complaints(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """What a validator of JSON Schema would say, as far as our schema needs one."""
    if "$ref" in schema:
        schema = {
            **SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]],
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
    for kind in ("anyOf", "oneOf"):
        if kind in schema and not any(not complaints(value, {**choice}, at) for choice in schema[kind]):
            return [f"{at}: fits none of {kind}"]
    types: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    wanted = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
    if wanted and not any(isinstance(value, types[name]) for name in wanted):
        return [f"{at}: is no {wanted}"]
    return [*_inside(value, schema, at), *_itself(value, schema, at)]


def _itself(value: Any, schema: dict[str, Any], at: str) -> list[str]:
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value} is no choice"]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return [f"{at}: {value} does not match {schema['pattern']}"]
    if isinstance(value, int | float) and value < schema.get("minimum", value):
        return [f"{at}: too small"]
    return []


def _inside(value: Any, schema: dict[str, Any], at: str) -> list[str]:
    if isinstance(value, list):
        return [said for i, item in enumerate(value) for said in complaints(item, schema.get("items", {}), f"{at}.{i}")]
    if not isinstance(value, dict):
        return []
    found = [f"{at}: no {key}" for key in schema.get("required", []) if key not in value]
    for key, item in value.items():
        patterns = [sub for pattern, sub in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        more = schema.get("additionalProperties", {})
        rule = schema.get("properties", {}).get(key) or next(iter(patterns), more)
        found += [f"{at}: {key} is unknown"] if rule is False else complaints(item, rule, f"{at}.{key}")
    return found


def test_the_examples_fit_the_schema() -> None:
    for path in EXAMPLES.glob("*.yaml"):
        tree, _ = parse(path.read_bytes())
        assert complaints(tree.plain(), SCHEMA, path.name) == []


def test_what_the_schema_would_complain_about() -> None:
    tree, _ = parse((EXAMPLES / "full.yaml").read_bytes())
    good: Any = tree.plain()
    for edit in ({"titel": "x"}, {"campaign": "No"}, {"communities": [{"id": "a"}]}, {"qualify": {"stay": "3d"}}):
        assert complaints(good | edit, SCHEMA)


def test_every_key_is_described_and_has_an_example_to_complete() -> None:
    json.dumps(SCHEMA)
    for model in [SCHEMA, *SCHEMA["$defs"].values()]:
        assert model["additionalProperties"] is False
        assert model["title"]
        for name, field in model["properties"].items():
            assert field.get("description"), (model["title"], name)
            assert field.get("examples"), (model["title"], name)


def test_the_examples_in_the_schema_fit_it() -> None:
    for model in [SCHEMA, *SCHEMA["$defs"].values()]:
        for name, field in model["properties"].items():
            for example in field["examples"]:
                assert complaints(example, field, name) == []


def test_a_key_that_is_left_out_is_not_null() -> None:
    assert "null" not in json.dumps(SCHEMA)

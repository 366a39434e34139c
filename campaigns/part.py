"""What all the models of a campaign file share."""

import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from campaigns.context import wrong
from campaigns.tree import scalar


class Part(BaseModel):
    """A mapping in the file: no other keys than these, no value of another type, no key without a value."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    exactly_one: ClassVar[tuple[str, ...]] = ()
    """Keys of which one must be given, and no two."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        return made | {"oneOf": [{"required": [key]} for key in cls.exactly_one]} if cls.exactly_one else made

    @field_validator("*", mode="before")
    @classmethod
    def _has_a_value(cls, value: object) -> object:
        if value is None:
            raise wrong("has no value", "write one, or take the key out")
        return value

    @model_validator(mode="after")
    def _has_exactly_one(self) -> Self:
        if self.exactly_one:
            self._one_of(self.exactly_one)
        return self

    def _one_of(self, names: tuple[str, ...]) -> None:
        given = self.given(*names)
        together = f"{', '.join(names[:-1])} or {names[-1]}"
        if not given:
            raise wrong(f"must have {together}", f"add one of them, such as {self.example(names[0])}")
        if len(given) > 1:
            raise wrong(f"cannot stand beside {given[0]!r}", f"keep one of {together}", at=(given[1],))

    def given(self, *names: str) -> list[str]:
        """Those of the keys that the file has."""
        return [name for name in names if getattr(self, name) is not None]

    @classmethod
    def example(cls, key: str) -> str:
        """The key as it could be written."""
        for name, field in cls.model_fields.items():
            if key == (field.alias or name):
                return f"{key}: {_as_yaml(field.examples[0]) if field.examples else '…'}"
        return key


def must(says: str, *examples: object, alias: str | None = None) -> Any:
    """A key that every file has. The first example is what is proposed to whoever left it out."""
    return Field(alias=alias, description=says, examples=list(examples) or None)


def may(says: str, *examples: object, alias: str | None = None) -> Any:
    """A key that can be left out; then the default of the value in `core.campaign` holds."""
    return Field(default=None, alias=alias, description=says, examples=list(examples) or None)


def _as_yaml(value: object) -> str:
    """An example on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_yaml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and (not isinstance(scalar(value), str) or re.search(r"[\[\]{}*,#]|: ", value)):
        return f'"{value}"'
    return str(value)

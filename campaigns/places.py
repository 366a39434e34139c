"""People and chats by their platform's numbers, files beside the campaign file, web addresses."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from campaigns.context import context, doubt, shown, text_of, wrong


@dataclass(frozen=True, slots=True)
class _Number:
    """A platform's number, written as a number or, as long ones must be for some editors, as text."""

    what: str
    least: int
    most: int
    example: str
    hint: str = ""

    def __call__(self, value: object) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value.strip()):
            number = int(value)
        if isinstance(number, int) and not isinstance(number, bool) and self.least <= number <= self.most:
            return number
        hint = f" ({self.hint})" if self.hint else ""
        raise wrong(f"must be {self.what}{hint}, not {shown(value)}", f"write it like {self.example}")


def _number_schema(pattern: str, *examples: int | str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["integer", "string"], "pattern": pattern, "examples": list(examples)})


TelegramUser: TypeAlias = Annotated[
    int,
    BeforeValidator(_Number("a person's number on Telegram", 1, 1 << 52, "700000001", "above 0; not a @name")),
    _number_schema("^[0-9]+$", 700000001),
]
TelegramChat: TypeAlias = Annotated[
    int,
    BeforeValidator(
        _Number("the number of a group or channel on Telegram", -1 << 52, -1, "-1001000000001", "below 0; not a @name")
    ),
    _number_schema("^-[0-9]+$", -1001000000001),
]
Snowflake: TypeAlias = Annotated[
    int,
    BeforeValidator(_Number("an id of 17 to 20 digits from Discord", 10**16, (1 << 63) - 1, '"300000000000000001"')),
    _number_schema("^[0-9]{17,20}$", "300000000000000001"),
]


def _file(value: object, info: ValidationInfo) -> str:
    """A path inside the campaign file's folder, to a file that is there."""
    text, folder = text_of(value, "a path such as media/card.png"), context(info).folder
    if not text.strip() or len(text) > 200 or "\\" in text:
        raise wrong(f"must be a path with /, not {shown(text)}", "write one like media/card.png")
    if Path(text).is_absolute() or ".." in Path(text).parts:
        raise wrong(f"is {shown(text)}, outside the campaign file's folder", "put the file beside the campaign file")
    if folder is not None:
        _must_be_there(folder, text)
    return text


def _must_be_there(folder: Path, text: str) -> None:
    try:
        inside = (folder / text).resolve().is_relative_to(folder.resolve())
        found = (folder / text).is_file()
    except (OSError, RuntimeError):  # RuntimeError: links that lead in a circle
        inside = found = False
    if not found:
        raise wrong(f"is {shown(text)}, and there is no such file in {folder}", "put it there, or write another path")
    if not inside:
        raise wrong(
            f"is {shown(text)}, a link out of the campaign file's folder", "copy the file itself into the folder"
        )


def _url(value: object, info: ValidationInfo) -> str:
    text = text_of(value, "https://shop.example/hooks/sayso")
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or re.search(r"\s", text) or len(text) > 2000:
        raise wrong(f"must be a web address, not {shown(text)}", "write https://shop.example/hooks/sayso")
    if parts.username or parts.password:
        raise wrong("has a user or password in it, which would be shown", "take out what stands before the @")
    if parts.scheme == "http":
        doubt(info, "goes over http, where anybody on the way can read and change it", "write https://…")
    return text


File: TypeAlias = Annotated[
    str,
    BeforeValidator(_file),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "examples": ["media/card.png"]}),
]
Url: TypeAlias = Annotated[
    str, BeforeValidator(_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})
]

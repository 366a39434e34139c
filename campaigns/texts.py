"""Texts that members read: one, or one for each language."""

import re
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from campaigns.context import doubt, shown, text_of, wrong

_LANGUAGE = "[a-z]{2,3}(-[A-Za-z]{2,4})?"


def _language(value: str) -> str:
    if value != "*" and not re.fullmatch(_LANGUAGE, value):
        raise wrong("is not a language code", "write one such as en, fr or pt-BR")
    return value


def _words(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise wrong("is an empty text", "write some words, or take the key out")
    if value is not None and not isinstance(value, (str, dict, list)):
        raise wrong(f"must be text, not {shown(value)}", f'write it in quotes: "{shown(value)}"')
    return value


Words: TypeAlias = Annotated[str, BeforeValidator(_words)]
Phrase: TypeAlias = Annotated[Annotated[str, Field(min_length=2, max_length=100)], BeforeValidator(_words)]
_Language: TypeAlias = Annotated[str, AfterValidator(_language)]


def _one_language(value: object) -> str:
    text = text_of(value, "en")
    if text == "*":
        raise wrong("is not a language code", "write one such as en, fr or pt-BR")
    return _language(text)


Language: TypeAlias = Annotated[
    str, BeforeValidator(_one_language), WithJsonSchema({"type": "string", "pattern": f"^{_LANGUAGE}$"})
]


def _one_or_each(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> dict[str, str]:
    """A text given once stands under `*`."""
    if isinstance(value, dict) and list(value.values()) == [None] and not re.fullmatch(_LANGUAGE, next(iter(value))):
        word = f"{{{next(iter(value))[:40]}}}"
        raise wrong(f"is read as a mapping, because it starts with {word}", f'put the text in quotes: "{word} …"')
    if not isinstance(value, dict):
        texts: dict[str, str] = handler({"*": value})
        return texts
    if not value:
        raise wrong("has no text in any language", "write {en: Hello, fr: Bonjour}")
    texts = handler(value)
    if not {"en", "*"} & texts.keys():
        doubt(info, f"has no English, for members who read none of {', '.join(texts)}", "add en: …")
    return texts


@dataclass(frozen=True, slots=True)
class _AtMost:
    characters: int

    def __call__(self, texts: dict[str, str]) -> dict[str, str]:
        for language, text in texts.items():
            if len(text) > self.characters:
                problem = f"has {len(text)} characters, and at most {self.characters} fit"
                raise wrong(problem, "write a shorter text", at=(language,))
        return texts


def _link_inside(texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    for language, text in texts.items():
        if "{link}" not in text:
            raise wrong(
                "has no {link}, so a friend could not follow it", 'write "Come and join me: {link}"', at=(language,)
            )
        for word in re.findall(r"\{[^{}]{1,40}\}", text):
            if word != "{link}":
                doubt(info, f"has {word}, which nothing replaces", "only {link} is replaced; write the rest out")
    return texts


def _texts_schema(limit: int) -> WithJsonSchema:
    one = {"type": "string", "minLength": 1, "maxLength": limit}
    each = {
        "type": "object",
        "patternProperties": {f"^{_LANGUAGE}$": one},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return WithJsonSchema({"anyOf": [one, each]})


_EachLanguage: TypeAlias = Annotated[dict[_Language, Words], WrapValidator(_one_or_each)]
Title: TypeAlias = Annotated[_EachLanguage, AfterValidator(_AtMost(200)), _texts_schema(200)]
Text: TypeAlias = Annotated[_EachLanguage, AfterValidator(_AtMost(4000)), _texts_schema(4000)]
ShareText: TypeAlias = Annotated[
    _EachLanguage, AfterValidator(_AtMost(1000)), AfterValidator(_link_inside), _texts_schema(1000)
]

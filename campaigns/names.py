"""Names: given once in a file, and known to every key below that.

Models are read from top to bottom, and the `Context` keeps what was named.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from campaigns.context import context, did_you_mean, shown, text_of, wrong


@dataclass(frozen=True, slots=True)
class _Slug:
    least: int

    def __call__(self, value: object) -> str:
        text = text_of(value, f'it in quotes: "{value}"' if isinstance(value, int) else "spring-2026")
        if not re.fullmatch(rf"[a-z0-9-]{{{self.least},40}}", text):
            problem = f"must be {self.least} to 40 characters of a-z, 0-9 and '-', not {shown(text)}"
            raise wrong(problem, f"write {self._like(text)}")
        return text

    def _like(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", text[:60]).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
        return slug if len(slug) >= self.least else "spring-2026"


@dataclass(frozen=True, slots=True)
class _New:
    """Marks a name that is given here, and may be given once."""

    kind: str

    def __call__(self, value: object, info: ValidationInfo) -> object:
        names = context(info).names[self.kind]
        if isinstance(value, str) and value in names:
            raise wrong(f"is {shown(value)}, which is taken by another of the {self.kind}", "give it a name of its own")
        if isinstance(value, str):
            names[value] = None
        return value


@dataclass(frozen=True, slots=True)
class _Known:
    """Marks a name that must have been given above."""

    kind: str
    also: tuple[str, ...] = ()

    def __call__(self, value: str, info: ValidationInfo) -> str:
        names = context(info).names[self.kind]
        if value not in names and value not in self.also:
            fix = did_you_mean(value, [*names, *self.also]) if names else f"add it to {self.kind}"
            raise wrong(f"is {shown(value)}, which is not among the {self.kind}", fix)
        return value


_SHORT = (BeforeValidator(_Slug(1)), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9-]{1,40}$"}))

CampaignId: TypeAlias = Annotated[
    str,
    BeforeValidator(_Slug(3)),
    BeforeValidator(_New("campaigns")),
    WithJsonSchema({"type": "string", "pattern": "^[a-z0-9-]{3,40}$"}),
]
Name: TypeAlias = Annotated[str, _SHORT[0], _SHORT[1]]
NewCommunity: TypeAlias = Annotated[Name, BeforeValidator(_New("communities"))]
NewPool: TypeAlias = Annotated[Name, BeforeValidator(_New("codes"))]
NewReward: TypeAlias = Annotated[Name, BeforeValidator(_New("rewards"))]
NewPost: TypeAlias = Annotated[Name, BeforeValidator(_New("posts"))]
CommunityName: TypeAlias = Annotated[str, AfterValidator(_Known("communities"))]
Destination: TypeAlias = Annotated[str, AfterValidator(_Known("communities", ("choose",)))]
PoolName: TypeAlias = Annotated[str, AfterValidator(_Known("codes"))]

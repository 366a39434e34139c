"""Names that people choose for themselves: anything can be in them."""

import unicodedata
from itertools import pairwise

from bots.texts.catalogue import text

LONGEST = 40
MARKS_IN_A_ROW = 2
"""More accents than this on one letter run over the lines above and below."""

_JOINER = "\N{ZERO WIDTH JOINER}"
_EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"
_BLANK = (
    "\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{BRAILLE PATTERN BLANK}"
)
"""Letters and signs that are drawn as nothing."""


def shown(name: str | None, language: str = "en") -> str:
    """The name as it may stand in a message, on one line; a word for "somebody" if there is nothing to see in it.

    Gone are control characters, signs that turn the direction of what follows, signs without a width, and what is
    longer than 40 characters. It is not escaped.
    """
    plain = name is not None and name.isascii() and name.isprintable()  # most names are, and there are many
    clean = " ".join((name or "").split() if plain else _without_piles(_visible(name or "")).split())
    if not clean or not (plain or any(_category(sign)[0] in "LNPS" for sign in clean)):
        return text(language, "name.unknown")
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1].rstrip(f" {_JOINER}") + "…"


def _visible(name: str) -> str:
    """Every kind of gap as a space; of the invisible signs, only those that hold an emoji together."""
    kept = "".join(
        " " if sign.isspace() or sign in _BLANK else sign
        for sign in name
        if sign.isspace() or sign == _JOINER or _category(sign) not in ("Cc", "Cf", "Cs", "Co")
    )
    joined = (sign for before, sign in pairwise(f" {kept}") if sign != _JOINER or _is_emoji(before))
    return "".join(joined).rstrip(_JOINER)


def _without_piles(name: str) -> str:
    marks, kept = 0, ""
    for sign in name:
        marks = marks + 1 if _category(sign) in ("Mn", "Me") else 0
        kept += sign if marks <= MARKS_IN_A_ROW else ""
    return kept


def _is_emoji(sign: str) -> bool:
    """Also what this Python does not know yet: emoji come every year."""
    return sign == _EMOJI_STYLE or _category(sign) in ("So", "Sk", "Cn")


def _category(sign: str) -> str:
    return unicodedata.category(sign)

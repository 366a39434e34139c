"""How a page says which language it is in."""

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from bots.texts import language_name


def name(language: str) -> str:
    """What the language is called by those who speak it; its code, where that is not known."""
    try:
        return language_name(language)
    except (UnknownLocaleError, ValueError):
        return language


@cache
def tag(language: str) -> str:
    """For `lang` and `hreflang`: `pt-BR`."""
    return language.replace("_", "-")


@cache
def direction(language: str) -> str:
    """For `dir`: `ltr` or `rtl`."""
    try:
        return Locale.parse(language, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


@cache
def locale(language: str) -> str:
    """For `og:locale`, which wants a country with each language: `fr_FR`."""
    spoken, _, region = language.replace("_", "-").partition("-")
    if not region:
        region = str(get_global("likely_subtags").get(spoken, "")).rpartition("_")[2]
    return f"{spoken.lower()}_{region.rpartition('-')[2].upper()}" if region else spoken

"""The message catalogues: one .po file for each language, read when it is first needed and then kept."""

from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LAST_RESORT = "en"


class UnknownTextError(KeyError):
    """No catalogue has a text with this id: a mistake in our code."""


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, such as `en`, `fr`, `pt-br`."""
    names = (path.name for path in files(__package__).joinpath("catalogues").iterdir())
    return tuple(sorted(name.removesuffix(".po") for name in names if name.endswith(".po")))


def text(language: str, key: str, /, **values: object) -> str:
    """The text with this id in that language, or the nearest one there is: `fr-ca`, then `fr`, then `en`.

    `n` chooses between singular and plural. Whole numbers are written as the language writes them. An id that is not
    there is an UnknownTextError, a value that is missing a KeyError.
    """
    catalogue, n = _catalogue(_nearest(language)), values.get("n")
    found = catalogue.ngettext(key, key, n) if isinstance(n, int) else catalogue.gettext(key)
    if found == key and isinstance(n, int):
        found = catalogue.gettext(key)  # a text that shows a number, and reads the same for all of them
    if found == key:
        raise UnknownTextError(key)
    return found.format_map({name: _written(language, value) for name, value in values.items()})


def has(key: str) -> bool:
    """Whether there is a text with this id."""
    return _catalogue(LAST_RESORT).gettext(key) != key


@cache
def locale_of(language: str) -> Locale:
    """How dates and numbers are written beside this language's texts: as in its region, where that is known."""
    nearest = _nearest(language)
    for tag in _lineage(language):
        if tag.split("-")[0] == nearest.split("-")[0]:
            try:
                return Locale.parse(tag, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
    return Locale.parse(nearest, sep="-")


def language_name(language: str) -> str:
    """What the language is called by those who speak it."""
    name = Locale.parse(language, sep="-").get_display_name() or language
    return name[:1].upper() + name[1:]


@cache
def _catalogue(language: str) -> NullTranslations:
    content = files(__package__).joinpath("catalogues", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(content), locale=language.replace("-", "_")))
    compiled.seek(0)
    catalogue = GNUTranslations(compiled)
    if language != LAST_RESORT:
        catalogue.add_fallback(_catalogue(_nearest(language.rpartition("-")[0])))
    return catalogue


@cache
def _nearest(language: str) -> str:
    """The catalogue for this language: its own, its parent's, or English."""
    return next((tag for tag in _lineage(language) if tag in languages()), LAST_RESORT)


def _lineage(language: str) -> list[str]:
    """The language tag as we write it, and then its parents: `zh-hans-cn`, `zh-hans`, `zh`."""
    parts = language.replace("_", "-").lower().split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _written(language: str, value: object) -> object:
    return _number(language, value) if isinstance(value, int) and not isinstance(value, bool) else value


@lru_cache(maxsize=4096)
def _number(language: str, number: int) -> str:
    return format_decimal(number, locale=locale_of(language))

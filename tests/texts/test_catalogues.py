"""Every catalogue says everything that the English one says, and says it so that Telegram can show it."""

import re
import string
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bots.texts import UnknownTextError, has, language_name, languages, text
from core.intake.facts import Problem
from core.referrals import Reason, Status

PLACEHOLDERS = string.Formatter()


def read(language: str) -> Catalog:
    with files("bots.texts").joinpath("catalogues", f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def messages(language: str) -> dict[str, Message]:
    return {key(message): message for message in read(language) if message.id}


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def names_in(form: str) -> set[str]:
    return {name for _, name, _, _ in PLACEHOLDERS.parse(form) if name is not None}


def every_form(language: str) -> Iterator[tuple[str, str]]:
    for name, message in messages(language).items():
        for form in forms(message):
            yield name, form


def test_english_and_french_are_there():
    assert {"en", "fr"} <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_has_the_ids_of_the_english_one(language: str):
    here, there = messages(language), messages("en")
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name].pluralizable != there[name].pluralizable] == []


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_has_every_plural_form_and_nothing_empty(language: str):
    catalogue = read(language)
    for message in catalogue:
        expected = catalogue.num_plurals if message.pluralizable else 1
        assert len(forms(message)) == expected, key(message)
        assert all(form.strip() for form in forms(message)) or not message.id, key(message)
        assert not message.fuzzy, key(message)


@pytest.mark.parametrize("language", languages())
def test_a_text_is_filled_with_the_same_values_in_every_language(language: str):
    english = messages("en")
    for name, message in messages(language).items():
        wanted = names_in(forms(english[name])[-1])
        assert names_in(forms(message)[-1]) == wanted, name
        for form in forms(message):  # where there is only one of something, the number need not be said
            assert wanted - {"n"} <= names_in(form) <= wanted | {"n"}, name


class TelegramHtml(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in ("b", "i", "code")
        assert not attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not set(data) & set("<>&")

    def handle_entityref(self, name: str) -> None:
        assert name in ("lt", "gt", "amp", "quot")


@pytest.mark.parametrize("language", languages())
def test_a_text_is_html_that_telegram_accepts(language: str):
    for name, form in every_form(language):
        parser = TelegramHtml()
        parser.feed(form)
        parser.close()
        assert parser.open == [], name


@pytest.mark.parametrize("language", languages())
def test_a_text_has_good_typography(language: str):
    for name, form in every_form(language):
        plain = re.sub(r"<[^>]*>|\{[^}]*\}", "", form)
        assert not re.search(r"['\"]|\.\.\.| {3}", plain), name
        assert form == form.strip(), name


def test_french_puts_the_right_spaces_before_its_signs():
    for name, form in every_form("fr"):
        plain = re.sub(r"<[^>]*>", "", form)
        assert not re.search(r"[^\u202f][;!?»]", plain), name
        assert not re.search(r"[^\u00a0]:(?=\s|$)", plain), name
        assert not re.search(r"«[^\u202f]", plain), name


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("room", "names"),
    [("problem", Problem), ("reason", Reason), ("yours", Reason), ("why", Reason), ("status", Status)],
)
def test_whatever_core_can_say_has_a_text(language: str, room: str, names: type[Reason]):
    assert {f"{room}.{each.value}" for each in names} <= set(messages(language))


@pytest.mark.parametrize("language", languages())
def test_command_descriptions_fit_into_telegrams_menu(language: str):
    for name, message in messages(language).items():
        if name.startswith("command."):
            assert len(str(message.string)) <= 256
            assert "<" not in str(message.string)


def test_a_language_falls_back_to_its_parent_and_then_to_english():
    assert text("fr-CA", "button.yes") == text("fr_BE", "button.yes") == text("fr", "button.yes") == "Oui"
    assert text("xx", "button.yes") == text("", "button.yes") == "Yes"


def test_numbers_choose_the_plural_form_of_the_language():
    assert [text("en", "count.friends", n=n) for n in (0, 1, 2)] == ["0 friends", "1 friend", "2 friends"]
    assert [text("fr", "count.friends", n=n) for n in (0, 1, 2)] == ["0 proche", "1 proche", "2 proches"]


def test_numbers_are_written_as_the_language_writes_them():
    assert text("en", "count.points", n=12345) == "12,345 points"
    assert text("fr", "count.points", n=12345) == "12\u202f345 points"


def test_an_unknown_text_is_an_error():
    with pytest.raises(UnknownTextError):
        text("fr", "start.nonsense")
    with pytest.raises(UnknownTextError):
        text("en", "start.nonsense", n=1)


def test_one_can_ask_whether_there_is_a_text():
    assert [has(name) for name in ("claim.ask", "me.points", "claim.nonsense")] == [True, True, False]


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="advocate"):
        text("en", "start.friend", title="Lune")


def test_a_value_is_not_read_as_a_text_to_fill():
    assert "{title}" in text("en", "me.title", title="{title}")


def test_languages_are_called_by_their_own_names():
    assert [language_name(language) for language in ("en", "fr")] == ["English", "Français"]

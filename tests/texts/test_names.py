import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.texts import shown


@pytest.mark.parametrize("name", ["Ana", "Zoë O’Hara", "李小龙", "👩‍👩‍👧 Family", "❤️ Eve", "محمد", "<b>Ana & Ben</b>"])
def test_an_ordinary_name_is_left_as_it_is(name: str):
    assert shown(name) == name


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("  Ana\n\nLune\t", "Ana Lune"),
        ("Ana\u2028Lune", "Ana Lune"),
        ("\u202eanA", "anA"),
        ("\u2066Ana\u2069", "Ana"),
        ("A\u200bn\u200ca\u2060", "Ana"),
        ("A\u200dn\u200da", "Ana"),
        ("A\x00na\x1b[31m", "Ana[31m"),
        ("Ana\ud800", "Ana"),
        ("Z" + "\u0336\u0337\u0338\u0334" * 9 + "o", "Z\u0336\u0337o"),
    ],
)
def test_what_would_break_a_message_is_taken_out(name: str, seen: str):
    assert shown(name) == seen


@pytest.mark.parametrize("name", [None, "", "   ", "\u200b\u200b", "\u3164", "\u2800", "\u202e", "\u0301", "👩"[:0]])
def test_a_name_with_nothing_to_see_gets_a_word(name: str | None):
    assert shown(name) == "Somebody"
    assert shown(name, "fr") == "Quelqu’un"


def test_a_long_name_is_cut():
    assert shown("a" * 40) == "a" * 40
    assert shown("a" * 41) == "a" * 39 + "…"
    assert shown("a" * 36 + " 👩‍👩‍👧 and more") == "a" * 36 + " 👩…"


@given(st.text())
def test_whatever_the_name_it_is_one_short_visible_line(name: str):
    seen = shown(name)
    assert 1 <= len(seen) <= 40
    assert seen == seen.strip()
    assert all(unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") for sign in seen)
    assert not set(seen) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\u2060\ufeff")
    assert shown(seen) == seen

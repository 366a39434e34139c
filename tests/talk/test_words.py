"""What messages are made of."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.talk.words import anchor, key_on, linked, pages, units, worded
from bots.texts import UnknownTextError
from core.campaign.values import Platform

TAGS = re.compile(r"</?(?:a|b)[^<>]*>")


def test_what_somebody_else_wrote_is_made_harmless_and_html_of_ours_is_not():
    assert "<b>&lt;b&gt;</b>" in worded("en", "start.friend", advocate="<b>", title="x")
    assert '<a href="https://x.org">' in worded("en", "start.friend", advocate=anchor("https://x.org"), title="x")


@given(st.text() | st.from_regex(r"(https?://[a-z.]{1,9}[\"'<&>/)!., ]{0,3}){1,3}"))
def test_an_organizers_words_read_as_they_were_written(words: str):
    html = linked(words)
    assert unescape(TAGS.sub("", html)) == unescape(unescape(words.replace("&", "&amp;")))
    assert not re.search(r"[<>]", TAGS.sub("", html))


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("See https://lune.example/terms.", "https://lune.example/terms"),
        ("(https://lune.example/a?b=1&c=2)", "https://lune.example/a?b=1&c=2"),
        ("http://lune.example, or elsewhere", "http://lune.example"),
    ],
)
def test_an_address_in_them_can_be_pressed(words: str, address: str):
    [found] = re.findall(r'<a href="([^"]*)">', linked(words))
    assert unescape(found) == address


def test_other_words_hold_no_address():
    assert "<a" not in linked("javascript:alert(1) lune.example ftp://lune.example https://")


def test_an_address_cannot_end_its_attribute():
    assert '"' not in anchor('https://x.org/"onclick="').removeprefix('<a href="').partition('">')[0]


def test_a_text_of_a_platforms_own_comes_before_the_one_for_all():
    assert key_on(Platform.DISCORD, "claim.ask") == "claim.ask.discord"
    assert key_on(Platform.TELEGRAM, "claim.ask") == "claim.ask"
    with pytest.raises(UnknownTextError):
        worded("en", key_on(Platform.DISCORD, "no.such.text"))


def test_paragraphs_share_a_message_while_there_is_room():
    assert pages(["aa", "", "bb", "cc"], longest=6) == ["aa\n\nbb", "cc"]
    assert pages(["a" * 9], longest=6) == ["a" * 9]


def test_markup_is_not_counted_and_emoji_count_twice():
    assert units('<b>a</b><a href="https://x.org">b</a>&amp;😀') == 5

"""Our HTML as Discord's Markdown: what we mean is shown, and what people chose is only shown."""

import re
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.discord.markdown import markdown, pages, plain, size

TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

NASTY = (
    "@everyone",
    "@here",
    "<@123>",
    "<@&123>",
    "<#123>",
    "</claim:1>",
    "<t:1700000000:R>",
    "<:evil:123>",
    "[a gift](https://evil.example)",
    "https://evil.example/x",
    "<https://evil.example>",
    "discord.gg/abc",
    "**bold** __under__ ~~gone~~ ||hidden||",
    "`code` ```block```",
    "> quoted",
    ">>> all quoted",
    "# head",
    "-# small",
    "- item",
    "+ item",
    "1. item",
    "a\\",
    "\\*",
    "\u202egnp.exe",
)

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_TEXT = "\ue000"
"""Stands for a sign that Discord takes for nothing but itself."""


def as_read(markdown: str) -> str:
    """What Discord's own rules make of a text in which nothing has a meaning: each escaped sign is itself."""
    return _ESCAPED.sub(r"\1", markdown)


def meaning(markdown: str) -> list[str]:
    """What Discord would find to act on: markup, mentions, addresses, lists, headings."""
    bare = _ESCAPED.sub(_TEXT, markdown)
    found = re.findall(r"[*_~`|\[\]<>@#\\]|[a-z]+://|\bdiscord(?:app)?\.\w+", bare, re.IGNORECASE)
    return found + re.findall(r"(?m)^\s*(?:[-+]|\d+[.)])\s", bare)


names = st.one_of(
    st.sampled_from(NASTY),
    st.text(),
    st.text(alphabet="*_~`|[]()<>@#&!:/.\\-+ \n1aé" + TURNS),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("".join),
)


@given(name=names)
@example(name="https:")
def test_what_people_chose_is_only_shown(name: str):
    text = plain(name)
    assert meaning(text) == []
    assert as_read(text) == "".join(sign for sign in name if sign not in TURNS)


@given(name=names, other=names)
def test_nor_does_it_become_anything_together_with_what_stands_around_it(name: str, other: str):
    html = f"<b>{escape(name)}</b>{escape(other)} <i></i>{escape(name)}"
    text = markdown(html)
    assert "http://" not in text
    assert "https://" not in text
    assert not re.search(r"(?<!\\)[<>@\[\]#`|~]", text.replace("\\\\", ""))
    assert not set(TURNS) & set(text)


@given(name=names)
def test_a_name_in_code_stays_in_it(name: str):
    text = markdown(f"<code>{escape(name)}</code>")
    if text:
        assert text[0] == text[-1] == "`"
        assert "`" not in text[1:-1]
        assert "\n" not in text


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>Ana</b> &amp; <i>Ben</i>", "**Ana** & *Ben*"),
        ("<b> Ana </b>", " **Ana** "),
        ("<b></b><i> </i>", " "),
        ("<b>Your link for <i>Lune</i></b>", "**Your link for *Lune***"),
        ("your number is <code>2*3</code>", "your number is `2*3`"),
        ("<pre>https://lune.example/r/CODE</pre>", "```\nhttps://lune.example/r/CODE\n```"),
        ('<a href="https://lune.example/r/A">https://lune.example/r/A</a>', "<https://lune.example/r/A>"),
        ('<a href="https://lune.example/a b)">the [page]</a>', r"[the \[page\]](<https://lune.example/a%20b%29>)"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<u>under</u> <b>left open", "under **left open**"),
        ("• one\n• two", "• one\n• two"),
        ("2 of 3 days; 1.5 points, 09:00", r"2 of 3 days; 1\.5 points, 09:00"),
    ],
)
def test_what_we_mean_is_shown_so(html: str, shown: str):
    assert markdown(html) == shown


def test_a_dash_begins_no_list_and_may_stand_in_a_word():
    assert markdown("<b>Lune</b>\n- a well-known shop, -5 %") == "**Lune**\n\\- a well-known shop, -5 %"


@given(text=st.text(), longest=st.integers(2, 50))
def test_pages_are_short_enough_and_lose_nothing_but_gaps(text: str, longest: int):
    found = pages(text, longest)
    assert all(0 < size(page) <= longest for page in found)
    assert "".join("".join(found).split()) == "".join(text.split())


@given(name=names, longest=st.integers(6, 30))
def test_a_cut_text_means_no_more_than_a_whole_one(name: str, longest: int):
    assert [meaning(page) for page in pages(plain(name), longest) if meaning(page)] == []


def test_pages_are_cut_between_paragraphs_if_they_can_be():
    assert pages("aaaa bbbb\n\ncccc dddd\n\neeee", 22) == ["aaaa bbbb\n\ncccc dddd", "eeee"]
    assert pages("aaaa bbbb cccc", 10) == ["aaaa bbbb", "cccc"]
    assert pages("a" * 5, 2) == ["aa", "aa", "a"]
    assert pages(" \n ") == []

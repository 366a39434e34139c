"""HTML as Telegram reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.telegram import BotApiError
from bots.sandbox.telegram.entities import found_in, from_html


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot; &copy; &#233;", 'a <b> & "c" &copy; é', []),
        ("<b>bold <i>both</i></b>", "bold both", [("italic", 5, 4), ("bold", 0, 9)]),
        ("🌙 <b>moon</b>", "🌙 moon", [("bold", 3, 4)]),  # the emoji counts as two
        ('<a href="https://t.me/lune?a=1&amp;b=2">x</a>', "x", [("text_link", 0, 1)]),
        ("<a href='lune.example'>x</a>", "x", [("text_link", 0, 1)]),
        ("<u>u</u><s>s</s><code>c</code>", "usc", [("underline", 0, 1), ("strikethrough", 1, 1), ("code", 2, 1)]),
        ("<span class='tg-spoiler'>who</span>", "who", [("spoiler", 0, 3)]),
        ("<tg-spoiler>who</tg-spoiler>", "who", [("spoiler", 0, 3)]),
        ('<pre><code class="language-py">x = 1</code></pre>', "x = 1", [("pre", 0, 5)]),
        ("<blockquote expandable>said</blockquote>", "said", [("expandable_blockquote", 0, 4)]),
        ("<b>trailing </b> \n", "trailing", [("bold", 0, 8)]),
        ("<b></b>empty", "empty", []),
        ("<B>large</b>", "large", [("bold", 0, 5)]),
    ],
)
def test_html_is_read(source: str, text: str, entities: list[tuple[str, int, int]]):
    found_text, found = from_html(source)
    assert found_text == text
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == entities


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("é<script>", 'Unsupported start tag "script" at byte offset 2'),
        ("<span>x</span>", 'Unsupported start tag "span"'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<3", "Unclosed start tag"),
    ],
)
def test_bad_html_is_refused(source: str, problem: str):
    with pytest.raises(BotApiError) as refusal:
        from_html(source)
    assert refusal.value.code == 400
    assert refusal.value.description.startswith(f"Bad Request: can't parse entities: {problem}")


@given(st.text())
def test_escaped_text_comes_out_as_it_was(text: str):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert from_html(f"<b>{escaped}</b>!")[0] == f"{text}!"


@given(st.text(alphabet="<>/ab &;\"'=é🌙 "))
def test_any_html_is_read_or_refused(source: str):
    try:
        text, entities = from_html(source)
    except BotApiError:
        return
    size = len(text.encode("utf-16-le")) // 2
    assert all(0 <= one["offset"] < one["offset"] + one["length"] <= size for one in entities)


def test_links_mentions_and_commands_are_found_in_plain_text():
    found = found_in("/go@sayso_bot see https://t.me/x?start=1, @lune_shop and #friends, not a/b or me@mail.example")
    assert [entity["type"] for entity in found] == ["bot_command", "url", "mention", "hashtag"]
    assert found[1]["length"] == len("https://t.me/x?start=1")


def test_entities_that_are_there_keep_their_place():
    text, entities = from_html("<code>/not a command</code> /yes")
    assert [entity["type"] for entity in found_in(text, entities)] == ["code", "bot_command"]

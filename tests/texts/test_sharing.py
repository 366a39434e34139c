"""Share links: each opens its platform with the text and that channel's link, whatever the text."""

from urllib.parse import SplitResult, parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.texts.sharing import CHANNELS, share_link, with_link, without_link

LINK = "https://sayso.example/r/aB3dE6gH9kM/whatsapp?a=1&b=é#c"
SUBJECT = "Bring a friend & more"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(
    ["a&b=c#d?e%20f+g;h", "\"<b>'", "line\nline\r\nline", "100 % 🙂 é שלום", "{}", "{link", "\u202e"]
)


def split(channel: str, text: str, link: str = LINK) -> tuple[SplitResult, dict[str, str]]:
    address = share_link(channel, link=link, text=text, subject=SUBJECT)
    assert address is not None
    assert address.isascii()
    assert not set(address) & set(" <>\"'\\^`{|}")
    parts = urlsplit(address)
    fields = parse_qs(parts.query, keep_blank_values=True, strict_parsing=False)
    assert parts.fragment == ""
    return parts, {name: value for name, (value,) in fields.items()}


@pytest.mark.parametrize(
    ("channel", "where", "fields"),
    [
        ("telegram", "https://t.me/share/url", {"url": LINK, "text": "Join me"}),
        ("whatsapp", "https://wa.me/", {"text": f"Join me: {LINK}"}),
        ("messenger", "fb-messenger://share/", {"link": LINK}),
        ("email", "mailto:", {"subject": SUBJECT, "body": f"Join me: {LINK}"}),
        ("sms", "sms:", {"body": f"Join me: {LINK}"}),
        ("facebook", "https://www.facebook.com/sharer/sharer.php", {"u": LINK}),
        ("x", "https://x.com/intent/post", {"text": f"Join me: {LINK}"}),
        ("linkedin", "https://www.linkedin.com/sharing/share-offsite/", {"url": LINK}),
        ("reddit", "https://www.reddit.com/submit", {"url": LINK, "title": SUBJECT}),
    ],
)
def test_each_platform_is_opened_at_its_own_address(channel: str, where: str, fields: dict[str, str]) -> None:
    parts, found = split(channel, "Join me: {link}")
    assert parts._replace(query="").geturl().replace("fb-messenger:/share", "fb-messenger://share") == where
    assert found == fields


@pytest.mark.parametrize("channel", ["discord", "signal", "copy", "qr"])
def test_what_has_no_address_is_copied_or_scanned(channel: str) -> None:
    assert share_link(channel, link=LINK, text="Join me: {link}", subject=SUBJECT) is None


def test_a_channel_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        share_link("pigeon", link=LINK, text="{link}", subject="")


@given(before=TEXTS, after=TEXTS)
def test_any_text_arrives_as_it_was_written(before: str, after: str) -> None:
    text = f"{before}{{link}}{after}"
    whole = f"{before}{LINK}{after}"
    for channel, field in (("whatsapp", "text"), ("sms", "body"), ("x", "text")):
        assert split(channel, text)[1][field] == whole
    assert split("email", text)[1]["body"] == "\r\n".join(whole.splitlines())
    telegram = split("telegram", text)[1]
    assert telegram["url"] == LINK
    assert telegram["text"] in text or telegram["text"] == whole


@given(text=TEXTS, code=st.text("abc123", min_size=1), channel=st.sampled_from(sorted(CHANNELS)))
def test_every_way_to_share_carries_the_variant_it_was_given(text: str, code: str, channel: str) -> None:
    link = f"https://sayso.example/r/{code}/{channel}"
    if CHANNELS[channel].address:
        assert any(link in value for value in split(channel, text, link)[1].values())


def test_what_cannot_be_sent_is_replaced() -> None:
    assert split("whatsapp", "a\ud800b {link}")[1]["text"] == f"a?b {LINK}"


def test_a_mail_has_spaces_that_mail_programs_understand() -> None:
    address = share_link("email", link=LINK, text="a b\nc {link}", subject="d + e")
    assert address is not None
    assert address.startswith("mailto:?subject=d%20%2B%20e&body=a%20b%0D%0Ac%20https")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Come and join me: {link}", "Come and join me"),
        ("Rejoins-moi\u00a0: {link}", "Rejoins-moi"),
        ("Join us! 👉 {link}", "Join us!"),
        ("Join us\n{link}\n", "Join us"),
        ("{link} – tea for two", "tea for two"),
        ("{link}", ""),
        ("no link at all", "no link at all"),
        ("", ""),
        ("Meet me at {link}", "Meet me at LINK"),
        ("Open {link} and say hello", "Open LINK and say hello"),
        ("{link} is worth a look", "LINK is worth a look"),
        ("First {link}, then: {link}", "First LINK, then: LINK"),
    ],
)
def test_beside_its_link_a_text_does_without_unless_it_needs_it(text: str, said: str) -> None:
    assert without_link(text, "LINK") == said


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Join: {link}", "Join: LINK"),
        ("{link}{link}", "LINKLINK"),
        ("Join", "Join\nLINK"),
        ("", "LINK"),
        ("{links} {link}", "{links} LINK"),
    ],
)
def test_a_text_is_never_sent_without_its_link(text: str, sent: str) -> None:
    assert with_link(text, "LINK") == sent

"""The share kit under `/invite`: which buttons there are, in which order, and where each of them leads."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bots.talk.kit import Kit, kit_of
from bots.telegram.kit import offer
from bots.telegram.ways import Ways
from core.campaign import Applied
from core.campaign.values import Campaign, Share
from tests.people import a_campaign

CODE = "7tbvBAirtk7"
PUBLIC = "https://go.example.org"
SHARE = {"en": "Come and join me: {link}", "fr": "Rejoins-moi\u00a0: {link}"}
BOT = Ways(username="sayso_bot", inline=True)
WEB = Ways(username="sayso_bot", public_url=PUBLIC, inline=True)


def campaign(*channels: str) -> Campaign:
    return a_campaign(share=Share(text=SHARE, channels=channels))


def kit(campaign: Campaign, language: str = "en") -> Kit:
    return kit_of(Applied(id=1, version=1, campaign=campaign, paused_at=None, stopped_at=None), CODE, language)


def buttons(*channels: str, ways: Ways = WEB, language: str = "en") -> list[dict[str, str]]:
    return [button for row in kit(campaign(*channels), language).rows(ways) for button in row]


def labels(*channels: str, ways: Ways = WEB) -> list[str]:
    return [button["text"] for button in buttons(*channels, ways=ways)]


def address(*channels: str, ways: Ways = WEB, language: str = "en", label: str) -> tuple[str, dict[str, str]]:
    [url] = [each["url"] for each in buttons(*channels, ways=ways, language=language) if each["text"] == label]
    parts = urlsplit(url)
    return parts._replace(query="").geturl(), {name: value for name, (value,) in parse_qs(parts.query).items()}


SEND, COPY, ALL, MINE = "📨 Send to a chat", "📋 Copy the link", "✨ All ways to share", "👥 My referrals"


def test_the_channels_come_in_the_campaigns_order():
    assert labels("copy", "x", "whatsapp", "telegram") == [COPY, "X", "WhatsApp", SEND, "Telegram", ALL, MINE]


def test_a_campaign_that_names_none_has_the_usual_ones():
    usual = [SEND, "Telegram", "WhatsApp", "Facebook", "X", COPY, ALL, MINE]
    assert labels() == usual
    assert [button["text"] for row in kit(a_campaign()).rows(WEB) for button in row] == usual


@pytest.mark.parametrize("ways", [WEB, BOT, Ways(username="sayso_bot"), Ways(username="sayso_bot", public_url=PUBLIC)])
@pytest.mark.parametrize("channels", [(), ("telegram",), ("qr",), ("email", "sms", "discord"), ("copy", "telegram")])
def test_the_keyboard_stays_pleasant(ways: Ways, channels: tuple[str, ...]):
    rows = kit(campaign(*channels)).rows(ways)
    assert all(1 <= len(row) <= 2 for row in rows)
    assert len(rows) <= 5
    assert all(len(row) == 2 for row in rows[:-1])


def test_where_there_is_no_page_no_channel_with_an_address_is_left_out():
    assert labels(ways=BOT) == [SEND, "Telegram", "WhatsApp", "Facebook", "X", "LinkedIn", "Reddit", COPY, MINE]


@pytest.mark.parametrize("channel", ["email", "sms", "messenger", "discord", "signal", "qr"])
def test_what_no_button_can_lead_to_is_on_the_page_or_else_copied(channel: str):
    assert labels(channel) == [ALL, MINE]
    assert labels(channel, ways=BOT) == [COPY, MINE]


def test_without_inline_mode_there_is_no_button_for_it():
    assert labels("telegram", "copy", ways=Ways(username="sayso_bot", public_url=PUBLIC)) == [
        "Telegram",
        COPY,
        ALL,
        MINE,
    ]


def test_each_address_carries_the_text_in_the_members_language_with_the_channels_variant():
    assert address("whatsapp", label="WhatsApp") == (
        "https://wa.me/",
        {"text": f"Come and join me: {PUBLIC}/r/{CODE}/whatsapp"},
    )
    assert address("whatsapp", language="fr", label="WhatsApp")[1] == {
        "text": f"Rejoins-moi\u00a0: {PUBLIC}/r/{CODE}/whatsapp"
    }
    assert address("telegram", label="Telegram") == (
        "https://t.me/share/url",
        {"url": f"{PUBLIC}/r/{CODE}/telegram", "text": "Come and join me"},
    )
    assert address("facebook", ways=BOT, label="Facebook")[1] == {"u": f"https://t.me/sayso_bot?start={CODE}_facebook"}


def test_what_is_copied_is_the_variant_for_it():
    assert [each["copy"] for each in buttons("copy") if "copy" in each] == [f"{PUBLIC}/r/{CODE}/copy"]
    [copied] = [each["copy"] for each in buttons("copy", ways=BOT) if "copy" in each]
    assert copied == f"https://t.me/sayso_bot?start={CODE}_copy"


def test_a_link_too_long_to_be_copied_has_no_button():
    far = Ways(username="sayso_bot", public_url="https://go.example.org/" + "x" * 250)
    assert COPY not in labels("copy", ways=far)


def test_an_address_that_telegram_may_refuse_is_left_to_the_page():
    long = a_campaign(share=Share(text={"*": "é" * 900 + "{link}"}, channels=("whatsapp", "telegram")))
    assert [each["text"] for row in kit(long).rows(WEB) for each in row] == [SEND, ALL, MINE]


def test_a_campaign_without_words_is_named():
    assert offer(kit(a_campaign()), WEB)["text"] == f"Bring a friend\n{PUBLIC}/r/{CODE}/telegram"


def test_the_page_has_a_button_where_telegram_takes_its_address():
    assert {each["text"]: each.get("url") for each in buttons("qr")}[ALL] == f"{PUBLIC}/r/{CODE}/kit"
    home = Ways(username="sayso_bot", public_url="http://localhost:8080/", inline=True)
    assert labels("qr", ways=home) == [COPY, MINE]
    assert offer(kit(campaign()), home)["url"] == f"https://t.me/sayso_bot?start={CODE}_telegram"
    assert offer(kit(campaign()), home)["text"].endswith(f"http://localhost:8080/r/{CODE}/telegram")

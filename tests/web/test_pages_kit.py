"""The share kit: every channel with its own link, and nothing that needs a script to be of use."""

from base64 import b64decode
from dataclasses import replace

from bots.web.pages import CHANNELS, kit, qr_png
from tests.web.test_pages import LINK, Page, a_kit


def test_the_kit_has_a_way_for_every_channel_with_that_channels_link() -> None:
    page = Page(kit(a_kit()))
    by_channel = {
        each.attributes["data-channel"]: each.attributes["href"]
        for each in page.all("a")
        if "ul" in each.ancestors and "data-channel" in each.attributes
    }
    fields = {each.attributes["id"].removeprefix("text-"): each.inside for each in page.all("textarea")}
    assert {*by_channel, *fields, "qr"} == set(CHANNELS)
    for channel, address in by_channel.items():
        assert f"%2F{channel}" in address
    assert fields == {
        "discord": f"Come and join me: {LINK}/discord",
        "signal": f"Come and join me: {LINK}/signal",
        "copy": f"{LINK}/copy",
    }


def test_the_kit_shows_only_the_channels_it_is_given_in_their_order() -> None:
    page = Page(kit(replace(a_kit(), links={"whatsapp": LINK, "telegram": LINK})))
    assert [each.attributes["data-channel"] for each in page.all("a") if "data-channel" in each.attributes] == [
        "whatsapp",
        "telegram",
    ]
    assert not page.all("textarea")
    assert not page.all("img")


def test_the_kits_buttons_that_need_a_script_wait_for_it() -> None:
    page = Page(kit(a_kit()))
    assert len(page.all("button")) == 5
    assert all("hidden" in each.attributes for each in page.all("button"))
    assert all("readonly" in each.attributes for each in page.all("textarea"))
    fields = {each.attributes["id"] for each in page.all("textarea")}
    assert {each.attributes["data-copy"] for each in page.all("button") if "data-copy" in each.attributes} == fields


def test_the_phones_own_sheet_gets_the_text_and_the_link_apart() -> None:
    sheet = next(each.attributes for each in Page(kit(a_kit())).all("button") if "data-sheet" in each.attributes)
    assert (sheet["data-title"], sheet["data-text"], sheet["data-sheet"]) == ("Maison Lune", "Come and join me", LINK)


def test_the_kits_code_is_of_its_own_link() -> None:
    page = Page(kit(a_kit()))
    picture = b64decode(page.one("img").attributes["src"].partition(",")[2])
    assert picture == qr_png(f"{LINK}/qr", scale=10)
    kept = [each.attributes["href"] for each in page.all("a") if "download" in each.attributes]
    assert kept == [f"{LINK}/kit/qr.png", f"{LINK}/kit/qr.svg"]


def test_what_was_used_is_told_only_where_the_kit_is_told_to() -> None:
    assert Page(kit(a_kit())).one("main").attributes["data-told"] == f"{LINK}/kit/"
    assert "data-told" not in Page(kit(replace(a_kit(), told=None))).one("main").attributes


def test_every_channel_has_a_drawing_a_colour_and_a_name() -> None:
    page = Page(kit(a_kit()))
    style = page.one("style").inside
    for channel in CHANNELS:
        if channel not in ("qr", "copy"):
            assert f".tile.{channel} " in style
    shown = [each for each in page.all("a") if "data-channel" in each.attributes and "download" not in each.attributes]
    assert len({each.inside.strip() for each in shown}) == len(shown)


def test_what_has_to_be_pasted_says_where() -> None:
    said = {
        each.attributes["data-channel"]: each.attributes["data-done"]
        for each in Page(kit(a_kit())).all("button")
        if "data-copy" in each.attributes
    }
    assert said == {
        "discord": "Copied. Now open Discord and paste it there.",
        "signal": "Copied. Now open Signal and paste it there.",
        "copy": "Copied",
    }


def test_inside_telegram_the_first_button_sends_there_once_the_script_finds_a_message() -> None:
    first = Page(kit(a_kit())).all("button")[0]
    assert "data-prepared" in first.attributes
    assert "hidden" in first.attributes

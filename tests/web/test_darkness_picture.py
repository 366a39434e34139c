"""The picture of the ways in."""

import re
from xml.etree import ElementTree

from bots.web.darkness import SOURCES, Darkness, Source
from bots.web.darkness.picture import WIDTH, picture
from tests.web.darkness_logs import TELEGRAM, WEBVIEW, found_in, line

SVG = "{http://www.w3.org/2000/svg}"


def drawn(found: Darkness) -> ElementTree.Element:
    return ElementTree.fromstring(picture(found))


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def test_every_way_in_is_a_bar_with_its_figures() -> None:
    root = drawn(found_in(line() * 3, line(agent=TELEGRAM), line(agent=WEBVIEW), line(referrer="https://t.co/") * 5))
    shown = texts(root)
    assert [label for label in shown if label in SOURCES] == list(SOURCES)
    assert {"5 (50.0%)", "in telegram", "in an app", "1 (20.0% of dark)"} <= set(shown)
    widths = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")][1:]
    assert widths[1] == widths[6] == max(widths)
    assert widths[0] == 0


def test_it_says_in_words_what_it_shows_and_needs_nothing_else() -> None:
    text = picture(found_in(line()))
    root = ElementTree.fromstring(text)
    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", "title desc")
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text == "Where 1 arrivals came from"
    assert "dark: 1 (100.0%)" in str(desc.text)
    assert not re.search(r"href|url\(|<script|<style|@import", text)


def test_nothing_to_show_is_a_picture_too() -> None:
    assert texts(drawn(found_in(line(method="HEAD"))))[0] == "Where 0 arrivals came from"


def test_names_cannot_leave_their_place() -> None:
    nasty = tuple(f'<script>"{number}&\x1b\x00' for number in range(50))
    found = Darkness(
        log="x", lines=1, complete=True, sites=nasty, sites_from="log", malformed={}, set_aside={}, previews={},
        inside=0, sources={"dark": Source(count=9, share=1.0, in_app=dict.fromkeys(nasty, 1))}, notes=(),
    )  # fmt: skip
    root = drawn(found)
    assert not list(root.iter(f"{SVG}script"))
    assert "in other apps" in texts(root)
    assert all(float(bar.attrib.get("x", 0)) + float(bar.attrib["width"]) <= WIDTH for bar in root.iter(f"{SVG}rect"))

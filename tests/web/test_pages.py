"""Every page: well-formed, small, accessible in its marks, and the same whatever people call themselves."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.texts import languages
from bots.web.pages import (
    CHANNELS,
    Card,
    Gone,
    Image,
    Kit,
    Landing,
    OtherLanguage,
    Place,
    Why,
    card,
    gone,
    headers,
    kit,
    kit_headers,
    landing,
)

TELEGRAM = "https://web.telegram.org"
HOME = "https://sayso.example"
LINK = f"{HOME}/r/aB3dE6gH9kM"
BOT = "https://t.me/lune_bot?start=aB3dE6gH9kM"
AWKWARD = "\u202e</title></script><script>alert(1)</script> \"'`&amp; {{ 7*7 }} שלום 👩‍👩‍👧 \x00\x1b\u2066"
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
VOID = {"meta", "link", "img", "path", "br"}
OTHERS = [OtherLanguage(language=each, address=f"{LINK}?lang={each}") for each in ("en", "fr")]


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    inside: str = ""
    ancestors: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """Reads a page as a strict reader would: every tag that opens is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        ancestors = [each.tag for each in self.open]
        element = Element(tag, {name: value or "" for name, value in attrs}, ancestors=ancestors)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.inside += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        return [each for each in self.elements if each.tag == tag and attributes.items() <= each.attributes.items()]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    def tags(self) -> dict[str, str]:
        """What a preview fetcher reads."""
        found = [
            (each.attributes.get("property") or each.attributes.get("name", ""), each) for each in self.all("meta")
        ]
        return {name: each.attributes["content"] for name, each in found if name}


def a_card(language: str = "en") -> Card:
    return Card(
        language=language,
        title="A friend invites you",
        text="A private welcome awaits.",
        address=f"{LINK}/whatsapp",
        site="Maison Lune",
        image=Image(address=f"{HOME}/media/card.png", alt="A table laid for two", type="image/png"),
        other_languages=["en", "fr"],
    )


def a_landing(language: str = "en") -> Landing:
    return Landing(
        language=language,
        title="Bring a friend to Maison Lune",
        text="A private welcome awaits.",
        advocate="Ana",
        terms="One referral per friend.",
        places=[
            Place(app="telegram", address=BOT, name="Le salon"),
            Place(app="discord", address=f"{HOME}/join/discord/aB3dE6gH9kM"),
        ],
        scan=LINK,
        own_link=BOT,
        card=a_card(language),
        other_languages=OTHERS,
    )


def a_kit(language: str = "en") -> Kit:
    return Kit(
        language=language,
        title="Maison Lune",
        text="Come and join me: {link}",
        links={channel: f"{LINK}/{channel}" for channel in CHANNELS},
        sheet=LINK,
        qr_png=f"{LINK}/kit/qr.png",
        qr_svg=f"{LINK}/kit/qr.svg",
        bot=BOT,
        told=f"{LINK}/kit/",
        other_languages=OTHERS,
    )


def a_gone(language: str = "en", why: Why = Why.ENDED) -> Gone:
    return Gone(language=language, why=why, title="Maison Lune", when="1 May", bot=BOT, other_languages=OTHERS)


def awkward(language: str) -> Iterator[str]:
    """The pages again, with the worst that can be written into each of their fields."""
    name, image = AWKWARD, Image(address=f"{HOME}/a.png", alt=AWKWARD)
    words = {"title": name, "text": name}
    place = Place(app="discord", address=BOT, name=name)
    view = replace(a_card(language), **words, site=name, image=image)
    yield card(view)
    yield landing(replace(a_landing(language), **words, advocate=name, terms=name, places=[place], card=view))
    yield kit(replace(a_kit(language), **words))
    for why in Why:
        yield gone(replace(a_gone(language, why), title=name, when=name))


def ordinary(language: str) -> Iterator[str]:
    yield card(a_card(language))
    yield card(replace(a_card(language), image=None, other_languages=()))
    yield landing(a_landing(language))
    yield landing(Landing(language=language, title="Lune", text="Come in.", places=[]))
    yield kit(a_kit(language))
    yield kit(Kit(language=language, title="Lune", text="{link}", links={"telegram": LINK}, sheet=LINK))
    for why in Why:
        yield gone(a_gone(language, why))
        yield gone(Gone(language=language, why=why))


PAGES = [(language, html) for language in languages() for made in (ordinary, awkward) for html in made(language)]
every_page = pytest.mark.parametrize(("language", "html"), PAGES, ids=range(len(PAGES)))


@every_page
def test_a_page_is_well_formed_and_says_its_language(language: str, html: str) -> None:
    page = Page(html)
    assert html.startswith("<!doctype html>\n")
    assert page.one("html").attributes == {"lang": language, "dir": "ltr"}
    assert page.one("title").inside.strip()
    assert len(page.all("h1")) == 1
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))


@every_page
def test_everything_in_a_page_has_words(language: str, html: str) -> None:
    page = Page(html)
    labelled = {each.attributes["for"] for each in page.all("label")}
    assert labelled == {each.attributes["id"] for each in page.all("textarea")}
    for each in page.all("img"):
        assert "alt" in each.attributes
        assert {"width", "height"} <= set(each.attributes)
    for each in page.all("svg"):
        decorated = each.attributes.get("aria-hidden") == "true"
        assert decorated or "div" in each.ancestors  # the QR code, whose div is an image with a label
    for each in (*page.all("a"), *page.all("button"), *page.all("label"), *page.all("figcaption")):
        assert each.inside.strip()


@every_page
def test_a_page_is_small(language: str, html: str) -> None:
    assert len(html.encode()) < 30_000


@every_page
def test_a_page_loads_and_runs_nothing_from_elsewhere(language: str, html: str) -> None:
    page = Page(html)
    for each in page.elements:
        assert "style" not in each.attributes
        assert not [name for name in each.attributes if name.startswith("on")]
        if source := each.attributes.get("src"):
            assert re.match("/[^/]|data:image/png;base64,", source)
            assert each.tag == "img"
    assert [each.attributes for each in page.all("link")] in ([], [{"rel": "icon", "href": "data:,"}])
    assert not {"form", "iframe", "object", "embed", "base"} & {each.tag for each in page.elements}
    for inlined in (*page.all("style"), *page.all("script")):
        told = inlined.inside.replace(f'const WEB = "{TELEGRAM}";', "")  # whom the kit sends events to, if inside
        assert not re.search(r"https?:|url\(|@import", told)


@every_page
def test_no_sign_that_turns_or_breaks_a_page_is_left(language: str, html: str) -> None:
    assert not set(html) & TURNING
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", html)


@pytest.mark.parametrize("language", languages())
def test_what_people_write_is_shown_and_never_run(language: str) -> None:
    for html in awkward(language):
        page = Page(html)
        assert [each.inside for each in page.all("script")] in ([], [Page(kit(a_kit())).one("script").inside])
        assert "alert(1)" in html
        assert "49" not in re.sub(r"[^>]*</style>|base64,[^\"]*| d=\"[^\"]*\"", "", html)


@pytest.mark.parametrize("language", ["en", "fr"])
@given(words=st.text(st.characters(codec=None), max_size=60))
def test_any_text_at_all_can_stand_in_a_page(language: str, words: str) -> None:
    made = replace(a_landing(language), title=words or "-", text=words, advocate=words, terms=words)
    html = landing(made) + kit(replace(a_kit(language), title=words, text=words))
    assert html.encode()
    Page(html.replace("<!doctype html>", ""))


def policy_of(found: Callable[[], object]) -> dict[str, list[str]]:
    directives = str(dict(found())["Content-Security-Policy"]).split("; ")  # type: ignore[call-overload]
    return {name: values for name, *values in (each.split() for each in directives)}


def hash_of(element: Element) -> str:
    return f"'sha256-{b64encode(sha256(element.inside.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("html", "sent"),
    [(landing(a_landing()), headers), (gone(a_gone()), headers), (kit(a_kit()), kit_headers)],
    ids=["landing", "gone", "kit"],
)
def test_the_policy_allows_what_is_in_the_page_and_no_more(html: str, sent: Callable[[], object]) -> None:
    page, policy = Page(html), policy_of(sent)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["frame-ancestors"] == ([TELEGRAM] if sent is kit_headers else ["'none'"])
    assert policy["style-src"] == [hash_of(page.one("style"))]
    assert policy.get("script-src", []) == [hash_of(each) for each in page.all("script")]
    assert policy["img-src"] == ["'self'", "data:"]
    assert not any("unsafe" in value or "*" in value for values in policy.values() for value in values)


def test_the_pages_tell_nobody_where_one_came_from() -> None:
    for sent in (headers(), kit_headers()):
        assert sent["Referrer-Policy"] == "no-referrer"
        assert sent["X-Content-Type-Options"] == "nosniff"


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_texts_stand_out_from_what_is_behind_them_by_day_and_by_night() -> None:
    style = Page(landing(a_landing())).one("style").inside
    day_and_night = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(day_and_night) == 2
    for block in day_and_night:
        colour = dict(re.findall(r"--([\w-]+): #(\w+);", block))
        for behind in ("ground", "sheet", "tint"):
            for words in ("ink", "soft", "accent"):
                assert contrast(colour[words], colour[behind]) >= 4.5, (words, behind)
        assert contrast(colour["on-accent"], colour["accent"]) >= 4.5
    for name, behind in re.findall(r"\.button\.(\w+) \{ background: #(\w+);", style):
        assert contrast("fff", behind) >= 4.5, name
    for name, behind in re.findall(r"\.tile\.(\w+) \{ background: #(\w+);", style):
        assert contrast("fff", behind) >= 3, name


def test_pages_respect_what_people_have_set() -> None:
    style = Page(landing(a_landing())).one("style").inside
    assert "prefers-color-scheme: dark" in style
    assert "prefers-reduced-motion: reduce" in style
    assert ":focus-visible" in style


def test_every_address_in_a_page_is_absolute() -> None:
    for html in (landing(a_landing()), kit(a_kit()), gone(a_gone())):
        for each in Page(html).all("a"):
            assert urlsplit(each.attributes["href"]).scheme in ("https", "mailto", "sms", "fb-messenger")

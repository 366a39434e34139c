"""What a friend meets, what a preview fetcher reads, and what a link that leads nowhere says."""

from dataclasses import replace

import pytest

from bots.texts import languages, text
from bots.web.pages import Gone, Why, card, gone, kit, landing
from tests.web.test_pages import BOT, HOME, LINK, Page, a_card, a_gone, a_kit, a_landing


def test_a_card_has_everything_a_preview_asks_for() -> None:
    assert Page(card(a_card("fr"))).tags() == {
        "og:type": "website",
        "og:site_name": "Maison Lune",
        "og:title": "A friend invites you",
        "og:description": "A private welcome awaits.",
        "og:url": f"{LINK}/whatsapp",
        "og:locale": "fr_FR",
        "og:locale:alternate": "en_US",
        "og:image": f"{HOME}/media/card.png",
        "og:image:secure_url": f"{HOME}/media/card.png",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "A table laid for two",
        "twitter:card": "summary_large_image",
        "twitter:title": "A friend invites you",
        "twitter:description": "A private welcome awaits.",
        "twitter:image": f"{HOME}/media/card.png",
        "twitter:image:alt": "A table laid for two",
        "description": "A private welcome awaits.",
    }


def test_the_tags_of_a_card_are_read_back_as_they_were_written() -> None:
    words = 'Tea & "cake" <now>\nfor two'
    tags = Page(card(replace(a_card(), title=words, text=words))).tags()
    assert {tags[name] for name in ("og:title", "og:description", "twitter:title", "description")} == {words}


def test_a_card_without_a_picture_is_a_small_one() -> None:
    tags = Page(card(replace(a_card(), image=None))).tags()
    assert tags["twitter:card"] == "summary"
    assert not [name for name in tags if "image" in name]


@pytest.mark.parametrize(
    ("language", "locale"), [("en", "en_US"), ("fr", "fr_FR"), ("fr-ca", "fr_CA"), ("pt-br", "pt_BR"), ("xq", "xq")]
)
def test_a_locale_names_a_country(language: str, locale: str) -> None:
    assert Page(card(a_card(language))).tags()["og:locale"] == locale


def test_a_card_sends_nobody_on_and_leads_nowhere() -> None:
    html = card(a_card())
    assert "http-equiv" not in html
    assert not Page(html).all("a")
    assert len(html) < 3000


def test_a_landing_page_carries_the_card_for_fetchers_nobody_knew() -> None:
    tags = Page(landing(a_landing())).tags()
    assert tags.items() >= Page(card(a_card())).tags().items()
    assert "Ana" not in "".join(tags.values())


def test_a_landing_page_leads_into_each_place_in_their_order() -> None:
    page = Page(landing(a_landing()))
    ways = [each for each in page.all("a") if "ul" in each.ancestors and "nav" not in each.ancestors]
    assert [(each.inside.strip(), each.attributes["href"]) for each in ways] == [
        ("Join Le salon on Telegram", BOT),
        ("Join on Discord", f"{HOME}/join/discord/aB3dE6gH9kM"),
    ]


def test_a_landing_page_needs_no_script() -> None:
    assert not Page(landing(a_landing())).all("script")


@pytest.mark.parametrize(
    ("advocate", "said"),
    [
        ("Ana", "Ana invites you"),
        ("\u202eAna\u2069", "Ana invites you"),
        (None, "You are invited"),
        ("", "You are invited"),
    ],
)
def test_a_landing_page_says_who_invites(advocate: str | None, said: str) -> None:
    html = landing(replace(a_landing(), advocate=advocate))
    assert said in [each.inside for each in Page(html).all("span")]


def test_a_name_stands_apart_in_its_direction() -> None:
    page = Page(landing(replace(a_landing(), advocate="أمينة")))
    assert "أمينة" in [each.inside for each in page.all("bdi")]
    assert all(each.attributes.get("dir") == "auto" for each in page.all("h1"))


def test_a_landing_page_whose_door_is_closed_says_so() -> None:
    html = landing(replace(a_landing(), places=[]))
    assert text("en", "page.no_way_in") in html
    assert not Page(html).all("figure")


def test_a_phone_is_spared_the_code_to_scan() -> None:
    assert Page(landing(a_landing())).all("figure")
    assert not Page(landing(replace(a_landing(), scan=None))).all("figure")


def test_a_page_offers_its_languages_by_their_own_names() -> None:
    for html in (landing(a_landing("fr")), kit(a_kit("fr")), gone(a_gone("fr"))):
        offered = [each for each in Page(html).all("a") if "nav" in each.ancestors]
        assert [(each.inside, each.attributes["lang"], each.attributes["href"]) for each in offered] == [
            ("English", "en", f"{LINK}?lang=en"),
            ("Français", "fr", f"{LINK}?lang=fr"),
        ]
        assert ["aria-current" in each.attributes for each in offered] == [False, True]


def test_a_language_that_is_written_from_the_right_turns_the_page() -> None:
    assert Page(landing(a_landing("ar"))).one("html").attributes == {"lang": "ar", "dir": "rtl"}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("why", Why)
def test_a_link_that_leads_nowhere_says_why_and_what_to_do(language: str, why: Why) -> None:
    page = Page(gone(Gone(language=language, why=why, bot=BOT)))
    assert page.one("h1").inside == text(language, f"page.{why}.title")
    assert text(language, f"page.{why}.text") in [each.inside for each in page.all("p")]
    assert BOT in [each.attributes["href"] for each in page.all("a")]


def test_a_campaign_that_has_not_started_says_when() -> None:
    page = Page(gone(a_gone("fr", Why.NOT_STARTED)))
    assert any(each.inside.startswith("Ouverture le 1 May.") for each in page.all("p"))


def test_what_each_page_is_answered_with() -> None:
    assert {why: int(why.status) for why in Why} == {
        Why.UNKNOWN: 404,
        Why.REVOKED: 410,
        Why.ENDED: 410,
        Why.NOT_STARTED: 200,
        Why.PAUSED: 200,
    }

"""What is set aside, and where people came from."""

import gzip
import io
import re
from collections import Counter

import pytest

from bots.web import darkness
from bots.web.darkness import SOURCES
from bots.web.visitors import Agent, Kind, Origin, agent, referrer
from tests.web.darkness_logs import CHROME, GOOGLEBOT, SAMPLE, TELEGRAM, TELEGRAMBOT, WEBVIEW, counts, found_in, line


@pytest.mark.parametrize(
    ("text", "is_a"),
    [
        (line(agent=GOOGLEBOT), "machine"),
        (line(agent=TELEGRAMBOT), "preview"),
        (line(agent="-"), "empty"),
        (line(agent=""), "empty"),
        (line(method="HEAD"), "head"),
        (line(method="POST"), "method"),
        (line(status=404), "error"),
        (line(status=500), "error"),
        (line(status=301), "redirect"),
        (line(status=206), "fragment"),
        (line(status=204), "fragment"),
        (line("/style.css?v=3"), "resource"),
        (line("/logo.PNG"), "resource"),
        (line("/feed/"), "resource"),
        (line("/blog/feed/atom"), "resource"),
        (line("/robots.txt"), "resource"),
        (line("/?feed=rss2"), "resource"),
        (line("/api/v1/things"), "resource"),
        (line("/.well-known/security.txt"), "resource"),
        (line(referrer="https://www.google.com/"), "search"),
        (line(referrer="https://t.co/abc"), "social"),
        (line(referrer="https://web.whatsapp.com/"), "messages"),
        (line(referrer="android-app://org.telegram.messenger/"), "messages"),
        (line(referrer="https://blog.example.org/post"), "sites"),
        (line(referrer="not an address"), "sites"),
        (line("/deep?utm_source=letter"), "campaigns"),
        (line("/?a=1&GCLID=x", referrer="https://www.google.com/"), "campaigns"),
        (line("/deep?a=1&amp;utm_medium=x"), "campaigns"),
        (line("/deep?outm_source=x"), "dark"),
        (line(referrer="https://www.lune.example/other"), "inside"),
        (line("/deep?utm_source=x", referrer="https://lune.example/"), "inside"),
        (line(referrer="https://shop.lune.example:8443/"), "inside"),
        (line(referrer="https://notlune.example/"), "sites"),
        (line("/"), "direct"),
        (line("/?page=1"), "direct"),
        (line("/index.html"), "direct"),
        (line("/fr/"), "direct"),
        (line("http://lune.example/"), "direct"),
        (line("http://lune.example"), "direct"),
        (line("/", agent=TELEGRAM), "direct"),
        (line(), "dark"),
        (line(status=304), "dark"),
        (line("/paper.pdf"), "dark"),
        (line("/frites"), "dark"),
        (line("/map"), "dark"),
        (line("/json/"), "dark"),
        (line("/apis/v1"), "dark"),
        (line("/?"), "direct"),
        (line("//"), "dark"),
        (line(agent=TELEGRAM), "dark"),
        (line("/deep thought"), "dark"),
    ],
)
def test_a_line_is_one_thing(text: str, is_a: str) -> None:
    assert counts(found_in(text)) == {is_a: 1}


def test_what_a_machine_does_is_a_machines_whatever_it_asks_for() -> None:
    said = found_in(
        *(line(agent=GOOGLEBOT, method=method, status=status) for method, status in [("HEAD", 200), ("GET", 404)])
    )
    assert counts(said) == {"machine": 2}


def test_dark_and_direct_name_the_apps_they_were_seen_in() -> None:
    said = found_in(line(agent=TELEGRAM) * 3, line(agent=WEBVIEW) * 2, line() * 5, line("/", agent=TELEGRAM))
    assert said.sources["dark"].in_app == {"telegram": 3, "unnamed": 2}
    assert (said.sources["dark"].count, said.sources["dark"].share) == (10, 10 / 11)
    assert said.sources["direct"].in_app == {"telegram": 1}


def test_engines_feeds_messengers_and_marks_are_named() -> None:
    said = found_in(
        line(referrer="https://www.google.de/") * 2,
        line(referrer="https://duckduckgo.com/"),
        line(referrer="https://web.whatsapp.com/"),
        line("/x?fbclid=1"),
        line("/x?utm_source=a&gclid=1"),
    )
    assert said.sources["search"].names == {"google": 2, "duckduckgo": 1}
    assert said.sources["messages"].names == {"whatsapp": 1}
    assert said.sources["campaigns"].names == {"fbclid": 1, "utm": 1}
    assert sum(source.share for source in said.sources.values()) == pytest.approx(1)


def test_previews_of_pages_are_counted_by_app() -> None:
    said = found_in(
        line(agent=TELEGRAMBOT), line("/card.png", agent=TELEGRAMBOT), line("/gone", 404, agent=TELEGRAMBOT)
    )
    assert (said.set_aside, said.previews) == ({"preview": 3}, {"telegram": 1})


# Whose log it is


def test_the_site_is_guessed_from_referrers_whose_page_was_asked_for() -> None:
    said = found_in(
        line("/about", referrer="https://www.google.com/"),
        line("/style.css", referrer="https://www.lune.example/about"),
        line("/blog", referrer="https://lune.example/about"),
        line("/blog", referrer="https://elsewhere.example/page") * 9,
        sites=(),
    )
    assert (said.sites, said.sites_from) == (("lune.example",), "referrers")
    assert counts(said) == {"search": 1, "resource": 1, "inside": 1, "sites": 9}


def test_a_site_that_cannot_be_guessed_is_said() -> None:
    said = found_in(line("/blog", referrer="https://elsewhere.example/page"), sites=())
    assert (said.sites, said.sites_from) == ((), None)
    assert any("--site HOST" in note for note in said.notes)


def test_dark_without_any_page_view_inside_is_doubted() -> None:
    assert any("Referrer-Policy" in note for note in found_in(line()).notes)
    assert found_in(line(), line(referrer="https://lune.example/")).notes == ()


@pytest.mark.parametrize(
    "given", ["lune.example", "WWW.Lune.Example", "https://www.lune.example:8443/x", "lune.example."]
)
def test_a_site_may_be_written_in_many_ways(given: str) -> None:
    assert darkness.site_name(given) == "lune.example"


# A real log


def slowly(text: bytes) -> Counter[str]:
    """The same count, done the straightforward way."""
    totals: Counter[str] = Counter()
    resources = "png css ico jpg js gif ttf xml jar svg exe xsl jpeg swf pyc gz woff gem".split()  # noqa: SIM905
    for each in text.decode("utf-8", "replace").splitlines():
        found = re.fullmatch(r'\S+ \S+ \S+ \[.+?\] "(\S+) (\S+) HTTP/1\.[01]" (\d+) \S+ "(.*?)" "(.*)"', each)
        assert found is not None
        method, target, status, source, sender = found.groups()
        totals[_slowly(method, target, int(status), source, agent(sender), resources)] += 1
    return totals


def _slowly(method: str, target: str, status: int, source: str, sender: Agent, resources: list[str]) -> str:
    path, _, query = target.partition("?")
    if sender.kind not in (Kind.BROWSER, Kind.IN_APP):
        return sender.kind.value
    if method != "GET":
        return "head" if method == "HEAD" else "method"
    if status not in (200, 304):
        return "fragment" if status == 206 else "redirect" if status == 301 else "error"
    if path.rpartition(".")[2] in resources or path == "/robots.txt" or "flav=rss20" in query or "flav=atom" in query:
        return "resource"
    from_where = referrer(source, frozenset({"semicomplete.com"}))
    if from_where.origin is Origin.OWN:
        return "inside"
    if "utm_" in query:
        return "campaigns"
    if from_where.origin is Origin.NONE:
        return "direct" if path == "/" else "dark"
    names = {Origin.SEARCH: "search", Origin.SOCIAL: "social", Origin.APP: "messages"}
    return names.get(from_where.origin, "sites")


@pytest.fixture(scope="module")
def sample() -> bytes:
    if not SAMPLE.exists():
        pytest.skip(f"there is no {SAMPLE}")
    return gzip.decompress(SAMPLE.read_bytes())


def test_a_real_log_is_counted_as_by_hand(sample: bytes) -> None:
    with SAMPLE.open("rb") as raw:
        said = darkness.read(raw, "sample")
    assert (said.lines, said.malformed, said.complete, said.notes) == (6000, {}, True, ())
    assert (said.sites, said.sites_from) == (("semicomplete.com",), "referrers")
    assert counts(said) == slowly(sample)
    assert set(said.sources) == set(SOURCES)


def test_a_real_log_is_split_as_awk_splits_it(sample: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every agent taken for a person: these figures are from awk, sort and uniq, and know nothing of agents."""
    monkeypatch.setattr("bots.web.darkness.lines.agent", lambda _: Agent(Kind.BROWSER))
    said = darkness.read(io.BytesIO(sample), "sample")
    plain = {name: said.set_aside[name] for name in ("head", "method", "error", "redirect", "fragment")}
    assert plain == {"head": 23, "method": 4, "error": 1 + 132 + 2 + 2, "redirect": 123, "fragment": 24}
    assert said.set_aside["resource"] + said.inside + said.arrivals == 5359 + 330


def test_nothing_of_a_person_is_in_the_result(sample: bytes) -> None:
    said = str(darkness.read(io.BytesIO(sample), "sample"))
    addresses = set(re.findall(rb"^\S+", sample, re.MULTILINE))
    assert not [address for address in addresses if address.decode() in said]
    assert CHROME not in str(found_in(line()))
    assert "203.0.113.9" not in str(found_in(line(), "203.0.113.9\n", line(referrer="http://203.0.113.9/x")))

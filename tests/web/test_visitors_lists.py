"""The visitors' room against public lists of user agents and hosts, where they lie beside the project.

Each test prints its share (`pytest -s`), and bounds it: these lists disagree, so no share can be perfect.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bots.web.visitors import Kind, Origin, agent, referrer

SPECS = Path(__file__).parents[3] / "shared" / "specs"

MAINSTREAM = {
    "telegram", "discord", "whatsapp", "messenger", "facebook", "instagram", "safari",
    "chrome_android", "firefox_windows",
}  # fmt: skip
EXPECTED = {
    "preview_fetcher": {Kind.PREVIEW, Kind.IMAGE_PROXY},
    "image_proxy_disguised": {Kind.IMAGE_PROXY},
    "in_app_browser": {Kind.IN_APP},
    "desktop_client_webview": {Kind.IN_APP},
    "app_network_stack": {Kind.CLIENT},
    "browser": {Kind.BROWSER},
}
OUR_NAMES = {"teams_skype": "teams", "gmail_image_proxy": "gmail"}
FETCHERS = {Kind.PREVIEW, Kind.IMAGE_PROXY, Kind.MACHINE, Kind.EMPTY}


def spec(name: str) -> Any:
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    text = path.read_text()
    return yaml.load(text, Loader=yaml.CSafeLoader) if path.suffix == ".yml" else json.loads(text)


def listed(name: str) -> Iterator[str]:
    for group in spec(name).values():
        yield from map(str, group)


def share(what: str, wrong: list[str], total: int, at_most: float) -> None:
    print(f"\n{what}: {len(wrong)} of {total} ({len(wrong) / total:.2%})", *wrong[:60], sep="\n  ")
    assert len(wrong) <= at_most * total


def test_at_most_two_of_the_samples_are_wrong():
    samples = spec("ua-samples.json")["samples"]
    wrong = [row for row in samples if not right(row)]
    share("samples told wrong", [f"{row['kind']} {row['user_agent']}" for row in wrong], len(samples), 2 / len(samples))


def right(row: dict[str, str]) -> bool:
    found = agent(row["user_agent"])
    named = row["kind"] == "browser" or found.app == OUR_NAMES.get(row["app"], row["app"])
    return named and found.kind in EXPECTED[row["kind"]]


def test_no_person_in_a_mainstream_app_is_taken_for_a_fetcher():
    people = [
        row
        for row in spec("ua-samples.json")["samples"]
        if row["kind"] in ("in_app_browser", "desktop_client_webview", "browser") and row["app"] in MAINSTREAM
    ]
    assert {row["app"] for row in people} >= MAINSTREAM - {"discord", "whatsapp"}  # of which there are no samples
    assert [row for row in people if not agent(row["user_agent"]).person] == []


def test_browsers_are_seldom_taken_for_machines():
    """isbot's people include media players, scanners and a shell injection; an app's network code is no machine."""
    people = list(listed("isbot-browsers.yml"))
    share("people taken for machines", [ua for ua in people if agent(ua).kind in FETCHERS], len(people), 0.055)


def test_crawlers_are_seldom_taken_for_people():
    machines = list(listed("isbot-crawlers.yml"))
    share("isbot's crawlers taken for people", [ua for ua in machines if agent(ua).person], len(machines), 0.02)


def test_listed_crawlers_are_seldom_taken_for_people():
    machines = [ua for row in spec("crawler-user-agents.json") for ua in row["instances"]]
    share("listed crawlers taken for people", [ua for ua in machines if agent(ua).person], len(machines), 0.005)


def test_well_known_bots_are_not_taken_for_people():
    machines = [ua for row in spec("well-known-bots.json") for ua in row["instances"]["accepted"]]
    share("well-known bots taken for people", [ua for ua in machines if agent(ua).person], len(machines), 0.0)


def test_previews_are_told_from_other_machines():
    """What is missed is a person (MetaIAB) and machines that fetch no card."""
    rows = [row for row in spec("crawler-user-agents.json") if "social-preview" in row.get("tags", [])]
    agents = [ua for row in rows for ua in row["instances"]]
    wrong = [ua for ua in agents if agent(ua).kind not in (Kind.PREVIEW, Kind.IMAGE_PROXY)]
    share("social previews not recognised", wrong, len(agents), 0.05)
    assert [ua for ua in wrong if agent(ua).person and "MetaIAB" not in ua] == []


def test_social_sites_are_recognised_as_referrers():
    places = list(listed("matomo-socials.yml"))
    wrong = [place for place in places if origin(place) not in (Origin.SOCIAL, Origin.APP)]
    share("social sites not recognised", wrong, len(places), 0.02)


def origin(place: str) -> Origin:
    package = place.startswith(("com.", "org.", "linkedin.android"))
    return referrer(f"android-app://{place}/" if package else f"https://{place}/some?page=1").origin


def test_an_app_named_by_a_list_has_that_name_here():
    named = {
        "Telegram": "telegram", "Discord": "discord", "Facebook": "facebook", "Instagram": "instagram", "Twitter": "x",
        "LinkedIn": "linkedin", "reddit": "reddit", "Pinterest": "pinterest", "TikTok": "tiktok",
        "Snapchat": "snapchat", "Threads": "threads", "WeChat": "wechat", "Bluesky": "bluesky", "Vkontakte": "vk",
        "Mastodon": "mastodon",
    }  # fmt: skip
    sites = spec("matomo-socials.yml")
    for theirs, ours in named.items():
        hosts = [place for place in sites[theirs] if not place.startswith(("com.", "org.", "linkedin.android"))]
        assert {referrer(f"https://{host}/").name for host in hosts} == {ours}

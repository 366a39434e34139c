"""What every end-to-end test needs, whatever the messenger: a campaign file, the web's settings, and the figures."""

import json
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tests.cli.processes import ended

SLUG = "spring"

_CAMPAIGN = """
campaign: {slug}
title: {{en: Bring a friend, fr: Amène un proche}}
window: {{timezone: Europe/Paris, starts: 2026-01-01 09:00}}
organizers: [{organizer}]
communities:
{communities}
attribution: {{window: 7 days, touch: first}}
qualify: {qualify}
rewards:
  - {{id: welcome, to: friend, give: {{message: {{en: Hello!, fr: Bonjour !}}}}}}
  - {{id: thanks, to: advocate, every: 1, give: {{points: 10}}}}
{rewards}
"""


def write(
    folder: Path, *, organizer: str, communities: Iterable[str], qualify: str, rewards: Iterable[str] = ()
) -> Path:
    """The file of a campaign that has begun. Each community and each further reward is what stands in its braces."""
    path = folder / "spring.yaml"
    text = _CAMPAIGN.format(
        slug=SLUG,
        organizer=f"{{{organizer}}}",
        communities=_lines(communities),
        qualify=f"{{{qualify}}}",
        rewards=_lines(rewards),
    )
    path.write_text(text, encoding="utf-8")
    return path


def _lines(items: Iterable[str]) -> str:
    return "\n".join(f"  - {{{item}}}" for item in items)


def web(url: str) -> dict[str, str]:
    """The environment of `sayso run` on this database. The web has a port of its own, the same at each start."""
    port = _free_port()
    return {
        "SAYSO_DATABASE_URL": url,
        "SAYSO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SAYSO_LISTEN": f"127.0.0.1:{port}",
        "SAYSO_LOG": "json",
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def status(folder: Path, url: str, campaign: str = SLUG) -> dict[str, Any]:
    """What `sayso status` tells a script."""
    told = await ended("status", campaign, "--json", folder=folder, SAYSO_DATABASE_URL=url)
    assert told.code == 0, told.err
    found: dict[str, Any] = json.loads(told.out)
    return found


async def assert_audited(folder: Path, url: str) -> None:
    told = await ended("audit", folder=folder, SAYSO_DATABASE_URL=url)
    assert (told.code, told.out) == (0, ""), told.err


def counts(figures: dict[str, int]) -> dict[str, int]:
    """Those that are not zero."""
    return {name: n for name, n in figures.items() if n}


class Text(Protocol):
    """A message in either stand-in."""

    @property
    def text(self) -> str: ...


M_co = TypeVar("M_co", bound=Text, covariant=True)
T = TypeVar("T")


class Reader(Protocol[M_co]):
    """A person in either stand-in."""

    @property
    def inbox(self) -> Sequence[M_co]: ...


class World(Protocol):
    async def until(self, condition: Callable[[], T], *, seconds: float = 5.0) -> T: ...


async def answer(world: World, person: Reader[M_co], begins: str, *, seconds: float = 20.0) -> M_co:
    """The bot's message to this person that begins like this, once it is there."""

    def found() -> M_co | None:
        return next((message for message in person.inbox if message.text.startswith(begins)), None)

    try:
        message = await world.until(found, seconds=seconds)
    except TimeoutError:
        raise AssertionError(f"{begins!r} did not come; {person} read {person.inbox}") from None
    assert message is not None
    return message


def heard(person: Reader[Text]) -> list[str]:
    """How each message begins."""
    return sorted(message.text.split("\n")[0] for message in person.inbox)

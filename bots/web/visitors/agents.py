"""What a user agent is.

Cheap on purpose: the text is cut into words once, and words are looked up. Nothing here takes long, whatever the text.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from bots.web.visitors import machines
from bots.web.visitors.apps import APPS
from bots.web.visitors.kinds import Agent, Kind

LONGEST = 1024  # characters that are read: apps put their marks within
CACHED = 4096  # user agents

_EMPTY, _MACHINE, _CLIENT = Agent(Kind.EMPTY), Agent(Kind.MACHINE), Agent(Kind.CLIENT)
_BROWSER, _WEBVIEW = Agent(Kind.BROWSER), Agent(Kind.IN_APP)
_words = re.compile("[a-z0-9]+").findall


class _Rule(NamedTuple):
    """A mark, and what bears it. The lowest rank wins; no two are equal, so sorting looks at nothing else."""

    rank: int
    mark: str
    first: bool  # the text must begin with it
    last: bool  # the text must end with it
    agent: Agent

    def fits(self, text: str) -> bool:
        if self.first:
            return text == self.mark if self.last else text.startswith(self.mark)
        at = text.find(self.mark)
        while at > 0 and text[at - 1].isalnum():  # in the middle of a word
            at = text.find(self.mark, at + 1)
        return at >= 0 and (not self.last or text.endswith(self.mark))


def agent(user_agent: str) -> Agent:
    """What sent this user agent. Never fails, and takes bounded time and memory."""
    return _agent(user_agent[:LONGEST])


@lru_cache(CACHED)
def _agent(user_agent: str) -> Agent:
    text = user_agent.strip().lower()
    if text in ("", "-"):
        return _EMPTY
    words = set(_words(text))
    named = _named(text, words)
    if named is None:
        return _unnamed(text, words)
    if named.kind is not Kind.IN_APP:
        return named
    if _says(text, machines.PROOF):
        return _MACHINE
    return named if _shows_pages(text) else Agent(Kind.CLIENT, named.app)


def _named(text: str, words: set[str]) -> Agent | None:
    """The app whose mark it bears."""
    rules = _rules()
    fitting = [rule for word in rules.keys() & words for rule in rules[word] if rule.fits(text)]
    return min(fitting).agent if fitting else None


def _unnamed(text: str, words: set[str]) -> Agent:
    if _is_machine(text, words):
        return _MACHINE
    if not _shows_pages(text):
        return _CLIENT if _says(text, machines.STACKS) else _MACHINE
    if "; wv)" in text or ("like mac os x" in text and "safari" not in text):
        return _WEBVIEW
    return _BROWSER


def _is_machine(text: str, words: set[str]) -> bool:
    if "(compatible;" in text and not _says(text, machines.COMPATIBLE):
        return True
    for spared in machines.SPARED:
        if spared in text:
            text = text.replace(spared, " ")
            words = set(_words(text))
    return not machines.WORDS.isdisjoint(words) or _says(text, machines.PARTS)


def _shows_pages(text: str) -> bool:
    """Whether it names an engine, and not only as Apple's network code does or as a bare "Mozilla/4.0"."""
    if "cfnetwork" in text or ("(" not in text and text.startswith("mozilla")):
        return False
    return text.startswith(machines.STARTS) or _says(text, machines.ENGINES)


def _says(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:  # noqa: SIM110 - a generator costs twice as much
        if mark in text:
            return True
    return False


@cache
def _rules() -> dict[str, list[_Rule]]:
    """By the first word of their mark. Fetchers come before people: they imitate browsers, never the reverse."""
    marks = [(mark, Agent(Kind.IMAGE_PROXY, app.name)) for app in APPS for mark in app.images]
    marks += [(mark, Agent(Kind.PREVIEW, app.name)) for app in APPS for mark in app.fetches]
    marks += [(mark, Agent(Kind.IN_APP, app.name)) for app in APPS for mark in app.inside]
    rules: dict[str, list[_Rule]] = {}
    for rank, (mark, found) in enumerate(marks):
        bare = mark.removeprefix("^").removesuffix("$")
        rule = _Rule(rank, bare, mark.startswith("^"), mark.endswith("$"), found)
        rules.setdefault(_words(bare)[0], []).append(rule)
    return rules

"""How a fact about an app is written down. The facts themselves: messengers.py, feeds.py, tools.py.

A mark is looked for in the lower-cased user agent and begins with a word of its own: "line/" is not found in "online/".
"^" ties it to the start, "$" to the end.

The letters behind a row say where its facts come from:
[C] crawler-user-agents (MIT)   [I] isbot's fixtures (Unlicense)   [U] uap-core's tests (Apache-2.0)
[M] matomo's list of social sites (CC0)   [R] snowplow's referer-parser   [P] other public code   [m] from memory
[F] write-ups: opengraphplus.com, blog.aaronsdevera.com 2023, mysk.blog 2020, aboutsignal.com, signal.org 2019,
    peter.upfold.org.uk 2019, kumakake.com, qiita.com (myucy), docs.slack.dev, learn.microsoft.com,
    discord/discord-api-docs#1600 and #3872, shalanah/inapp-spy
Android packages and hosts without a letter are the apps' own addresses.
"""

from typing import NamedTuple


class App(NamedTuple):
    """What is known of one app."""

    name: str
    fetches: tuple[str, ...] = ()  # marks of what fetches a link's card
    images: tuple[str, ...] = ()  # marks of what fetches an image
    inside: tuple[str, ...] = ()  # marks of its own browser; with no browser around them, of its network code
    hosts: tuple[str, ...] = ()  # referrers: these and all below them
    packages: tuple[str, ...] = ()  # referrers: Android packages, and all below them
    public: bool = False  # a feed or forum for everybody, rather than a messenger
    channel: str | None = None  # the share channel it stands for, if that is not its name

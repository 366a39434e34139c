"""Every app that Sayso can name."""

from bots.web.visitors.feeds import FEEDS
from bots.web.visitors.messengers import MAIL, MESSENGERS
from bots.web.visitors.tools import TOOLS

APPS = (*MESSENGERS, *MAIL, *FEEDS, *TOOLS)
"""The first whose mark fits wins. Messengers come first: LINE's and iMessage's fetchers name Facebook as well."""

_CHANNELS = {app.name: app.channel for app in APPS if app.channel}


def channel_of(name: str) -> str:
    """The share channel that an app of this name stands for."""
    return _CHANNELS.get(name, name)

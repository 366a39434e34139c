"""What is assumed of apps and people, each number with its reason. README.md here says how they are put together.

None of these is known exactly. Whoever knows better changes the number here: ranges are computed when they are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

OTHER = "other"
"""Links given out for no channel, or for one that nobody knows."""

CHANNELS = frozenset(
    {
        "copy",
        "discord",
        "email",
        "facebook",
        "linkedin",
        "messenger",
        "qr",
        "reddit",
        "signal",
        "sms",
        "telegram",
        "whatsapp",
        "x",
    }
)
"""What a link can be given out for. In `/start CODE_channel` anything may be typed by hand: the rest is `other`."""


class Habit(StrEnum):
    """When an app fetches a preview; that decides what a fetch proves."""

    POSTED = "posted"  # its servers, and only once there is a message: each fetched link was posted
    TYPED = "typed"  # the sender's own device, while they type: an attempt, and about one for each message
    CACHED = "cached"  # its servers, perhaps while somebody types, and then kept for everybody: only the first is seen


HABITS: Mapping[str, Habit] = MappingProxyType(
    {
        "discord": Habit.POSTED,
        "whatsapp": Habit.TYPED,
        "signal": Habit.TYPED,
        "imessage": Habit.TYPED,
        "viber": Habit.TYPED,
    }
)
"""The apps whose habit is known; every other one is taken for CACHED, which claims the least.

Discord shows no preview before a message is posted (platforms.md, 7). WhatsApp, Signal, iMessage and Viber fetch on the
sender's device (the study of Haj Bakry and Mysk, 2020). Telegram's apps ask for the preview of what is being typed
(`messages.getWebPagePreview`), its servers fetch, and keep it for everybody. Facebook's and LinkedIn's share dialogs
show the preview first. Slack tells apps of links that are still in the composer (`link_shared`, source "composer").
"""


@dataclass(frozen=True, slots=True)
class Band:
    """How many shares stand behind one piece of evidence, on the average of many: probably between these."""

    low: float
    high: float


PRESSED = Band(0.3, 1.2)
"""For each press of a button in the share kit. An assumption: nobody publishes how many of those who press then send.
From three in ten, because an app has to open and a chat to be chosen; up to somewhat more than one, because WhatsApp
and Telegram let people choose several chats at once."""

TYPED = Band(0.3, 1.5)
"""For each fetch by the sender's device, ten minutes of typing being one. Less than one: given up, or typed for longer,
or on two networks. More than one: one message chosen for several chats, and every forward inside the app, which fetches
nothing."""

POSTED = Band(0.7, 2.0)
"""For each fetch because of a post, those of one minute being one. Less than one: an edited message, or a second try.
More than one: Discord keeps a preview for 30 minutes (discord-userdoccers, pull request 261), and posts within a minute
are taken for one."""

CACHED = Band(0.5, 3.0)
"""The low one for each link that was fetched at all: half of them may have been typed and given up. The high one for
each fetch: who comes later is not seen, so how many there were is a guess."""

OPENED = Band(0.5, 1.5)
"""The low one for each link that was opened at all: the others only the advocates themselves tried. How often it was
opened says nothing there, since one post in a large channel is opened a thousand times. The high one for each opening:
a study of 300 million people found links opened 4.9 times on Twitter, 4.3 on Facebook and 1.7 in e-mails (ShareThis,
2011), which is 0.2 to 0.6 shares for each opening; messages to one person, of whom 15 to 40 of 100 open the link
(ShareThis, 2009), would be 2.5 to 7. Communities do both, so somewhat more than one."""

FEW = 10
"""More openings of one link than this tell more of a large audience than of many shares. Between one share that all of
them saw and a share for each of them, the geometric mean is taken: their number times FEW, and of that the root.

Unlike the bands, this is part of what is stored: to change it, have the fold read the journal anew, under a new name.
"""

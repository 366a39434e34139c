"""The conversation: what the bots answer, on whichever messenger.

A door makes an `Ask` of what somebody wrote or pressed, a `Talk` around it with its own `Voice`, and lets `answer` fill
`Talk.outgoing`. `COMMANDS` are what its menu is made of; `rendered` words the news in the outbox.
"""

from bots.talk.answers import answer
from bots.talk.ask import Ask
from bots.talk.commands import COMMANDS, MENU, Command, Option, Takes, asked
from bots.talk.kit import Kit
from bots.talk.news import rendered
from bots.talk.talk import Talk
from bots.talk.voice import Voice
from bots.talk.ways import Ways
from bots.talk.welcome import Welcome, welcomed

__all__ = [
    "COMMANDS",
    "MENU",
    "Ask",
    "Command",
    "Kit",
    "Option",
    "Takes",
    "Talk",
    "Voice",
    "Ways",
    "Welcome",
    "answer",
    "asked",
    "rendered",
    "welcomed",
]

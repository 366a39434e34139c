"""The Bot API's methods, each entered into `METHODS` under its name in lower case."""

from bots.sandbox.telegram.methods import account, changing, chats, inline, links, receiving, sending
from bots.sandbox.telegram.methods.table import METHODS, Call, Method

__all__ = [
    "METHODS",
    "Call",
    "Method",
    "account",
    "changing",
    "chats",
    "inline",
    "links",
    "receiving",
    "sending",
]

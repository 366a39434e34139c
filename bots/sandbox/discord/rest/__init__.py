"""The API's routes, each entered into `ROUTES` under its method and path."""

from bots.sandbox.discord.rest import (
    account,
    audit,
    channels,
    commands,
    guilds,
    interactions,
    invites,
    members,
    messages,
    oauth,
    roles,
    search,
)
from bots.sandbox.discord.rest.table import ROUTES, Answer, Call, Route

__all__ = [
    "ROUTES",
    "Answer",
    "Call",
    "Route",
    "account",
    "audit",
    "channels",
    "commands",
    "guilds",
    "interactions",
    "invites",
    "members",
    "messages",
    "oauth",
    "roles",
    "search",
]

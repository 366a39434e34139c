"""The gateway: sessions of bots, the events they get, and the sockets these go through."""

from bots.sandbox.discord.gateway.gateway import Gateway
from bots.sandbox.discord.gateway.session import Event, Session

__all__ = ["Event", "Gateway", "Session"]

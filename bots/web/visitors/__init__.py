"""Telling apps, people and machines apart, by what a request says of itself. See README.md."""

from bots.web.visitors.agents import agent
from bots.web.visitors.kinds import Agent, Kind, Origin, Source
from bots.web.visitors.sources import referrer
from bots.web.visitors.visits import Uncounted, Visit, visit

__all__ = ["Agent", "Kind", "Origin", "Source", "Uncounted", "Visit", "agent", "referrer", "visit"]

"""What a user agent is."""

from functools import lru_cache

from bots.web.visitors.kinds import Agent, Kind

LONGEST = 1024


def agent(user_agent: str) -> Agent:
    """What sent this user agent; never fails, and what is read is bounded."""
    return _agent(user_agent[:LONGEST])


@lru_cache(maxsize=4096)
def _agent(text: str) -> Agent:
    if text.strip() in ("", "-"):
        return Agent(Kind.EMPTY)
    return Agent(Kind.BROWSER if "Mozilla" in text else Kind.MACHINE)

"""Where a visitor came from, by the referrer."""

from collections.abc import Set as AbstractSet

from bots.web.visitors.kinds import Origin, Source


def referrer(url: str, own: AbstractSet[str] = frozenset()) -> Source:
    """Where this referrer points to; `own` are the site's own host names, lower case, without "www."."""
    if url in ("", "-"):
        return Source(Origin.NONE)
    return Source(Origin.OTHER)

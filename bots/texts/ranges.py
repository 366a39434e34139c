"""How many shares there were, in words, with how that is known: the number is not shown without its method."""

from collections.abc import Iterable

from bots.texts.catalogue import text
from bots.texts.pieces import listed
from core.shares import Certain, Likely, Sharing


def shares_seen(language: str, sharing: Sharing) -> str:
    """Such as "At least 2: 2 messages sent through the bot. Probably 3 to 9: 6 openings." """
    low, high = sharing.probably
    probably = text(language, "shares.probably", low=low, high=high)
    return " ".join(
        [
            _why(language, text(language, "shares.at_least", n=sharing.at_least), sharing.method.at_least),
            _why(language, probably, sharing.method.probably),
        ]
    )


def _why(language: str, number: str, evidence: Iterable[Certain | Likely]) -> str:
    told = listed(language, [text(language, f"shares.{each.code}", n=each.n) for each in evidence])
    return text(language, "shares.why", number=number, evidence=told) if told else f"{number}."

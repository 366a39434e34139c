"""Shares seen, as a range: at least so many for certain, probably between so many and so many. README.md says why.

What is read here is as of where the fold has read. It is never a touch, and never paid.
"""

from core.shares.rules import Certain, Code, Likely, Method, Range, Seen, Variant, added, range_of, seen
from core.shares.store import PassedOn, Place, Sharing, passed_on, sharing

__all__ = [
    "Certain",
    "Code",
    "Likely",
    "Method",
    "PassedOn",
    "Place",
    "Range",
    "Seen",
    "Sharing",
    "Variant",
    "added",
    "passed_on",
    "range_of",
    "seen",
    "sharing",
]

"""Who gets the credit, and how surely. Pure: see `rules`."""

from core.attribution.rules import Claim, Confidence, Credit, Found, Touch, Way, attribute

__all__ = ["Claim", "Confidence", "Credit", "Found", "Touch", "Way", "attribute"]

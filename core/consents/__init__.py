"""Consents that people give on another site's page: each comes back signed, to the browser it began in, once.

What was begun is in the signed words themselves, so beginning one keeps nothing here; only those that came back are
kept, until they would be too old anyway.
"""

from core.consents.newcomers import Newcomer, Refusal, RefusedError
from core.consents.rules import LASTS, Consent, ConsentError, Flaw, Signer
from core.consents.store import purge, signing_key, spend

__all__ = [
    "LASTS",
    "Consent",
    "ConsentError",
    "Flaw",
    "Newcomer",
    "Refusal",
    "RefusedError",
    "Signer",
    "purge",
    "signing_key",
    "spend",
]

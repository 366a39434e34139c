"""The headers of the pages: nothing may be loaded, run or sent except what is in the page itself."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from types import MappingProxyType

from bots.web.pages.assets import script, style

_NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action {forms}"
_NOBODY = "frame-ancestors 'none'"
_TELEGRAM = "frame-ancestors https://web.telegram.org"


@cache
def headers() -> Mapping[str, str]:
    """For `landing`, `card`, `gone` and `halt`. No script runs."""
    return _with_policy(_NOBODY, "img-src 'self' data:", f"style-src {_hash(style())}")


@cache
def form_headers() -> Mapping[str, str]:
    """For `linking`: as `headers`, but its form may be sent to this server."""
    return _with_policy(_NOBODY, "img-src 'self' data:", f"style-src {_hash(style())}", forms="'self'")


@cache
def kit_headers() -> Mapping[str, str]:
    """For `kit`: its one script runs, and may tell this server what was shared; Telegram's web client may frame it."""
    return _with_policy(
        _TELEGRAM,
        "img-src 'self' data:",
        f"style-src {_hash(style())}",
        f"script-src {_hash(script())}",
        "connect-src 'self'",
    )


def _with_policy(*allowed: str, forms: str = "'none'") -> Mapping[str, str]:
    return MappingProxyType(
        {
            "Content-Security-Policy": "; ".join((_NOTHING_ELSE.format(forms=forms), *allowed)),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )


def _hash(inlined: str) -> str:
    return f"'sha256-{b64encode(sha256(inlined.encode()).digest()).decode()}'"

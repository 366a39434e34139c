"""No secret leaves the process in words: whatever is logged or said as an error goes through here first."""

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[secret]"
SHORTEST = 4
"""What is shorter is no secret, and hiding it would garble every other word."""

_LIKE_A_BOTS = r"\d+(?::|%3[Aa])[A-Za-z0-9_-]{30,}"
_LIKE_A_KEY = r"sayso_[A-Za-z0-9]{30,}"
_LIKE_A_HOOKS = r"whsec_[A-Za-z0-9+/]{24,}=*"


class Hider:
    """Takes known secrets out of texts, and what looks like a bot's token, an API key or a webhook's secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {spelt for secret in secrets if len(secret) >= SHORTEST for spelt in (secret, quote(secret, safe=""))}
        longest_first = sorted(map(re.escape, known), key=len, reverse=True)
        self._pattern = re.compile("|".join([*longest_first, _LIKE_A_BOTS, _LIKE_A_KEY, _LIKE_A_HOOKS]))

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        return self._pattern.sub(HIDDEN, text)

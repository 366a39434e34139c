"""Where somebody stands who went to another site's page to consent: signed words, and a cookie of their browser.

The cookie holds nothing but a number drawn by chance, for ten minutes: without it, somebody else's consent could be
slipped to a visitor, who would then act in a stranger's name.
"""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from aiohttp import web

from core import consents
from core.clock import Clock
from core.consents import LASTS, Consent, ConsentError, Flaw, Signer
from core.database import Database

_NUMBER = re.compile("[A-Za-z0-9_-]{43}")
_PURPOSE = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A consent that somebody is sent away for: its words, and what Discord is shown of its secret (PKCE)."""

    state: str
    challenge: str
    browser: str


class States:
    """Begins consents and takes them back. `secret_key`: what is signed with; without one, the database has its own."""

    def __init__(self, db: Database, clock: Clock, secret_key: str | None) -> None:
        self._db, self._clock = db, clock
        self._signer = Signer(_derived(secret_key.encode())) if secret_key else None

    async def begin(self, request: web.Request, purpose: str, code: str, **told: str | None) -> Begun:
        """Begin a consent in this browser; `told` is its community and channel. Keeps nothing."""
        signer = await self._ready()
        browser = _browser(request) or secrets.token_urlsafe(32)
        consent = Consent(id=secrets.token_urlsafe(16), purpose=purpose, code=code, **told)
        state = signer.sign(consent, browser, now=self._clock.now())
        challenge = hashlib.sha256(signer.secret("pkce", consent).encode()).digest()
        return Begun(state=state, challenge=urlsafe_b64encode(challenge).decode().rstrip("="), browser=browser)

    async def read(self, request: web.Request, state: str) -> Consent:
        """The consent that came back, in the browser it began in. Raises ConsentError."""
        return (await self._ready()).read(state, _browser(request), now=self._clock.now())

    async def spend(self, consent: Consent) -> None:
        """Take it, once. Raises ConsentError."""
        async with self._db.begin() as tx:
            if not await consents.spend(tx, consent, now=self._clock.now()):
                raise ConsentError(Flaw.USED, consent)

    async def verifier(self, consent: Consent) -> str:
        """The secret whose challenge Discord was shown."""
        return (await self._ready()).secret("pkce", consent)

    async def _ready(self) -> Signer:
        if self._signer is None:
            async with self._db.begin() as tx:
                fresh = secrets.token_bytes(32)
                key = await consents.signing_key(tx, _PURPOSE, fresh=fresh, now=self._clock.now())
            self._signer = Signer(_derived(key))
        return self._signer


def keep_in(response: web.Response, begun: Begun, *, secure: bool) -> None:
    """Let the browser remember that it began this."""
    response.set_cookie(
        _cookie(secure=secure),
        begun.browser,
        max_age=int(LASTS.total_seconds()),
        path="/",
        httponly=True,
        secure=secure,
        samesite="Lax",  # it comes along when Discord sends the browser back
    )


def _browser(request: web.Request) -> str | None:
    """The number of this browser; the cookie that only https can set goes before."""
    for secure in (True, False):
        number = request.cookies.get(_cookie(secure=secure), "")
        if _NUMBER.fullmatch(number):
            return number
    return None


def _cookie(*, secure: bool) -> str:
    return "__Host-sayso-consent" if secure else "sayso-consent"


def _derived(key: bytes) -> bytes:
    """A key for consents alone, whatever else the secret is used for."""
    return hashlib.blake2b(key, digest_size=32, person=b"sayso consents").digest()

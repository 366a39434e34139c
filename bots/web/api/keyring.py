"""Who may ask: every request shows a key, and guessing is slowed down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aiohttp import web

from bots.web.api.limits import Limit
from bots.web.api.problems import NO_KEY, TOO_MANY, ProblemError
from bots.web.api.who import bearer, counted_as
from bots.web.proxies import Proxies
from core import keys
from core.database import Database
from core.keys import Key

TRUSTED_FOR = timedelta(seconds=1)
"""A key that was revoked is refused after this at the latest, in every process."""


@dataclass(frozen=True, slots=True)
class _Known:
    key: Key
    at: datetime


class Keyring:
    """Knows the keys that were shown lately, by their hashes."""

    def __init__(self, db: Database, failures: Limit, proxies: Proxies) -> None:
        self._db, self._failures, self._proxies = db, failures, proxies
        self._known: dict[bytes, _Known] = {}

    async def whose(self, request: web.Request, *, now: datetime) -> Key:
        """The key of whoever asks. Raises ProblemError."""
        presented, who = bearer(request), counted_as(self._proxies.address_of(request))
        if presented is None:
            raise self._refused(who, "no key was sent", "", now)
        name = sha256(presented.encode()).digest()
        known = self._known.get(name)
        if known is not None and now - known.at < TRUSTED_FOR:
            return known.key
        if known is None and (left := self._failures.look(who, now=now)).wait:
            raise ProblemError(TOO_MANY, "too many wrong keys came from your address; wait", headers=left.headers())
        key = await keys.check(self._db, presented, now=now)
        if key is None:
            self._known.pop(name, None)
            raise self._refused(who, "the key is wrong, or was revoked", ', error="invalid_token"', now)
        self._known[name] = _Known(key, now)
        return key

    def _refused(self, who: str, why: str, error: str, now: datetime) -> ProblemError:
        left = self._failures.take(who, now=now)
        if left.wait:
            return ProblemError(TOO_MANY, f"{why}, too many times from your address; wait", headers=left.headers())
        challenge = {"WWW-Authenticate": f'Bearer realm="sayso"{error}'}
        return ProblemError(NO_KEY, f"{why}; send Authorization: Bearer KEY", headers=challenge)

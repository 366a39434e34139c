"""Putting a consent into words that nobody else can write, and reading them back."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import msgspec

LASTS = timedelta(minutes=10)
"""From the first page until the person must be back."""

LONGEST = 1024
"""Characters of signed words that are looked at at all."""


class Flaw(StrEnum):
    """What is wrong with a consent that came back."""

    FORGED = "forged"
    EXPIRED = "expired"
    OTHER_BROWSER = "other_browser"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person went away to consent to. `id` is drawn by chance, and nobody else's.

    `code` is what brought them: an advocate's link, or what joins two accounts; `community` and `channel` are those of
    the campaign's file and of the link.
    """

    id: str
    purpose: str
    code: str
    community: str | None = None
    channel: str | None = None


class ConsentError(Exception):
    """A consent that does not count; `consent` is what it was, where that is certain."""

    def __init__(self, flaw: Flaw, consent: Consent | None = None) -> None:
        super().__init__(flaw.value)
        self.flaw, self.consent = flaw, consent


class _Words(msgspec.Struct, array_like=True):
    id: str
    purpose: str
    code: str
    community: str | None
    channel: str | None
    until: int


class Signer:
    """Signs consents with a key, for one browser each."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, consent: Consent, browser: str, *, now: datetime) -> str:
        """The consent in words, which hold for this browser until `LASTS` from now."""
        until = int((now + LASTS).timestamp())
        words = _Words(consent.id, consent.purpose, consent.code, consent.community, consent.channel, until)
        content = _as_text(msgspec.json.encode(words))
        return f"{content}.{self._seal(content)}.{self._bound(content, browser)}"

    def read(self, words: str, browser: str | None, *, now: datetime) -> Consent:
        """The consent behind the words that came back in this browser. Raises ConsentError."""
        content, seal, bound = (*words.split("."), "", "", "")[:3] if len(words) <= LONGEST else ("", "", "")
        if not _same(seal, self._seal(content)):
            raise ConsentError(Flaw.FORGED)
        told = msgspec.json.decode(_as_bytes(content), type=_Words)
        consent = Consent(
            id=told.id, purpose=told.purpose, code=told.code, community=told.community, channel=told.channel
        )
        if datetime.fromtimestamp(told.until, UTC) <= now:
            raise ConsentError(Flaw.EXPIRED, consent)
        if browser is None or not _same(bound, self._bound(content, browser)):
            raise ConsentError(Flaw.OTHER_BROWSER, consent)
        return consent

    def secret(self, purpose: str, consent: Consent) -> str:
        """A secret of this consent alone, the same whenever it is asked for."""
        return self._mac(f"{purpose}:{consent.id}")

    def _seal(self, content: str) -> str:
        return self._mac(f"consent:{content}")

    def _bound(self, content: str, browser: str) -> str:
        return self._mac(f"browser:{content}:{browser}")

    def _mac(self, text: str) -> str:
        return _as_text(hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), sha256))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


def _as_text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _as_bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, NotBase64) as error:
        raise ConsentError(Flaw.FORGED) from error

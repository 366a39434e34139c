"""How each channel is shared through: one row a channel (platforms.md, section 7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

LINK = "{link}"

_JOINTS = " \t\r\n\u00a0\u202f:：-–—→>👉👇➡\N{VARIATION SELECTOR-16}"
"""What joins a link to the text before or after it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is shared: the link, the text with its {link} not yet filled in, and a line that sums it up."""

    link: str
    text: str
    subject: str

    @property
    def whole(self) -> str:
        """The text with the link in it."""
        return with_link(self.text, self.link)

    @property
    def beside(self) -> str:
        """The text for where the link has a field of its own."""
        return without_link(self.text, self.link)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to share. `address` and what its fields say; a channel without one is for copying."""

    name: str  # as it is written in every language; empty: the catalogues say it
    address: str = ""
    fields: Mapping[str, Callable[[Message], str]] = field(default_factory=dict)

    def share(self, message: Message) -> str | None:
        """The address that opens the app with the message in it."""
        fields = "&".join(f"{name}={_quoted(value(message))}" for name, value in self.fields.items())
        return f"{self.address}{fields}" if self.address else None


def _link(message: Message) -> str:
    return message.link


def _subject(message: Message) -> str:
    return message.subject


def _whole(message: Message) -> str:
    return message.whole


def _beside(message: Message) -> str:
    return message.beside


def _body(message: Message) -> str:
    return "\r\n".join(message.whole.splitlines())  # RFC 6068, 5


CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "telegram": Channel("Telegram", "https://t.me/share/url?", {"url": _link, "text": _beside}),
        "whatsapp": Channel("WhatsApp", "https://wa.me/?", {"text": _whole}),
        "messenger": Channel("Messenger", "fb-messenger://share/?", {"link": _link}),
        "email": Channel("", "mailto:?", {"subject": _subject, "body": _body}),
        "sms": Channel("", "sms:?&", {"body": _whole}),
        "facebook": Channel("Facebook", "https://www.facebook.com/sharer/sharer.php?", {"u": _link}),
        "x": Channel("X", "https://x.com/intent/post?", {"text": _whole}),
        "linkedin": Channel("LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?", {"url": _link}),
        "reddit": Channel("Reddit", "https://www.reddit.com/submit?", {"url": _link, "title": _subject}),
        "discord": Channel("Discord"),
        "signal": Channel("Signal"),
        "copy": Channel(""),
        "qr": Channel(""),
    }
)


def share_link(channel: str, *, link: str, text: str, subject: str) -> str | None:
    """The address that shares the message through the channel; None if it has none, and copying is the way.

    `text` may hold {link}, which is where the link goes; else the link follows it.
    """
    return CHANNELS[channel].share(Message(link, text, subject))


def with_link(text: str, link: str) -> str:
    """The text as it is sent."""
    return text.replace(LINK, link) if LINK in text else f"{text.rstrip()}\n{link}".lstrip()


def without_link(text: str, link: str) -> str:
    """The text for where the link stands beside it: a sentence that needs its link keeps it."""
    before, found, after = text.strip().partition(LINK)
    if not found or (not after and _may_end(before)):
        return before.rstrip(_JOINTS)
    if not before and _may_end(after[::-1]) and LINK not in after:
        return after.lstrip(_JOINTS)
    return text.replace(LINK, link)


def _may_end(text: str) -> bool:
    """Whether the sentence is whole without what follows: "Join me:" is, "Join me at" is not."""
    bare = text.rstrip(" ")
    return not bare or not (bare[-1].isalnum() or bare[-1] in ",;(«'’")


def _quoted(value: str) -> str:
    return quote(value, safe="", errors="replace")

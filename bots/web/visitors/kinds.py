"""What a visitor can be, and where one can come from."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sent a request."""

    EMPTY = "empty"  # no user agent at all
    PREVIEW = "preview"  # fetches a link's card
    IMAGE_PROXY = "image_proxy"  # fetches a card's image, or a mail's
    MACHINE = "machine"  # crawlers, libraries, scanners, and whatever looks like no browser
    CLIENT = "client"  # an app's own network code, which shows nobody a page
    IN_APP = "in_app"  # a person, inside an app's own browser
    BROWSER = "browser"  # a person

    @property
    def person(self) -> bool:
        """Whether somebody looks at the page."""
        return self in PEOPLE


PEOPLE = frozenset({Kind.BROWSER, Kind.IN_APP})


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says about itself. `app` is a name from apps.py, such as "telegram", where one is known."""

    kind: Kind
    app: str | None = None

    @property
    def person(self) -> bool:
        """Whether somebody looks at the page."""
        return self.kind in PEOPLE


class Origin(StrEnum):
    """What kind of place a visitor came from."""

    NONE = "none"  # no referrer
    OWN = "own"  # another page of the same site
    SEARCH = "search"
    SOCIAL = "social"  # a public feed or forum
    APP = "app"  # a messenger, a mail program, or an app that is not known: shared in private
    OTHER = "other"  # some other site


@dataclass(frozen=True, slots=True)
class Source:
    """Where a visitor came from. `host` is the referrer's host, or the Android package of an `android-app://` one."""

    origin: Origin
    name: str | None = None
    host: str | None = None
    channel: str | None = None  # the channel of a share link it points to, such as "telegram"

"""The pages, each made of its view."""

import re
from base64 import b64encode
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bots import texts
from bots.texts.sharing import CHANNELS, share_link, with_link, without_link
from bots.web.pages import languages
from bots.web.pages.assets import script, style
from bots.web.pages.codes import qr_png, qr_svg
from bots.web.pages.views import Card, Gone, Halt, Kit, Landing, Linking

_TEMPLATES = Path(__file__).with_name("templates")

_NOT_IN_A_PAGE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
"""What HTML forbids, and the signs that turn the direction of all that follows."""


def landing(view: Landing) -> str:
    """The page that a friend meets: who invites, to what, and a button into each place."""
    return _page("landing.html", view)


def card(view: Card) -> str:
    """What a preview fetcher reads: tags, and next to nothing else."""
    return _page("card.html", view)


def gone(view: Gone) -> str:
    """The page for a link that leads nowhere, or not now; answer it with `view.why.status`."""
    return _page("gone.html", view)


def halt(view: Halt) -> str:
    """The page for somebody who is stopped on their way in; answer it with `view.hurdle.status`."""
    return _page("halt.html", view)


def linking(view: Linking) -> str:
    """The page that joins two accounts. Send `form_headers` with it, else its form may not be sent."""
    return _page("linking.html", view)


def kit(view: Kit) -> str:
    """The advocate's share kit. Send `kit_headers` with it, else its script may not run."""
    return _page("kit.html", view)


def _page(template: str, view: Landing | Card | Gone | Halt | Linking | Kit) -> str:
    page = _templates().get_template(template)
    made = page.render(
        view=view,
        language=languages.tag(view.language),
        direction=languages.direction(view.language),
        t=partial(_text, view.language),
        plain=partial(texts.text, view.language),
        shown=partial(texts.shown, language=view.language),
    )
    return _NOT_IN_A_PAGE.sub("", made)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "channels": CHANNELS,
        "language_name": languages.name,
        "locale": languages.locale,
        "qr_image": _qr_image,
        "qr_svg": lambda link: Markup(qr_svg(link)),  # noqa: S704  (segno's own, of black and white squares)
        "script": lambda: Markup(script()),  # noqa: S704
        "share_link": share_link,
        "style": lambda: Markup(style()),  # noqa: S704
        "tag": languages.tag,
        "with_link": with_link,
        "without_link": without_link,
    }
    made.filters["here"] = lambda address: urlsplit(address).path  # on this server, by whichever name it was asked
    made.tests["shares"] = lambda channel: CHANNELS[channel].address != ""
    return made


def _text(language: str, key: str, /, **values: object) -> Markup:
    """A text of the catalogue, which is HTML, with each value escaped and kept apart in its direction."""
    apart = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
    return Markup(texts.text(language, key, **apart))  # noqa: S704


def _qr_image(link: str) -> str:
    """As a picture of its own, so that a long press offers to keep it or send it on."""
    return f"data:image/png;base64,{b64encode(qr_png(link, scale=10)).decode()}"

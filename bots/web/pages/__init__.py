"""What people see when they open an advocate's link: values in, HTML out. Knows no server and no database.

`landing`, `card`, `gone`, `halt`, `linking` and `kit` each make a page of its view; `headers`, `form_headers` and
`kit_headers` go out with them.
`share_link` is a platform's own address to share through, `qr_svg` and `qr_png` draw a link.
"""

from bots.texts.sharing import CHANNELS, share_link, with_link, without_link
from bots.web.pages.codes import qr_png, qr_svg, qr_svg_file
from bots.web.pages.policy import form_headers, headers, kit_headers
from bots.web.pages.render import card, gone, halt, kit, landing, linking
from bots.web.pages.views import (
    Card,
    Gone,
    Halt,
    Hurdle,
    Image,
    Kit,
    Landing,
    Linking,
    OtherLanguage,
    Place,
    Step,
    Why,
)

__all__ = [
    "CHANNELS",
    "Card",
    "Gone",
    "Halt",
    "Hurdle",
    "Image",
    "Kit",
    "Landing",
    "Linking",
    "OtherLanguage",
    "Place",
    "Step",
    "Why",
    "card",
    "form_headers",
    "gone",
    "halt",
    "headers",
    "kit",
    "kit_headers",
    "landing",
    "linking",
    "qr_png",
    "qr_svg",
    "qr_svg_file",
    "share_link",
    "with_link",
    "without_link",
]

"""What people see when they open an advocate's link: values in, HTML out. Knows no server and no database.

`landing`, `card`, `gone` and `kit` each make a page of its view; `headers` and `kit_headers` go out with them.
`share_link` is a platform's own address to share through, `qr_svg` and `qr_png` draw a link.
"""

from bots.texts.sharing import CHANNELS, share_link, with_link, without_link
from bots.web.pages.codes import qr_png, qr_svg, qr_svg_file
from bots.web.pages.policy import headers, kit_headers
from bots.web.pages.render import card, gone, kit, landing
from bots.web.pages.views import Card, Gone, Image, Kit, Landing, OtherLanguage, Place, Why

__all__ = [
    "CHANNELS",
    "Card",
    "Gone",
    "Image",
    "Kit",
    "Landing",
    "OtherLanguage",
    "Place",
    "Why",
    "card",
    "gone",
    "headers",
    "kit",
    "kit_headers",
    "landing",
    "qr_png",
    "qr_svg",
    "qr_svg_file",
    "share_link",
    "with_link",
    "without_link",
]

"""What a request asks for: a page that somebody could look at, or something else."""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 8192
"""Bytes of a request that are looked at."""


class What(StrEnum):
    """What a request is for. Only pages can be arrivals."""

    NONSENSE = "nonsense"  # not HTTP at all
    HEAD = "head"  # only asks whether it is there
    METHOD = "method"  # sends something: POST, PUT, OPTIONS ...
    RESOURCE = "resource"  # styles, scripts, images, fonts, archives, feeds, interfaces for programs
    FRONT = "front"  # the front page
    DEEP = "deep"  # any other page


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `tag` is the campaign mark on a page's address: "utm", or the name of a click id."""

    what: What
    tag: str | None = None

    @property
    def is_page(self) -> bool:
        """Whether somebody could look at it."""
        return self.what in (What.FRONT, What.DEEP)


NONSENSE = Asked(What.NONSENSE)


def _set(words: str) -> frozenset[bytes]:
    return frozenset(words.encode().split())


_EXTENSIONS = _set(
    "css js mjs map json jsonld webmanifest wasm png jpg jpeg jpe gif webp avif svg svgz ico bmp tif tiff heic cur apng"
    " woff woff2 ttf otf eot mp3 m4a ogg oga opus wav flac aac mp4 m4v webm mov avi mkv mpg mpeg m3u8 ts vtt srt swf"
    " zip gz tgz bz2 xz zst 7z rar tar jar war exe msi dmg pkg deb rpm apk ipa iso bin img gem whl pyc sig asc sha256"
    " xml rss atom rdf xsl xslt dtd ics csv"
)
"""Files that are part of a page, downloads, feeds. A PDF is none of them: it is sent around as pages are."""
_LAST = _set(
    "feed rss rss2 atom robots.txt ads.txt app-ads.txt humans.txt llms.txt xmlrpc.php admin-ajax.php wp-cron.php"
    " graphql"
)
_FIRST = _set(".well-known api wp-json cdn-cgi _next _nuxt server-status healthz readyz metrics")
_FEED = re.compile(rb"[?&](?:flav|feed|format|type|alt|output)=(?:rss|atom|rdf|feed|json|xml)", re.IGNORECASE)
_FRONT = re.compile(rb"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home)\.[a-z]+)?", re.IGNORECASE)
_TAG = re.compile(
    rb"[?&;](?:(utm|mtm|pk|piwik|hsa)_[a-z_]+"
    rb"|(gclid|gbraid|wbraid|dclid|gad_source|fbclid|msclkid|ttclid|twclid|li_fat_id|igshid|igsh|yclid|epik|rdt_cid"
    rb"|sccid|mc_cid|mc_eid|mkt_tok|_hsenc|_kx|vero_id|s_cid|cmpid))=",
    re.IGNORECASE,
)
_METHOD = re.compile(rb"[A-Z]{3,16}")
_ABSOLUTE = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)


def asked(request: bytes) -> Asked:
    """What a request line asks for: `GET /page?query HTTP/1.1`, with or without the version."""
    method, _, target = request[:LONGEST].partition(b" ")
    if not _METHOD.fullmatch(method) or not target:
        return NONSENSE
    if method != b"GET":
        return Asked(What.HEAD if method == b"HEAD" else What.METHOD)
    target = target.partition(b" HTTP/")[0]
    if absolute := _ABSOLUTE.match(target):  # as a proxy is asked
        target = target[absolute.end() :] or b"/"
    return page(target) if target.startswith(b"/") else NONSENSE


def page(target: bytes) -> Asked:
    """What a GET of this path and query is for."""
    path, mark, rest = target.partition(b"#")[0].partition(b"?")
    query = mark + rest
    if _is_resource(path) or (query and _FEED.search(query)):
        return Asked(What.RESOURCE)
    return Asked(What.FRONT if _FRONT.fullmatch(path) else What.DEEP, _tag(query))


def _is_resource(path: bytes) -> bool:
    parts = path.lower().split(b"/")
    _, dot, extension = parts[-1].rpartition(b".")
    return bool(dot and extension in _EXTENSIONS) or (parts[-1] or parts[-2]) in _LAST or parts[1] in _FIRST


def _tag(query: bytes) -> str | None:
    found = _TAG.search(query) if query else None
    return (found[1] or found[2]).decode().lower() if found else None

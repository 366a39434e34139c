"""Log lines for the tests of darkness."""

import io
from pathlib import Path

from bots.web.darkness import Darkness, read

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "specs" / "access-log-sample.gz"

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0"
    " Mobile Safari/537.36"
)
TELEGRAM = f"{WEBVIEW} Telegram-Android/10.14.5 (Google Pixel 8; Android 14; SDK 34; HIGH)"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
TELEGRAMBOT = "TelegramBot (like TwitterBot)"


def line(
    target: str = "/deep", status: int = 200, referrer: str = "-", agent: str = CHROME, method: str = "GET"
) -> str:
    """A line in the combined format."""
    when = "[01/Dec/2026:10:00:00 +0000]"
    return f'203.0.113.9 - - {when} "{method} {target} HTTP/1.1" {status} 512 "{referrer}" "{agent}"\n'


def found_in(*texts: str | bytes, sites: tuple[str, ...] = ("lune.example",)) -> Darkness:
    """What a log of these texts says."""
    data = b"".join(text.encode() if isinstance(text, str) else text for text in texts)
    return read(io.BytesIO(data), "access.log", sites=sites)


def counts(found: Darkness) -> dict[str, int]:
    """Everything that was counted, under one name each, without what is nought."""
    every = {
        "inside": found.inside,
        **found.set_aside,
        **{name: source.count for name, source in found.sources.items()},
        **{reason: each.count for reason, each in found.malformed.items()},
    }
    return {name: count for name, count in every.items() if count}

"""Log lines that are JSON, as nginx, Caddy and Traefik write them, and containers around any of these."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec


class Entry(NamedTuple):
    """What counts in a line. `referrer` and `agent` are None where the line does not have the field."""

    request: bytes
    status: bytes
    referrer: bytes | None
    agent: bytes | None
    host: str = ""


Fields = Mapping[str, Any]

METHOD = ("request_method", "method", "RequestMethod", "verb", "http_method")
TARGET = ("request_uri", "RequestPath", "uri", "url", "path", "request_path")
STATUS = ("status", "DownstreamStatus", "OriginStatus", "status_code", "response_code", "code")
REFERRER = ("http_referer", "http_referrer", "referer", "referrer", "request_Referer", "Referer")
AGENT = ("http_user_agent", "user_agent", "request_User-Agent", "userAgent", "useragent", "agent", "User-Agent")
HOST = ("http_host", "host", "RequestHost", "server_name", "vhost", "domain")

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def decoded(line: bytes) -> dict[str, Any] | None:
    """The object in this line, or None. Takes nginx's own escapes, and bytes that are not UTF-8."""
    for attempt in (line, line.decode("utf-8", "replace").replace("\\x", "\\\\x").encode()):
        try:
            return _decode(attempt)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return None


def entry(fields: Fields) -> Entry | None:
    """What counts in it, or None if it is no request."""
    request = fields.get("request")
    if isinstance(request, dict):
        return _caddy(fields, request)
    line = request if isinstance(request, str) and " " in request else _line(fields)
    status = _text(fields, STATUS)
    if status is None:
        return None
    return Entry(
        line.encode("utf-8", "replace"),
        status.encode("utf-8", "replace"),
        _bytes(fields, REFERRER),
        _bytes(fields, AGENT),
        _host(fields),
    )


def _caddy(fields: Fields, request: Fields) -> Entry | None:
    headers, status = request.get("headers"), _text(fields, ("status",))
    if status is None:
        return None
    line = _line(request).encode("utf-8", "replace")
    if not isinstance(headers, dict):
        return Entry(line, status.encode("utf-8", "replace"), None, None, _host(request))
    referrer, agent = _bytes(headers, ("Referer",)), _bytes(headers, ("User-Agent",))
    return Entry(line, status.encode("utf-8", "replace"), referrer or b"", agent or b"", _host(request))


def _line(fields: Fields) -> str:
    return f"{_text(fields, METHOD) or ''} {_text(fields, TARGET) or ''}"


def _host(fields: Fields) -> str:
    return (_text(fields, HOST) or "").lower().partition(":")[0].removeprefix("www.")


def _bytes(fields: Fields, names: tuple[str, ...]) -> bytes | None:
    text = _text(fields, names)
    return None if text is None else text.encode("utf-8", "replace")


def _text(fields: Fields, names: tuple[str, ...]) -> str | None:
    """The first of these that is there, as text."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str):
            return value
        if isinstance(value, int) and 0 <= value < 1000:  # a status
            return str(value)
    return None

"""What a request says about who asks."""

from ipaddress import IPv6Address, ip_address

from aiohttp import web

LONGEST_KEY = 200


def bearer(request: web.Request) -> str | None:
    """The key that was sent, if it could be one. Looked for in the header alone: addresses end in logs."""
    sent = request.headers.getall("Authorization", [])
    scheme, _, key = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    key = key.strip()
    fits = key.isascii() and key.isprintable() and 0 < len(key) <= LONGEST_KEY
    return key if scheme.lower() == "bearer" and fits else None


def counted_as(named: str) -> str:
    """Whom a failure is counted for. Of IPv6 the network: anybody has as many addresses in it as they like."""
    try:
        address = ip_address(named)
    except ValueError:
        return named[:100]
    return f"{int(address) >> 64:x}::/64" if isinstance(address, IPv6Address) else str(address)

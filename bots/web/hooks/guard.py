"""Which addresses webhooks may go to, so that nobody can use Sayso to reach what only its machine can reach.

A campaign's file names the address, and whoever owns the name says where it leads. So what counts is the number that
is connected to, looked at in the moment of connecting.
"""

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from bots.web.hooks.errors import ShutAddressError

Network: TypeAlias = IPv4Network | IPv6Network
Ip: TypeAlias = IPv4Address | IPv6Address

_NOT_PUBLIC = [
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
]
"""By IANA's registries of special addresses; with Teredo and 6to4, which carry others inside."""

_PUBLIC_IPV6 = IPv6Network("2000::/3")
_CARRIES_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Mapped addresses and NAT64's: the last four bytes are where they lead."""


class Guard:
    """Lets through what leads to `networks`, and with `public` also everything that the whole world can reach."""

    def __init__(self, networks: Iterable[Network], *, public: bool) -> None:
        self._networks = list(networks)
        self._public = public

    def check(self, host: str) -> None:
        """Return if webhooks may go to this address, written as a number; raise ShutAddressError if not."""
        try:
            spelled = ip_address(host)
        except ValueError:
            raise ShutAddressError(f"{host[:100]} is no plain address") from None
        leads_to = _inner(spelled)
        if any(leads_to in network or spelled in network for network in self._networks):
            return
        if not is_public(leads_to):
            raise ShutAddressError(f"{host} is no public address")
        if not self._public:
            raise ShutAddressError(f"{host} is to be reached by https on port 443 only")

    def socket(self, where: tuple[Any, ...]) -> socket.socket:
        """A socket for what is about to be connected to; aiohttp asks for each address, however it came by it."""
        family, kind, protocol, _, address = where
        self.check(str(address[0]))
        return socket.socket(family, kind, protocol)


class Resolver(AbstractResolver):
    """Asks once where a name leads. If one of the answers is not allowed, none is."""

    def __init__(self, guard: Guard, asked: AbstractResolver) -> None:
        self._guard = guard
        self._asked = asked

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found: Sequence[ResolveResult] = await self._asked.resolve(host, port, family)
        for each in found:
            self._guard.check(each["host"])
        return list(found)

    async def close(self) -> None:
        await self._asked.close()


def is_public(address: Ip) -> bool:
    """Whether the whole world can reach it, and nobody can reach something else by it."""
    if address.version == 6 and address not in _PUBLIC_IPV6:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def _inner(address: Ip) -> Ip:
    """Where an address leads that carries another one."""
    if isinstance(address, IPv6Address) and any(address in network for network in _CARRIES_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address

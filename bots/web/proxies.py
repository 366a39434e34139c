"""Whose word is believed about where a request comes from: that of the proxies in front of us, and nobody else's."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp.web import BaseRequest

LOOPBACK = ("127.0.0.1", "::1")


class Proxies:
    """The proxies that are trusted: addresses, or networks such as 10.0.0.0/8. Raises ValueError for anything else."""

    def __init__(self, trusted: Iterable[str] = LOOPBACK) -> None:
        networks = [ip_network(each) for each in trusted]
        self._single = frozenset(str(each.network_address) for each in networks if each.num_addresses == 1)
        self._networks: list[IPv4Network | IPv6Network] = [each for each in networks if each.num_addresses > 1]

    def address_of(self, request: BaseRequest) -> str:
        """The visitor's address: the last one in X-Forwarded-For that no trusted proxy has, if one told us at all."""
        address = request.remote or ""
        if self._trusts(address):
            for told in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
                address = told.strip() or address
                if not self._trusts(address):
                    break
        return address

    def _trusts(self, address: str) -> bool:
        if address in self._single or not self._networks:
            return address in self._single
        try:
            here = ip_address(address)
        except ValueError:
            return False
        return any(here in network for network in self._networks)

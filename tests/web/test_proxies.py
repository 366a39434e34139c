import pytest
from aiohttp.test_utils import make_mocked_request

from bots.web.proxies import Proxies

DEFAULT = Proxies()
INSIDE = Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


def seen_by(proxies: Proxies, peer: str, *forwarded: str) -> str:
    headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
    return proxies.address_of(make_mocked_request("GET", "/", headers=headers).clone(remote=peer))


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        (DEFAULT, "203.0.113.7", (), "203.0.113.7"),
        (DEFAULT, "203.0.113.7", ("198.51.100.1",), "203.0.113.7"),  # anybody can write the header
        (DEFAULT, "127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        (DEFAULT, "127.0.0.1", ("6.6.6.6", "198.51.100.1"), "198.51.100.1"),  # what the visitor sent stands first
        (DEFAULT, "127.0.0.1", (), "127.0.0.1"),
        (DEFAULT, "10.1.2.3", ("198.51.100.1",), "10.1.2.3"),
        (INSIDE, "10.1.2.3", ("198.51.100.1",), "198.51.100.1"),
        (INSIDE, "10.1.2.3", ("6.6.6.6", "198.51.100.1", "10.9.9.9"), "198.51.100.1"),
        (INSIDE, "fd00::1", ("2001:db8::1",), "2001:db8::1"),
        (INSIDE, "10.1.2.3", ("10.4.4.4",), "10.4.4.4"),  # a visitor from inside
        (INSIDE, "10.1.2.3", ("unknown",), "unknown"),
        (INSIDE, "not an address", ("198.51.100.1",), "not an address"),
    ],
)
def test_only_a_trusted_proxy_is_believed(proxies: Proxies, peer: str, forwarded: tuple[str, ...], address: str):
    assert seen_by(proxies, peer, *forwarded) == address


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="proxy"):
        Proxies(["proxy.example"])

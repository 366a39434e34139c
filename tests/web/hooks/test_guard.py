"""Where webhooks may go: nobody reaches by them what only Sayso's machine can reach (W9)."""

import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import example, given
from hypothesis import strategies as st

from bots.web.hooks import Poster, ShopError
from bots.web.hooks.errors import ShutAddressError
from bots.web.hooks.guard import Guard, is_public
from tests.web.hooks.conftest import HERE
from tests.web.hooks.shop import PATH, Shop, with_headers

SHUT = [
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://127.1.2.3/",
    "https://[::1]/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:c0a8:101::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25lo]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://127.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://１２７.０.０.１/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://user:password@127.0.0.1/",
    "https://93.184.216.34@127.0.0.1/",
    "https://93.184.216.34:22/",
    "https://93.184.216.34:8443/",
    "http://93.184.216.34/",
    "http://93.184.216.34:443/",
    "https://[::ffff:93.184.216.34]:22/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "https:///nowhere",
    "https://[::1/",
    "not an address",
]


@pytest.mark.parametrize("url", SHUT)
async def test_webhooks_go_to_no_such_address(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: opened.append(where))
    poster = Poster(within=timedelta(seconds=5))
    with pytest.raises(ShopError) as caught:
        await poster.deliver(url, "evt_1", "{}", [], now=datetime.now(UTC))
    assert "password" not in str(caught.value)
    assert opened == []
    await poster.close()


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2606:2800:220:1:248:1893::1"]
)
def test_what_the_whole_world_can_reach_is_let_through(address: str) -> None:
    Guard([], public=True).check(address)
    with pytest.raises(ShutAddressError):
        Guard([], public=False).check(address)


def test_a_network_that_the_operator_names_is_let_through_and_nothing_beside_it() -> None:
    for public in (True, False):
        guard = Guard([ip_network("10.1.0.0/16")], public=public)
        guard.check("10.1.2.3")
        guard.check("::ffff:10.1.2.3")
        for other in ("10.2.0.1", "127.0.0.1", "::ffff:10.2.0.1", "169.254.169.254"):
            with pytest.raises(ShutAddressError):
                guard.check(other)


@given(st.ip_addresses(v=4))
@example(IPv4Address("100.127.255.255"))
def test_no_ipv4_address_is_taken_for_public_that_python_knows_to_be_special(address: IPv4Address) -> None:
    assert not is_public(address) or (address.is_global and not address.is_multicast and not address.is_reserved)


@given(st.ip_addresses(v=6))
@example(IPv6Address("2002:a00:1::"))
@example(IPv6Address("::ffff:10.0.0.1"))
def test_no_ipv6_address_is_taken_for_public_that_python_knows_to_be_special(address: IPv6Address) -> None:
    public = address.is_global and not (address.is_multicast or address.is_reserved or address.sixtofour)
    assert not is_public(address) or public


class Names(AbstractResolver):
    """Says where names lead: the next of the answers each time, and the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in found
        ]

    async def close(self) -> None: ...


async def _deliver(poster: Poster, url: str) -> int:
    return (await poster.deliver(url, "evt_1", "{}", [], now=datetime.now(UTC))).status


async def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(shop: Shop) -> None:
    """It is asked once, and what was looked at is what is connected to."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    poster = Poster([ip_network("127.0.0.1/32")], within=timedelta(seconds=2), resolver=names)
    shop.always = with_headers(200, Connection="close")
    url = f"http://shop.example:{shop.port}{PATH}"
    assert await _deliver(poster, url) == 200
    assert names.asked == 1
    with pytest.raises(ShopError, match=r"169\.254\.169\.254 is no public address"):
        await _deliver(poster, url)
    assert names.asked == 2
    assert len(shop.asked) == 1
    await poster.close()


async def test_a_name_with_one_bad_address_among_good_ones_is_shut(shop: Shop) -> None:
    names = Names(["127.0.0.1", "10.0.0.1"])
    poster = Poster(HERE, within=timedelta(seconds=2), resolver=names)
    with pytest.raises(ShopError, match="no public address"):
        await _deliver(poster, f"http://shop.example:{shop.port}{PATH}")
    assert shop.asked == []
    await poster.close()


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For shop.example; its key is beside it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=shop.example"
    also = "-addext subjectAltName=DNS:shop.example -keyout key.pem -out certificate.pem"
    subprocess.run([openssl, *made.split(), *also.split()], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "certificate.pem"


@pytest.fixture
async def shop_by_https(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A shop with a certificate that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
    shop = Shop(tls=tls)
    await shop.open()
    yield shop
    await shop.close()


async def test_the_name_is_what_the_certificate_must_be_for_though_a_number_is_connected_to(
    shop_by_https: Shop,
) -> None:
    poster = Poster(HERE, within=timedelta(seconds=5), resolver=Names(["127.0.0.1"]))
    assert await _deliver(poster, f"https://shop.example:{shop_by_https.port}{PATH}") == 204
    with pytest.raises(ShopError, match="certificate"):
        await _deliver(poster, f"https://other.example:{shop_by_https.port}{PATH}")
    assert len(shop_by_https.asked) == 1
    await poster.close()


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    shop_by_https: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    poster = Poster(HERE, within=timedelta(seconds=5), resolver=Names(["127.0.0.1"]))
    with pytest.raises(ShopError, match="certificate"):
        await _deliver(poster, f"https://shop.example:{shop_by_https.port}{PATH}")
    await poster.close()

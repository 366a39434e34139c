"""Whatever bytes are sent to the web: a short refusal, never a fault, a traceback or a way to anywhere else."""

import logging
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.web.app import HEADERS
from bots.web.connections import Limits
from core.database import Database
from tests.clock import FakeClock
from tests.depth import times
from tests.web.raw import CODE, PERSON, WAY_IN, Answer, Site, links_served, request

LIMITS = Limits(asks_within=0.2)
LINK = f"/r/{CODE}".encode()

fuzzed = settings(max_examples=times(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# What people have sent to such servers, between random bytes.
NASTY = st.sampled_from(
    [
        b"%00",
        b"%",
        b"%zz",
        b"%ff%fe",
        b"%c0%af",  # an overlong slash
        b"%ed%a0%80",  # half of a pair
        b"%u0041",
        b"%0d%0aLocation:%20https://evil.example",
        b"..",
        b"../../../etc/passwd",
        b"%2e%2e%2f",
        b"//evil.example",
        b"/\\evil.example",
        b"\\\\evil.example",
        b"https://evil.example",
        b"https:%2f%2fevil.example",
        b"?to=https://evil.example",
        b"?language=//evil.example",
        b"?language=%ff",
        b"@evil.example",
        b"#",
        b";",
        "é".encode(),
        "\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
        b"A" * 5000,
        b"/" * 300,
        b"'--",
        b"{{7*7}}",
        b"<script>",
        CODE.encode(),
    ]
)
VISIBLE = st.binary(max_size=30).map(lambda sent: bytes(each for each in sent if each > 32 and each != 127))
ENCODED = st.binary(max_size=30).map(lambda sent: b"".join(b"%%%02x" % each for each in sent))
PIECES = st.lists(NASTY | VISIBLE | ENCODED, max_size=4).map(b"".join)
TARGETS = st.builds(bytes.__add__, st.sampled_from([b"/", b"/r/", LINK, LINK + b"/", LINK + b"?"]), PIECES)
METHODS = st.sampled_from([b"GET", b"HEAD", b"POST", b"OPTIONS", b"TRACE", b"CONNECT", b"PRI", b"get", b"G\0T", b""])
NAMES = st.sampled_from(
    [
        b"Host",
        b"User-Agent",
        b"Accept-Language",
        b"X-Forwarded-For",
        b"X-Forwarded-Proto",
        b"Cookie",
        b"Referer",
        b"Content-Length",
        b"Transfer-Encoding",
        b"Content-Encoding",
        b"Connection",
        b"Upgrade",
        b"Expect",
        b"Sec-Purpose",
        b"Range",
        b"If-Modified-Since",
        b"DNT",
    ]
)
VALUES = st.sampled_from([b"-1", b"99999999999", b"chunked", b"gzip", b"100-continue", b"a, b", b"", b"x" * 5000])
HEADERS_SENT = st.lists(
    st.builds(lambda name, value: name + b": " + value + b"\r\n", NAMES | VISIBLE, NASTY | VISIBLE | VALUES), max_size=4
).map(b"".join)


@pytest.fixture
async def site(db: Database, clock: FakeClock) -> AsyncIterator[Site]:
    async with links_served(db, clock, LIMITS) as site:
        yield site


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged; nothing of it may be worth an alarm."""
    caplog.set_level(logging.INFO)
    return caplog


def assert_sound(answer: Answer | None, log: pytest.LogCaptureFixture) -> None:
    alarms = [each.getMessage() for each in log.records if each.exc_info or each.levelno >= logging.WARNING]
    assert alarms == []
    log.clear()
    assert answer is not None
    assert answer.status < 500
    assert answer.headers["X-Content-Type-Options"] == HEADERS["X-Content-Type-Options"]
    assert answer.headers.get("Location", WAY_IN).startswith(WAY_IN)
    assert answer.status != 302 or "evil" not in answer.headers["Location"]
    assert b"Traceback" not in answer.body


@fuzzed
@given(target=TARGETS)
async def test_whatever_is_asked_for_is_answered(site: Site, quiet: pytest.LogCaptureFixture, target: bytes) -> None:
    assert_sound(await site.ask(request(target)), quiet)


@fuzzed
@given(headers=HEADERS_SENT, channel=st.sampled_from([b"", b"/whatsapp"]), preview=st.booleans())
async def test_whatever_is_in_the_headers_is_answered(
    site: Site, quiet: pytest.LogCaptureFixture, headers: bytes, channel: bytes, preview: bool
) -> None:
    agent = b"User-Agent: TelegramBot (like TwitterBot)\r\n" if preview else PERSON
    assert_sound(await site.ask(request(LINK + channel, headers=agent + headers)), quiet)


@fuzzed
@given(
    sent=st.builds(
        lambda method, target, rest: method + b" " + target + rest, METHODS, TARGETS | st.binary(), st.binary()
    )
)
async def test_what_is_no_request_is_refused(site: Site, quiet: pytest.LogCaptureFixture, sent: bytes) -> None:
    assert_sound(await site.ask(sent + b"\r\n\r\n"), quiet)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request(b"/r/" + b"A" * 9000), 400),
        (request(LINK, headers=b"X-Much: " + b"x" * 9000 + b"\r\n"), 400),
        (request(LINK, headers=b"X-Many: x\r\n" * 200), 400),
        (request(LINK, headers=b"X-Many: " + b"x" * 7000 + b"\r\n" + b"X: x\r\n" * 200), 400),
        (request(LINK, headers=b"Host: evil.example\r\n"), 400),
        (request(LINK, headers=b"Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
        (request(LINK, headers=b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400),
        (request(LINK, headers=b"Expect: \xff\r\n"), 400),
        (request(LINK, headers=b"No colon\r\n"), 400),
        (request(LINK, headers=b"Folded: a\r\n b\r\n"), 400),
        (b"CONNECT \r\n\r\n", 400),  # after it, aiohttp would neither answer nor close
        (b"GET /\r\n\r\n", 404),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # https, spoken to us
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (request(LINK, method=b"DELETE"), 405),
        (request(LINK, method=b"PROPFIND"), 405),
        (request(LINK, method=b"GET" * 3000), 400),
        (request(b"http://evil.example" + LINK), 302),
        (request(b"//evil.example" + LINK), 404),
    ],
    ids=range(19),
)
async def test_known_tricks_get_a_short_refusal(
    site: Site, quiet: pytest.LogCaptureFixture, sent: bytes, status: int
) -> None:
    answer = await site.ask(sent)
    assert_sound(answer, quiet)
    assert answer is not None
    assert answer.status == status
    assert len(answer.body) < 5000
    assert status != 400 or answer.body == b"400: Bad Request"


@pytest.fixture(autouse=True)
async def still_served(site: Site, quiet: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Whatever a test did, the next visitor is sent on."""
    yield
    answer = await site.ask(request(LINK + b"/qr"))
    assert answer is not None
    assert (answer.status, answer.headers["Location"]) == (302, f"{WAY_IN}_qr")

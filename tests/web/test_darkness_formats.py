"""Every format of a log, and what is wrong with some."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web import darkness
from bots.web.darkness import MALFORMED, NotALogError
from bots.web.darkness.stream import CHUNK, LONGEST, Stream
from tests.web.darkness_logs import CHROME, GOOGLEBOT, TELEGRAM, counts, found_in, line

COMMON = '203.0.113.9 - - [01/Dec/2026:10:00:00 +0000] "GET {} HTTP/1.1" 200 512\n'


def nginx(**fields: object) -> str:
    every = {
        "remote_addr": "203.0.113.9",
        "request_method": "GET",
        "request_uri": "/deep",
        "status": "200",
        "http_referer": "",
        "http_user_agent": TELEGRAM,
    }
    return json.dumps(every | fields) + "\n"


def caddy(uri: str = "/deep", headers: object = None, status: int = 200) -> str:
    sent = {"User-Agent": [TELEGRAM]} if headers is None else headers
    request = {"remote_ip": "203.0.113.9", "method": "GET", "host": "lune.example:443", "uri": uri, "headers": sent}
    return json.dumps({"level": "info", "logger": "http.log.access", "request": request, "status": status}) + "\n"


def traefik(**fields: object) -> str:
    every = {
        "ClientAddr": "203.0.113.9:1",
        "RequestMethod": "GET",
        "RequestPath": "/deep",
        "RequestHost": "www.lune.example",
        "DownstreamStatus": 200,
        "OriginStatus": 200,
        "request_User-Agent": TELEGRAM,
    }
    return json.dumps(every | fields) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        line(agent=TELEGRAM),
        line(agent=TELEGRAM).replace("\n", "\r\n"),
        line(agent=TELEGRAM).rstrip("\n"),
        f"lune.example:443 {line(agent=TELEGRAM)}",
        line(agent=TELEGRAM).replace("\n", ' "203.0.113.9, 10.0.0.1"\n'),
        line(agent=TELEGRAM).replace("\n", ' 17 "router@docker" "http://10.0.0.2:80" 3ms\n'),
        "2026-12-01T10:00:00Z stdout F " + line(agent=TELEGRAM),
        line(agent=f'\\"{TELEGRAM}\\"'),
        line("/a\\\"b\\\"", agent=TELEGRAM),
        "\0" * 300 + line(agent=TELEGRAM),
        b"\xef\xbb\xbf" + line(agent=TELEGRAM).encode(),
        line("/caf\xe9", agent=TELEGRAM).encode("latin-1"),
        nginx(),
        nginx(status=200, http_referer="-"),
        nginx(request="GET /deep HTTP/2.0"),
        nginx().replace("/deep", "/caf\\xC3\\xA9"),
        nginx(request_uri="/caf\xe9").encode("latin-1"),
        caddy(),
        traefik(),
        json.dumps({"log": line(agent=TELEGRAM), "stream": "stdout"}) + "\n",
        json.dumps({"log": nginx(), "stream": "stdout"}) + "\n",
    ],
)  # fmt: skip
def test_every_format_says_the_same(text: str | bytes) -> None:
    said = found_in(text)
    assert (said.lines, counts(said), dict(said.sources["dark"].in_app)) == (1, {"dark": 1}, {"telegram": 1})


@pytest.mark.parametrize(
    "text",
    [
        nginx(http_referer="https://t.co/x"),
        caddy(headers={"Referer": ["https://t.co/x"], "User-Agent": [CHROME]}),
        traefik(request_Referer="https://t.co/x"),
    ],
)
def test_referrers_are_found_in_json(text: str) -> None:
    assert counts(found_in(text)) == {"social": 1}


@pytest.mark.parametrize(
    "text", [COMMON.format("/deep"), caddy(headers="dropped"), traefik(**{"request_User-Agent": None})]
)
def test_lines_without_referrer_and_agent_tell_nothing_and_are_said(text: str) -> None:
    said = found_in(text, COMMON.format("/style.css"))
    assert counts(said) == {"unlogged": 1, "resource": 1}
    assert any("combined format" in note for note in said.notes)


def test_a_log_that_names_its_hosts_needs_no_guess() -> None:
    said = found_in(caddy(headers={"Referer": ["https://lune.example/x"], "User-Agent": [CHROME]}), sites=())
    assert (said.sites, said.sites_from, said.inside) == (("lune.example",), "log", 1)


def test_formats_may_be_mixed() -> None:
    assert counts(found_in(nginx(), line(), caddy(), COMMON.format("/x"), traefik())) == {"dark": 4, "unlogged": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\n", "blank"),
        (b"  \r\n", "blank"),
        (b"nothing of the kind\n", "no_request"),
        (b"\0\0\0\0\n", "no_request"),
        (b'"GARBAGE" 200 1 "-" "x"\n', "no_request"),
        (b'"GET / HTTP/1.1" xxx 1 "-" "x"\n', "no_status"),
        (b'"GET / HTTP/1.1" 999 1 "-" "x"\n', "no_status"),
        (line().encode()[:-20] + b"\n", "cut_off"),
        (b'"' + b'\\"' * 30_000 + b"\n", "cut_off"),
        (b"{not json\n", "bad_json"),
        (b"{" * 60_000 + b"\n", "bad_json"),
        (b'{"status": 1' + b"0" * 9000 + b', "request_uri": "/"}\n', "bad_json"),
        (b'{"status": 1' + b"0" * 30 + b', "request_uri": "/"}\n', "no_status"),
        (b'{"request_method": "GET", "request_uri": "/"}\n', "no_status"),
        (line("/" + "x" * LONGEST), "too_long"),
        (line("/" + "x" * CHUNK * 5), "too_long"),
    ],
)
def test_a_line_that_cannot_be_read_is_counted_and_named(text: str | bytes, reason: str) -> None:
    said = found_in(line(), text, line(), text)
    assert counts(said) == {"dark": 2, reason: 2}
    assert (said.lines, said.malformed[reason].first_line) == (4, 2)
    assert reason in MALFORMED


def test_json_that_is_nested_deep_is_malformed_one_way_or_the_other() -> None:
    """Whether Python itself reads it depends on the version."""
    said = found_in(line(), b'{"a":' * 9_000 + b"1" + b"}" * 9_000 + b"\n")
    assert counts(said) in ({"dark": 1, "bad_json": 1}, {"dark": 1, "no_status": 1})


def test_what_a_server_refused_is_an_error_and_not_malformed() -> None:
    said = found_in(
        '203.0.113.9 - - [x] "\\x16\\x03\\x01" 400 150 "-" "-"\n', '203.0.113.9 - - [x] "-" 408 0 "-" "x"\n'
    )
    assert (counts(said), said.malformed) == ({"empty": 1, "machine": 1}, {})
    assert counts(found_in(f'203.0.113.9 - - [x] "-" 408 0 "-" "{CHROME}"\n')) == {"error": 1}


# gzip


def test_gzip_is_read_whole_and_in_parts() -> None:
    one, two = gzip.compress(line().encode() * 20_000), gzip.compress(line("/").encode())
    for data in (one + two, one + two + b"\0" * 512, one + b"\0" * 9 + two):
        said = found_in(data)
        assert (counts(said), said.complete) == ({"dark": 20_000, "direct": 1}, True)


def test_a_gzip_file_that_ends_early_gives_what_is_there() -> None:
    text = "".join(line(f"/{number * 7919 % 100_003}") for number in range(20_000)).encode()
    packed = gzip.compress(text)
    said = found_in(packed[: len(packed) // 2])
    assert 8_000 < said.lines < 12_000
    assert not said.complete
    assert "ends too early" in said.notes[0]
    assert counts(said)["dark"] >= said.lines - 1


def test_a_damaged_gzip_file_gives_what_comes_before() -> None:
    text = "".join(line(f"/{number * 7919 % 100_003}") for number in range(60_000)).encode()
    packed = bytearray(gzip.compress(text))
    middle = len(packed) // 2
    packed[middle : middle + 64] = b"\xff" * 64
    said = found_in(bytes(packed))
    assert said.lines > 1000
    assert not said.complete
    assert "damaged" in said.notes[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "access.log is empty; "),
        (gzip.compress(b"", mtime=0), "access.log is empty; "),
        (gzip.compress(line().encode(), mtime=0)[:12], "access.log is empty (the gzip file ends too early"),
        (b"\x1f\x8bnot gzip at all", "access.log is empty (the gzip file is damaged"),
        (b"\n\n", "of 2 lines none can be read (most: empty lines)"),
        (
            b"name,value\na,1\n",
            "access.log is no access log: of 2 lines none can be read (most: no request to be found)",
        ),
        (bytes(range(256)) * 1000, "access.log is no access log"),
        (line().encode("utf-16"), "UTF-16 text; turn it into plain text first: iconv"),
        (b"\x28\xb5\x2f\xfd....", "compressed with zstd; "),
        (b"BZh9....", "compressed with bzip2"),
        (b"PK\x03\x04....", "a zip archive"),
    ],
)
def test_what_is_no_log_is_one_line(data: bytes, says: str) -> None:
    with pytest.raises(NotALogError) as raised:
        found_in(data)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


# Without end


class Endless:
    """A pipe that gives the same chunk again and again, a little at a time."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, size: int, /) -> bytes:
        return next(self._chunks, b"")


def test_something_else_without_end_is_given_up() -> None:
    with pytest.raises(NotALogError):
        darkness.read(Endless(repeat(b"no log\n" * 1000)), "pipe")


def test_a_line_without_end_takes_no_memory() -> None:
    chunks = [line().encode(), *repeat(b'x" \\' * 16_384, 300), b"\n", line().encode()]
    tracemalloc.start()
    try:
        said = darkness.read(Endless(iter(chunks)), "pipe")
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()
    assert counts(said) == {"dark": 2, "too_long": 1}


def test_progress_ends_at_the_files_size() -> None:
    text = gzip.compress(b"".join(line(f"/{n}", agent=GOOGLEBOT).encode() for n in range(30_000)))
    seen: list[tuple[int, int]] = []
    darkness.read(io.BytesIO(text), "x", progress=lambda *each: seen.append(each))
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == (len(text), 30_000)


# Anything at all


PIECES = st.sampled_from(
    [
        *(b'"', b"\n", b"\\", b"{", b"}", b":", b",", b"\0", b" ", b" 200 ", b"\xff\xfe", b"\x1f\x8b", b"\\x"),
        *(b"GET / HTTP/1.1", b'"GET /a HTTP/1.1" 200 1 "-" "x"', b"http://[", b"android-app://"),
        *(b'"request"', b'"status"', b'"log"', b'{"request": {}}'),
    ]
)
TEXTS = st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join)


@given(TEXTS)
def test_no_bytes_break_it_and_every_line_counts_once(text: bytes) -> None:
    good = line().encode()
    said = found_in(good + text)
    assert sum(counts(said).values()) == said.lines == (good + text).count(b"\n") + (not (good + text).endswith(b"\n"))


@given(st.binary(max_size=400), st.booleans())
def test_bytes_from_the_start_are_a_log_or_refused(text: bytes, packed: bool) -> None:
    try:
        said = found_in(gzip.compress(text) if packed else text)
    except NotALogError:
        return
    assert sum(counts(said).values()) == said.lines


FIELDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["GET", "/", "200", "GET / HTTP/1.1"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["method", "uri", "headers", "User-Agent", "Referer", "host"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["request", "status", "log", "http_referer", "http_user_agent", "request_uri", "method", "host"]
)


@given(st.dictionaries(NAMES, FIELDS, max_size=6))
def test_any_json_is_counted_once(fields: dict[str, object]) -> None:
    said = found_in(line(), json.dumps(fields) + "\n")
    assert sum(counts(said).values()) == said.lines == 2


@given(TEXTS, st.lists(st.integers(1, 50), max_size=30))
def test_lines_are_the_same_however_they_arrive(text: bytes, sizes: list[int]) -> None:
    text = b"x" + text
    chunks = []
    rest = text
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    chunks = [chunk for chunk in [*chunks, rest] if chunk]
    lines = [each for batch in Stream(Endless(iter(chunks)), "x") for each in batch]
    assert b"\n".join(lines) == text.removesuffix(b"\n")

"""A log as batches of lines: plain or gzip, from a file or a pipe, in memory that does not grow with it."""

import zlib
from collections.abc import Iterator
from typing import Protocol

from core.errors import OperatorError

CHUNK = 1 << 18
LONGEST = 1 << 16
"""Bytes of a line. What is longer is cut, and is still longer than this."""

_GZIP = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_OTHERS = {
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "zstdcat"),
    b"BZh": ("compressed with bzip2", "bzcat"),
    b"\xfd7zXZ": ("compressed with xz", "xzcat"),
    b"PK\x03\x04": ("a zip archive", "unzip -p"),
    b"\xff\xfe": ("UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
}


class Readable(Protocol):
    """A binary file or pipe."""

    def read(self, size: int, /) -> bytes | None:
        """At most so many bytes; none at the end."""


class NotALogError(OperatorError):
    """This is no access log, or one in a format that is not read."""

    code = "not_a_log"


class Stream:
    """Batches of whole lines, without their line ends.

    `done` is how many bytes of the file were read so far. `trouble` says why a gzip file could not be read to its end.
    """

    def __init__(self, raw: Readable, name: str) -> None:
        self._raw = raw
        self._name = name
        self.done = 0
        self.trouble: str | None = None

    def __iter__(self) -> Iterator[list[bytes]]:
        rest = b""
        for chunk in self._texts():
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()[: LONGEST + 1]
            if lines:
                yield lines
        if rest:
            yield [rest]

    def _texts(self) -> Iterator[bytes]:
        chunks = self._chunks()
        head = b""
        while len(head) < max(map(len, _OTHERS)) and (chunk := next(chunks, b"")):
            head += chunk
        self._refuse_others(head)
        if head.startswith(_GZIP):
            yield from self._inflated(_joined(head, chunks))
        else:
            yield head.removeprefix(_UTF8_MARK)
            yield from chunks

    def _chunks(self) -> Iterator[bytes]:
        while chunk := self._raw.read(CHUNK):
            self.done += len(chunk)
            yield chunk

    def _refuse_others(self, head: bytes) -> None:
        for mark, (what, tool) in _OTHERS.items():
            if head.startswith(mark):
                fix = f"turn it into plain text first: {tool} FILE | sayso darkness -"
                raise NotALogError(f"{self._name} is {what}", fix=fix)

    def _inflated(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The text of a gzip file, whose parts may be one after the other, as far as it can be read."""
        part = None
        for chunk in chunks:
            data = chunk
            while data := data if part else data.lstrip(b"\0"):  # padding between parts, as on tapes
                part = part or zlib.decompressobj(wbits=31)
                try:
                    yield part.decompress(data, CHUNK)
                except zlib.error:
                    self.trouble = "the gzip file is damaged; what comes before the damage was read"
                    return
                data, part = (part.unused_data, None) if part.eof else (part.unconsumed_tail, part)
        if part:
            yield part.flush()
            self.trouble = "the gzip file ends too early; what is there was read"


def _joined(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks

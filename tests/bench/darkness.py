"""How many log lines a second `sayso darkness` reads, beside a bare loop over the same lines.

    python -m tests.bench.darkness [--lines 1000000] [--rounds 5] [--sample FILE]

The log is the sample's lines again and again, in the combined format, each with an address of its own. Each round runs
every way once, in shuffled order, in one process; ratios are taken within a round. The bare way iterates over the file
and counts its lines; "bare split" also splits each at its quotes, which is the least that any reader does. In
"fresh", no two requests are alike, so that nothing remembered of them helps.
"""

import argparse
import gzip
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bots.web.darkness import read

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "specs" / "access-log-sample.gz"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        log, packed, fresh = (Path(folder) / name for name in ("access.log", "access.log.gz", "fresh.log"))
        with log.open("wb") as plain, gzip.open(packed, "wb", 6) as small, fresh.open("wb") as other:
            for number, line in enumerate(_lines(options.sample, options.lines)):
                plain.write(line)
                small.write(line)
                other.write(line.replace(b" HTTP/1", b"?n=%d HTTP/1" % number, 1))
        sizes = (f"{each.stat().st_size / 1e6:,.0f} MB" for each in (log, packed))
        _say(f"{options.lines:,} lines: {' or as gzip '.join(sizes)}")
        before = _memory()
        ways: dict[str, Callable[[], int]] = {
            "bare": lambda: _bare(log),
            "bare split": lambda: _split(log),
            "darkness": lambda: _darkness(log),
            "darkness gzip": lambda: _darkness(packed),
            "darkness fresh": lambda: _darkness(fresh),
        }
        _report(_rates(ways, options))
        _say(f"memory: {before:.0f} MB before, {_memory():.0f} MB at most")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sample", type=Path, default=SAMPLE)
    options = parser.parse_args()
    if not options.sample.exists():
        sys.exit(f"there is no {options.sample}; name an access log in the combined format with --sample FILE")
    return options


def _lines(sample: Path, count: int) -> Iterator[bytes]:
    """The sample's lines over and over, with new addresses."""
    opener = gzip.open if sample.suffix == ".gz" else open
    with opener(sample, "rb") as file:
        rests = [line.partition(b" ")[2] for line in file]
    chance = random.Random(1)
    for number in range(count):
        address = ".".join(str(chance.randrange(256)) for _ in range(4))
        yield address.encode() + b" " + rests[number % len(rests)]


def _bare(log: Path) -> int:
    count = 0
    with log.open("rb") as file:
        for _ in file:
            count += 1
    return count


def _split(log: Path) -> int:
    count = 0
    with log.open("rb") as file:
        for line in file:
            if len(line.split(b'"')) == 7:
                count += 1
    return count


def _darkness(log: Path) -> int:
    with log.open("rb", buffering=0) as raw:
        return read(raw, log.name).lines


def _rates(ways: dict[str, Callable[[], int]], options: argparse.Namespace) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(options.rounds):
        for way in random.sample(list(ways), len(ways)):
            began = time.perf_counter()
            ways[way]()
            rates[way].append(options.lines / (time.perf_counter() - began))
    return rates


def _report(rates: dict[str, list[float]]) -> None:
    _say(f"{'':16}{'lines/s':>36}{'ratio to bare':>16}")
    for way, found in rates.items():
        ratios = [mine / bare for mine, bare in zip(found, rates["bare"], strict=True)]
        spread = f"{statistics.median(found):,.0f} [{min(found):,.0f}-{max(found):,.0f}]"
        _say(f"{way:16}{spread:>36}{statistics.median(ratios):>16.2f}")


def _memory() -> float:
    """The most megabytes this process has had so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()

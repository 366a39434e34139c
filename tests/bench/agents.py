"""How many user agents a second are told apart, met for the first time and met again; and visits beside.

    python -m tests.bench.agents [--seconds 1.0]

Reads ../shared/specs/isbot-browsers.yml and isbot-crawlers.yml where they are, and a handful of its own otherwise.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bots.web.visitors import agent, referrer, visit
from bots.web.visitors.agents import _agent

SPECS = Path(__file__).parents[3] / "shared" / "specs"
OWN = [
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "WhatsApp/2.23.20.0 A",
]
REFERRERS = [
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org&h=AT0",
    "https://www.google.com/",
    "-",
    "https://a.example/b",
]


def user_agents() -> list[str]:
    files = [SPECS / f"isbot-{name}.yml" for name in ("browsers", "crawlers")]
    if not all(file.exists() for file in files):
        return OWN
    return [str(ua) for file in files for group in yaml.safe_load(file.read_text()).values() for ua in group]


def measure(what: str, call: Callable[[Any], object], values: Sequence[Any], seconds: float) -> None:
    calls, spent = 0, 0.0
    while spent < seconds:
        started = time.perf_counter()
        for value in values:
            call(value)
        spent += time.perf_counter() - started
        calls += len(values)
    print(f"{what:32} {calls / spent:12,.0f} /s {spent / calls * 1e6:8.2f} us")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each way runs")
    seconds = parser.parse_args().seconds
    agents = user_agents()
    print(f"{len(agents)} user agents")
    measure("agent(), met first", _agent.__wrapped__, agents, seconds)
    measure("agent(), met again", agent, agents, seconds)
    measure("referrer()", referrer, REFERRERS, seconds)
    measure("visit(), met again", visit, [{"User-Agent": ua, "Referer": REFERRERS[0]} for ua in agents], seconds)


if __name__ == "__main__":
    main()

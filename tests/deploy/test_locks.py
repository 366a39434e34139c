"""The locks: exact, hashed, without addresses, and enough for what pyproject.toml asks."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.here import DEPLOY, ROOT

RUN, TEST = DEPLOY / "requirements.lock", ROOT / "tests" / "requirements.lock"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

Lock = dict[str, tuple[Requirement, list[str]]]


def read(path: Path) -> Lock:
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^\s*#.*\n", "", path.read_text())).splitlines()
    pinned: Lock = {}
    for line in lines:
        requirement = Requirement(line.split(" --hash=")[0])
        pinned[canonicalize_name(requirement.name)] = (requirement, re.findall(r"--hash=(\S+)", line))
    return pinned


def group(name: str) -> Iterator[str]:
    for each in PYPROJECT["dependency-groups"][name]:
        if isinstance(each, str):
            yield each
        else:
            yield from group(each["include-group"])


def asked_of(path: Path) -> list[str]:
    always: list[str] = PYPROJECT["project"]["dependencies"]
    if path == RUN:
        return [*always, *group("build")]
    return [*always, *group("dev"), *PYPROJECT["project"]["optional-dependencies"]["fast"]]


@pytest.fixture(params=[RUN, TEST], ids=["deploy", "tests"])
def path(request: pytest.FixtureRequest) -> Path:
    chosen: Path = request.param
    return chosen


def test_every_package_is_one_version_with_hashes(path: Path) -> None:
    for requirement, hashes in read(path).values():
        assert [each.operator for each in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


def test_no_address_and_no_option_is_in_a_lock(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert " @ " not in text
    assert [line for line in text.splitlines() if line.lstrip().startswith("-") and "--hash=sha256:" not in line] == []


def test_a_lock_holds_what_pyproject_asks_and_what_that_needs(path: Path) -> None:
    lock = read(path)
    waiting = [Requirement(each) for each in asked_of(path)]
    seen: set[str] = set()
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        if str(asked) in seen or (asked.marker and not asked.marker.evaluate()):
            continue
        seen.add(str(asked))
        assert name in lock, f"{asked} is not in {path.name}; run deploy/lock.sh"
        (pin,) = lock[name][0].specifier
        assert asked.specifier.contains(pin.version, prereleases=True), f"{asked}: {path.name} has {pin.version}"
        waiting += needed_by(name, asked.extras)


def needed_by(name: str, extras: set[str]) -> Iterator[Requirement]:
    """What the installed package says it needs, with those extras, on this machine."""
    try:
        texts = requires(name) or []
    except PackageNotFoundError:
        return
    for text in texts:
        requirement = Requirement(text)
        marker, requirement.marker = requirement.marker, None
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            yield requirement


def test_what_runs_is_what_was_tested() -> None:
    tested = read(TEST)
    assert {name: str(pin) for name, (pin, _) in read(RUN).items()} == {
        name: str(tested[name][0]) for name in read(RUN) if name in tested
    }


def test_an_extra_is_for_the_tests_alone() -> None:
    assert "pytest" not in read(RUN)
    assert "hatchling" in read(RUN)  # Sayso itself is installed without fetching anything

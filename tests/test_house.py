"""The house keeps its own rules: who imports whom, what an import may do, and what its papers say."""

import asyncio
import importlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bots", "campaigns", "core")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["id"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

# A small house in which everything is as it should be, to break one thing at a time in.
SMALL_HOUSE = {
    "core/__init__.py": "",
    "core/clock.py": "import time",
    "core/database/__init__.py": "import sqlalchemy",
    "core/campaign/__init__.py": "import core.campaign.values",
    "core/campaign/values.py": "import msgspec",
    "core/links/__init__.py": "import asyncio, core.database, core.links.rules, core.links.table",
    "core/links/rules.py": "import core.campaign.values",
    "core/links/table.py": "import sqlmodel",
    "campaigns/__init__.py": "import yaml, core.links",
    "bots/__init__.py": "",
    "bots/texts/__init__.py": "import core.links",
    "bots/exchange/__init__.py": "import bots.texts, core.links",
    "bots/talk/__init__.py": "import bots.exchange, bots.texts, campaigns",
    "bots/telegram/__init__.py": "import telegram, bots.exchange, bots.talk, bots.texts, campaigns",
    "bots/discord/__init__.py": "import discord, bots.exchange, bots.talk, bots.texts, core.links",
    "bots/web/__init__.py": "import aiohttp, bots.texts, core.links",
    "bots/sandbox/__init__.py": "import aiohttp",
    "bots/cli/__init__.py": "import click, bots.telegram, bots.discord, bots.web, bots.sandbox, bots.texts",
}
DOORS = ("telegram", "discord", "web")
SHARED = ("talk", "exchange", "texts")

VIOLATIONS = [
    ("one-way", "core/links/__init__.py", "import campaigns"),
    ("one-way", "core/links/__init__.py", "def late(): import bots.web"),
    ("one-way", "campaigns/__init__.py", "from bots import texts"),
    *(("doors", f"bots/{a}/app.py", f"import bots.{b}") for a in DOORS for b in (*DOORS, "cli", "sandbox") if a != b),
    *(("doors", f"bots/{a}/shared.py", f"import bots.{door}") for a in SHARED for door in (*DOORS, "cli")),
    *(("doors", f"bots/{a}/shared.py", f"import bots.{b}") for a, b in (("exchange", "talk"), ("texts", "exchange"))),
    ("doors", "bots/sandbox/app.py", "import bots.web"),
    ("doors", "bots/carrier_pigeon/__init__.py", ""),
    *(("sandbox", "bots/sandbox/app.py", f"import {name}") for name in ("core", "campaigns", "bots.texts", "bots.cli")),
    *(("sandbox", "bots/sandbox/app.py", f"import bots.{name}") for name in ("talk", "exchange")),
    *(
        ("core-plain", "core/links/__init__.py", f"import {name}")
        for name in ("telegram", "discord", "aiohttp", "yaml")
    ),
    *(("campaigns-plain", "campaigns/check.py", f"import {name}") for name in ("telegram", "discord", "aiohttp")),
    *(("shared-plain", f"bots/{room}/shared.py", "import telegram") for room in SHARED),
    ("shared-plain", "bots/talk/shared.py", "import discord"),
    *(
        ("pure-rules", "core/links/rules.py", f"import {name}")
        for name in ("core.database", "core.clock", "core.links.table", "sqlmodel", "asyncio", "socket", "core.links")
    ),
    ("pure-rules", "core/campaign/values.py", "import sqlalchemy"),
    ("pure-rules", "core/draws/beacon/rules.py", "import time"),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-logo", "--no-cache", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def build(folder: Path, files: Mapping[str, str]) -> Path:
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
        for parent in list(path.relative_to(folder).parents)[:-1]:
            (folder / parent / "__init__.py").touch()
    return folder


def test_imports_run_as_the_contracts_say() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_house_in_order_breaks_no_contract(tmp_path: Path) -> None:
    done = lint(build(tmp_path, SMALL_HOUSE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_contracts_hold_before_the_rooms_they_name_are_built(tmp_path: Path) -> None:
    built = ("core/__init__.py", "core/clock.py", "core/database/__init__.py", "bots/__init__.py")
    empty = ("campaigns/__init__.py", *(f"bots/{room}/__init__.py" for room in SHARED))
    done = lint(build(tmp_path, {name: SMALL_HOUSE[name] for name in built} | dict.fromkeys(empty, "")))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=lambda value: str(value) or "new")
def test_each_contract_can_fail(tmp_path: Path, contract: str, file: str, line: str) -> None:
    done = lint(build(tmp_path, {**SMALL_HOUSE, file: line}), "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Contracts: 0 kept, 1 broken." in done.stdout


def test_each_contract_has_a_violation_that_proves_it() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == CONTRACTS


# What an import does: asked in a process of its own, where everything is listened to from before the first import.

FORBIDDEN_DEEDS = {
    "_thread.start_new_thread",
    "os.fork",
    "os.mkdir",
    "os.posix_spawn",
    "os.putenv",
    "os.remove",
    "os.system",
    "socket.__new__",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "sqlite3.connect",
    "subprocess.Popen",
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
}


def modules_in(root: Path, packages: tuple[str, ...]) -> Iterator[str]:
    """Every module that can be imported by name; not the scripts of Alembic (migrations) and Python (`__main__`)."""
    for path in sorted(each for package in packages for each in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        folders = (root.joinpath(*parts[:depth]) for depth in range(1, len(parts)))
        if parts[-1] != "__main__" and all((folder / "__init__.py").exists() for folder in folders):
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class Ear:
    """Hears what module bodies of ours do while they are imported; what libraries do for themselves is theirs."""

    def __init__(self, root: Path, packages: tuple[str, ...]) -> None:
        self.heard: list[str] = []
        self._ours = tuple(str(root / package) + os.sep for package in packages)
        self._readable = (*self._ours, sys.prefix + os.sep, sys.base_prefix + os.sep)

    def body(self) -> str:
        """The module of ours whose body is running, if it is what did this; else ''."""
        frame = sys._getframe(2)
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return ""  # the import system, reading source
        while frame.f_back and frame.f_code.co_name != "<module>":
            frame = frame.f_back
        name = frame.f_code.co_filename
        return name if name.startswith(self._ours) else ""

    def audit(self, event: str, details: tuple[Any, ...]) -> None:
        if event != "open" and event not in FORBIDDEN_DEEDS:
            return
        module = self.body()
        if module and not (event == "open" and self._reads_own(*details)):
            self.heard.append(f"{module}: {event} {details[:1]}")

    def _reads_own(self, path: Any, _mode: Any, flags: int) -> bool:
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return not writes and (isinstance(path, int) or os.path.abspath(os.fsdecode(path)).startswith(self._readable))  # noqa: PTH100

    def reads(self, key: str) -> None:
        between = ("<frozen os", "<frozen _collections_abc", os.__file__)
        frame = sys._getframe(2)
        while frame.f_back and frame.f_code.co_filename.startswith(between):
            frame = frame.f_back
        module = self.body()
        if module and (key.startswith("SAYSO_") or frame.f_code.co_filename.startswith(self._ours)):
            self.heard.append(f"{module}: environment {key}")


def listen(root: Path, packages: tuple[str, ...]) -> list[str]:
    """Import every module and tell what was heard."""
    ear = Ear(root, packages)
    sys.path.insert(0, str(root))
    environment: Any = type(os.environ)
    lookup = environment.__getitem__

    def look_up(self: Any, key: Any) -> Any:
        ear.reads(str(key))
        return lookup(self, key)

    environment.__getitem__ = look_up
    sys.addaudithook(ear.audit)
    for name in modules_in(root, packages):
        importlib.import_module(name)
    if asyncio._get_running_loop() is not None:
        ear.heard.append("a running event loop")
    if threading.active_count() > 1:
        ear.heard.append(f"threads: {threading.enumerate()}")
    if logging.getLogger().handlers:
        ear.heard.append(f"log handlers: {logging.getLogger().handlers}")
    return ear.heard


def heard_in(root: Path, *packages: str) -> list[str]:
    environment = {**os.environ, "SAYSO_TELEGRAM_TOKEN": "700000001:canary"}
    done = subprocess.run(
        [sys.executable, "-B", __file__, str(root), *packages],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heard: list[str] = json.loads(done.stdout)
    return heard


def test_importing_ours_opens_nothing_and_reads_no_setting() -> None:
    assert heard_in(ROOT, *PACKAGES) == []


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("import socket; socket.socket()", "socket.__new__"),
        ("import sqlite3; sqlite3.connect(':memory:')", "sqlite3.connect"),
        ("import pathlib; pathlib.Path(__file__).with_name('x').write_text('')", "open"),
        ("import pathlib; pathlib.Path('pyproject.toml').read_text()", "open"),
        ("import os; os.environ.get('LANG')", "environment LANG"),
        ("import os; os.getenv('LANG')", "environment LANG"),
        ("import os; settings = dict(os.environ)", "environment SAYSO_TELEGRAM_TOKEN"),
        (
            "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
            "threads",
        ),
        ("import asyncio; asyncio.new_event_loop().close()", "socket.__new__"),
        ("import logging; logging.basicConfig()", "log handlers"),
    ],
)
def test_an_import_that_does_something_is_heard(tmp_path: Path, line: str, deed: str) -> None:
    heard = heard_in(build(tmp_path, {"loud/__init__.py": "", "loud/deed.py": line}), "loud")
    assert any(deed in each for each in heard), heard


def test_an_import_that_only_defines_is_not_heard(tmp_path: Path) -> None:
    quiet = "import asyncio, logging, sqlmodel\nclass Row(sqlmodel.SQLModel): x: int\nlog = logging.getLogger(__name__)"
    assert heard_in(build(tmp_path, {"quiet/__init__.py": quiet}), "quiet") == []


# The papers.


def our_texts() -> Iterator[Path]:
    kept_apart = {".git", ".venv", "__pycache__", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    for folder, names, files in os.walk(ROOT):
        names[:] = sorted(set(names) - kept_apart)
        for name in files:
            path = Path(folder, name)
            if path.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".sh", ".html", ".js", ".css", ".service"}:
                yield path


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"\b(?:TOD[O]|FIXM[E])\b")
    left = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in our_texts()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if mark.search(line)
    ]
    assert left == []


def test_no_file_knows_where_this_checkout_lies() -> None:
    assert [path for path in our_texts() if f"{ROOT}/" in path.read_text()] == []


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## \[?v?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[:1] == [PYPROJECT["project"]["version"]]


@pytest.mark.parametrize("command", ["python3 deploy/fresh.py demo", "python3 deploy/fresh.py test"])
def test_the_readme_names_both_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text()


def test_ci_runs_the_readmes_own_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert script.rstrip().splitlines()[-1] == "exec python3 deploy/fresh.py test"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(listen(Path(sys.argv[1]), tuple(sys.argv[2:]))))

"""`sayso darkness`: what it prints, and how it ends."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bots.cli import darkness as command
from bots.cli import showing
from bots.web.darkness import ASIDE, SOURCES, UNKNOWABLE
from tests.cli.conftest import Sayso
from tests.web.darkness_logs import GOOGLEBOT, TELEGRAM, TELEGRAMBOT, line

TEXT = "".join(
    [
        line("/about", referrer="https://www.google.com/"),
        line("/blog", referrer="https://lune.example/about"),
        line("/blog", agent=TELEGRAM),
        line("/blog"),
        line("/"),
        line("/blog", agent=GOOGLEBOT),
        line("/blog", agent=TELEGRAMBOT),
        "what is this\n",
    ]
)


@pytest.fixture
def log(folder: Path) -> Path:
    path = folder / "access.log"
    path.write_text(TEXT)
    return path


def test_the_figures_come_as_lines(call: Sayso, log: Path) -> None:
    done = call("darkness", "access.log")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("access.log: 8 lines; site: lune.example (guessed from the log's referrers; --site HOST")
    assert lines[1] == "arrivals: 4"
    assert f"  search: 1 (25.0%): {SOURCES['search']}" in lines
    assert f"  dark: 2 (50.0%): {SOURCES['dark']}" in lines
    assert "    in an app's own browser 1 (50.0%): telegram 1" in lines
    assert "inside: 1 page views came from the site's own pages, which are no arrivals" in lines
    assert f"  machine: 1: {ASIDE['machine']}" in lines
    assert "previews of pages, by app: telegram 1" in lines
    assert "  no_request: 1: no request to be found; the first is line 8" in lines
    assert lines[-1] == UNKNOWABLE
    assert "203.0.113" not in done.stdout


def test_the_figures_come_as_json_with_keys_that_stay(call: Sayso, log: Path) -> None:
    found = json.loads(call("darkness", "access.log", "--json").stdout)
    assert found == {
        "log": "access.log",
        "lines": 8,
        "complete": True,
        "sites": ["lune.example"],
        "sites_from": "referrers",
        "malformed": {"count": 1, "reasons": {"no_request": {"count": 1, "first_line": 8}}},
        "set_aside": {"count": 2, "reasons": {"machine": 1, "preview": 1}},
        "previews": {"telegram": 1},
        "page_views": 5,
        "inside": 1,
        "arrivals": 4,
        "sources": {
            "search": {"count": 1, "share": 0.25, "names": {"google": 1}},
            "social": {"count": 0, "share": 0.0, "names": {}},
            "messages": {"count": 0, "share": 0.0, "names": {}},
            "sites": {"count": 0, "share": 0.0},
            "campaigns": {"count": 0, "share": 0.0, "names": {}},
            "direct": {"count": 1, "share": 0.25, "in_app": {}},
            "dark": {"count": 2, "share": 0.5, "in_app": {"telegram": 1}},
        },
        "notes": [],
    }


def test_a_terminal_gets_tables(call: Sayso, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    shown = call("darkness", "access.log").stdout
    for part in (
        "4 arrivals in 8 lines",
        "2 (50.0%)",
        "telegram 1",
        "2 lines set aside",
        "malformed: 1",
        "What cannot be known",
    ):
        assert part in shown


def test_a_name_of_a_file_is_only_read(call: Sayso, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "[red]\x1b[2J.log"
    (folder / name).write_text(TEXT)
    for terminal in (True, False):
        monkeypatch.setattr(showing, "on_terminal", lambda terminal=terminal: terminal)
        shown = call("darkness", name).stdout
        assert "[red] [2J.log" in " ".join(shown.split())
        assert "\x1b" not in shown


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_pipe_is_read_too(folder: Path, name: str, packed: bool) -> None:
    """In a process of its own, as a shell would."""
    text = gzip.compress(TEXT.encode()) if packed else TEXT.encode()
    command_line = [sys.executable, "-m", "bots.cli", "darkness", name, "--json"]
    done = subprocess.run(command_line, input=text, capture_output=True, cwd=folder, check=True)
    found = json.loads(done.stdout)
    assert (found["log"], found["lines"], done.stderr) == ("stdin" if name == "-" else name, 8, b"")


def test_a_truncated_gzip_file_says_so(call: Sayso, folder: Path) -> None:
    packed = gzip.compress("".join(line(f"/{n * 7919 % 100_003}") for n in range(9000)).encode())
    (folder / "access.log.gz").write_bytes(packed[: len(packed) // 2])
    done = call("darkness", "access.log.gz")
    assert done.exit_code == 0
    assert "Note: The gzip file ends too early; what is there was read." in done.stdout
    assert json.loads(call("darkness", "access.log.gz", "--json").stdout)["complete"] is False


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "sayso: access.log is empty; give a web server's access log\n"),
        (
            b"a,b\n",
            "sayso: access.log is no access log: of 1 lines none can be read (most: no request to be found); give ",
        ),
        (None, "sayso: No such file or directory (access.log); see to that and try again\n"),
    ],
)
def test_what_is_no_log_is_one_line_and_exit_1(call: Sayso, folder: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (folder / "access.log").write_bytes(content)
    done = call("darkness", "access.log", "--plot", "a.svg")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(says)
    assert not (folder / "a.svg").exists()


def test_a_folder_is_no_log(call: Sayso, folder: Path) -> None:
    done = call("darkness", ".")
    assert (done.exit_code, done.stderr) == (1, "sayso: Is a directory (.); see to that and try again\n")


def test_a_picture_is_drawn_beside_the_figures(call: Sayso, folder: Path, log: Path) -> None:
    done = call("darkness", "access.log", "--json", "--plot", "ways.svg")
    assert (done.exit_code, json.loads(done.stdout)["lines"]) == (0, 8)
    assert ElementTree.fromstring((folder / "ways.svg").read_text("utf-8")).tag.endswith("svg")


@pytest.mark.parametrize("where", ["gone/ways.svg", ".", "access.log"])
def test_a_picture_that_cannot_be_there_is_said_before_anything_is_read(call: Sayso, log: Path, where: str) -> None:
    done = call("darkness", "access.log", "--plot", where)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert log.read_text() == TEXT


def test_the_site_can_be_named(call: Sayso, log: Path) -> None:
    found = json.loads(
        call("darkness", "access.log", "--json", "--site", "https://Google.com", "--site", "b.example").stdout
    )
    assert (found["sites"], found["sites_from"], found["inside"]) == (["google.com", "b.example"], "option", 1)
    wrong = call("darkness", "access.log", "--site", " ")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def test_it_needs_no_settings_and_makes_no_database(call: Sayso, folder: Path, log: Path) -> None:
    assert call("darkness", "access.log", SAYSO_LISTEN="canary").exit_code == 0
    assert [path.name for path in folder.iterdir()] == ["access.log"]


def test_progress_is_a_line_now_and_then(call: Sayso, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LINE_EVERY", 0.0)
    done = call("darkness", "access.log", "--json")
    assert done.stderr == "sayso darkness: 8 lines (100% of the file)\n"
    assert json.loads(done.stdout)["lines"] == 8


def test_progress_is_a_bar_on_a_terminal(call: Sayso, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "8 lines" in call("darkness", "access.log", "--json").stderr

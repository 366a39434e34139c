from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bots.cli.main import sayso

LUNE = Path(__file__).with_name("lune.yaml")
Sayso = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def _caller(url: str) -> Sayso:
    def run(*arguments: str, **settings: str) -> Result:
        environment = {"SAYSO_DATABASE_URL": url, **settings}
        return CliRunner().invoke(sayso, arguments, prog_name="sayso", env=environment)

    return run


@pytest.fixture
def call(folder: Path, sqlite_url: str) -> Sayso:
    """Runs a command as the entry point would, on a database with its tables."""
    return _caller(sqlite_url)


@pytest.fixture
def call_on(folder: Path, db_url: str) -> Sayso:
    """The same, on both databases."""
    return _caller(db_url)


@pytest.fixture
def lune(folder: Path) -> Path:
    """A campaign file that is right."""
    path = folder / "lune.yaml"
    path.write_text(LUNE.read_text())
    return path


@pytest.fixture
def wrong(folder: Path) -> Path:
    """A campaign file with two errors."""
    path = folder / "wrong.yaml"
    text = LUNE.read_text().replace("stay: 20 seconds", "stay: soon").replace("every: 1,", "every: 0,")
    path.write_text(text.replace("lune-demo", "wrong-demo"))
    return path

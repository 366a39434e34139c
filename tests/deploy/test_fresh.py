"""`deploy/fresh.py`: its decisions, and one real run on a tiny project that needs no network."""

import ast
import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deploy.here import DEPLOY, load

SCRIPT = DEPLOY / "fresh.py"
fresh = load(SCRIPT)


def step(
    *,
    exists: bool = True,
    python: str = "3.13.1",
    here: str = "3.13.4",
    stamp: Mapping[str, str] | None = None,
) -> str:
    given = {"venv": "/v", "contents": "run"} if stamp is None else stamp
    chosen = fresh.next_step(exists=exists, python=python, here=here, stamp=given, place="/v", fits=["run", "test"])
    return str(chosen.value)


def test_nothing_is_done_twice() -> None:
    assert step() == "nothing"
    assert step(stamp={"venv": "/v", "contents": "test"}) == "nothing"


def test_a_new_lock_is_installed_over_the_old() -> None:
    assert step(stamp={"venv": "/v", "contents": "an older lock"}) == "install"


def test_an_environment_is_made_where_there_is_none_or_an_unfinished_one() -> None:
    assert step(exists=False, python="", stamp={}) == "make"
    assert step(stamp={}) == "make"


@pytest.mark.parametrize("python", ["3.12.9", ""], ids=["of another Python", "whose Python is gone"])
def test_an_environment_is_made_anew(python: str) -> None:
    assert step(python=python) == "make anew"


def test_an_environment_that_was_moved_is_made_anew() -> None:
    assert step(stamp={"venv": "/elsewhere", "contents": "run"}) == "make anew"


def test_contents_change_with_the_lock_and_the_project_but_not_with_a_tools_settings() -> None:
    project = b'[project]\nname = "x"\nversion = "1"\n'
    before = fresh.contents(b"a==1", project)
    assert fresh.contents(b"a==2", project) != before
    assert fresh.contents(b"a==1", project.replace(b'"1"', b'"2"')) != before
    assert fresh.contents(b"a==1", project + b"[tool.ruff]\nline-length = 99\n") == before


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            "WARNING: Retrying … NewConnectionError('… [Errno 101] Network is unreachable')\nERROR: No match",
            "no network",
        ),
        ("… getaddrinfo failed\nERROR: No matching distribution found for click==8.5.1", "no network"),
        ("Max retries exceeded … SSLError(… CERTIFICATE_VERIFY_FAILED …)", "certificate"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that the lock"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        (
            "ERROR: No matching distribution found for click==8.5.1\n\n",
            "No matching distribution found for click==8.5.1",
        ),
        ("", "said nothing"),
    ],
)
def test_why_an_installation_failed_is_one_line(output: str, words: str) -> None:
    why = fresh.why(output)
    assert words in why
    assert "\n" not in why


def test_a_python_without_venv_is_told_what_to_install() -> None:
    assert fresh.missing_module({"venv": True, "ensurepip": True}, "3.12.3") == ""
    assert "apt install python3.12-venv" in fresh.missing_module({"venv": True, "ensurepip": False}, "3.12.3")


def test_commands_are_found_on_every_system() -> None:
    venv = Path("v")
    assert fresh.python_of(venv, windows=False) == Path("v/bin/python")
    assert fresh.python_of(venv, windows=True) == Path("v/Scripts/python.exe")
    assert fresh.command_of(venv, "sayso", windows=False) == Path("v/bin/sayso")
    assert fresh.command_of(venv, "sayso", windows=True) == Path("v/Scripts/sayso.exe")


def test_packages_are_counted() -> None:
    assert (
        fresh.packages_in("a==1 \\\n    --hash=sha256:0\n    # via b\nb==2 ; x == 'y' \\\n    --hash=sha256:1\n") == 2
    )


def test_an_old_python_can_read_it_and_is_refused_in_one_line() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    pretend = (
        "import runpy, sys; sys.version_info, sys.version = (3, 9, 2), '3.9.2 (main)'; runpy.run_path(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", pretend, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "fresh.py: this is Python 3.9.2; run it with Python 3.11 or newer\n")


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["dmeo"], 2), (["--help"], 0)])
def test_wrong_usage_shows_the_right_one(arguments: list[str], code: int) -> None:
    command = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "python3 deploy/fresh.py demo" in done.stdout + done.stderr


def test_a_folder_that_is_no_virtual_environment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear")
    done = run(SCRIPT, "demo", FRESH_VENV=str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is no virtual environment; move it away" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


# A real run. The project's build and its one package are made here, so that nothing is fetched.

BACKEND = """
import pathlib, zipfile
def build_editable(folder, settings=None, metadata=None):
    name = "tiny-1-py3-none-any.whl"
    info = "tiny-1.dist-info/"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("tiny.pth", str(pathlib.Path.cwd()))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\nsayso = said:main\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "tiny"\n'
SAID = "import sys\ndef main():\n    print('said', *sys.argv[1:])\n    sys.exit(3)\n"
TOOL = "import sys\nprint('{name} was asked:', *sys.argv[1:])\nsys.exit({code})\n"
TOOLS = {
    "ruff/__init__.py": "",
    "ruff/__main__.py": TOOL.format(name="ruff", code="0"),
    "mypy.py": TOOL.format(name="mypy", code="1"),
    "importlinter/__init__.py": "",
    "importlinter/cli.py": "def lint_imports_command():\n    print('lint was asked')\n",
    "pytest.py": TOOL.format(name="pytest", code="0"),
}


def run(script: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *arguments]
    ours = {name: value for name, value in os.environ.items() if name != "FRESH_VENV"} | settings
    return subprocess.run(command, env=ours, capture_output=True, text=True, check=False)


def make_wheel(folder: Path, version: str, files: Mapping[str, str]) -> str:
    """Write a package `tools` there and give its line for a lock."""
    info = f"tools-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tools\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    path = folder / f"tools-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(text.encode())}")
        wheel.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return f"tools=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_a_fresh_machine_in_earnest(tmp_path: Path) -> None:
    for folder in ("deploy", "tests", "wheels"):
        (tmp_path / folder).mkdir()
    script = tmp_path / "deploy" / "fresh.py"
    script.write_text(SCRIPT.read_text())
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "said.py").write_text(SAID)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_USER": "1", "PIP_QUIET": "2"}
    run_lock, test_lock = tmp_path / "deploy" / "requirements.lock", tmp_path / "tests" / "requirements.lock"
    test_lock.write_text(make_wheel(tmp_path / "wheels", "1", TOOLS))
    run_lock.write_text(re.sub("[0-9a-f]{64}", "0" * 64, test_lock.read_text()))

    refused = run(script, "demo", **offline)
    assert refused.returncode == 1
    assert "is not the one that the lock file names" in refused.stderr
    assert "Traceback" not in refused.stderr

    tested = run(script, "test", "-k", "links", **offline)
    assert tested.returncode == 1, tested.stderr
    assert "Installing 1 packages" in tested.stdout
    assert "pytest was asked: -n auto --dist worksteal -k links" in tested.stdout  # although mypy failed before it
    verdicts = [line.split(" (")[0] for line in tested.stdout.splitlines()[-5:]]
    assert verdicts == [
        "ok     ruff check",
        "ok     ruff format",
        "FAILED mypy",
        "ok     import-linter",
        "ok     pytest",
    ]

    shown = run(script, "demo", "--members", "7", **offline)  # the tests' packages serve, so nothing is installed
    assert (shown.returncode, shown.stdout, shown.stderr) == (3, "said demo --members 7\n", "")

    test_lock.write_text(make_wheel(tmp_path / "wheels", "2", {**TOOLS, "mypy.py": ""}))
    tested = run(script, "test", **offline)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "Installing" in tested.stdout
    assert "Making" not in tested.stdout

    missing = run(script, "test", **offline | {"FRESH_VENV": str(tmp_path / "other"), "PIP_FIND_LINKS": str(tmp_path)})
    assert missing.returncode == 1
    assert "No matching distribution found for tools==2" in missing.stderr

"""Makes this checkout work on a machine that has nothing but Python, then tries it or tests it.

    python3 deploy/fresh.py demo [arguments of `sayso demo`]
    python3 deploy/fresh.py test [arguments of pytest]

Both put the packages of a lock file (exact versions, checked hashes) and Sayso itself into `.venv` beside
pyproject.toml, or into the folder that FRESH_VENV names. A second run skips what is already there.
Exit 0: done; 1: it did not work; 2: wrong usage.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path

NEEDED = (3, 11)
if sys.version_info[:2] < NEEDED:  # here, because an older Python stumbles over what follows
    sys.exit(f"fresh.py: this is Python {sys.version.split()[0]}; run it with Python 3.11 or newer")

ROOT = Path(__file__).resolve().parent.parent
RUN_LOCK = ROOT / "deploy" / "requirements.lock"
TEST_LOCK = ROOT / "tests" / "requirements.lock"  # holds all of the run lock, in the same versions
STAMP = "fresh.json"

CHECKS: Mapping[str, Sequence[str]] = {
    "ruff check": ("-m", "ruff", "check"),
    "ruff format": ("-m", "ruff", "format", "--check"),
    "mypy": ("-m", "mypy"),
    "import-linter": ("-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo"),
    "pytest": ("-m", "pytest", "-n", "auto", "--dist", "worksteal"),  # a process for each core
}

NO_NETWORK = (
    "NewConnectionError",
    "Failed to establish a new connection",
    "Name or service not known",
    "Temporary failure in name resolution",
    "nodename nor servname",
    "getaddrinfo failed",
    "Network is unreachable",
    "No route to host",
    "Connection refused",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Max retries exceeded",
    "ProxyError",
)


class ProblemError(Exception):
    """One line for whoever runs this: what is wrong; what to do."""


class Step(Enum):
    """What the virtual environment needs before it can be used."""

    NOTHING = "nothing"
    INSTALL = "install"
    MAKE = "make"
    MAKE_ANEW = "make anew"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# Decisions: values in, values out.


def next_step(
    *, exists: bool, python: str, here: str, stamp: Mapping[str, str], place: str, fits: Iterable[str]
) -> Step:
    """What to do about a virtual environment made by `python`, when `here` runs; '' where there is none that works."""
    if not exists:
        return Step.MAKE
    if minor(python) != minor(here) or stamp.get("venv", place) != place:  # another Python, or a tree that was moved
        return Step.MAKE_ANEW
    if not stamp:
        return Step.MAKE
    return Step.NOTHING if stamp.get("contents") in set(fits) else Step.INSTALL


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def contents(lock: bytes, pyproject: bytes) -> str:
    """A name for what an installation from this lock holds; the settings of the tools do not change it."""
    import tomllib  # noqa: PLC0415 (older Pythons, which lack it, must get as far as their error above)

    settings = tomllib.loads(pyproject.decode())
    built_from = (settings.get("project"), settings.get("build-system"), settings.get("tool", {}).get("hatch"))
    return hashlib.sha256(lock + json.dumps(built_from, sort_keys=True).encode()).hexdigest()


def missing_module(found: Mapping[str, bool], version: str) -> str:
    """What to say when this Python cannot make virtual environments (Debian packs that apart); '' when it can."""
    gone = [name for name, there in found.items() if not there]
    if not gone:
        return ""
    package = f"python{minor(version)}-venv"
    return f"this Python lacks its {' and '.join(gone)} module; on Debian or Ubuntu: apt install {package}"


def why(output: str) -> str:
    """The reason in pip's words, in one line of ours."""
    if "CERTIFICATE_VERIFY_FAILED" in output:
        return "the package index shows a certificate that this machine does not trust; set PIP_CERT to the right one"
    if any(sign in output for sign in NO_NETWORK):
        return "no network, or the package index does not answer; connect and run this again (a mirror: PIP_INDEX_URL)"
    if "DO NOT MATCH THE HASHES" in output:
        return "a package is not the one that the lock file names; do not use it, and find out where it came from"
    if "No space left on device" in output:
        return "the disk is full; make room and run this again"
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["pip said nothing"]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines)[-1]


def python_of(venv: Path, *, windows: bool) -> Path:
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def command_of(venv: Path, name: str, *, windows: bool) -> Path:
    return venv / "Scripts" / f"{name}.exe" if windows else venv / "bin" / name


def packages_in(lock: str) -> int:
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.splitlines())


# Deeds.


class Place:
    """The virtual environment, and what is done to it."""

    def __init__(self, venv: Path) -> None:
        self.venv = venv
        self.python = python_of(venv, windows=os.name == "nt")

    def prepare(self, lock: Path, *, also_fits: Sequence[Path] = ()) -> None:
        """Have the lock's packages and Sayso there, doing as little as can be."""
        fits = [self._contents(each) for each in (lock, *also_fits)]
        step = next_step(
            exists=self._exists(),
            python=self._made_by(),
            here=sys.version.split()[0],
            stamp=self._stamp(),
            place=str(self.venv),
            fits=fits,
        )
        if step is Step.NOTHING:
            return
        (self.venv / STAMP).unlink(missing_ok=True)
        if step is not Step.INSTALL:
            self._make(anew=step is Step.MAKE_ANEW)
        count = packages_in(lock.read_text())
        say(f"Installing {count} packages from {lock.relative_to(ROOT)} (the first time takes a minute or two)")
        self._pip("--require-hashes", "--requirement", str(lock), total=count)
        self._pip("--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        stamp = {"venv": str(self.venv), "contents": fits[0]}
        (self.venv / STAMP).write_text(json.dumps(stamp) + "\n")

    def environment(self) -> dict[str, str]:
        """This process's environment, with the virtual environment's commands first."""
        path = os.pathsep.join((str(self.python.parent), os.environ.get("PATH", os.defpath)))
        return {**os.environ, "VIRTUAL_ENV": str(self.venv), "PATH": path}

    def _exists(self) -> bool:
        if not self.venv.exists() or (self.venv.is_dir() and not any(self.venv.iterdir())):
            return False
        if not (self.venv / "pyvenv.cfg").is_file():
            raise ProblemError(f"{self.venv} is there but is no virtual environment; move it away, or set FRESH_VENV")
        return True

    def _made_by(self) -> str:
        if not self.python.exists():  # also a link to a Python that has been removed
            return ""
        pairs = (line.partition("=") for line in (self.venv / "pyvenv.cfg").read_text().splitlines())
        return next((value.strip() for key, _, value in pairs if key.strip() in {"version", "version_info"}), "")

    def _stamp(self) -> dict[str, str]:
        try:
            return {str(key): str(value) for key, value in json.loads((self.venv / STAMP).read_text()).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def _contents(self, lock: Path) -> str:
        return contents(lock.read_bytes(), (ROOT / "pyproject.toml").read_bytes())

    def _make(self, *, anew: bool) -> None:
        found = {name: importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")}
        problem = missing_module(found, sys.version.split()[0])
        if problem:
            raise ProblemError(problem)
        say(f"Making {self.venv}" + (" anew: it was made by another Python, or elsewhere" if anew else ""))
        command = [sys.executable, "-m", "venv", *(["--clear"] if anew else []), str(self.venv)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if made.returncode:
            raise ProblemError(f"{self.venv} could not be made: {why(made.stdout + made.stderr)}")

    def _pip(self, *arguments: str, total: int = 0) -> None:
        command = [str(self.python), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        environment = {**os.environ, "PIP_USER": "0", "PIP_PROGRESS_BAR": "off", "PIP_QUIET": "0"}
        lines: list[str] = []
        with subprocess.Popen(  # noqa: S603
            [*command, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as pip:
            for line in pip.stdout or ():
                lines.append(line)
                show_progress(lines, total)
        if pip.returncode:
            log = self.venv / "install.log"
            log.write_text("".join(lines))
            raise ProblemError(f"the packages could not be installed: {why(''.join(lines))} (all of it: {log})")


def show_progress(lines: Sequence[str], total: int) -> None:
    """One line that changes, for a person at a terminal; nothing elsewhere."""
    if not (total and sys.stdout.isatty()):
        return
    if lines[-1].startswith(("Collecting ", "Requirement already satisfied")):
        seen = sum(line.startswith(("Collecting ", "Requirement already satisfied")) for line in lines)
        sys.stdout.write(f"\r  {min(seen, total)} of {total}")
    elif lines[-1].startswith(("Installing collected", "Successfully")):
        sys.stdout.write("\r  unpacking     " if lines[-1].startswith("Installing") else "\r                \r")
    sys.stdout.flush()


def demo(place: Place, arguments: Sequence[str]) -> int:
    place.prepare(RUN_LOCK, also_fits=(TEST_LOCK,))
    sayso = command_of(place.venv, "sayso", windows=os.name == "nt")
    command = [str(sayso), "demo", *arguments]
    if os.name != "nt":
        os.execv(sayso, command)  # noqa: S606 (it takes this process's place, so that signals reach it)
    return subprocess.run(command, check=False).returncode  # noqa: S603


def test(place: Place, arguments: Sequence[str]) -> int:
    """Run every check, also after one has failed, and end with a line for each."""
    place.prepare(TEST_LOCK)
    results: list[str] = []
    for name, check in CHECKS.items():
        say(f"\n== {name}")
        command = [str(place.python), *check, *(arguments if name == "pytest" else ())]
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=place.environment(), check=False).returncode  # noqa: S603
        verdict = "ok    " if code == 0 else "FAILED"
        results.append(f"{verdict} {name} ({time.monotonic() - began:.1f} s)")
    say("")
    for result in results:
        say(result)
    return int(any(result.startswith("FAILED") for result in results))


def main(arguments: Sequence[str]) -> int:
    commands = {"demo": demo, "test": test}
    if not arguments or arguments[0] not in commands:
        asked = bool(arguments) and arguments[0] in {"-h", "--help"}
        (sys.stdout if asked else sys.stderr).write(__doc__ or "")
        return 0 if asked else 2
    place = Place(Path(os.environ.get("FRESH_VENV") or ROOT / ".venv").absolute())
    try:
        return commands[arguments[0]](place, arguments[1:])
    except ProblemError as problem:
        sys.stderr.write(f"fresh.py: {problem}\n")
        return 1
    except OSError as error:
        sys.stderr.write(
            f"fresh.py: {error.strerror or error}: {error.filename or ''}; see to that and run this again\n"
        )
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

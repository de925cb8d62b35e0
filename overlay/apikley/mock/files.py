"""What was uploaded."""

import hashlib
from collections import OrderedDict

from attrs import define, field, frozen

from apikley.mock import media
from apikley.mock.extras import mock_extra


@frozen
class StoredFile:
    """A file's content. Two files with the same content are one."""

    digest: str
    data: bytes = field(repr=False)
    media_type: str


@define
class Files:
    """Contents by digest and digests by path, in memory; the oldest contents go when there is too much."""

    maximum_bytes: int
    _contents: OrderedDict[str, StoredFile] = field(factory=OrderedDict[str, StoredFile])
    _paths: dict[str, tuple[str, float]] = field(factory=dict[str, tuple[str, float]])
    _problems: dict[str, str | None] = field(factory=dict[str, str | None])
    _bytes: int = 0

    def store(self, path: str, data: bytes, now: float) -> StoredFile:
        """A file of the same path is replaced; tasks that work on it keep what they were given."""
        file = self.keep(data)
        self.put(path, file.digest, now)
        return file

    def keep(self, data: bytes) -> StoredFile:
        """A content, wherever it will lie."""
        file = StoredFile(hashlib.sha256(data).hexdigest(), data, media.sniffed(data))
        if file.digest in self._contents:
            self._contents.move_to_end(file.digest)
        else:
            self._contents[file.digest] = file
            self._bytes += len(data)
        self._make_room()
        return file

    def put(self, path: str, digest: str, now: float) -> None:
        """Let a content that is kept lie at a path."""
        self._paths[path] = digest, now

    def contents(self) -> list[StoredFile]:
        """Oldest first."""
        return [*self._contents.values()]

    def at(self, path: str) -> StoredFile | None:
        held = self._paths.get(path)
        return self.get(held[0]) if held else None

    def stored_at(self, path: str) -> float:
        """When it was uploaded, in Unix seconds. Raises KeyError if there is no such file."""
        return self._paths[path][1]

    def paths(self) -> dict[str, tuple[str, float]]:
        """The digest of what lies at each path, and when it was uploaded."""
        return {**self._paths}

    def get(self, digest: str | None) -> StoredFile | None:
        return self._contents.get(digest) if digest else None

    def problem(self, file: StoredFile) -> str | None:
        """Why the picture in a file cannot be read. Looked at once, for it means decoding."""
        if file.digest not in self._problems:
            with mock_extra():
                from apikley.mock import pictures  # noqa: PLC0415 - not before there is a picture

            self._problems[file.digest] = pictures.problem(file.data)
        return self._problems[file.digest]

    def _make_room(self) -> None:
        if self._bytes <= self.maximum_bytes:
            return
        while self._bytes > self.maximum_bytes and len(self._contents) > 1:
            _, oldest = self._contents.popitem(last=False)
            self._bytes -= len(oldest.data)
            self._problems.pop(oldest.digest, None)
        self._paths = {path: held for path, held in self._paths.items() if held[0] in self._contents}

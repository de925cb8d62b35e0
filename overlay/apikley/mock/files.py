"""What was uploaded."""

import hashlib
from collections import OrderedDict

from attrs import define, field

from apikley.mock import media
from apikley.mock.extras import mock_extra

MAXIMUM = 10_000
"""How many contents and how many paths are held; the oldest go."""
LONGEST_PATH = 1024
"""Bytes of UTF-8: a name that leads to a file of an object store is no longer."""


def digest(data: bytes) -> str:
    """What a content goes by."""
    return hashlib.sha256(data).hexdigest()


@define(eq=False, repr=False)
class StoredFile:
    """A file's content. Two files with the same content are one."""

    digest: str
    data: bytes = field(repr=False)
    media_type: str
    _found: tuple[str | None] | None = field(default=None, repr=False)
    """The problem, once somebody has looked."""

    def problem(self) -> str | None:
        """Why the picture in it cannot be read; None if it can.

        Decoded the first time, which may take a tenth of a second and needs no lock: two threads that look at
        once find the same.
        """
        if self._found is None:
            with mock_extra():
                from apikley.mock import pictures  # noqa: PLC0415 - not before there is a picture

            self._found = (pictures.problem(self.data),)
        return self._found[0]


def to_file(data: bytes) -> StoredFile:
    """Takes milliseconds for each megabyte, and needs no lock."""
    return StoredFile(digest(data), data, media.sniffed(data))


@define(eq=False, repr=False)
class Files:
    """Contents by digest and digests by path, in memory; the oldest go when there is too much."""

    maximum_bytes: int
    _contents: OrderedDict[str, StoredFile] = field(factory=OrderedDict[str, StoredFile])
    _paths: dict[str, tuple[str, float]] = field(factory=dict[str, tuple[str, float]])
    _bytes: int = 0

    def store(self, path: str, file: StoredFile, now: float) -> None:
        """A file of the same path is replaced; tasks that work on it keep what they were given."""
        self.put(path, self.keep(file).digest, now)

    def keep(self, file: StoredFile) -> StoredFile:
        """A content, wherever it will lie: this one, or the same that is kept already."""
        if file.digest not in self._contents:
            self._contents[file.digest] = file
            self._bytes += len(file.data)
        self._contents.move_to_end(file.digest)
        self._make_room()
        return self._contents[file.digest]

    def put(self, path: str, digest: str, now: float) -> None:
        """Let a content that is kept lie at a path."""
        self._paths.pop(path, None)  # so that it is the newest
        self._paths[path] = digest, now
        if len(self._paths) > MAXIMUM:
            del self._paths[next(iter(self._paths))]

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

    def _make_room(self) -> None:
        gone = set[str]()
        while len(self._contents) > 1 and (self._bytes > self.maximum_bytes or len(self._contents) > MAXIMUM):
            digest, oldest = self._contents.popitem(last=False)
            self._bytes -= len(oldest.data)
            gone.add(digest)
        if gone:
            self._paths = {path: held for path, held in self._paths.items() if held[0] not in gone}

"""How bytes get onto disk whole, and under which names."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from itertools import count as counted
from pathlib import Path
from typing import TypeAlias

from attrs import frozen

from apikley.errors import InvalidRequest

# What Windows takes for a device, with whatever suffix.
_RESERVED = re.compile(r"|con|prn|aux|nul|(com|lpt)\d")


@frozen
class FreeName:
    """A file's name that replaces nothing: where it is taken by the time it is needed, it gets a number."""

    path: Path


Target: TypeAlias = Path | str | FreeName
"""A file or a folder. A file that is there is replaced, unless a `FreeName` is asked for."""


class WholeFile:
    """A new file that gets its name when it is kept, and leaves nothing behind when it is dropped."""

    def __init__(self, path: Path, *, replaces: bool = True) -> None:
        self._replaces = replaces
        path.parent.mkdir(parents=True, exist_ok=True)
        self._part = path.with_name(f".apikley-{secrets.token_hex(8)}.part")
        self._file = self._part.open("xb")

    def write(self, content: bytes) -> None:
        """Add to the file."""
        self._file.write(content)

    def clear(self) -> None:
        """Begin anew, with nothing in it."""
        self._file.seek(0)
        self._file.truncate()

    def keep(self, path: Path) -> Path:
        """Give the file its name, in the folder it was made for, once all of it is on the disk.

        Returns the name: one that is taken gets a number, unless the file replaces what is there.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if not self._replaces:
            return _take(self._part, path)
        self._part.replace(path)
        return path

    def drop(self) -> None:
        """Close the file and remove it, unless it was kept."""
        try:
            self._file.close()  # which writes what is left, and may fail at that
        finally:
            self._part.unlink(missing_ok=True)


def numbered(path: Path) -> Iterator[Path]:
    """The name, then the same with a number, without end."""
    yield path
    yield from (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in counted(2))


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file, whole or not at all."""
    file = WholeFile(path)
    try:
        file.write(content)
        file.keep(path)
    finally:
        file.drop()
    return path


def check_target(to: Target, count: int = 1) -> None:
    """Make sure that so many pictures can be saved there before anything is paid; raises `InvalidRequest`.

    A file is made for that where they will be, or in the last folder on the way that is there, and removed.
    """
    try:
        for path in names_for(to, "_", count):
            _check_path(with_suffix(path, ".webp").absolute())  # the longest that a picture may get
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise InvalidRequest(f"to cannot be written: {reason}", parameter="to", value=to) from error


def suffix_of(to: Target | None) -> str:
    """The suffix of the file that pictures are to be saved to; empty for a folder."""
    return "" if to is None or is_folder(to) else _to_path(to).suffix


def is_folder(to: Target) -> bool:
    """Whether a folder is meant: one that exists, or a name that ends in a slash."""
    return str(to).endswith(("/", os.sep)) or _to_path(to).is_dir()


def names_for(to: Target, stem: str, count: int) -> list[Path]:
    """The names of `count` pictures: a file's name, numbered if there are several, or `stem` in a folder."""
    path = _to_path(to)
    if is_folder(to):
        path /= to_name(stem)
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, count + 1)]


def with_suffix(path: Path, suffix: str) -> Path:
    """The name with that suffix, if it has none."""
    return path if path.suffix else path.with_name(path.name + suffix)


def to_name(text: str) -> str:
    """A file name made of a text that others chose: no separators, no dots, ASCII, not too long.

    Two texts never give one name, not even where a disk takes small and capital letters for the same.
    """
    name = re.sub(r"[^a-z0-9_-]", "_", text)[:80]
    if name == text and not _RESERVED.fullmatch(name):
        return name
    return f"{name}-{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:8]}"


def _check_path(path: Path) -> None:
    """Raises `OSError` or `ValueError`: a file in the way, a name too long, a folder that takes no files."""
    folder = _nearest_folder(path)
    # Where there is no folder yet, nothing looks at the names in it.
    for part in path.relative_to(folder).parts:
        with suppress(FileNotFoundError):
            (folder / part).stat()
    try:
        WholeFile(folder / path.name).drop()
    except OSError as error:
        raise OSError(error.errno, f"{folder} takes no files ({error.strerror})") from error


def _to_path(to: Target) -> Path:
    return to.path if isinstance(to, FreeName) else Path(to)


def _nearest_folder(path: Path) -> Path:
    """The last folder on the way to a file that is there already."""
    try:
        path.stat()
    except FileNotFoundError:
        return _nearest_folder(path.parent)
    return path if path.is_dir() else path.parent


def _take(part: Path, path: Path) -> Path:
    """Give a file the first of a name's numbered forms that is free, however many processes want it."""
    for name in numbered(path):
        try:
            _link(part, name)
        except FileExistsError:
            continue
        part.unlink(missing_ok=True)
        return name
    raise AssertionError(path)  # numbers have no end


def _link(part: Path, name: Path) -> None:
    try:
        os.link(part, name)
    except FileExistsError:
        raise
    except OSError:  # a disk that knows no links, such as a memory card's
        name.touch(exist_ok=False)
        part.replace(name)

"""How bytes get onto disk whole, and under which names."""

import hashlib
import os
import re
import secrets
from pathlib import Path

from apikley.errors import InvalidRequest

# What Windows takes for a device, with whatever suffix.
_RESERVED = re.compile(r"|con|prn|aux|nul|(com|lpt)\d")


class WholeFile:
    """A new file that becomes `path` when it is kept, and leaves nothing behind when it is dropped."""

    def __init__(self, path: Path) -> None:
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

    def keep(self, path: Path) -> None:
        """Give the file its name, in the folder it was made for, once all of it is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(path)

    def drop(self) -> None:
        """Close the file and remove it, unless it was kept."""
        try:
            self._file.close()  # which writes what is left, and may fail at that
        finally:
            self._part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file, whole or not at all."""
    file = WholeFile(path)
    try:
        file.write(content)
        file.keep(path)
    finally:
        file.drop()
    return path


def check_target(to: Path | str) -> None:
    """Make sure that pictures can be saved there before anything is paid; raises `InvalidRequest`."""
    try:
        folder = _nearest_folder(names_for(to, "_", 1)[0].absolute())
    except (OSError, ValueError) as error:  # a file in the way, a name too long, a zero byte
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise InvalidRequest(f"to cannot be written: {reason}", parameter="to", value=to) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidRequest(f"to cannot be written: {folder} is read-only", parameter="to", value=to)


def suffix_of(to: Path | str | None) -> str:
    """The suffix of the file that pictures are to be saved to; empty for a folder."""
    return "" if to is None or is_folder(to) else Path(to).suffix


def is_folder(to: Path | str) -> bool:
    """Whether a folder is meant: one that exists, or a name that ends in a slash."""
    return str(to).endswith(("/", os.sep)) or Path(to).is_dir()


def names_for(to: Path | str, stem: str, count: int) -> list[Path]:
    """The names of `count` pictures: a file's name, numbered if there are several, or `stem` in a folder."""
    path = Path(to)
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


def _nearest_folder(path: Path) -> Path:
    """The last folder on the way to a file that is there already."""
    try:
        path.stat()
    except FileNotFoundError:
        return _nearest_folder(path.parent)
    return path if path.is_dir() else path.parent

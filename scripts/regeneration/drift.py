"""How two folders differ, and how one takes the other's place."""

import shutil
from collections.abc import Iterator
from pathlib import Path


def differences(expected: Path, actual: Path) -> Iterator[str]:
    """Tell each file that differs, in the order of their names."""
    wanted, found = _files(expected), _files(actual)
    for name in sorted(wanted | found):
        if name not in found:
            yield f"missing: {name}"
        elif name not in wanted:
            yield f"stray: {name}"
        elif (expected / name).read_bytes() != (actual / name).read_bytes():
            yield f"changed: {name}"


def replace(old: Path, new: Path) -> None:
    """Put the folder `new` where `old` is; both are on one file system. `old` stays if that fails."""
    aside = new.with_name(new.name + ".old")
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        if aside.exists():
            aside.rename(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

"""How two folders differ, and how one takes the other's place."""

import shutil
from collections.abc import Iterator
from pathlib import Path


def differences(expected: Path, actual: Path) -> Iterator[str]:
    """Tell each file that differs, and each folder that holds none, in the order of their names."""
    wanted, found = _names(expected), _names(actual)
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


def _names(folder: Path) -> set[str]:
    """Every file, and with a slash every folder that holds none, save what Python compiles for itself."""
    paths = [path.relative_to(folder) for path in folder.rglob("*")]
    files = {path for path in paths if (folder / path).is_file() and not _is_compiled(path)}
    filled = {parent for path in files for parent in path.parents}
    empty = {path for path in paths if (folder / path).is_dir() and path.name != "__pycache__"} - filled
    return {path.as_posix() for path in files} | {f"{path.as_posix()}/" for path in empty}


def _is_compiled(path: Path) -> bool:
    return path.parent.name == "__pycache__" and path.suffix == ".pyc"

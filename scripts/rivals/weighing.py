"""How large a package is, with all that it needs."""

import re
from importlib import metadata
from pathlib import Path


def megabytes(package: str) -> float:
    """As installed here, without extras and without bytecode. Raises `PackageNotFoundError`."""
    metadata.distribution(package)
    needed: dict[str, int] = {}
    _weigh(package, needed)
    return sum(needed.values()) / 1e6


def _weigh(package: str, needed: dict[str, int]) -> None:
    """Add a package and what it needs to `needed`, in bytes."""
    name = re.sub(r"[-_.]+", "-", package).lower()
    if name in needed:
        return
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:  # for another system or version of Python
        return
    files = [Path(str(each.locate())) for each in found.files or () if each.suffix != ".pyc"]
    needed[name] = sum(file.stat().st_size for file in files if file.is_file())
    for line in found.requires or ():
        if "extra ==" not in line and (required := re.match(r"[\w.-]+", line)):
            _weigh(required.group(), needed)

"""How the documents in `spec/` become the one document that everything else is made from."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from regeneration import documents, joining, overlays
from regeneration.applying import apply
from regeneration.documents import Document, DocumentError, Json


class VendoredChanged(Exception):
    """A file in `spec/upstream` is not as it was received; `path` says which, `problem` how."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def assemble(spec: Path) -> Document:
    """Verify, correct and join the documents in `spec`.

    Raises `VendoredChanged`, `DocumentError`, `OverlayError` or `JoinError`.
    """
    spec = spec.resolve()  # as `extends` is
    verify_vendored(spec / "upstream")
    read = [overlays.read(path) for path in corrections(spec)]
    parts = {path: documents.load(path) for path in sources(spec)}
    for correction in read:
        if correction.extends is not None:
            path = _extended(correction)
            if path not in parts:
                raise overlays.OverlayError(correction.name, f"`extends` names no document of ours: {path}")
            parts[path] = apply(correction, parts[path])
    files = {path.name for path in parts}
    local = {path: cast("Document", _localised(part, files)) for path, part in parts.items()}
    whole = joining.join({_name(path, spec): part for path, part in local.items()})
    for correction in read:
        if correction.extends is None:
            whole = apply(correction, whole)
    joining.check(whole)  # once more, since the corrections may name new places
    return whole


def sources(spec: Path) -> Iterator[Path]:
    """The documents that are joined, the vendored ones first; raises `DocumentError`."""
    yield from sorted((spec / "upstream").rglob("*.yaml"))
    yield from _documents(spec / "companion")


def corrections(spec: Path) -> Iterator[Path]:
    """The overlays in the order in which they apply; raises `DocumentError`."""
    yield from _documents(spec / "overlays")


def verify_vendored(upstream: Path) -> None:
    """Compare every vendored file with `SHA256SUMS`; raises `VendoredChanged`."""
    listed = upstream / "SHA256SUMS"
    if not listed.is_file():
        raise VendoredChanged(listed, "is missing, so nothing tells whether the documents are as received")
    sums = dict(_sums(listed))
    for path, expected in sums.items():
        if not path.is_file():
            raise VendoredChanged(path, "is listed in SHA256SUMS and missing")
        if sha256(path) != expected:
            raise VendoredChanged(
                path, "was edited since it was received; corrections belong into spec/overlays"
            )
    ours = {listed, upstream / "README.md"}
    for path in sorted(upstream.rglob("*")):
        if path.is_file() and path not in sums and path not in ours:
            raise VendoredChanged(path, "is not listed in SHA256SUMS")


def sha256(path: Path) -> str:
    """The SHA-256 sum of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _documents(folder: Path) -> Iterator[Path]:
    """The documents of a folder that is ours, by name; what nobody would read is refused."""
    for path in sorted(folder.glob("*")):
        if path.name == "README.md":
            continue
        if path.suffix != ".yaml" or not path.is_file():
            raise DocumentError(str(path), f"is not read; {folder.name} holds .yaml files and a README.md")
        yield path


def _sums(path: Path) -> Iterator[tuple[Path, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise VendoredChanged(path, f"is not UTF-8 at byte {error.start}") from error
    for number, line in enumerate(lines, start=1):
        if not (entry := _SUM.fullmatch(line)):
            raise VendoredChanged(path, f"line {number} is not a sum, two spaces and a file's name")
        yield path.parent / entry["name"], entry["digest"]


_SUM = re.compile("(?P<digest>[0-9a-f]{64})  (?P<name>.+)")


def _extended(correction: overlays.Overlay) -> Path:
    assert correction.extends is not None
    return (Path(correction.name).parent / correction.extends).resolve()


def _name(path: Path, spec: Path) -> str:
    return path.relative_to(spec.parent).as_posix()


def _localised(value: Json, files: set[str]) -> Json:
    """The same value with references into other parts (`envelope.yaml#/…`) made local (`#/…`)."""
    match value:
        case {"$ref": str(target)} if target.partition("#")[0].rpartition("/")[2] in files:
            return {"$ref": "#" + target.partition("#")[2]}
        case dict():
            return {key: _localised(inner, files) for key, inner in value.items()}
        case list():
            return [_localised(inner, files) for inner in value]
    return value

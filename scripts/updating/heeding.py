"""Which changes our corrections keep from users, or made before."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attrs import evolve

from comparing.changes import Change, Level
from comparing.references import at
from regeneration import applying, assembling, documents, overlays
from regeneration.documents import Document, is_same


def heed(changes: list[Change], old: Document, new: Document) -> list[Change]:
    """The same changes; one that is not there once both versions are corrected is no more than wording.

    `old` and `new` are the corrected documents.
    """
    return [
        evolve(change, level=Level.WORDING, why="a correction of ours says the same of both versions")
        if change.level is not Level.WORDING and _is_overruled(change, old, new)
        else change
        for change in changes
    ]


def corrected(spec: Path, path: Path) -> Document:
    """One document of `spec` with those of its own corrections that fit."""
    document = documents.load(path)
    for name, _, action in actions_of(spec, path):
        with suppress(overlays.OverlayError):
            document = applying.apply(overlays.Overlay(name, "", None, (action,)), document)
    return document


def actions_of(spec: Path, path: Path) -> Iterator[tuple[str, int, overlays.Action]]:
    """The corrections of one document, each with its file, as a path from the project's root, and its number there."""
    for file in assembling.corrections(spec):
        overlay = overlays.read(file)
        if overlay.extends is not None and (file.parent / overlay.extends).resolve() == path.resolve():
            for number, action in enumerate(overlay.actions, start=1):
                yield f"spec/{file.relative_to(spec).as_posix()}", number, action


def _is_overruled(change: Change, old: Document, new: Document) -> bool:
    if not change.place:
        return False
    before, after = at(old, change.place), at(new, change.place)
    return after is not None and is_same(before, after)

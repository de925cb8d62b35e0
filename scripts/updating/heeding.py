"""Which changes our corrections keep from users, or made before."""

from attrs import evolve

from regeneration.documents import Document, is_same
from updating.changes import Change, Level
from updating.references import at


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


def _is_overruled(change: Change, old: Document, new: Document) -> bool:
    if not change.place:
        return False
    before, after = at(old, change.place), at(new, change.place)
    return after is not None and is_same(before, after)

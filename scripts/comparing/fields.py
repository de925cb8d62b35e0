"""What changed in a field whose value is compared as a whole."""

from collections.abc import Iterable, Iterator

from comparing.changes import Change, Level, Side, added, removed
from comparing.parts import missing
from regeneration.documents import Document, Json, Place, is_same


def field(old: Document, new: Document, place: Place, level: Level, why: str) -> Iterator[Change]:
    """The change of one field, which is the last part of `place`, if there is one."""
    key = str(place[-1])
    if (key in old) == (key in new) and is_same(old.get(key), new.get(key)):
        return
    what = f"{key} changed" if key in old and key in new else f"{key} {'added' if key in new else 'removed'}"
    yield Change(place, what, old.get(key), new.get(key), level, why)


def wordings(old: Document, new: Document, here: Place, keys: Iterable[str]) -> Iterator[Change]:
    """The changes of fields that are for reading."""
    for key in keys:
        yield from field(old, new, (*here, key), Level.WORDING, "it is for reading")


def deprecation(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """Whether it is said, or no longer said, that something may go."""
    yield from field(
        old, new, (*here, "deprecated"), Level.COMPATIBLE, "it works as before, and may go one day"
    )


def named(old: Document, new: Document, here: Place, noun: str, reasons: tuple[str, str]) -> Iterator[Change]:
    """What is known by its name, and came or went; `reasons` say why the one breaks users and the other does not."""
    for name in missing(old, new):
        yield removed((*here, name), f"{noun} removed", name, Level.BREAKING, reasons[0])
    for name in missing(new, old):
        yield added((*here, name), f"{noun} added", name, Level.COMPATIBLE, reasons[1])


def is_required(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """Whether a parameter or a body has to be sent."""
    before: Json = old.get("required") is True
    after: Json = new.get("required") is True
    if before != after:
        level = Level.BREAKING if after else Level.COMPATIBLE
        why = "requests without it are refused" if after else "it may be left out"
        yield Change((*here, "required"), "required", before, after, level, why, Side.REQUEST)

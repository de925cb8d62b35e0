"""Which corrections a change makes doubtful, though they still fit.

They repeat what the document said before, say what it says itself now, or keep the change from users.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from comparing.changes import Change, Level
from comparing.references import at
from regeneration import applying, documents, overlays, queries
from regeneration.documents import Document, Json, Place, is_same, to_pointer
from updating.heeding import actions_of
from updating.suggesting import short


@frozen
class _Saying:
    """One value that a correction writes, or, if it is None, a place that it takes out."""

    where: str
    """File and number of the action."""
    place: Place
    value: Json


def reminders(spec: Path, path: Path, changes: list[Change]) -> Iterator[str]:
    """One sentence for each correction of the document at `path` that a change makes doubtful.

    `path` is the version before, and `spec` holds it.
    """
    document = documents.load(path)
    sayings = [*_sayings(spec, path)]
    for change in changes:
        if change.is_removed or change.is_added:  # of properties that came or went the misfits tell
            continue
        told = [*_needless(change, sayings), *_facts(change, sayings, document)]
        yield from told or _taken_out(change, sayings)


def _sayings(spec: Path, path: Path) -> Iterator[_Saying]:
    document = documents.load(path)
    for name, number, action in actions_of(spec, path):
        for place in queries.select(action.target, document):
            match action.change:
                case overlays.Update(value):
                    for inner, leaf in _leaves(value, ()):
                        yield _Saying(f"{name}, action {number}", (*place, *inner), leaf)
                case overlays.Remove():
                    yield _Saying(f"{name}, action {number}", place, None)
        with suppress(overlays.OverlayError):
            document = applying.apply(overlays.Overlay(name, "", None, (action,)), document)


def _leaves(value: Json, here: Place) -> Iterator[tuple[Place, Json]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*here, key))
    else:
        yield here, value


def _needless(change: Change, sayings: list[_Saying]) -> Iterator[str]:
    for each in sayings:
        if each.value is None:
            continue
        values = each.value if isinstance(each.value, list) else [each.value]
        if each.place == change.place and any(is_same(value, change.new) for value in values):
            told = f"{each.where}, says {_subject(change.place)} {short(change.new)}"
            yield f"{told}, as the document does itself now: that is not needed any more."


def _facts(change: Change, sayings: list[_Saying], document: Document) -> Iterator[str]:
    """What corrections state of the same property, in fields of our own, that goes with what is changed."""
    around = _property(change.place)
    if around is None:
        return
    values = at(document, change.place)
    gone = _gone(change)
    is_text = change.place[-1] == "description"
    by_value: dict[tuple[str, str], None] = {}
    for each in sayings:
        inside = each.place[len(around) :]
        if each.place[: len(around)] != around or not str(inside[:1] and inside[0]).startswith("x-"):
            continue
        field = ".".join(map(str, inside))
        is_figure = isinstance(each.value, int | float) and not isinstance(each.value, bool)
        if gone and ((is_text and is_figure) or _words(each.value, inside, change) & gone):
            yield f"{each.where}, states {field} {short(each.value)} of {around[-1]}; see that it still holds."
        elif change.what == "value added" and isinstance(values, list) and inside[-1] in values:
            by_value[each.where, str(inside[0])] = None
    for where, field in by_value:
        yield f"{where}, states {field} of {around[-1]} value by value; add {short(change.new)}."


def _words(value: Json, inside: Place, change: Change) -> set[str]:
    """The value that is stated, and of a list of values those that something is stated of."""
    return {str(value), *(map(str, inside) if "enum" in change.place else ())}


def _taken_out(change: Change, sayings: list[_Saying]) -> Iterator[str]:
    if change.level is Level.WORDING:
        return
    for each in sayings:
        is_gone_itself = change.place == each.place and change.new is None
        if each.value is None and not is_gone_itself and change.place[: len(each.place)] == each.place:
            place = to_pointer(each.place)
            yield (
                f"{each.where}, takes {place} out of the document, and so this with it: {change.what}, "
                f"{short(change.new if change.new is not None else change.old)}. See that what stands in its place "
                "says it too."
            )


def _property(place: Place) -> Place | None:
    """The place of the innermost property around a place."""
    ends = [number for number, part in enumerate(place[:-1]) if part == "properties"]
    return place[: ends[-1] + 2] if ends else None


def _subject(place: Place) -> str:
    around = _property(place)
    inside = place[len(around) :] if around else place[-1:]
    return " ".join([*([str(around[-1])] if around else []), *map(str, inside)])


def _gone(change: Change) -> set[str]:
    """The values, or of a text the figures, that the document had and has no more."""
    if change.place[-1] == "description":
        said, says = (set(_FIGURE.findall(str(text))) for text in (change.old, change.new))
        return said - says
    before, after = (each if isinstance(each, list) else [each] for each in (change.old, change.new))
    return {
        str(value)
        for value in before
        if value is not None and not any(is_same(value, other) for other in after)
    }


_FIGURE = re.compile(r"[\w.]*\d[\w.]*")

"""Where a document's references lead, and on which side of the wire a component is used."""

from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import unquote

from attrs import frozen

from comparing.changes import Side
from regeneration.documents import Document, Json, Place, is_same

Sides: TypeAlias = dict[str, set[Side]]
"""By name of a schema among the components."""


@frozen
class Versions:
    """Two versions of a document, in which references are followed."""

    old: Document
    new: Document
    _old_sides: Sides
    _new_sides: Sides

    @classmethod
    def of(cls, old: Document, new: Document) -> "Versions":
        """The two, with the sides on which their schemas are used."""
        return cls(old, new, sides(old), sides(new))

    def resolved(self, old: Json, new: Json) -> tuple[Document, Document]:
        """What each leads to in its own version."""
        return resolved(old, self.old), resolved(new, self.new)

    def sides_of(self, name: str) -> set[Side]:
        """On which sides a schema among the components is used, in either version."""
        return self._old_sides.get(name, set()) | self._new_sides.get(name, set())


def is_one_reference(old: Json, new: Json) -> bool:
    """Whether both are the same reference: what it leads to is compared at its own place."""
    match old, new:
        case {"$ref": one}, {"$ref": other}:
            return is_same(one, other)
    return False


def resolved(value: Json, document: Document, depth: int = 50) -> Document:
    """What a reference leads to, or the object itself; empty where there is neither."""
    if not isinstance(value, dict):
        return {}
    reference = value.get("$ref")
    if not isinstance(reference, str) or not depth:
        return value
    return resolved(at(document, place_of(reference)), document, depth - 1)


def place_of(reference: str) -> Place:
    """The place that a local reference names."""
    parts = unquote(reference.removeprefix("#")).split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def at(document: Json, place: Place) -> Json:
    """The value at a place; None where there is none."""
    for part in place:
        match document:
            case dict() if part in document:
                document = document[str(part)]
            case list() if str(part).isdecimal() and int(part) < len(document):
                document = document[int(part)]
            case _:
                return None
    return document


def sides(document: Document) -> Sides:
    """On which sides each schema among the components is used."""
    used: Sides = {}
    for side, value in _ends(document, None):
        _follow(value, side, document, used, set())
    return used


def _ends(value: Json, side: Side | None, *, is_callback: bool = False) -> Iterator[tuple[Side, Json]]:
    """What is sent and what is answered; in a callback the service sends and our users answer."""
    sent, answered = (Side.RESPONSE, Side.REQUEST) if is_callback else (Side.REQUEST, Side.RESPONSE)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"requestBody", "parameters"}:
            yield sent, inner
        elif key == "responses":
            yield answered, inner
        elif key == "callbacks":
            yield from _ends(inner, side, is_callback=True)
        elif key != "components":
            yield from _ends(inner, side, is_callback=is_callback)


def _follow(value: Json, side: Side, document: Document, used: Sides, seen: set[str]) -> None:
    match value:
        case {"$ref": str(reference)}:
            if reference not in seen:
                seen.add(reference)
                place = place_of(reference)
                if place[:2] == ("components", "schemas"):
                    used.setdefault(str(place[2]), set()).add(side)
                _follow(at(document, place), side, document, used, seen)
        case dict():
            for inner in value.values():
                _follow(inner, side, document, used, seen)
        case list():
            for inner in value:
                _follow(inner, side, document, used, seen)

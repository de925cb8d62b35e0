"""How several OpenAPI documents become one.

Strictly: objects unite, and where two documents speak of one place they must say the same. Only
`info` is the first document's alone, and the root's lists `tags` and `servers` unite as well, their
entries known by name and by URL. What several models want of one operation becomes a union before: see
`uniting`.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TypeAlias, cast
from urllib.parse import unquote

from regeneration import uniting
from regeneration.documents import Document, Json, Place, is_same, to_pointer

Said: TypeAlias = list[tuple[str, Json]]
"""What the documents, by name, say of one place."""

_ENTRY_KEYS: dict[Place, str] = {("tags",): "name", ("servers",): "url"}
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class JoinError(Exception):
    """Documents that do not make one; `pointer` says where, `problem` why."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(pointer, problem)
        self.pointer = pointer
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.pointer}: {self.problem}"


def join(documents: Mapping[str, Document]) -> Document:
    """Unite documents, given by name, the first one leading; they stay as they are.

    What comes out passes `check`, or it is a `JoinError`. Mind that a root `security` and `servers`
    speak for every operation of the union.
    """
    copies = {name: deepcopy(document) for name, document in documents.items()}
    uniting.unite(copies)
    joined = cast("Document", _joined([*copies.items()], ()))
    check(joined)
    return joined


def check(document: Document) -> None:
    """See that operationIds are unique and local references lead somewhere; raises `JoinError`."""
    _check_operation_ids(document)
    _check_references(document)


def _joined(said: Said, here: Place) -> Json:
    if here == ("info",):
        return said[0][1]
    objects = [(name, value) for name, value in said if isinstance(value, dict)]
    if len(objects) == len(said):
        return _united(objects, here)
    lists = [(name, value) for name, value in said if isinstance(value, list)]
    if len(lists) == len(said) and here in _ENTRY_KEYS:
        return _listed(lists, here)
    return _agreed(said, here)


def _united(objects: list[tuple[str, Document]], here: Place) -> Document:
    keys = dict.fromkeys(key for _, value in objects for key in value)
    return {
        key: _joined([(name, value[key]) for name, value in objects if key in value], (*here, key))
        for key in keys
    }


def _listed(lists: list[tuple[str, list[Json]]], here: Place) -> list[Json]:
    entries: dict[str, Said] = {}
    for name, items in lists:
        for item in items:
            entry = item.get(_ENTRY_KEYS[here]) if isinstance(item, dict) else item
            entries.setdefault(json.dumps(entry), []).append((name, item))
    return [_agreed(said, (*here, index)) for index, said in enumerate(entries.values())]


def _agreed(said: Said, here: Place) -> Json:
    (first, value), *others = said
    for name, other in others:
        if not is_same(value, other):
            problem = f"{first} says {_shortened(value)}, {name} says {_shortened(other)}"
            raise JoinError(to_pointer(here), problem)
    return value


def _shortened(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _check_operation_ids(document: Document) -> None:
    places: dict[str, str] = {}
    for place, value in _objects(document, ()):
        # A link may be called "get" too, and only mentions the operation it leads to.
        is_operation = place[-1:] and place[-1] in _METHODS and place[-2:-1] != ("links",)
        name = value.get("operationId")
        if is_operation and isinstance(name, str):
            pointer = to_pointer(place)
            if name in places:
                raise JoinError(pointer, f"operationId {name} is also that of {places[name]}")
            places[name] = pointer


def _check_references(document: Document) -> None:
    for place, value in _objects(document, ()):
        reference = value.get("$ref")
        is_local = isinstance(reference, str) and reference.startswith("#")
        if is_local and not _leads_somewhere(document, cast("str", reference)):
            raise JoinError(to_pointer(place), f"$ref {reference} leads nowhere")


def _leads_somewhere(document: Document, reference: str) -> bool:
    node: Json = document
    start, *parts = unquote(reference).split("/")
    for part in parts:
        key = part.replace("~1", "/").replace("~0", "~")
        match node:
            case dict() if key in node:
                node = node[key]
            case list() if key in map(str, range(len(node))):
                node = node[int(key)]
            case _:
                return False
    return start == "#"


def _objects(value: Json, here: Place) -> Iterator[tuple[Place, Document]]:
    """Every object with its place. Examples too: a loud false alarm beats a missed reference."""
    match value:
        case dict():
            yield here, value
            for key, item in value.items():
                yield from _objects(item, (*here, key))
        case list():
            for index, item in enumerate(value):
                yield from _objects(item, (*here, index))

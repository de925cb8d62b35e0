"""What an OpenAPI Overlay 1.1 document asks for.

The rules are those of the Overlay Specification 1.1.0 (spec.openapis.org/overlay/v1.1.0.html). Ours are stricter,
because a correction that silently does nothing is worse than none: every action has its reason, and an unknown
field is refused. The standard lets any `x-` field stand anywhere; an action takes our `x-matches` alone, since that
would guard nothing if it were mistyped.

    OverlayError              an overlay is not right, or does not fit the document
    ├── TargetMissing         a target matches nothing
    └── CorrectionNotNeeded   the document already says what the action would make it say
"""

import re
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypeAlias

from attrs import frozen
from jsonpath import JSONPathError

from regeneration import queries
from regeneration.documents import Document, Json, is_same, load


class OverlayError(Exception):
    """An overlay that cannot be used; `where` is file, action and target, `problem` the rest."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


class TargetMissing(OverlayError):
    """A target matches nothing in the document, or a property that is told something is not there."""


class CorrectionNotNeeded(OverlayError):
    """An action leaves the document as it was, or appends to an array what stands in it already."""


@frozen
class Update:
    """Merge `value` into each target."""

    value: Json


@frozen
class Copy:
    """Merge what the JSONPath `source` selects into each target."""

    source: str


@frozen
class Remove:
    """Take each target out of its object or array."""


Change: TypeAlias = Update | Copy | Remove


@frozen
class Action:
    """One correction: what it changes where, and why."""

    where: str
    """How errors name it: file, number (from 1) and target."""
    target: str
    reason: str
    change: Change
    matches: int | None
    """How many nodes the target must match; None: one or more."""


@frozen
class Overlay:
    """A file of corrections, in the order in which they are made."""

    name: str
    title: str
    extends: str | None
    actions: tuple[Action, ...]


def read(path: Path) -> Overlay:
    """Read an overlay from a file; raises `DocumentError` or `OverlayError`."""
    return to_overlay(load(path), str(path))


def to_overlay(document: Document, name: str) -> Overlay:
    """Check a whole overlay document before any of it is applied; raises `OverlayError`."""
    root = _fields(document, {"overlay", "info", "extends", "actions"}, name)
    version = _text(root, "overlay", name)
    # "major.minor SHALL designate the feature set": 1.0 is another one, and we have no use for two.
    if not _VERSION.fullmatch(version):
        raise OverlayError(name, f"`overlay` is {version!r}, and only 1.1.x is understood")
    return Overlay(
        name=name,
        title=_title(root.get("info"), f"{name}, info"),
        extends=_text(root, "extends", name) if "extends" in root else None,
        actions=_actions(root.get("actions"), name),
    )


def _title(info: Json, where: str) -> str:
    fields = _fields(info, {"title", "version", "description"}, where)
    _text(fields, "version", where)
    if "description" in fields:
        _text(fields, "description", where)
    return _text(fields, "title", where)


def _actions(items: Json, name: str) -> tuple[Action, ...]:
    if not isinstance(items, list) or not items:
        raise OverlayError(name, "`actions` must be a list of at least one action")
    numbered = [(item, _where(item, name, number)) for number, item in enumerate(items, start=1)]
    for index, (item, where) in enumerate(numbered):
        for number, earlier in enumerate(items[:index], start=1):
            if is_same(item, earlier):
                raise OverlayError(where, f"says what action {number} said")
    return tuple(_action(item, where) for item, where in numbered)


def _where(item: Json, name: str, number: int) -> str:
    target = item.get("target") if isinstance(item, dict) else None
    return f"{name}, action {number}" + (f" ({target})" if isinstance(target, str) else "")


def _action(item: Json, where: str) -> Action:
    known = {"target", "description", "update", "copy", "remove", "x-matches"}
    fields = _fields(item, known, where, extensible=False)
    reason = _text(fields, "description", where)
    if not reason.strip():
        raise OverlayError(where, "`description` is empty: a correction needs its reason")
    return Action(
        where=where,
        target=_query(fields, "target", where),
        reason=reason,
        change=_change(fields, where),
        matches=_matches(fields, where),
    )


def _change(fields: Document, where: str) -> Change:
    """`remove: true` outdoes the other two, which without it exclude each other."""
    source = _query(fields, "copy", where) if "copy" in fields else None
    remove = fields.get("remove", False)
    if not isinstance(remove, bool):
        raise OverlayError(where, "`remove` must be true or false")
    if remove:
        return Remove()
    if (source is None) == ("update" not in fields):
        raise OverlayError(where, "needs one of `update`, `copy` and `remove: true`")
    return Update(fields["update"]) if source is None else Copy(source)


def _matches(fields: Document, where: str) -> int | None:
    if "x-matches" not in fields:
        return None
    number = fields["x-matches"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise OverlayError(where, "`x-matches` must be a whole number from 1")
    return number


def _fields(item: Json, known: AbstractSet[str], where: str, *, extensible: bool = True) -> Document:
    if not isinstance(item, dict):
        raise OverlayError(where, "is missing or not an object")
    for key in item:
        if key not in known and not (extensible and key.startswith("x-")):
            raise OverlayError(where, f"has the unknown field `{key}`")
    return item


def _text(fields: Document, key: str, where: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise OverlayError(where, f"`{key}` is missing or not a string")
    return value


def _query(fields: Document, key: str, where: str) -> str:
    query = _text(fields, key, where)
    try:
        queries.compiled(query)
    except JSONPathError as error:
        raise OverlayError(where, f"`{key}` is no RFC 9535 JSONPath: {error.message}") from error
    return query


_VERSION = re.compile(r"1\.1\.[0-9]+")

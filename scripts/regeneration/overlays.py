"""How an OpenAPI Overlay 1.1 document changes another document.

The rules are those of the Overlay Specification 1.1.0 (spec.openapis.org/overlay/v1.1.0.html). Ours
are stricter, because a correction that silently does nothing is worse than none: every target must
match, `x-matches: N` states how often, an action must change something, every action has its
reason, and an unknown field is refused. Appending what an array already holds is refused too: the
standard would let it in twice, and a correction that upstream has made meanwhile would go unnoticed.

    OverlayError              an overlay is not right, or does not fit the document
    ├── TargetMissing         a target matches nothing
    └── CorrectionNotNeeded   the document already says what the action would make it say
"""

import re
from collections.abc import Set as AbstractSet
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias, cast

from attrs import frozen
from jsonpath import (
    CompoundJSONPath,
    JSONPath,
    JSONPathEnvironment,
    JSONPathError,
    JSONPathSyntaxError,
)
from jsonpath.token import TOKEN_LG

from regeneration.documents import Document, Json, Place, is_same, load, to_pointer


class OverlayError(Exception):
    """An overlay that cannot be used; `where` is file, action and target, `problem` the rest."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


class TargetMissing(OverlayError):
    """A target matches nothing in the document."""


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


def apply(overlay: Overlay, document: Document) -> Document:
    """Make a corrected document out of `document`, which stays as it is; raises `OverlayError`."""
    result: Json = document
    for action in overlay.actions:
        result = _applied(action, result)
    # The root stays an object: it is never removed, and merges with objects only.
    return cast("Document", result)


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
    known = {"target", "description", "update", "copy", "remove"}
    fields = _fields(item, known, where)
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


def _fields(item: Json, known: AbstractSet[str], where: str) -> Document:
    if not isinstance(item, dict):
        raise OverlayError(where, "is missing or not an object")
    for key in item:
        if key not in known and not key.startswith("x-"):
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
        _compiled(query)
    except JSONPathError as error:
        raise OverlayError(where, f"`{key}` is no RFC 9535 JSONPath: {error.message}") from error
    return query


def _applied(action: Action, document: Json) -> Json:
    targets = _selected(action, action.target, document)
    _check_count(action, len(targets))
    match action.change:
        case Remove():
            return _removed(action, targets.keys(), document)
        case Update(value):
            return _updated(action, targets, value, document)
        case Copy(source):
            return _updated(action, targets, _copied(action, source, document), document)


def _check_count(action: Action, count: int) -> None:
    if count == 0:
        raise TargetMissing(action.where, "matches nothing")
    if action.matches not in {None, count}:
        raise OverlayError(action.where, f"matches {count}, and x-matches says {action.matches}")


def _removed(action: Action, places: AbstractSet[Place], document: Json) -> Json:
    if () in places:
        raise OverlayError(action.where, "would remove the whole document")
    return _without(places, document, ())


def _without(places: AbstractSet[Place], value: Json, here: Place) -> Json:
    """Build `value` anew without `places`, so that no index shifts while others are removed."""
    match value:
        case dict():
            return {
                key: _without(places, item, (*here, key))
                for key, item in value.items()
                if (*here, key) not in places
            }
        case list():
            return [
                _without(places, item, (*here, index))
                for index, item in enumerate(value)
                if (*here, index) not in places
            ]
    return value


def _copied(action: Action, source: str, document: Json) -> Json:
    found = list(_selected(action, source, document).values())
    if len(found) != 1:
        raise OverlayError(action.where, f"copies from {source}, which matches {len(found)}, not 1")
    return found[0]


def _updated(action: Action, targets: dict[Place, Json], value: Json, document: Json) -> Json:
    kinds = {_kind(target) for target in targets.values()}
    if len(kinds) > 1:
        raise OverlayError(action.where, f"matches nodes of several kinds: {sorted(kinds)}")
    try:
        result = _with(targets.keys(), value, document, ())
    except _Incompatible as error:
        raise OverlayError(action.where, str(error)) from None
    except _Held as error:
        raise CorrectionNotNeeded(action.where, str(error)) from None
    if is_same(result, document):
        raise CorrectionNotNeeded(action.where, "changes nothing: it is not needed any more")
    return result


def _with(places: AbstractSet[Place], update: Json, value: Json, here: Place) -> Json:
    """Build `value` anew with `update` merged in at `places`, innermost first."""
    built = value
    match value:
        case dict():
            built = {k: _with(places, update, item, (*here, k)) for k, item in value.items()}
        case list():
            built = [_with(places, update, item, (*here, n)) for n, item in enumerate(value)]
    if here not in places:
        return built
    if isinstance(built, list) and not isinstance(update, list):
        return _appended(built, [update], here)
    return _merged(built, update, here)


def _merged(old: Json, new: Json, here: Place) -> Json:
    """Overlay 1.1.0, Action Object: what two values at one place make together."""
    match old, new:
        case dict(), dict():
            return old | {
                key: _merged(old[key], item, (*here, key)) if key in old else deepcopy(item)
                for key, item in new.items()
            }
        case list(), list():
            return _appended(old, new, here)
    if {_kind(old), _kind(new)} == {"primitive"}:
        return new
    problem = f"cannot merge {_kind(new)} into {_kind(old)} at {to_pointer(here) or 'the root'}"
    raise _Incompatible(problem)


def _appended(old: list[Json], new: list[Json], here: Place) -> list[Json]:
    if new and all(any(is_same(item, held) for held in old) for item in new):
        problem = f"{to_pointer(here) or 'the root'} holds what it would append: it is not needed any more"
        raise _Held(problem)
    return [*old, *deepcopy(new)]


class _Incompatible(Exception):
    """Two values that do not merge."""


class _Held(Exception):
    """An array that holds already what is to be appended."""


def _kind(value: Json) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
    return "primitive"


def _selected(action: Action, query: str, document: Json) -> dict[Place, Json]:
    """Every node once, in document order: a query may select one node twice."""
    try:
        found = _compiled(query).finditer(document)
        return {match.parts: cast("Json", match.value) for match in found}
    except JSONPathError as error:
        raise OverlayError(action.where, f"cannot follow {query}: {error.message}") from error


def _compiled(query: str) -> JSONPath | CompoundJSONPath:
    # 2.2.2 lets this operator through in strict mode; RFC 9535 has no such thing.
    for token in _RFC_9535.lexer.tokenize(query):
        if token.kind == TOKEN_LG:
            raise JSONPathSyntaxError("unexpected '<>'", token=token)
    return _RFC_9535.compile(query)


class _Rfc9535(JSONPathEnvironment):
    """python-jsonpath as RFC 9535 has it: strict mode, and no slices of strings."""

    def getitem(self, obj: object, key: object) -> object:
        return () if isinstance(obj, str) else super().getitem(obj, key)


_RFC_9535 = _Rfc9535(strict=True)
_VERSION = re.compile(r"1\.1\.[0-9]+")

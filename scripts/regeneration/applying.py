"""How an overlay changes a document.

Stricter than the Overlay Specification 1.1.0: every target must match, as often as `x-matches` says, and an action
must change something. Appending what an array already holds is refused too: the standard would let it in twice, and a
correction that upstream has made meanwhile would go unnoticed. So is telling something of a property that is not there:
the standard would make one of that and of nothing else.
"""

from collections.abc import Set as AbstractSet
from copy import deepcopy
from typing import cast

from jsonpath import JSONPathError

from regeneration import queries
from regeneration.documents import Document, Json, Place, is_same, to_pointer
from regeneration.overlays import (
    Action,
    Copy,
    CorrectionNotNeeded,
    Overlay,
    OverlayError,
    Remove,
    TargetMissing,
    Update,
)


def apply(overlay: Overlay, document: Document) -> Document:
    """Make a corrected document out of `document`, which stays as it is; raises `OverlayError`."""
    result: Json = document
    for action in overlay.actions:
        result = _applied(action, result)
    # The root stays an object: it is never removed, and merges with objects only.
    return cast("Document", result)


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
    except _Absent as error:
        raise TargetMissing(action.where, str(error)) from None
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
            _check_properties(old, new, here)
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


def _check_properties(old: Document, new: Document, here: Place) -> None:
    """See that properties are there already, or are whole schemas."""
    if here[-1:] != ("properties",):
        return
    absent = [
        name
        for name, schema in new.items()
        if name not in old and isinstance(schema, dict) and schema and not _SHAPES & schema.keys()
    ]
    if absent:
        raise _Absent(f"tells something of {', '.join(absent)}, and {to_pointer(here)} has no such property")


def _appended(old: list[Json], new: list[Json], here: Place) -> list[Json]:
    if new and all(any(is_same(item, held) for held in old) for item in new):
        problem = f"{to_pointer(here) or 'the root'} holds what it would append: it is not needed any more"
        raise _Held(problem)
    return [*old, *deepcopy(new)]


class _Incompatible(Exception):
    """Two values that do not merge."""


class _Absent(Exception):
    """A property that is told something and is not there."""


class _Held(Exception):
    """An array that holds already what is to be appended."""


_SHAPES = frozenset({"type", "$ref", "allOf", "anyOf", "oneOf"})
"""What makes a schema more than words about one."""


def _kind(value: Json) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
    return "primitive"


def _selected(action: Action, query: str, document: Json) -> dict[Place, Json]:
    try:
        return queries.select(query, document)
    except JSONPathError as error:
        raise OverlayError(action.where, f"cannot follow {query}: {error.message}") from error

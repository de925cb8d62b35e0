"""What changed in the paths of a document, and in the operations behind them."""

from collections.abc import Iterator

from comparing import access, exchanges
from comparing.changes import Change, Level, Side, added, removed
from comparing.fields import deprecation, field, named, wordings
from comparing.parts import as_object, extensions, missing, object_at, shared
from comparing.references import Versions
from regeneration.documents import Document, Place, is_same

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def changes(versions: Versions) -> Iterator[Change]:
    """Every change in the paths; one that has the operations of another is that one moved."""
    here: Place = ("paths",)
    old, new = object_at(versions.old, "paths"), object_at(versions.new, "paths")
    come = missing(new, old)
    for path in sorted(missing(old, new)):
        moved = [other for other in come if is_same(old[path], new[other])]
        if len(moved) == 1:
            come.remove(moved[0])
            why = "requests go to another address"
            yield Change((*here, path), "path changed", path, moved[0], Level.BREAKING, why, is_removed=True)
        else:
            yield removed((*here, path), "path removed", path, Level.BREAKING, "its functions go")
    for path in sorted(come):
        yield added((*here, path), "path added", path, Level.COMPATIBLE, "more can be called")
    for path in shared(old, new):
        yield from _path(versions, as_object(old[path]), as_object(new[path]), (*here, path))


def _path(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    before, after = ({each: item[each] for each in METHODS if each in item} for item in (old, new))
    gone, come = missing(before, after), missing(after, before)
    if len(gone) == len(come) == 1:
        why = "requests are sent by another method"
        yield Change(
            (*here, gone[0]), "method changed", gone[0], come[0], Level.BREAKING, why, is_removed=True
        )
        pair = as_object(before[gone[0]]), as_object(after[come[0]])
        yield from _operation(versions, *pair, (*here, come[0]))
    else:
        for method in gone:
            yield removed((*here, method), "operation removed", method, Level.BREAKING, "its function goes")
        for method in come:
            yield added((*here, method), "operation added", method, Level.COMPATIBLE, "more can be called")
    yield from exchanges.parameters(versions, old, new, here)
    yield from access.servers(old, new, here)
    yield from wordings(old, new, here, ("summary", "description", *extensions(old, new)))
    for method in shared(before, after):
        yield from _operation(versions, as_object(before[method]), as_object(after[method]), (*here, method))


def _operation(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    yield from field(old, new, (*here, "operationId"), Level.BREAKING, "its function is named after it")
    yield from field(old, new, (*here, "tags"), Level.BREAKING, "its module is named after the first one")
    yield from deprecation(old, new, here)
    yield from access.security(old, new, here)
    yield from access.servers(old, new, here)
    yield from exchanges.parameters(versions, old, new, here)
    yield from exchanges.body(versions, old, new, here)
    yield from exchanges.responses(versions, old, new, here)
    yield from _callbacks(versions, old, new, here)
    yield from wordings(old, new, here, ("summary", "description", "externalDocs", *extensions(old, new)))


def _callbacks(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    """The changes of what the service sends of its own accord: our users read its bodies."""
    place = (*here, "callbacks")
    before, after = object_at(old, "callbacks"), object_at(new, "callbacks")
    reasons = "it may never be called again", "it can be left unused"
    yield from named(before, after, place, "callback", reasons)
    for name in shared(before, after):
        one, other = versions.resolved(before[name], after[name])
        for expression in shared(one, other):
            items = as_object(one[expression]), as_object(other[expression])
            for method in METHODS:
                if method in items[0] and method in items[1]:
                    bodies = versions.resolved(
                        *(as_object(item[method]).get("requestBody") for item in items)
                    )
                    inside = (*place, name, expression, method, "requestBody")
                    yield from exchanges.content(versions, *bodies, inside, Side.RESPONSE)

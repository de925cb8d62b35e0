"""What changed between two versions of a document, and what each change means for those who use the package."""

from collections.abc import Iterator

from comparing import access, exchanges, operations, schemas
from comparing.changes import Change, Level, Side, added, removed
from comparing.fields import field, is_required, wordings
from comparing.parts import as_object, extensions, missing, object_at, shared
from comparing.references import Versions
from regeneration.documents import Document, Place


def compare(old: Document, new: Document) -> list[Change]:
    """Every change, in the order of the document."""
    return [*_changes(Versions.of(old, new))]


def _changes(versions: Versions) -> Iterator[Change]:
    old, new = versions.old, versions.new
    yield from wordings(old, new, (), ("openapi",))
    before, after = object_at(old, "info"), object_at(new, "info")
    yield from wordings(before, after, ("info",), dict.fromkeys([*before, *after]))
    yield from access.servers(old, new, ())
    yield from access.security(old, new, ())
    yield from field(old, new, ("tags",), Level.WORDING, "only operations give modules their names")
    yield from operations.changes(versions)
    yield from _components(versions)
    yield from wordings(old, new, (), ("externalDocs", *extensions(old, new)))


def _components(versions: Versions) -> Iterator[Change]:
    old, new = object_at(versions.old, "components"), object_at(versions.new, "components")
    for kind in ("schemas", "responses", "parameters", "requestBodies"):
        before, after = object_at(old, kind), object_at(new, kind)
        place = ("components", kind)
        yield from _come_and_gone(before, after, place)
        for name in shared(before, after):
            pair = as_object(before[name]), as_object(after[name])
            yield from _component(versions, *pair, (*place, name))
    before, after = object_at(old, "securitySchemes"), object_at(new, "securitySchemes")
    yield from access.schemes(before, after, ("components", "securitySchemes"))
    yield from wordings(old, new, ("components",), ("examples", "headers", "links"))


def _component(versions: Versions, old: Document, new: Document, here: Place) -> Iterator[Change]:
    match here[1]:
        case "schemas":
            yield from schemas.of_component(versions, old, new, here)
        case "responses":
            yield from exchanges.response(versions, old, new, here)
        case "requestBodies":
            yield from exchanges.of_body(versions, old, new, here)
        case _:
            yield from is_required(old, new, here)
            pair = old.get("schema", {}), new.get("schema", {})
            yield from schemas.changes(versions, *pair, (*here, "schema"), Side.REQUEST)


def _come_and_gone(old: Document, new: Document, here: Place) -> Iterator[Change]:
    """Components of one version only: what refers to them is told where it stands."""
    for name in missing(old, new):
        why = "whatever referred to it is told at its own place"
        yield removed((*here, name), "component removed", name, Level.WORDING, why)
    for name in missing(new, old):
        why = "whatever refers to it is told at its own place"
        yield added((*here, name), "component added", name, Level.WORDING, why)

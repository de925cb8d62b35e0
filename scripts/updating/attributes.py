"""Which names the generated package has for a place of the document, by the generator's own rules."""

import re
from collections.abc import Iterator

from openapi_python_client.strings import ClassName, PythonIdentifier

from comparing.changes import Change
from comparing.operations import METHODS
from comparing.references import resolved
from regeneration.documents import Document, Json
from updating.naming import Names

MODELS = "apikley_generated.models"


def made_of(change: Change, document: Document, names: Names) -> Iterator[str]:
    """The names that the generator makes of the objects on the way to the changed place, there or not."""
    module, owner, attribute = _on_the_way(change, document)
    told = change.new if change.new is not None else change.old
    if owner is None:
        yield from [module] if module else []
    elif attribute is not None:
        name = _attribute(owner, attribute, names)
        yield name
        if change.what == "property renamed" and isinstance(change.new, str):
            yield _attribute(owner, change.new, names)
        if "enum" in change.place:
            annotation = names.get(name, "")
            words = re.findall(r"[A-Za-z]\w+", annotation)
            yield from (f"{MODELS}.{word}" for word in words if f"{MODELS}.{word}" in names)
    elif change.place[-1] == "required" and isinstance(told, str):
        yield _attribute(owner, told, names)
    else:
        yield f"{MODELS}.{owner}"


def _attribute(owner: str, name: str, names: Names) -> str:
    """The attribute for a property; of two that Python would write alike one keeps the document's name."""
    own = f"{MODELS}.{owner}.{name}"
    return own if own in names else f"{MODELS}.{owner}.{PythonIdentifier(name, 'field_')}"


def _on_the_way(change: Change, document: Document) -> tuple[str | None, str | None, str | None]:
    """The module, class and attribute that the place of a change is in."""
    node: Json = document
    module = owner = attribute = None
    before: str | int | None = None
    for number, part in enumerate(change.place):
        node = _inside(resolved(node, document) or node, part)
        if change.place[0] == "paths" and number == 2 and part in METHODS:
            module = _module(node)
        if before == "properties" and owner:
            attribute = str(part)
        if title := _title(node):
            owner, attribute = str(ClassName(title, "field_")), None
        elif node is None and before != "properties":
            break
        before = part
    return module, owner, attribute


def _inside(node: Json, part: str | int) -> Json:
    match node, part:
        case dict(), str():
            return node.get(part)
        case list(), int() if part < len(node):
            return node[part]
    return None


def _title(node: Json) -> str | None:
    match node:
        case {"title": str(title), "type": "object"} | {"title": str(title), "properties": dict()}:
            return title
    return None


def _module(operation: Json) -> str | None:
    match operation:
        case {"operationId": str(name), "tags": [str(tag), *_]}:
            pass
        case {"operationId": str(name)}:
            tag = "default"
        case _:
            return None
    return f"apikley_generated.api.{PythonIdentifier(tag, 'tag')}.{PythonIdentifier(name, 'field_')}"

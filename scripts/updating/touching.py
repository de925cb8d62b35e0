"""Which public names a change of the document touches.

Of the generated package: the class, attribute or module that the generator makes of the changed place, by its own
rules for names, told only if it is there. Of `apikley`: what its sources tell.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from openapi_python_client.strings import ClassName, PythonIdentifier

from regeneration.documents import Document, Json
from updating.changes import Change
from updating.naming import Names
from updating.references import resolved
from updating.sources import MODELS, Sources

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@frozen
class Touched:
    """Names of both packages, as users write them."""

    generated: tuple[str, ...]
    overlay: tuple[str, ...]


class Touching:
    """What the sources of both packages tell of names."""

    def __init__(self, overlay: Path, old: tuple[Document, Names], new: tuple[Document, Names]) -> None:
        """Each version is a corrected document and the names of the package made from it."""
        self._versions = (new, old)
        self._overlay = Sources(overlay)

    def names(self, change: Change) -> Touched:
        """The names that the change touches."""
        generated: dict[str, None] = {}
        for document, names in self._versions:
            for name in _generated(change, document, names):
                if name in names or any(known.startswith(f"{name}.") for known in names):
                    generated[name] = None
        attributes = [name.removeprefix(f"{MODELS}.") for name in generated if name.startswith(MODELS)]
        overlay = dict.fromkeys(
            [
                *(told for name in attributes for told in self._overlay.of_attribute(name)),
                *(told for name in generated if ".api." in name for told in self._overlay.of_operation(name)),
                *(told for value in _values(change.old) for told in self._overlay.of_value(value)),
            ]
        )
        return Touched(tuple(generated), tuple(overlay))


def _generated(change: Change, document: Document, names: Names) -> Iterator[str]:
    """The names that the generator makes of the objects on the way to the changed place."""
    module, owner, attribute = _on_the_way(change, document)
    told = change.new if change.new is not None else change.old
    if owner is None:
        yield from [module] if module else []
    elif attribute is not None:
        yield f"{MODELS}.{owner}.{attribute}"
        if change.what == "property renamed" and isinstance(change.new, str):
            yield f"{MODELS}.{owner}.{PythonIdentifier(change.new, 'field_')}"
        if "enum" in change.place:
            annotation = names.get(f"{MODELS}.{owner}.{attribute}", "")
            words = re.findall(r"[A-Za-z]\w+", annotation)
            yield from (f"{MODELS}.{word}" for word in words if f"{MODELS}.{word}" in names)
    elif change.place[-1] == "required" and isinstance(told, str):
        yield f"{MODELS}.{owner}.{PythonIdentifier(told, 'field_')}"
    else:
        yield f"{MODELS}.{owner}"


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
            attribute = str(PythonIdentifier(str(part), "field_"))
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


def _values(value: Json) -> Iterator[str]:
    """The texts that stood in the document where a name of ours may repeat them."""
    match value:
        case str() if len(value) > 3 and "\n" not in value:
            yield value
        case list():
            for each in value:
                yield from _values(each)

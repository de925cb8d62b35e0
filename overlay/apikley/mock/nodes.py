"""Where in the document something stands."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from attrs import define

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Json]


class DocumentError(ValueError):
    """The document is not one that the mock can play; the text begins with the pointer to the fault."""


# Not frozen: there is one a step through the document, and it would take far longer to make.
@define(eq=False, repr=False)
class Node:
    """A value of the document together with the pointer to it.

    References are followed on the way. The pointer in one leads through the document as it is written, and so through
    no other reference.
    """

    root: JsonObject
    pointer: str
    value: Json

    @classmethod
    def top(cls, document: JsonObject) -> "Node":
        return cls(document, "#", document)

    def get(self, *keys: str) -> "Node | None":
        """The node down these keys, or None where one of them is missing."""
        node = self
        for key in keys:
            members = node.value
            if not isinstance(members, dict):
                raise node.error("is no object")
            if key not in members:
                return None
            node = node.child(key, members[key])
        return node

    def __getitem__(self, key: str) -> "Node":
        node = self.get(key)
        if node is None:
            raise self.error(f"{key!r} is missing")
        return node

    def members(self) -> Iterator[tuple[str, "Node"]]:
        """The members, without the extensions among them."""
        for key, value in self.object.items():
            if not key.startswith("x-"):
                yield key, self.child(key, value)

    def elements(self, key: str) -> Iterator["Node"]:
        """The elements of the list under a key; none where the key is missing."""
        inner = self.get(key)
        if inner is None:
            return
        if not isinstance(inner.value, list):
            raise inner.error("is no list")
        for index, value in enumerate(inner.value):
            yield inner.child(str(index), value)

    def child(self, key: str, value: Json) -> "Node":
        step = key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key
        here = Node(self.root, f"{self.pointer}/{step}", value)
        if isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
            return here.referred(reference)
        return here

    def referred(self, reference: str) -> "Node":
        if not reference.startswith("#/"):
            raise self.error(f"the mock cannot follow {reference!r}")
        *above, last = [key.replace("~1", "/").replace("~0", "~") for key in reference[2:].split("/")]
        holder = value_at(self.root, tuple(above))
        if not isinstance(holder, dict) or last not in holder:
            raise self.error(f"nothing stands at {reference!r}")
        return Node(self.root, reference.rpartition("/")[0], holder).child(last, holder[last])

    @property
    def object(self) -> JsonObject:
        if not isinstance(self.value, dict):
            raise self.error("is no object")
        return self.value

    @property
    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("is no text")
        return self.value

    @property
    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.error("is no number")
        return self.value

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(node.text for node in self.elements(key))

    def error(self, message: str) -> DocumentError:
        return DocumentError(f"{self.pointer}: {message}")


def value_at(value: Json, pointer: tuple[str, ...]) -> Json:
    """What stands there, or None."""
    for key in pointer:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def to_object(pairs: Mapping[tuple[str, ...], Json]) -> JsonObject:
    """The object that holds each value at its pointer."""
    whole: JsonObject = {}
    for pointer, value in pairs.items():
        put(whole, pointer, value)
    return whole


def put(whole: JsonObject, pointer: tuple[str, ...], value: Json) -> None:
    """Let the object hold a value at a pointer."""
    for key in pointer[:-1]:
        below = whole.setdefault(key, {})
        assert isinstance(below, dict)
        whole = below
    whole[pointer[-1]] = value

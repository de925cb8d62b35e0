"""What an object of a document holds, and what two of them share, however badly they are written."""

from collections.abc import Mapping

from regeneration.documents import Document, Json


def as_object(value: Json) -> Document:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def object_at(value: Document, key: str) -> Document:
    """The object behind a key, or an empty one."""
    return as_object(value.get(key))


def list_at(value: Document, key: str) -> list[Json]:
    """The list behind a key, or an empty one."""
    found = value.get(key)
    return found if isinstance(found, list) else []


def extensions(old: Document, new: Document) -> list[str]:
    """The `x-` fields of either."""
    return [key for key in dict.fromkeys([*old, *new]) if key.startswith("x-")]


def missing(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """The keys of the first that the second has not."""
    return [key for key in old if key not in new]


def shared(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """The keys of both, in the order of the second."""
    return [key for key in new if key in old]

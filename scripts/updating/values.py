"""What a value can be that stands in the line of its key."""

import re

from updating.shapes import alternative


def node(value: str, kind: str) -> tuple[str, bool] | None:
    """The sort of a value that stands in its line, and whether it must be quoted to be one; None: it cannot be."""
    found = sort_of(value)
    if found in {"mapping", "list"}:
        if alternative(kind, "mapping" if found == "mapping" else "list") is not None:
            return found, False
        # A site that hides mail addresses writes one in brackets.
        return ("scalar", True) if alternative(kind, "scalar") == "string" else None
    match alternative(kind, "scalar"):
        case None:
            return None
        case "string" | "any":
            return "scalar", False
        case "number":
            return ("scalar", False) if found in {"number", "integer"} else None
        case wanted:
            return ("scalar", False) if found == wanted else None


def sort_of(value: str) -> str:
    """The type of a value by how it is written."""
    if value == "[email protected]":
        return "list"
    for sort, pattern in _SORTS.items():
        if pattern.fullmatch(value):
            return sort
    return "string"


def plain(value: str) -> str:
    """The value without its quotes."""
    return value[1:-1] if value[:1] in {"'", '"'} else value


_SORTS = {
    "list": re.compile(r"\[.*\]"),
    "mapping": re.compile(r"\{.*\}"),
    "boolean": re.compile("true|false"),
    "integer": re.compile("[-+]?[0-9]+"),
    "number": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
}

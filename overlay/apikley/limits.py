"""What the document allows, checked before anything is sent."""

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import frozen

from apikley.errors import InvalidRequest
from apikley.requests import EditRequest
from apikley.weblinks import to_link

MEBIBYTE = 1024 * 1024

# The names that differ: Python's on the left, the document's on the right.
_OUTSIDE_INPUT = {"callback_url": "callBackUrl"}


@frozen
class Limit:
    """What the document allows of one parameter."""

    type: str
    values: tuple[object, ...] = ()
    """The only ones allowed; empty if there is no such list."""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    is_link: bool = False


@frozen
class FileLimit:
    """What the model takes as an image."""

    media_types: tuple[str, ...]
    maximum_bytes: int


def check(request: EditRequest) -> None:
    """Refuse what the document does not allow; raises `InvalidRequest` naming parameter, bound and value."""
    limits = edit_limits()
    for name, value in request.said.items():
        _check(name, value, limits[name])


def check_size(size: int) -> None:
    """Refuse a file that is larger than the model takes; raises `InvalidRequest`."""
    maximum = file_limit().maximum_bytes
    if size > maximum:
        raise _refusal(
            "image", f"has {size} bytes; at most {maximum / MEBIBYTE:.1f} MB are allowed", maximum, size
        )


def check_task_id(task_id: str) -> str:
    """Refuse what cannot be a task's id; its form is not ours to judge. Raises `InvalidRequest`."""
    _check("task_id", task_id, Limit("string", min_length=1))
    return task_id


@cache
def edit_limits() -> Mapping[str, Limit]:
    """The limits of every parameter of an edit, read from the document."""
    body = _request_schema()["properties"]
    return {name: _limit(schema) for name, schema in body["input"]["properties"].items()} | {
        ours: _limit(body[theirs]) for ours, theirs in _OUTSIDE_INPUT.items()
    }


@cache
def file_limit() -> FileLimit:
    """The media types and the size in bytes that the model takes, read from the document."""
    (fact,) = (
        schema["x-apikley-file"]
        for schema in _request_schema()["properties"]["input"]["properties"].values()
        if "x-apikley-file" in schema
    )
    return FileLimit(tuple(fact["mediaTypes"]), fact["maximumBytes"])


@cache
def _request_schema() -> Any:
    document = json.loads((files("apikley_generated") / "openapi.json").read_text(encoding="utf-8"))
    (operation,) = (
        operation
        for path in document["paths"].values()
        for operation in path.values()
        if operation.get("x-apikley-does") == "create-task"
    )
    return operation["requestBody"]["content"]["application/json"]["schema"]


def _limit(schema: Mapping[str, Any]) -> Limit:
    values = schema.get("enum") or ()
    # The document has numbers as strings where it counts pictures; people may write numbers.
    is_count = bool(values) and all(isinstance(value, str) and value.isdecimal() for value in values)
    return Limit(
        type="integer" if is_count else schema["type"],
        values=tuple(int(value) for value in values) if is_count else tuple(values),
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        min_length=schema.get("minLength"),
        max_length=schema.get("maxLength"),
        is_link=schema.get("format") == "uri",
    )


def _check(name: str, value: object, limit: Limit) -> None:
    if not _is_of(limit.type, value):
        raise _refusal(name, f"must be {_TYPE_NAMES[limit.type]}, not {value!r:.80}", limit.type, value)
    if limit.values and value not in limit.values:
        allowed = ", ".join(str(allowed) for allowed in limit.values)
        raise _refusal(name, f"must be one of {allowed}, not {value!r:.80}", limit.values, value)
    match value:
        case str():
            _check_text(name, value, limit)
        case int() | float():
            _check_number(name, value, limit)


def _check_text(name: str, value: str, limit: Limit) -> None:
    if not _is_encodable(value):
        raise _refusal(name, "holds half a character (a lone surrogate)", "UTF-8", value)
    if limit.min_length and not value.strip():
        raise _refusal(name, "is empty", limit.min_length, value)
    if limit.max_length is not None and len(value) > limit.max_length:
        problem = f"has {len(value)} characters; at most {limit.max_length} are allowed"
        raise _refusal(name, problem, limit.max_length, value)
    if limit.is_link:
        to_link(value, name)


def _check_number(name: str, value: float, limit: Limit) -> None:
    if isinstance(value, int) and abs(value) >= 2**63:  # first: larger ones have no float and no text
        raise _refusal(name, "must fit into 64 bits", 2**63 - 1, value)
    if not math.isfinite(value):
        raise _refusal(name, f"must be a finite number, not {value}", "finite", value)
    if limit.minimum is not None and value < limit.minimum:
        raise _refusal(name, f"must be at least {limit.minimum}, not {value}", limit.minimum, value)
    if limit.maximum is not None and value > limit.maximum:
        raise _refusal(name, f"must be at most {limit.maximum}, not {value}", limit.maximum, value)


def _is_of(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(name: str, problem: str, bound: object, value: object) -> InvalidRequest:
    return InvalidRequest(f"{name} {problem}", parameter=name, bound=bound, value=value)


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "True or False",
}

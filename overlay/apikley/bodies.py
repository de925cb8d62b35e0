"""What the body of a callback holds, read as the word of a stranger."""

import json
import re
from typing import cast

from apikley.errors import CallbackRejected

LIMIT = 256 * 1024
"""The most bytes that a body may have.

The request is echoed in it, as JSON in JSON in JSON: nine bytes for a Cyrillic letter, eighteen for an emoji, 90
kB for the longest prompt of such. Only with `sync_mode` are the pictures themselves in it: `SYNC_LIMIT`.
"""
SYNC_LIMIT = 32 * 1024 * 1024
"""Enough for four pictures as data URIs."""
DEPTH = 32
"""The most layers of lists and objects; the service sends two or three."""

# Strings are passed over whole, so that brackets inside count for nothing.
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def to_object(body: bytes | bytearray | memoryview, limit: int = LIMIT) -> dict[str, object]:
    """The JSON object that the raw bytes are; raises `CallbackRejected`.

    A name that comes twice in one object is refused: readers differ on which of the two counts. So are NaN and
    Infinity, which are no JSON. Raises `TypeError` for anything but bytes.
    """
    if not isinstance(body, (bytes, bytearray, memoryview)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a callback is read from the raw bytes of its body, not from {type(body).__name__}")
    raw = bytes(body)
    if len(raw) > limit:
        raise CallbackRejected(f"the body has {len(raw)} bytes, more than {limit}", status=413)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CallbackRejected("the body is not UTF-8") from None
    if _is_deep(text):
        raise CallbackRejected(f"the body is nested deeper than {DEPTH} layers")
    try:
        value: object = json.loads(text, object_pairs_hook=_to_dict, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise CallbackRejected("the body is not JSON") from None
    if not isinstance(value, dict):
        raise CallbackRejected("the body is no JSON object")
    return cast("dict[str, object]", value)


def _is_deep(text: str) -> bool:
    """Asked before any reader descends into it."""
    depth = 0
    for mark in _MARKS.finditer(text):
        if (first := mark[0][0]) in "[{":
            depth += 1
            if depth > DEPTH:
                return True
        elif first in "]}":
            depth -= 1
    return False


def _to_dict(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CallbackRejected("an object in the body names a member twice")
    return found


def _refuse_constant(_: str) -> object:
    raise CallbackRejected("the body holds a number that JSON does not know")

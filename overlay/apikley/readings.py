"""What a value in an answer says, whatever type it came in."""

import json
import math
import re
from datetime import UTC, datetime
from typing import cast


def json_object(content: bytes | str) -> dict[str, object] | None:
    """The object that a JSON text holds; None for anything else."""
    value = json_value(content)
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def json_value(content: bytes | str) -> object:
    """What a JSON text holds; None for a text that is no JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # the latter: a bomb of brackets
        return None


def text(value: object) -> str | None:
    """A string that says something; numbers are taken for one, since codes and ids come as either."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def integer(value: object) -> int | None:
    """A whole number, also as text."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():  # JSON knows one kind of number
            return int(value)
        case str() if re.fullmatch(r"-?\d{1,9}", value):
            return int(value)
    return None


def moment(milliseconds: object) -> datetime | None:
    """The UTC time of Unix milliseconds; 0 stands for none."""
    said = number(milliseconds)
    if not said:
        return None
    try:
        return datetime.fromtimestamp(said / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None

"""Whether a value is what a schema of the document allows.

A schema is read once into limits. What it says beyond them is left to the service.
"""

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, cast

from attrs import field, frozen

from apikley.errors import InvalidRequest
from apikley.weblinks import to_link


@frozen
class Limit:
    """What the document allows of one value."""

    type: str | None = None
    """None where any will do."""
    values: tuple[object, ...] = ()
    """The only ones allowed; empty if there is no such list."""
    minimum: float | None = None
    maximum: float | None = None
    is_above: bool = False
    """Whether the minimum itself is too small."""
    is_below: bool = False
    """Whether the maximum itself is too large."""
    min_length: int | None = None
    """Of a text in characters, of a list in elements."""
    max_length: int | None = None
    pattern: re.Pattern[str] | None = None
    is_link: bool = False
    is_nullable: bool = False
    items: "Limit | None" = None
    members: Mapping[str, "Limit"] = field(factory=dict[str, "Limit"])
    """Of an object: what it may hold. Nothing else, if this says anything."""
    required: tuple[str, ...] = ()


def to_limit(schema: Mapping[str, Any], resolved: Callable[[Any], Any] = lambda schema: schema) -> Limit:
    """Read a schema of OpenAPI 3.0 or 3.1; `resolved` gives what a `$ref` stands for."""
    kinds = _listed(schema.get("type"))
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    # In OpenAPI 3.0 these two are said beside the bounds, in 3.1 they are bounds themselves.
    is_above, is_below = _is_number(above) or above is True, _is_number(below) or below is True
    inner = cast("Mapping[str, Any]", schema.get("properties") or {})
    size = "Items" if "array" in kinds else "Length"
    return Limit(
        type=next((kind for kind in kinds if kind != "null"), None),
        values=tuple(schema.get("enum") or ([schema["const"]] if "const" in schema else ())),
        minimum=above if _is_number(above) else schema.get("minimum"),
        maximum=below if _is_number(below) else schema.get("maximum"),
        is_above=is_above,
        is_below=is_below,
        min_length=schema.get(f"min{size}"),
        max_length=schema.get(f"max{size}"),
        pattern=_compiled(schema.get("pattern")),
        is_link=schema.get("format") == "uri",
        is_nullable=schema.get("nullable") is True or "null" in kinds,
        items=to_limit(resolved(schema["items"]), resolved) if "items" in schema else None,
        members={name: to_limit(resolved(each), resolved) for name, each in inner.items()},
        required=tuple(schema.get("required") or ()),
    )


def check(name: str, value: object, limit: Limit) -> None:
    """Refuse what the document does not allow; raises `InvalidRequest` naming parameter, bound and value."""
    if value is None and limit.is_nullable:
        return
    if limit.type is not None and not _is_of(limit.type, value):
        raise refusal(name, f"must be {_TYPE_NAMES[limit.type]}, not {value!r:.80}", limit.type, value)
    if limit.values and value not in limit.values:
        allowed = ", ".join(str(allowed) for allowed in limit.values)
        raise refusal(name, f"must be one of {allowed}, not {value!r:.80}", limit.values, value)
    match value:
        case str():
            _check_text(name, value, limit)
        case int() | float():
            _check_number(name, value, limit)
        case list() | tuple():
            _check_list(name, cast("list[object]", value), limit)
        case Mapping():
            _check_object(name, cast("Mapping[object, object]", value), limit)


def as_sent(value: object, limit: Limit) -> object:
    """The value as it goes on the wire: its links quoted."""
    match value:
        case str() if limit.is_link:
            return to_link(value, "the link")
        case list() | tuple():
            items = limit.items or Limit()
            return [as_sent(item, items) for item in cast("list[object]", value)]
        case Mapping():
            named = cast("Mapping[str, object]", value)
            return {name: as_sent(each, limit.members.get(name, Limit())) for name, each in named.items()}
    return value


def refusal(name: str, problem: str, bound: object, value: object) -> InvalidRequest:
    """The error for a value that breaks a bound."""
    return InvalidRequest(f"{name} {problem}", parameter=name, bound=bound, value=value)


def _check_text(name: str, value: str, limit: Limit) -> None:
    if not _is_encodable(value):
        raise refusal(name, "holds half a character (a lone surrogate)", "UTF-8", value)
    if limit.min_length and not any(sign.isprintable() and not sign.isspace() for sign in value):
        raise refusal(name, "is empty", limit.min_length, value)
    _check_length(name, value, limit, "characters")
    if limit.is_link:
        to_link(value, name)  # asks for more than patterns of links do, and quotes before it looks
    elif limit.pattern is not None and not limit.pattern.search(value):
        raise refusal(
            name, f"does not match {limit.pattern.pattern}: {value!r:.80}", limit.pattern.pattern, value
        )


def _check_length(name: str, value: str | list[object], limit: Limit, unit: str) -> None:
    if limit.max_length is not None and len(value) > limit.max_length:
        problem = f"has {len(value)} {unit}; at most {limit.max_length} are allowed"
        raise refusal(name, problem, limit.max_length, value)
    if limit.min_length is not None and len(value) < limit.min_length:
        problem = f"has {len(value)} {unit}; at least {limit.min_length} are needed"
        raise refusal(name, problem, limit.min_length, value)


def _check_number(name: str, value: float, limit: Limit) -> None:
    if isinstance(value, int) and abs(value) >= 2**63:  # first: larger ones have no float and no text
        raise refusal(name, "must fit into 64 bits", 2**63 - 1, value)
    if not math.isfinite(value):
        raise refusal(name, f"must be a finite number, not {value}", "finite", value)
    least, most = limit.minimum, limit.maximum
    if least is not None and (value < least or (limit.is_above and value == least)):
        bound = "more than" if limit.is_above else "at least"
        raise refusal(name, f"must be {bound} {least}, not {value}", least, value)
    if most is not None and (value > most or (limit.is_below and value == most)):
        bound = "less than" if limit.is_below else "at most"
        raise refusal(name, f"must be {bound} {most}, not {value}", most, value)


def _check_list(name: str, value: list[object], limit: Limit) -> None:
    _check_length(name, value, limit, "elements")
    for number, item in enumerate(value):
        check(f"{name}[{number}]", item, limit.items or Limit())


def _check_object(name: str, value: Mapping[object, object], limit: Limit) -> None:
    for needed in limit.required:
        if needed not in value:
            raise refusal(f"{name}.{needed}", "is required", "required", None)
    for key, item in value.items():
        if not isinstance(key, str):
            raise refusal(name, f"has {key!r:.80} for a name, which is no text", "string", key)
        if limit.members and key not in limit.members:
            raise _unknown(name, key, item, limit)
        check(f"{name}.{key}", item, limit.members.get(key, Limit()))


def _unknown(name: str, key: str, value: object, limit: Limit) -> InvalidRequest:
    """The documents forbid no names, but describe all that there are: another one is a slip."""
    near = get_close_matches(key, limit.members, 1, 0.4)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(limit.members)}"
    return refusal(f"{name}.{key:.80}", f"is not in the model's document{hint}", tuple(limit.members), value)


def _is_of(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES.get(kind, object))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _listed(value: Any) -> list[str]:
    """A type, or in OpenAPI 3.1 a list of them."""
    return cast("list[str]", value) if isinstance(value, list) else [value] if value else []


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """A pattern of JavaScript's; one that Python cannot read is left to the service."""
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error:
        return None


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": (list, tuple),
    "object": Mapping,
}
_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "True or False",
    "array": "a list",
    "object": "a mapping of names to values",
}

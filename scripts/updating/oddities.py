"""What in a document can be taken in and can hardly be meant."""

import re
from collections.abc import Iterator

from regeneration.documents import Document, Json, Place, is_same, to_pointer

BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


def oddities(document: Document) -> Iterator[str]:
    """One sentence for each schema that contradicts itself, or that takes long to check."""
    for place, schema in _schemas(document, ()):
        for told in _of_schema(schema):
            yield f"{to_pointer(place)} {told}."


def _schemas(value: Json, here: Place) -> Iterator[tuple[Place, Document]]:
    """Every object outside of examples: what only a schema can have tells which are some."""
    match value:
        case dict():
            yield here, value
            for key, inner in value.items():
                if key not in {"example", "examples"} and not key.startswith("x-"):
                    yield from _schemas(inner, (*here, key))
        case list():
            for index, inner in enumerate(value):
                yield from _schemas(inner, (*here, index))


def _of_schema(schema: Document) -> Iterator[str]:
    for lower, upper in BOUNDS:
        match schema.get(lower), schema.get(upper):
            case ((int() | float() as low), (int() | float() as high)) if low > high:
                yield f"allows nothing: {lower} {low} is above {upper} {high}"
    match schema:
        case {"enum": list(values)}:
            if any(is_same(one, other) for n, one in enumerate(values) for other in values[:n]):
                yield "lists a value twice"
            if "default" in schema and not any(is_same(schema["default"], value) for value in values):
                yield f"has the default {schema['default']!r:.40}, which is none of its values"
    match schema:
        case {"properties": dict(properties), "required": list(required)}:
            for name in required:
                if isinstance(name, str) and name not in properties and "allOf" not in schema:
                    yield f"requires {name}, and has no such property"
    match schema:
        case {"pattern": str(pattern)} if _NESTED.search(pattern):
            yield f"has the pattern {pattern!r:.60}, which repeats what repeats: some texts take for ever to check"


_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)[+*{]")

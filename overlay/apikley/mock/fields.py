"""Which values an object has."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from apikley.mock.nodes import Json, Node
from apikley.mock.refusals import Refusal, refusals

ROLES = frozenset(
    {
        "callback-link",
        "code",
        "completed-milliseconds",
        "count",
        "created-milliseconds",
        "credits",
        "credits-left",
        "duration-milliseconds",
        "duration-seconds",
        "failure-code",
        "failure-message",
        "file-base64",
        "file-content",
        "file-link",
        "folder",
        "format",
        "inline",
        "input",
        "link",
        "media-type",
        "message",
        "model",
        "name",
        "negative-prompt",
        "nothing",
        "param",
        "path",
        "progress",
        "prompt",
        "result",
        "result-links",
        "seed",
        "size",
        "source",
        "state",
        "stored-at",
        "success",
        "task-id",
        "updated-milliseconds",
    }
)
Pointer = tuple[str, ...]


# The extensions that say something for each value, such as a price for each size.
_TABLES = ("x-apikley-credits", "x-apikley-file", "x-apikley-pixels")


@frozen(eq=False, repr=False)
class Field:
    """One value, however deep in the object.

    default: what the service takes where nothing is sent
    tables: by extension, what it says for each value
    """

    pointer: Pointer
    role: str | None
    schema: Node
    required: bool
    refusals: Mapping[str, Refusal]
    kind: str | None
    default: Json
    is_file: bool
    tables: Mapping[str, Mapping[str, Json]]


def fields(schema: Node, pointer: Pointer = (), above: frozenset[str] = frozenset()) -> Iterator[Field]:
    """All values of an object's schema, outermost first, in the document's order."""
    if schema.pointer in above:  # a schema that holds itself
        return
    above |= {schema.pointer}
    for part in schema.elements("allOf"):
        yield from fields(part, pointer, above)
    required = schema.texts("required")
    for name, inner in (schema.get("properties") or Node(schema.root, schema.pointer, {})).members():
        yield to_field(inner, (*pointer, name), required=name in required)
        yield from fields(inner, (*pointer, name), above)


def to_field(schema: Node, pointer: Pointer, *, required: bool, place: Node | None = None) -> Field:
    """`place` is where role and refusals stand if not in the schema itself, as with a parameter."""
    place = place or schema
    role = place.get("x-apikley-role")
    if role and role.text not in ROLES:
        raise role.error(f"no role is called {role.text!r}")
    kind, form, default = schema.get("type"), schema.get("format"), schema.get("x-apikley-default")
    return Field(
        pointer=pointer,
        role=role.text if role else None,
        schema=schema,
        required=required,
        refusals=refusals(place),
        kind=kind.text if kind else None,
        default=default.value if default else None,
        is_file=form is not None and form.text == "binary",
        tables={name: dict(_table(schema[name])) for name in _TABLES if name in schema.object},
    )


def _table(node: Node) -> Iterator[tuple[str, Json]]:
    for key, inner in node.members():
        yield key, inner.value


def by_role(all_fields: Iterator[Field]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field in all_fields:
        if field.role is None:
            continue
        if field.role in found:
            raise field.schema.error(f"{field.role!r} is already {'/'.join(found[field.role].pointer)}")
        found[field.role] = field
    return found

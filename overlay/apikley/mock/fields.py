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


@frozen(eq=False)
class Field:
    """One value, however deep in the object."""

    pointer: Pointer
    role: str | None
    schema: Node
    required: bool
    refusals: Mapping[str, Refusal]

    @property
    def kind(self) -> str | None:
        kind = self.schema.get("type")
        return kind.text if kind else None

    @property
    def default(self) -> Json:
        """What the service takes where nothing is sent."""
        said = self.schema.get("x-apikley-default")
        return said.value if said else None

    @property
    def is_file(self) -> bool:
        form = self.schema.get("format")
        return form is not None and form.text == "binary"

    def table(self, extension: str) -> dict[str, Json]:
        """An extension that says something for each value; empty where it is missing."""
        node = self.schema.get(extension)
        return {key: inner.value for key, inner in node.members()} if node else {}


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
    return Field(pointer, role.text if role else None, schema, required, refusals(place))


def by_role(all_fields: Iterator[Field]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field in all_fields:
        if field.role is None:
            continue
        if field.role in found:
            raise field.schema.error(f"{field.role!r} is already {'/'.join(found[field.role].pointer)}")
        found[field.role] = field
    return found

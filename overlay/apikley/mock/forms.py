"""What an answer looks like."""

import re
from collections.abc import Mapping

import orjson
from attrs import field, frozen

from apikley.mock.fields import Field, Pointer, fields
from apikley.mock.nodes import DocumentError, Json, JsonObject, Node, put, value_at

Values = Mapping[str, Json]

# What stands for the value of a role in an answer that is still to be filled: no value of a document holds NUL.
_MARK = "\0{}\0"
_MARKED = re.compile(rb'"\\u0000([a-z-]+)\\u0000"')


@frozen(eq=False, repr=False)
class Place:
    """Where one value of an answer goes, and what stands there if nobody says otherwise."""

    pointer: Pointer
    role: str | None
    schema: Node
    constant: Json
    is_constant: bool
    content: "Form | None"


@frozen(eq=False, repr=False)
class Template:
    """An answer as JSON, with `%b` where the value of each role goes."""

    text: bytes
    roles: tuple[str, ...]


@frozen(eq=False, repr=False)
class Form:
    """The places of an answer. Whoever fills it knows roles, not names."""

    places: tuple[Place, ...]
    roles: frozenset[str]
    _templates: dict[tuple[str, ...], Template] = field(factory=dict[tuple[str, ...], Template], init=False)
    """By the roles of the values that are said."""

    def schema(self, role: str) -> Node | None:
        """What is said of the value with this role, which may lie in a JSON text inside the answer."""
        inner = (place.content.schema(role) for place in self.places if place.content)
        here = (place.schema for place in self.places if place.role == role)
        return next((schema for schema in (*here, *inner) if schema), None)

    def constant(self, role: str) -> Json:
        """What stands there if nobody says otherwise."""
        return next((place.constant for place in self.places if place.role == role), None)

    def written(self, values: Values) -> bytes:
        """The answer as JSON, of which only the values are written each time."""
        said = tuple(values)
        template = self._templates.get(said)
        if template is None:
            if not self._is_flat(said):
                return orjson.dumps(self.filled(values))
            template = self._templates[said] = self._template(said)
        return template.text % tuple(map(orjson.dumps, map(values.__getitem__, template.roles)))

    def _is_flat(self, roles: tuple[str, ...]) -> bool:
        """Whether none of these values is part of a JSON text inside the answer."""
        return all(place.content is None or place.content.roles.isdisjoint(roles) for place in self.places)

    def _template(self, roles: tuple[str, ...]) -> Template:
        marked = orjson.dumps(self.filled({role: _MARK.format(role) for role in roles}))
        between, found = _MARKED.split(marked)[::2], _MARKED.findall(marked)
        text = b"%b".join([constant.replace(b"%", b"%%") for constant in between])
        return Template(text, tuple(role.decode() for role in found))

    def filled(self, values: Values) -> JsonObject:
        whole: JsonObject = {}
        for place in self.places:
            if place.content and not place.content.roles.isdisjoint(values):
                put(whole, place.pointer, orjson.dumps(place.content.filled(values)).decode())
            elif place.role and place.role in values:
                put(whole, place.pointer, values[place.role])
            elif place.is_constant:
                put(whole, place.pointer, place.constant)
        return whole


def to_form(schema: Node, example: Json = None) -> Form:
    """The form of an answer with this schema. An example says how the words of an answer go."""
    places = tuple(_place(each, example) for each in fields(schema) if _is_leaf(each))
    inner = (place.content.roles for place in places if place.content)
    return Form(places, frozenset(place.role for place in places if place.role).union(*inner))


def _is_leaf(field: Field) -> bool:
    is_object = any(field.schema.get(key) for key in ("properties", "allOf"))
    return field.role is not None or (not is_object and field.required)


def _place(field: Field, example: Json) -> Place:
    constant, is_constant = _constant(field, example)
    if field.required and field.role is None and not is_constant:
        raise field.schema.error("nothing says what the mock should put here")
    content = field.schema.get("x-apikley-content")
    inner = to_form(content) if content else None
    return Place(field.pointer, field.role, field.schema, constant, is_constant, inner)


def _constant(field: Field, example: Json) -> tuple[Json, bool]:
    if field.role == "nothing":
        return None, True
    match field.schema.get("enum"):
        case Node(value=[only]):
            return only, True
        case _:
            pass
    if field.role is None or field.role == "message":
        sample = value_at(example, field.pointer)
        return sample, sample is not None
    return None, False


def accepted_and_refused(schema: Node) -> tuple[Node, Node | None]:
    """Both alternatives of an answer with HTTP 200: the one whose code is fixed, and the other."""
    alternatives = tuple(schema.elements("oneOf")) or (schema,)
    fixed = [each for each in alternatives if _fixes_its_code(each)]
    if len(fixed) != 1:
        raise DocumentError(f"{schema.pointer}: one alternative has to fix the value of its code")
    others = [each for each in alternatives if each is not fixed[0]]
    return fixed[0], others[0] if others else None


def _fixes_its_code(schema: Node) -> bool:
    return any(each.role == "code" and each.schema.get("enum") for each in fields(schema))

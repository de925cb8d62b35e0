"""What a request may carry."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

import jsonschema_rs
from attrs import define, field

from apikley.mock import schemas
from apikley.mock.fields import Field, Pointer, by_role, fields, to_field
from apikley.mock.nodes import Json, JsonObject, Node, value_at

Place: TypeAlias = tuple[int, str, Json]
"""In which of the homes a value stands, under which name, and what the service takes where nothing is sent."""


@define(eq=False, repr=False, slots=False)  # slots would forbid cached_property
class Shape:
    """The values of a query or a body: where each stands, and what is allowed."""

    schema: Node
    fields: Mapping[Pointer, Field]
    roles: Mapping[str, Field] = field(init=False)
    kinds: Mapping[str, str | None] = field(init=False)
    """By the name of a value at the top."""
    _closed: Mapping[str, list[Json]] = field(init=False)
    """By the same, what may stand there."""
    places: Mapping[str, Place] = field(init=False)
    """By role."""
    _homes: tuple[Pointer, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.roles = by_role(iter(self.fields.values()))
        self.kinds = {pointer[0]: each.kind for pointer, each in self.fields.items() if len(pointer) == 1}
        self._closed = dict(_closed(self.fields.values()))
        self._homes = tuple(dict.fromkeys(each.pointer[:-1] for each in self.roles.values()))
        self.places = {
            role: (self._homes.index(each.pointer[:-1]), each.pointer[-1], each.default)
            for role, each in self.roles.items()
        }

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        return schemas.to_validator(self.schema, called="it")

    def odd(self, value: Json) -> Pointer | None:
        """The first value at the top that is not on its closed list."""
        members = value if isinstance(value, dict) else {}
        for name, allowed in self._closed.items():
            if members.get(name) not in allowed:
                return (name,)
        return None

    def homes(self, value: Json) -> list[JsonObject]:
        """The objects that hold the values with roles, where `places` looks for them; empty where there is none."""
        homes: list[JsonObject] = []
        for pointer in self._homes:
            home = value_at(value, pointer)
            homes.append(home if isinstance(home, dict) else {})
        return homes


def _closed(fields: Iterable[Field]) -> Iterator[tuple[str, list[Json]]]:
    """The values at the top of which there is a closed list."""
    for each in fields:
        allowed, only = each.schema.get("enum"), each.schema.get("const")
        if len(each.pointer) == 1 and allowed and isinstance(allowed.value, list):
            yield each.pointer[0], allowed.value
        elif len(each.pointer) == 1 and only:
            yield each.pointer[0], [only.value]


def to_shape(schema: Node) -> Shape:
    return Shape(schema, {each.pointer: each for each in fields(schema)})


def to_shapes(schema: Node) -> tuple[Shape, ...]:
    """One shape, or one for each alternative: documents of several models share one operation."""
    return tuple(to_shape(each) for each in schema.elements("oneOf")) or (to_shape(schema),)


def meant(shapes: tuple[Shape, ...], value: Json) -> tuple[Shape, Pointer | None]:
    """The alternative that the sender had in mind, and what speaks against it, if all have something."""
    for shape in shapes:
        if shape.odd(value) is None:
            return shape, None
    return shapes[0], shapes[0].odd(value)


def to_parameters(parameters: Iterable[Node], top: Node) -> Shape:
    """The shape of a query together with the variables of the path, as one object."""
    fields: dict[Pointer, Field] = {
        (each["name"].text,): to_field(
            each["schema"], (each["name"].text,), required=is_required(each), place=each
        )
        for each in parameters
    }
    properties: JsonObject = {name: each.schema.value for (name, *_), each in fields.items()}
    required: list[Json] = [name for (name, *_), each in fields.items() if each.required]
    whole: Json = {"type": "object", "required": required, "properties": properties}
    return Shape(Node(top.root, top.pointer, whole), fields)


def is_required(parameter: Node) -> bool:
    said = parameter.get("required")
    return said is not None and said.value is True

"""Whether the service would accept a request."""

from collections.abc import Mapping
from typing import TypeAlias

import jsonschema_rs

from apikley.mock import bodies, shapes
from apikley.mock.bodies import Parsed
from apikley.mock.fields import Pointer
from apikley.mock.nodes import Json, JsonObject, value_at
from apikley.mock.operations import MediaType, Operation
from apikley.mock.orders import Order
from apikley.mock.refusals import Malformed, Refused
from apikley.mock.requests import MAXIMUM_BODY, Request
from apikley.mock.shapes import Shape

TEST_KEY = "sk-test-"


# These say something only where something is to be paid; the other causes meet every request.
_OF_SPENDING = frozenset({"credits-short", "key-capped"})
_NO_BODY = Parsed(None)
_NOTHING: Mapping[str, Json] = {}


Bearer: TypeAlias = tuple[str, str | None]
"""Who asks: the key, and what the mock has been told of it."""


def bearer(operation: Operation, authorization: str, keys: Mapping[str, str], *, any_key: bool) -> Bearer:
    """Raises Refused for a key that is missing, wrong, or known to be refused everywhere."""
    if not operation.needs_key:
        return "", None
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused("key-missing")
    standing = keys.get(key)
    if standing is None and not any_key and (not key.startswith(TEST_KEY) or key == TEST_KEY):
        raise Refused("key-wrong")
    if standing and standing not in _OF_SPENDING:
        raise Refused(standing)
    return key, standing


def account(who: Bearer) -> str:
    """All keys are of one account, but for those that are acted out: their accounts are nobody else's."""
    key, standing = who
    return key if standing else ""


def accepted(operation: Operation, variables: JsonObject, request: Request, standing: str | None) -> Order:
    """What the request says. Raises Refused, for the first cause that a service would notice."""
    outside = _outside(operation.parameters, variables, request) if operation.parameters.fields else _NOTHING
    body, shape = _body(operation, request)
    is_look = request.method == "HEAD" != operation.method
    order = Order(operation, request.origin, outside, body, shape, standing, is_look)
    order.read_exactly(request.body)
    if shape:
        _check(shape, order.body.values)
    return order


def _outside(parameters: Shape, variables: JsonObject, request: Request) -> JsonObject:
    values = bodies.from_query(request.query, parameters) | variables
    _check(parameters, values)
    homes = parameters.homes(values)
    said = {role: homes[home].get(name, default) for role, (home, name, default) in parameters.places.items()}
    return {role: value for role, value in said.items() if value is not None}


def _body(operation: Operation, request: Request) -> tuple[Parsed, Shape | None]:
    if not operation.bodies or not (request.body or operation.needs_body):
        return _NO_BODY, None
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    for media_type, alternatives in operation.bodies.items():
        if media_type == named:
            return _parsed(media_type, alternatives, request)
    raise Refused("malformed", rule="content-type")


def _parsed(media_type: MediaType, alternatives: tuple[Shape, ...], request: Request) -> tuple[Parsed, Shape]:
    if len(request.body) > MAXIMUM_BODY:
        raise Refused("malformed", rule=f"the body has more than {MAXIMUM_BODY} bytes")
    try:
        if media_type == "multipart/form-data":
            shape = alternatives[0]
            return bodies.from_multipart(request.headers["content-type"], request.body, shape), shape
        parsed = bodies.from_json(request.body)
    except Malformed as error:
        raise Refused("malformed", rule=str(error)) from error
    shape, odd = shapes.meant(alternatives, parsed.values)
    if odd:
        _check_meant(shape, odd, parsed.values)
    return parsed, shape


def _check_meant(shape: Shape, odd: Pointer, value: Json) -> None:
    """Refuse a model that is none before its input is looked at, which nothing is known of. Raises Refused."""
    if value_at(value, odd) is not None:
        field = shape.fields[odd]
        raise Refused("invalid", rule="enum", pointer=odd, nearest=field.refusals.get("invalid"))


def _check(shape: Shape, value: Json) -> None:
    try:
        if shape.validator.is_valid(value):
            return
        found = [*shape.validator.iter_errors(value)]
    except ValueError as error:  # nested too deeply to be looked through
        raise Refused("malformed", rule=str(error)) from error
    raise _refused(shape, min(found, key=_order))


def _order(error: jsonschema_rs.ValidationError) -> tuple[bool, int]:
    """What is missing comes before what is wrong, the outer before the inner."""
    return error.kind.name != "required", len(error.instance_path)


def _refused(shape: Shape, error: jsonschema_rs.ValidationError) -> Refused:
    pointer = tuple(str(key) for key in error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        pointer = (*pointer, error.kind.property)
    field = shape.fields.get(pointer)
    is_empty = error.instance == "" and field is not None and field.required
    cause = "required" if error.kind.name == "required" or is_empty else "invalid"
    nearest = field.refusals.get(cause) if field else None
    return Refused(cause, rule=error.kind.name, pointer=pointer, nearest=nearest)

"""Whether the service would accept a request."""

import jsonschema_rs
from attrs import frozen

from apikley.mock import bodies, schemas, shapes
from apikley.mock.bodies import Malformed, Parsed
from apikley.mock.document import Document
from apikley.mock.fields import Pointer, Refusal
from apikley.mock.nodes import Json
from apikley.mock.operations import MediaType, Operation
from apikley.mock.requests import Request
from apikley.mock.shapes import Shape

TEST_KEY = "sk-test-"


class Refused(Exception):  # noqa: N818 - its name says what happened
    """The service says no, with a cause that the document has the words for."""

    def __init__(
        self,
        cause: str,
        operation: Operation | None = None,
        *,
        rule: str = "",
        pointer: str = "",
        nearest: Refusal | None = None,
        allow: str = "",
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.operation = operation
        self.rule = rule or cause
        self.pointer = pointer
        self.nearest = nearest
        self.allow = allow


@frozen(eq=False)
class Order:
    """An accepted request, whose values are read by their roles."""

    operation: Operation
    origin: str
    asked: Json
    body: Parsed
    shape: Shape | None

    def read(self, role: str) -> Json:
        said = self.operation.query.read(self.asked, role)
        if said is None and self.shape:
            return self.shape.read(self.body.values, role)
        return said

    def text(self, role: str) -> str | None:
        said = self.read(role)
        return said if isinstance(said, str) else None

    def table(self, role: str, extension: str) -> dict[str, Json]:
        meant = self.shape.roles.get(role) if self.shape else None
        return meant.table(extension) if meant else {}

    def refused(self, cause: str, role: str) -> Refused:
        """A refusal for the value with this role, which is why no schema could tell."""
        meant = self.shape.roles.get(role) if self.shape else None
        if meant is None:
            return Refused(cause, self.operation, rule=role)
        pointer = "".join(f"/{key}" for key in meant.pointer)
        return Refused(cause, self.operation, rule=role, pointer=pointer, nearest=meant.refusals.get(cause))

    def file(self, role: str) -> bytes | None:
        meant = self.shape.roles.get(role) if self.shape else None
        return self.body.files.get(meant.pointer[0]) if meant else None


def accepted(document: Document, request: Request, *, any_key: bool = False) -> Order:
    """The order that the request means. Raises Refused, in the order a service would notice."""
    operation, variables = _operation(document, request)
    if operation.needs_key:
        _check_key(operation, request.headers.get("authorization", ""), any_key=any_key)
    asked = bodies.from_query(request.query, operation.query)
    _check(operation, operation.query, asked)
    if operation.variables.fields:
        _check(operation, operation.variables, variables)
    body, shape = _body(operation, request)
    if shape:
        _check(operation, shape, body.values)
    return Order(operation, request.origin, asked, body, shape)


def _operation(document: Document, request: Request) -> tuple[Operation, dict[str, Json]]:
    found = document.route(request.path)
    if found is None:
        raise Refused("route-unknown")
    route, variables = found
    method = "GET" if request.method == "HEAD" and "HEAD" not in route.operations else request.method
    if method not in route.operations:
        allowed = [*route.operations, *(["HEAD"] if "GET" in route.operations else [])]
        raise Refused("method-unknown", next(iter(route.operations.values())), allow=", ".join(allowed))
    return route.operations[method], variables


def _check_key(operation: Operation, authorization: str, *, any_key: bool) -> None:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused("key-missing", operation)
    if not any_key and (not key.startswith(TEST_KEY) or key == TEST_KEY):
        raise Refused("key-wrong", operation)


def _body(operation: Operation, request: Request) -> tuple[Parsed, Shape | None]:
    if not operation.bodies or not (request.body or operation.needs_body):
        return Parsed(None), None
    content_type = request.headers.get("content-type", "")
    named = content_type.partition(";")[0].strip().lower()
    for media_type, alternatives in operation.bodies.items():
        if media_type == named:
            return _parsed(operation, media_type, request, alternatives)
    raise Refused("malformed", operation, rule="content-type")


def _parsed(
    operation: Operation, media_type: MediaType, request: Request, alternatives: tuple[Shape, ...]
) -> tuple[Parsed, Shape]:
    try:
        if media_type == "multipart/form-data":
            shape = alternatives[0]
            return bodies.from_multipart(request.headers["content-type"], request.body, shape), shape
        parsed = bodies.from_json(request.body)
    except Malformed as error:
        raise Refused("malformed", operation, rule=str(error)) from error
    return parsed, shapes.meant(alternatives, parsed.values)


def _check(operation: Operation, shape: Shape, value: Json) -> None:
    try:
        found = [*schemas.errors(shape.validator, value)]
    except ValueError as error:  # nested too deeply to be looked through
        raise Refused("malformed", operation, rule=str(error)) from error
    if found:
        raise _refused(operation, shape, min(found, key=_order))


def _order(error: jsonschema_rs.ValidationError) -> tuple[bool, int]:
    """What is missing comes before what is wrong, the outer before the inner."""
    return error.kind.name != "required", len(error.instance_path)


def _refused(operation: Operation, shape: Shape, error: jsonschema_rs.ValidationError) -> Refused:
    pointer: Pointer = tuple(str(key) for key in error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        pointer = (*pointer, error.kind.property)
    field = shape.fields.get(pointer)
    is_empty = error.instance == "" and field is not None and field.required
    cause = "required" if error.kind.name == "required" or is_empty else "invalid"
    return Refused(
        cause,
        operation,
        rule=error.kind.name,
        pointer="".join(f"/{key}" for key in pointer),
        nearest=field.refusals.get(cause) if field else None,
    )

"""Whether the document agrees with itself."""

from collections.abc import Iterable, Iterator
from reprlib import repr as shortened

from apikley.mock import schemas
from apikley.mock.nodes import DocumentError, Node, to_object
from apikley.mock.operations import Operation, examples
from apikley.mock.shapes import Shape


def check_examples(top: Node) -> None:
    """Every example satisfies its own schema; raises DocumentError at the first that does not."""
    for media in _media(top):
        found = [*examples(media)]
        validator = schemas.to_validator(media["schema"]) if found else None
        for place, value in found:
            for error in schemas.errors(validator, value) if validator else ():
                raise place.error(f"does not satisfy its schema: {error.message}")


def _media(top: Node) -> Iterator[Node]:
    for _, path in top["paths"].members():
        for _, operation in path.members():
            bodies = [operation.get("requestBody")]
            bodies += [response for _, response in operation["responses"].members()]
            for body in bodies:
                content = body.get("content") if body else None
                yield from (media for _, media in content.members()) if content else ()


def check_fields(operations: Iterable[Operation]) -> None:
    """The same for the example and the default of every value that a request may hold."""
    for shape in (each for operation in operations for each in (operation.parameters, *operation.shapes())):
        for extension in ("example", "x-apikley-default"):
            _check_sample(shape, extension)


def _check_sample(shape: Shape, extension: str) -> None:
    """All examples, or all defaults, put together are a request, though perhaps not a whole one."""
    said = {
        pointer: node
        for pointer, field in shape.fields.items()
        if field.kind != "object" and (node := field.schema.get(extension))
    }
    sample = to_object({pointer: node.value for pointer, node in said.items()})
    for error in schemas.errors(shape.validator, sample):
        node = said.get(tuple(str(key) for key in error.instance_path))
        if node:
            raise node.error(f"{shortened(node.value)} does not satisfy its schema: {error.message}")


def check_links(top: Node, operations: Iterable[Operation]) -> None:
    """A link leads to an operation that exists, by a value that is in the answer."""
    known = {operation.id: operation for operation in operations}
    for operation in known.values():
        links = top["paths"][operation.path][operation.method.lower()].get("responses", "200", "links")
        for _, link in links.members() if links else ():
            if link["operationId"].text not in known:
                raise link.error("leads to no operation")
            for name, value in link["parameters"].members():
                _check_link_value(value, operation)
                if (name,) not in known[link["operationId"].text].parameters.fields:
                    raise value.error(f"the operation it leads to has no parameter {name!r}")


def _check_link_value(value: Node, operation: Operation) -> None:
    start = "$response.body#/"
    pointer = tuple(value.text.removeprefix(start).split("/"))
    if not value.text.startswith(start) or pointer not in {
        place.pointer for place in operation.answer.places
    }:
        raise DocumentError(f"{value.pointer}: {value.text!r} is not in the answer")

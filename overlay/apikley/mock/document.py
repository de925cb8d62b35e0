"""What the mock knows of the service: all of it from one OpenAPI document."""

import importlib.util
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

import orjson
from attrs import frozen

from apikley.mock.callbacks import Callback, to_callback
from apikley.mock.forms import Form
from apikley.mock.links import Kind
from apikley.mock.nodes import DocumentError, Json, JsonObject, Node
from apikley.mock.operations import METHODS, Deed, Operation, to_operation
from apikley.mock.rates import Rate, to_rates
from apikley.mock.selfcheck import check_examples, check_fields, check_links


@frozen(eq=False, repr=False)
class Lifecycle:
    """The states of a task in order."""

    running: tuple[str, ...]
    success: str
    failure: str


@frozen(eq=False, repr=False)
class Route:
    """A path, which may have variables, and its operations by method."""

    path: str
    pattern: re.Pattern[str] | None
    """What paths lead here, if it has variables."""
    operations: Mapping[str, Operation]

    def operation(self, method: str) -> Operation | None:
        """HEAD is GET but for the body of the answer."""
        found = self.operations.get(method)
        return self.operations.get("GET") if found is None and method == "HEAD" else found

    @property
    def allowed(self) -> str:
        """The methods, as a header says them."""
        return ", ".join([*self.operations, *(["HEAD"] if "GET" in self.operations else [])])


@frozen(eq=False, repr=False)
class Document:
    """The document, read: `Document.shipped()` the one inside the package, `Document.of(…)` another."""

    json: JsonObject
    routes: tuple[Route, ...]
    plain_routes: Mapping[str, Route]
    """By path, those without variables."""
    lifecycle: Lifecycle
    task_id_example: str
    callback: Callback | None
    rates: Mapping[str, Rate]
    lifetimes: Mapping[Kind, float]

    @classmethod
    def of(cls, json: JsonObject) -> "Document":
        """Raises DocumentError, with a pointer to the fault, if the document cannot be played."""
        top = Node.top(json)
        routes = tuple(_routes(top))
        document = cls(
            json=json,
            routes=routes,
            plain_routes={route.path: route for route in reversed(routes) if route.pattern is None},
            lifecycle=_lifecycle(top),
            task_id_example=_task_id_example(top, routes),
            callback=_callback(top, routes),
            rates=to_rates(top),
            lifetimes=dict(_lifetimes(routes)),
        )
        check_examples(top)
        check_fields(document.operations())
        check_links(top, document.operations())
        return document

    @classmethod
    def shipped(cls) -> "Document":
        """The document that comes with the package, read once."""
        return _shipped()

    def operations(self) -> list[Operation]:
        return [operation for route in self.routes for operation in route.operations.values()]

    def names(self) -> dict[str, Deed]:
        """What an operation can be called, its id or what it does, and what it does."""
        return {name: each.does for each in self.operations() for name in (each.id, each.does)}

    def causes(self) -> set[str]:
        """The refusals that every operation has words for."""
        every = [{*operation.refusals} for operation in self.operations()]
        return every[0].intersection(*every)

    def route(self, path: str) -> tuple[Route, dict[str, Json]] | None:
        """Where a path leads, and its variables."""
        if plain := self.plain_routes.get(path):
            return plain, {}
        for route in self.routes:
            if route.pattern and (match := route.pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


@lru_cache(maxsize=1)
def _shipped() -> Document:
    spec = importlib.util.find_spec("apikley_generated")  # finds the folder and imports nothing
    if spec is None or spec.origin is None:
        raise DocumentError("the package apikley_generated, which holds the document, is not installed")
    # What orjson gives is JSON, of which the type checkers know nothing.
    return Document.of(
        cast("JsonObject", orjson.loads(Path(spec.origin).with_name("openapi.json").read_bytes()))
    )


def _routes(top: Node) -> Iterator[Route]:
    forms: dict[str, Form] = {}
    for path, node in top["paths"].members():
        operations = {
            method.upper(): to_operation(path, method, each, forms)
            for method, each in node.members()
            if method in METHODS
        }
        whole = _server_path(top) + path
        yield Route(whole, _pattern(whole), operations)


def _server_path(top: Node) -> str:
    servers = [*top.elements("servers")]
    return urlsplit(servers[0]["url"].text).path.rstrip("/") if servers else ""


def _pattern(path: str) -> re.Pattern[str] | None:
    pieces = re.split(r"\{(\w+)\}", path)
    if len(pieces) == 1:
        return None
    return re.compile(
        "".join(
            f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces)
        )
    )


def _lifecycle(top: Node) -> Lifecycle:
    for _, schema in top["components"]["schemas"].members():
        if said := schema.get("x-apikley-lifecycle"):
            states = Lifecycle(said.texts("running"), said["success"].text, said["failure"].text)
            unknown = {*states.running, states.success, states.failure}.difference(schema.texts("enum"))
            if unknown or not states.running:
                raise said.error(f"names states that its schema lacks: {sorted(unknown)}")
            return states
    raise top.error("no schema bears x-apikley-lifecycle")


def _task_id_example(top: Node, routes: tuple[Route, ...]) -> str:
    """What a task id looks like."""
    for operation in (each for route in routes for each in route.operations.values()):
        schema = operation.answer.schema("task-id")
        if operation.does == "create-task" and schema:
            return schema["example"].text
    raise top.error("no operation creates tasks")


def _callback(top: Node, routes: tuple[Route, ...]) -> Callback | None:
    """How the end of a task is told to whoever asked for it."""
    for operation in (each for route in routes for each in route.operations.values()):
        node = top["paths"][operation.path][operation.method.lower()]
        if operation.does == "create-task" and (found := to_callback(node, operation)):
            return found
    return None


def _lifetimes(routes: tuple[Route, ...]) -> Iterator[tuple[Kind, float]]:
    """How many seconds the links of each kind can be used; those of which nothing is said, for ever."""
    kinds: dict[Deed, tuple[Kind, str]] = {
        "fetch-task": ("results", "result-links"),
        "store-file": ("files", "link"),
    }
    for operation in (each for route in routes for each in route.operations.values()):
        if operation.does in kinds:
            kind, role = kinds[operation.does]
            schema = operation.answer.schema(role)
            if said := schema.get("x-apikley-lifetime-seconds") if schema else None:
                yield kind, said.number

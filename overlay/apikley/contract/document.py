"""What the document says of the service, as a judge looks it up."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from attrs import frozen

Schema: TypeAlias = Mapping[str, Any]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@frozen(eq=False)
class Operation:
    """One operation. `does` is what it is for: create-task, fetch-task, store-file, report-credits, sign-link."""

    id: str
    does: str
    method: str
    path: str
    said: Schema


@frozen(eq=False)
class Document:
    """An OpenAPI 3.0 document that bears our extensions: `Document.shipped()` or `Document(json)`."""

    json: Schema

    @classmethod
    def shipped(cls) -> "Document":
        """The one inside the package, read once."""
        return _shipped()

    def operations(self) -> Iterator[Operation]:
        for path, item in self.json["paths"].items():
            for method, said in item.items():
                if method in _METHODS:
                    does = said.get("x-apikley-does", "")
                    yield Operation(said["operationId"], does, method.upper(), self._prefix + path, said)

    def operation(self, does: str) -> Operation:
        """The first operation that does this."""
        return next(each for each in self.operations() if each.does == does)

    def named(self, operation_id: str) -> Operation:
        return next(each for each in self.operations() if each.id == operation_id)

    def at(self, method: str, path: str) -> Operation | None:
        """The operation behind a method and a path. HEAD is answered as GET is."""
        method = "GET" if method == "HEAD" else method
        found = (each for each in self.operations() if (each.method, each.path) == (method, path))
        return next(found, None)

    def resolved(self, node: Schema) -> Schema:
        """The node itself, or what its reference leads to."""
        while "$ref" in node:
            found: Any = self.json
            for key in node["$ref"].removeprefix("#/").split("/"):
                found = found[key.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def body(self, operation: Operation) -> tuple[str, Schema] | None:
        """The media type and the schema of a request's body, if there is to be one."""
        content = operation.said.get("requestBody", {}).get("content", {})
        return next(((kind, each["schema"]) for kind, each in content.items()), None)

    def answer(self, operation: Operation, status: int) -> Schema | None:
        """The schema of an answer with this status; None if the document does not know the status."""
        responses = operation.said["responses"]
        said = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
        if said is None:
            return None
        return cast("Schema", self.resolved(said)["content"]["application/json"]["schema"])

    def rates(self) -> Mapping[str, tuple[int, float]]:
        """How many requests in how many seconds a key may make, by what an operation does."""
        said = self.json.get("x-apikley-rate-limits", {})
        return {does: (rate["requests"], rate["seconds"]) for does, rate in said.items()}

    def models(self) -> tuple[tuple[str, Schema], ...]:
        """The names under which a task can be had, each with the fields of its input."""
        return tuple(
            (name, self.resolved(body["properties"]["input"])["properties"])
            for body in self._create_bodies()
            for name in body["properties"]["model"]["enum"]
        )

    @property
    def server(self) -> str:
        """Where the service is."""
        return str(self.json["servers"][0]["url"]).rstrip("/")

    @property
    def _prefix(self) -> str:
        return urlsplit(self.server).path

    def _create_bodies(self) -> Iterator[Schema]:
        said = self.body(self.operation("create-task"))
        assert said is not None
        schema = self.resolved(said[1])
        for each in schema.get("oneOf", (schema,)):
            yield self.resolved(each)


@cache
def _shipped() -> Document:
    return Document(json.loads((files("apikley_generated") / "openapi.json").read_text(encoding="utf-8")))

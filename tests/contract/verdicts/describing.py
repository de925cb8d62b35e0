"""Whether a document describes an answer."""

from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema_rs import Draft202012Validator

from contract.judging import edit_body, operations, response, validator
from contract.verdicts.answers import CALLBACK, DEFAULTS, RESULTS, Answer
from contract.verdicts.forms import FORMS

# The id that createTask answers is what recordInfo is asked with.
LINKS = [("create_task", "get_task", "taskId", "$response.body#/data/taskId")]


class Describer:
    """A document, asked for its answers. Judges are made once for each schema."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._told = {told["operationId"]: told for _, _, told in operations(document)}
        self._judges: dict[str, Draft202012Validator] = {}
        self._answers: dict[tuple[str, int], Draft202012Validator | None] = {}

    def describes(self, operation: str, status: int, body: Any) -> bool:
        """Whether it names the status, its schema there allows the body, and no header is promised beside."""
        if (operation, status) not in self._answers:
            schema = self._schema(operation, status)
            self._answers[operation, status] = None if schema is None else self._judge(schema)
        judge = self._answers[operation, status]
        return judge is not None and judge.is_valid(body)

    def wrongs(self, answers: Iterable[Answer]) -> Iterator[str]:
        """Each answer that it describes and should not, or should and does not."""
        for each in answers:
            if self.describes(each.operation, each.status, each.body) is not each.is_described:
                word = "is not described" if each.is_described else "is described"
                yield f"{each.operation} {each.status}: {each.name} {word}: {each.body}"[:400]

    def link_wrongs(self) -> Iterator[str]:
        """What is otherwise with the links from one answer to the next question."""
        told = [
            (name, link.get("operationId"), parameter, source)
            for name, operation in self._told.items()
            for said in operation["responses"].values()
            for link in said.get("links", {}).values()
            for parameter, source in link["parameters"].items()
        ]
        if told != LINKS:
            yield f"links: {told} instead of {LINKS}"

    def result_wrongs(self) -> Iterator[str]:
        """What it says otherwise of the JSON in a record's result."""
        record = self._document["components"]["schemas"]["TaskRecord"]
        judge = self._judge(record["properties"]["resultJson"]["x-apikley-content"])
        for value, is_described in RESULTS:
            if judge.is_valid(value) is not is_described:
                yield f"resultJson with {value} is {'not ' * is_described}described"[:200]

    def form_wrongs(self) -> Iterator[str]:
        """Each request that it allows and should not, or should and does not."""
        for name, body, is_allowed in FORMS:
            ((_, content),) = self._told[name]["requestBody"]["content"].items()
            if self._judge(content["schema"]).is_valid(body) is not is_allowed:
                yield f"{name} with {body} is {'not ' * is_allowed}allowed"[:200]

    def default_wrongs(self) -> Iterator[str]:
        """What it says otherwise of what the service takes for an unsaid value."""
        values = edit_body(self._document)["properties"]["input"]["properties"]
        told = {
            name: each["x-apikley-default"] for name, each in values.items() if "x-apikley-default" in each
        }
        if told != DEFAULTS:
            yield f"defaults: {told} instead of {DEFAULTS}"

    def _judge(self, schema: dict[str, Any]) -> Draft202012Validator:
        key = repr(schema)  # most answers refer to a few schemas
        if key not in self._judges:
            self._judges[key] = validator(self._document, schema)
        return self._judges[key]

    def _schema(self, operation: str, status: int) -> dict[str, Any] | None:
        if operation == CALLBACK:
            return self._callback()
        told = self._told.get(operation, {"responses": {}})
        if str(status) not in told["responses"]:
            return None
        said = response(self._document, told, str(status))
        promised = any(header.get("required") for header in said.get("headers", {}).values())
        return None if promised else _schema_of(said)

    def _callback(self) -> dict[str, Any] | None:
        for told in self._told.values():
            for callback in told.get("callbacks", {}).values():
                for path in callback.values():
                    return _schema_of(path["post"]["requestBody"])
        return None


def _schema_of(holder: dict[str, Any]) -> dict[str, Any] | None:
    """JSON is the only type in which answers come."""
    return holder.get("content", {}).get("application/json", {}).get("schema")

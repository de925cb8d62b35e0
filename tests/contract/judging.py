"""Whether a value is what an OpenAPI 3.0 document says, judged by jsonschema-rs in draft 2020-12."""

import email.policy
import json
from collections.abc import Iterator
from email.parser import BytesParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from regeneration import documents

ROOT = Path(__file__).parents[2]
CORRECTED: dict[str, Any] = json.loads(
    (files("apikley_generated") / "openapi.json").read_text(encoding="utf-8")
)
PRISTINE: dict[str, Any] = documents.load(ROOT / "spec/upstream/market/qwen/image-edit.yaml")
EDIT = "qwen/image-edit"
LARGEST = {"int32": 2**31 - 1, "int64": 2**63 - 1}


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A judge of the values that `schema`, a part of `document`, allows."""
    whole = {"components": document.get("components", {}), "allOf": [schema]}
    return Draft202012Validator(converted(whole), validate_formats=True)


def converted(schema: Any) -> Any:
    """The schema in the words of draft 2020-12: null is a type, and the sizes of integers are bounds."""
    match schema:
        case list():
            return [converted(inner) for inner in schema]
        case dict():
            schema = {key: converted(inner) for key, inner in schema.items()}
            if schema.get("nullable") is True:
                schema["type"] = [schema["type"], "null"]
                if "enum" in schema:
                    schema["enum"] = [*schema["enum"], None]
            if schema.get("format") in LARGEST:
                largest = LARGEST[schema["format"]]
                schema = {"minimum": -largest - 1, "maximum": largest} | schema
    return schema


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its path and method."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def operation(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The operation of that operationId."""
    (found,) = (each for _, _, each in operations(document) if each["operationId"] == name)
    return found


def body_places(document: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Where the schema of a task's request stands, by model: at the operation while there is but one."""
    (place,) = (
        ("paths", path, method, "requestBody", "content", "application/json", "schema")
        for path, method, told in operations(document)
        if told["operationId"] == "create_task"
    )
    told = at(document, place).get("discriminator")
    if told is None:
        return {at(document, place)["properties"]["model"]["enum"][0]: place}
    return {model: tuple(name.split("/")[1:]) for model, name in told["mapping"].items()}


def edit_body(document: dict[str, Any]) -> dict[str, Any]:
    """The schema of a request for an edit, however many models there are beside it."""
    return at(document, body_places(document)[EDIT])


def edit_example(document: dict[str, Any]) -> dict[str, Any]:
    """The example of a request for an edit."""
    content = operation(document, "create_task")["requestBody"]["content"]["application/json"]
    return content["example"] if "example" in content else content["examples"][EDIT]["value"]


def at(document: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    """The object at a place of the document."""
    for key in place:
        document = document[key]
    return document


def response(document: dict[str, Any], operation: dict[str, Any], status: str) -> dict[str, Any]:
    """What an operation answers with a status, a reference followed."""
    found = operation["responses"][status]
    if "$ref" in found:
        return document["components"]["responses"][found["$ref"].rpartition("/")[2]]
    return found


def request_validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    """A judge of the bodies that an operation takes."""
    ((_, content),) = operation(document, name)["requestBody"]["content"].items()
    return validator(document, content["schema"])


def form_fields(request: httpx.Request) -> list[tuple[str, bytes]]:
    """The parts of a form, as a server finds them."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + request.content)
    return [
        (str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True))
        for part in message.iter_parts()
    ]

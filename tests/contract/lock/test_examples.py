"""Every example of the document is what its own schema says, is read without loss, and can be played."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from apikley.mock import Document
from apikley_generated import AuthenticatedClient, models
from contract.judging import CORRECTED, at, body_places, operation, operations, response, validator

NAMES = [each["operationId"] for _, _, each in operations(CORRECTED)]


def examples(holder: dict[str, Any]) -> Iterator[Any]:
    """The examples of a media type, parameter or schema."""
    if "example" in holder:
        yield holder["example"]
    for each in holder.get("examples", {}).values():
        yield each["value"]


def answer_examples() -> Iterator[Any]:
    for name in NAMES:
        told = operation(CORRECTED, name)
        for status in told["responses"]:
            for content in response(CORRECTED, told, status)["content"].values():
                for number, example in enumerate(examples(content)):
                    yield pytest.param(
                        name, int(status), content["schema"], example, id=f"{name}-{status}-{number}"
                    )


def schemas_with_examples(value: Any, place: str = "") -> Iterator[Any]:
    """Every schema that has an example, wherever it stands."""
    match value:
        case {"example": example, "type": _} | {"example": example, "anyOf": _}:
            yield pytest.param(value, example, id=place)
    match value:
        case dict():
            for key, inner in value.items():
                yield from schemas_with_examples(inner, f"{place}/{key}")
        case list():
            for number, inner in enumerate(value):
                yield from schemas_with_examples(inner, f"{place}/{number}")


def parsed(name: str, status: int, body: object) -> Any:
    """What the generated operation makes of an answer."""
    (tag,) = operation(CORRECTED, name)["tags"]
    module = import_module(f"apikley_generated.api.{tag}.{name}")
    client = AuthenticatedClient("https://api.apikley.ru", "sk-test-1")
    return module._parse_response(client=client, response=httpx.Response(status, json=body))


def test_the_mock_can_play_the_document():
    assert Document.of(CORRECTED).operations()


@pytest.mark.parametrize(("name", "status", "schema", "example"), [*answer_examples()])
def test_an_example_of_an_answer_is_right_and_parsed(name, status, schema, example):
    assert [*validator(CORRECTED, schema).iter_errors(example)] == []
    assert parsed(name, status, example).to_dict() == example


def test_every_operation_has_an_example_of_its_answer():
    assert {param.values[0] for param in answer_examples()} == {*NAMES}


@pytest.mark.parametrize(("schema", "example"), [*schemas_with_examples(CORRECTED)])
def test_an_example_of_a_value_is_right(schema, example):
    assert [*validator(CORRECTED, schema).iter_errors(example)] == []


def test_the_example_of_a_request_is_right_and_parsed():
    content = operation(CORRECTED, "create_task")["requestBody"]["content"]["application/json"]
    said = {each["model"]: each for each in examples(content)}
    assert said.keys() == body_places(CORRECTED).keys()
    for model, place in body_places(CORRECTED).items():
        schema = at(CORRECTED, place)
        assert [*validator(CORRECTED, schema).iter_errors(said[model])] == []
        assert [*validator(CORRECTED, content["schema"]).iter_errors(said[model])] == []
        assert getattr(models, schema["title"]).from_dict(said[model]).to_dict() == said[model]

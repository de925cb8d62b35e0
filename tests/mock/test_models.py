"""Which model the mock takes a request for."""

import json

import pytest

from apikley.mock import Document, Mock, Request
from contract.judging import at, edit_body
from contract.verdicts.rows import CREATE, KEY

CONTENT = ("paths", CREATE, "post", "requestBody", "content", "application/json")


def told(mock: Mock, body: object) -> tuple[int, str | None, str | None]:
    """The code, the rule and the place of an answer to a create request."""
    headers = {"authorization": KEY, "content-type": "application/json"}
    reply = mock.handle(Request("POST", CREATE, headers=headers, body=json.dumps(body).encode()))
    said = dict(reply.headers)
    return json.loads(reply.body)["code"], said.get("x-mock-rule"), said.get("x-mock-pointer")


@pytest.mark.parametrize("model", ["qwen/other", "", 7, ["qwen/image-edit"]])
@pytest.mark.parametrize("wish", [{}, {"input": {}}, {"input": {"prompt": "", "image_url": 1}}])
def test_a_model_that_nobody_knows_is_refused_whatever_its_input_is(model, wish):
    assert told(Mock(), {"model": model, **wish}) == (422, "enum", "/model")


def test_a_missing_model_is_refused_as_missing():
    assert told(Mock(), {"input": {"prompt": "", "image_url": 1}}) == (422, "required", "/model")


def test_a_model_may_be_told_as_a_constant():
    document = json.loads(json.dumps(Document.shipped().json))
    edit = edit_body(document)
    pen = {**edit, "title": "Pen", "properties": dict(edit["properties"])}
    pen["properties"]["model"] = {"type": "string", "const": "ink/pen", "x-apikley-role": "model"}
    pen["properties"]["input"] = {"type": "object", "x-apikley-role": "input", "properties": {}}
    content = at(document, CONTENT)
    content["schema"] = {"oneOf": [pen, edit]}
    content.pop("examples", None)

    mock = Mock(document=Document.of(document))

    assert told(mock, {"model": "ink/pen", "input": {}})[0] == 200
    assert told(mock, {"model": "qwen/image-edit", "input": {}})[2] == "/input/prompt"
    assert told(mock, {"model": "ink/brush", "input": {}}) == (422, "enum", "/model")

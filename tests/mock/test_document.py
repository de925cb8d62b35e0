"""Whether the mock knows the service from its document alone."""

import copy
import json
import re

import orjson
import pytest

from apikley.mock import Document, DocumentError, Mock, Request, polls
from apikley.mock.nodes import Node
from apikley.mock.schemas import to_validator
from contract.judging import body_places, edit_body

KEY = {"authorization": "Bearer sk-test-1", "content-type": "application/json"}

# The names that a service might change over night.
RENAMED = {
    "/api/v1/jobs/createTask": "/v2/edits",
    "/api/v1/jobs/recordInfo": "/v2/edits/details",
    "create_task": "begin",
    "get_task": "look",
    "taskId": "editId",
    "prompt": "wish",
    "image_url": "picture",
    "resultJson": "outcome",
    "resultUrls": "links",
    "input": "parameters",
    '"data"': '"body"',
    "/data/": "/body/",
    "waiting": "dozing",
}


@pytest.fixture
def shipped():
    return copy.deepcopy(Document.shipped().json)


def test_a_document_with_other_names_is_played_without_a_change_to_the_mock(shipped):
    pieces = re.split(r'("x-apikley-role": "[^"]*")', json.dumps(shipped))
    for old, new in RENAMED.items():
        pieces[::2] = [piece.replace(old, new) for piece in pieces[::2]]
    mock = Mock(document=Document.of(json.loads("".join(pieces))), scenario=polls(1))
    body = {"model": "qwen/image-edit", "parameters": {"wish": "a", "picture": "https://example.com/a.jpg"}}
    reply = mock.handle(Request("POST", "/v2/edits", headers=KEY, body=json.dumps(body).encode()))
    edit_id = json.loads(reply.body)["body"]["editId"]
    seen = [
        json.loads(mock.handle(Request("GET", "/v2/edits/details", f"editId={edit_id}", KEY)).body)["body"]
        for _ in range(2)
    ]
    assert [record["state"] for record in seen] == ["dozing", "success"]
    assert json.loads(json.loads(seen[0]["param"])["parameters"])["wish"] == "a"
    assert len(json.loads(seen[1]["outcome"])["links"]) == 1
    del body["parameters"]["wish"]
    reply = mock.handle(Request("POST", "/v2/edits", headers=KEY, body=json.dumps(body).encode()))
    assert json.loads(reply.body)["msg"] == "wish is required"


def test_a_second_model_may_stand_beside_the_first(shipped):
    content = shipped["paths"]["/api/v1/jobs/createTask"]["post"]["requestBody"]["content"][
        "application/json"
    ]
    edit = edit_body(shipped)
    other = copy.deepcopy(edit)
    other["properties"]["model"] |= dict.fromkeys(("default", "example"), "qwen/text-to-image")
    other["properties"]["model"]["enum"] = ["qwen/text-to-image"]
    wish = other["properties"]["input"]
    wish["required"] = ["prompt"]
    del wish["properties"]["image_url"]
    wish["properties"]["image_size"]["x-apikley-default"] = "square_hd"
    content["schema"] = {"oneOf": [edit, other]}
    content.pop("examples", None)
    mock = Mock(document=Document.of(shipped))

    def status(body):
        request = Request("POST", "/api/v1/jobs/createTask", headers=KEY, body=json.dumps(body).encode())
        return mock.handle(request)

    assert status({"model": "qwen/text-to-image", "input": {"prompt": "a"}}).status == 200
    assert mock.credits == 996.5
    refused = status({"model": "qwen/image-edit", "input": {"prompt": "a"}})
    assert dict(refused.headers)["x-mock-pointer"] == "/input/image_url"
    refused = status({"model": "qwen/text-to-image", "input": {}})
    assert json.loads(refused.body)["msg"] == "prompt is required"


def test_a_path_may_have_variables_and_a_server_a_path(shipped):
    path = shipped["paths"].pop("/api/v1/jobs/recordInfo")
    path["get"]["parameters"][0]["in"] = "path"
    shipped["paths"]["/jobs/{taskId}"] = path
    del shipped["paths"]["/api/v1/jobs/createTask"]["post"]["responses"]["200"]["links"]
    shipped["servers"] = [{"url": "https://api.example.com/base/"}]
    mock = Mock(document=Document.of(shipped))
    body = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
    mock.handle(Request("POST", "/base/api/v1/jobs/createTask", headers=KEY, body=json.dumps(body).encode()))
    [task] = mock.tasks
    reply = mock.handle(Request("GET", f"/base/jobs/{task.id}", headers=KEY))
    assert json.loads(reply.body)["data"]["state"] == "waiting"
    reply = mock.handle(Request("GET", "/base/jobs/a b", headers=KEY))
    assert json.loads(reply.body)["msg"] == "recordInfo is null"


def test_a_schema_may_refer_to_a_part_of_a_component_which_refers_to_another():
    part = {"properties": {"words": {"$ref": "#/components/schemas/Words"}}}
    words = {"type": "string", "maxLength": 3}
    schema = {"allOf": [{"$ref": "#/components/schemas/Part/properties/words"}]}
    document = {"components": {"schemas": {"Part": part, "Words": words, "Unused": {"type": "no type"}}}}
    validator = to_validator(Node(document, "#", schema))
    assert [validator.is_valid(value) for value in ("fox", "foxes", 3)] == [True, False, False]


@pytest.mark.parametrize("message", ["success", '100 % "%b" %s', "успех"])
def test_an_answer_is_written_as_it_is_filled(shipped, message):
    create = shipped["paths"]["/api/v1/jobs/createTask"]["post"]
    create["responses"]["200"]["content"]["application/json"]["example"]["msg"] = message
    for operation in Document.of(shipped).operations():
        for form in (operation.answer, *operation.refused.values()):
            roles = sorted(form.roles)
            for said in ([], roles[:1], roles[1:], roles):
                for value in (None, 1.5, '"%b" \0', ["ä"]):
                    values = dict.fromkeys(said, value)
                    assert form.written(values) == orjson.dumps(form.filled(values))


def spoil(document, pointer, value):
    *way, last = pointer
    for key in way:
        document = document[key]
    document[last] = value


CREATE = ("paths", "/api/v1/jobs/createTask", "post")
OK = (*CREATE, "responses", "200")
BODY = body_places(Document.shipped().json)["qwen/image-edit"]
SCHEMAS = ("components", "schemas")

SPOILED = {
    "an example against its schema": ((*OK, "content", "application/json", "example", "data"), {}, "example"),
    "an unknown deed": ((*CREATE, "x-apikley-does"), "fly", "x-apikley-does"),
    "an unknown role": (
        (*SCHEMAS, "TaskRecord", "properties", "state", "x-apikley-role"),
        "mood",
        "TaskRecord",
    ),
    "a role that is there twice": (
        (*SCHEMAS, "UploadFileUrlRequest", "properties", "fileName", "x-apikley-role"),
        "folder",
        "fileName",
    ),
    "a missing role": (
        (*SCHEMAS, "CreatedTask", "properties", "taskId", "x-apikley-role"),
        "name",
        "createTask",
    ),
    "a state that is none": (
        (*SCHEMAS, "TaskState", "x-apikley-lifecycle", "success"),
        "done",
        "TaskState/x-apikley-lifecycle",
    ),
    "a default against its schema": (
        (*BODY, "properties", "input", "properties", "image_size", "x-apikley-default"),
        "huge",
        "image_size/x-apikley-default",
    ),
    "a link to nowhere": ((*OK, "links", "GetTask", "operationId"), "nothing", "links/GetTask"),
    "a link by nothing": (
        (*OK, "links", "GetTask", "parameters", "taskId"),
        "$response.body#/data/id",
        "links/GetTask/parameters/taskId",
    ),
    "a reference to nothing": (
        (*OK, "content", "application/json", "schema"),
        {"$ref": "#/nothing"},
        "schema",
    ),
    "no words for a cause": (("x-apikley-refusals",), {}, "createTask"),
}


@pytest.mark.parametrize(("pointer", "value", "place"), SPOILED.values(), ids=SPOILED)
def test_a_document_that_cannot_be_played_is_told_by_its_pointer(shipped, pointer, value, place):
    spoil(shipped, pointer, value)
    with pytest.raises(DocumentError) as caught:
        Document.of(shipped)
    assert str(caught.value).startswith("#")
    assert place in str(caught.value)

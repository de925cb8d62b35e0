"""Single changes of a document, each classed by hand, and what update-spec says of them."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from comparing import comparing
from comparing.changes import Level, Side
from regeneration import documents
from updating import heeding

DATA = Path(__file__).parents[1] / "data" / "updating"
BASE: dict[str, Any] = documents.load(DATA / "image-edit.yaml")
BREAKING, COMPATIBLE, WORDING = Level

Spoil = Callable[[dict[str, Any]], object]


def operation(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"]["/api/v1/jobs/createTask"]["post"]


def body(document: dict[str, Any]) -> dict[str, Any]:
    return operation(document)["requestBody"]["content"]["application/json"]["schema"]


def wish(document: dict[str, Any]) -> dict[str, Any]:
    """The schema of a request's input."""
    return body(document)["properties"]["input"]


def told(document: dict[str, Any], name: str) -> dict[str, Any]:
    return wish(document)["properties"][name]


def answer(document: dict[str, Any]) -> dict[str, Any]:
    return operation(document)["responses"]["200"]["content"]["application/json"]["schema"]["allOf"][1]


def data(document: dict[str, Any]) -> dict[str, Any]:
    return answer(document)["properties"]["data"]


def envelope(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"]["ApiResponse"]["properties"]


def renamed(mapping: dict[str, Any], old: str, new: str) -> None:
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


@frozen
class Row:
    """One change: what is done to the document, and what it is to users by our own judgement."""

    spoil: Spoil
    level: Level
    what: str
    pointer: str
    before: Spoil = lambda _: None
    """What is done to both versions first."""


INPUT = "requestBody/content/application~1json/schema/properties/input"
OK = "responses/200/content/application~1json/schema"

ROWS = {
    # What users send
    "a property that must be sent": Row(
        lambda d: (
            wish(d)["properties"].update(mode={"type": "string"}),
            wish(d)["required"].append("mode"),
        ),
        BREAKING,
        "required property added",
        f"{INPUT}/properties/mode",
    ),
    "a property that may be sent": Row(
        lambda d: wish(d)["properties"].update(mode={"type": "string"}),
        COMPATIBLE,
        "property added",
        f"{INPUT}/properties/mode",
    ),
    "a property is gone": Row(
        lambda d: wish(d)["properties"].pop("sync_mode"),
        BREAKING,
        "property removed",
        f"{INPUT}/properties/sync_mode",
    ),
    "a property has another name": Row(
        lambda d: renamed(wish(d)["properties"], "num_inference_steps", "steps"),
        BREAKING,
        "property renamed",
        f"{INPUT}/properties/num_inference_steps",
    ),
    "a property at the top has another name": Row(
        lambda d: renamed(body(d)["properties"], "callBackUrl", "callbackUrl"),
        BREAKING,
        "property renamed",
        "schema/properties/callBackUrl",
    ),
    "a maximum is lowered": Row(
        lambda d: told(d, "num_inference_steps").update(maximum=40),
        BREAKING,
        "maximum lowered",
        f"{INPUT}/properties/num_inference_steps/maximum",
    ),
    "a maximum is raised": Row(
        lambda d: told(d, "num_inference_steps").update(maximum=250),
        COMPATIBLE,
        "maximum raised",
        "num_inference_steps/maximum",
    ),
    "a minimum is raised": Row(
        lambda d: told(d, "num_inference_steps").update(minimum=5),
        BREAKING,
        "minimum raised",
        "num_inference_steps/minimum",
    ),
    "a minimum is lowered": Row(
        lambda d: told(d, "num_inference_steps").update(minimum=1),
        COMPATIBLE,
        "minimum lowered",
        "num_inference_steps/minimum",
    ),
    "a maximum counts no more": Row(
        lambda d: told(d, "guidance_scale").update(exclusiveMaximum=True),
        BREAKING,
        "exclusiveMaximum added",
        "guidance_scale/exclusiveMaximum",
    ),
    "a text must be shorter": Row(
        lambda d: told(d, "prompt").update(maxLength=1000),
        BREAKING,
        "maxLength lowered",
        "prompt/maxLength",
    ),
    "a text may be longer": Row(
        lambda d: told(d, "prompt").update(maxLength=5000),
        COMPATIBLE,
        "maxLength raised",
        "prompt/maxLength",
    ),
    "a text may be as long as one likes": Row(
        lambda d: told(d, "prompt").pop("maxLength"), COMPATIBLE, "maxLength removed", "prompt/maxLength"
    ),
    "a text may not be empty": Row(
        lambda d: told(d, "prompt").update(minLength=1), BREAKING, "minLength added", "prompt/minLength"
    ),
    "a text must look like something": Row(
        lambda d: told(d, "image_url").update(pattern="^https://"),
        BREAKING,
        "pattern added",
        "image_url/pattern",
    ),
    "a value is taken no more": Row(
        lambda d: told(d, "acceleration")["enum"].remove("high"),
        BREAKING,
        "value removed",
        "acceleration/enum",
    ),
    "a value more is taken": Row(
        lambda d: told(d, "output_format")["enum"].append("webp"),
        COMPATIBLE,
        "value added",
        "output_format/enum",
    ),
    "a text becomes one of a few": Row(
        lambda d: told(d, "negative_prompt").update(enum=["blurry", "ugly"]),
        BREAKING,
        "list of values added",
        "negative_prompt/enum",
    ),
    "one of a few becomes any text": Row(
        lambda d: told(d, "image_size").pop("enum"),
        COMPATIBLE,
        "list of values removed",
        "image_size/enum",
    ),
    "the values stand in another order": Row(
        lambda d: told(d, "image_size")["enum"].reverse(),
        WORDING,
        "values in another order",
        "image_size/enum",
    ),
    "a number must be whole": Row(
        lambda d: told(d, "guidance_scale").update(type="integer"),
        BREAKING,
        "type changed",
        "guidance_scale/type",
    ),
    "a whole number may be any": Row(
        lambda d: told(d, "seed").update(type="number"), COMPATIBLE, "type changed", "seed/type"
    ),
    "a number becomes a text": Row(
        lambda d: told(d, "seed").update(type="string"), BREAKING, "type changed", "seed/type"
    ),
    "an option becomes a must": Row(
        lambda d: wish(d)["required"].append("seed"), BREAKING, "now required", f"{INPUT}/required"
    ),
    "a must becomes an option": Row(
        lambda d: wish(d)["required"].remove("image_url"),
        COMPATIBLE,
        "no longer required",
        f"{INPUT}/required",
    ),
    "an unsent value means something else": Row(
        lambda d: told(d, "image_size").update(default="square"),
        BREAKING,
        "default changed",
        "image_size/default",
    ),
    "an unsent value means nothing that is told": Row(
        lambda d: told(d, "output_format").pop("default"),
        BREAKING,
        "default removed",
        "output_format/default",
    ),
    "null may be sent": Row(
        lambda d: told(d, "seed").update(nullable=True), COMPATIBLE, "nullable added", "seed/nullable"
    ),
    "null may not be sent any more": Row(
        lambda d: told(d, "seed").pop("nullable"),
        BREAKING,
        "nullable removed",
        "seed/nullable",
        before=lambda d: told(d, "seed").update(nullable=True),
    ),
    "any text where an address was needed": Row(
        lambda d: body(d)["properties"]["callBackUrl"].pop("format"),
        COMPATIBLE,
        "format removed",
        "callBackUrl/format",
    ),
    "an address where any text was taken": Row(
        lambda d: told(d, "image_url").update(format="uri"), BREAKING, "format added", "image_url/format"
    ),
    "no fields but the listed ones": Row(
        lambda d: wish(d).update(additionalProperties=False),
        BREAKING,
        "additionalProperties added",
        f"{INPUT}/additionalProperties",
    ),
    "the body may be left out": Row(
        lambda d: operation(d)["requestBody"].update(required=False),
        COMPATIBLE,
        "required",
        "requestBody/required",
    ),
    "the body is a form": Row(
        lambda d: operation(d)["requestBody"]["content"].pop("application/json"),
        BREAKING,
        "media type removed",
        "requestBody/content/application~1json",
        before=lambda d: operation(d)["requestBody"]["content"].update(
            {"multipart/form-data": {"schema": {"type": "object"}}}
        ),
    ),
    "a header that must be sent": Row(
        lambda d: operation(d).update(
            parameters=[{"name": "X-Region", "in": "header", "required": True, "schema": {"type": "string"}}]
        ),
        BREAKING,
        "required parameter added",
        "post/parameters/0",
    ),
    "a header that may be sent": Row(
        lambda d: operation(d).update(
            parameters=[{"name": "X-Region", "in": "header", "schema": {"type": "string"}}]
        ),
        COMPATIBLE,
        "parameter added",
        "post/parameters/0",
    ),
    # What users read
    "a field of the answer is gone": Row(
        lambda d: data(d)["properties"].pop("taskId"),
        BREAKING,
        "property removed",
        "data/properties/taskId",
    ),
    "a field of the answer has another name": Row(
        lambda d: renamed(data(d)["properties"], "taskId", "task_id"),
        BREAKING,
        "property renamed",
        "data/properties/taskId",
    ),
    "the answer holds more": Row(
        lambda d: data(d)["properties"].update(eta={"type": "integer"}),
        COMPATIBLE,
        "property added",
        "data/properties/eta",
    ),
    "a field of the answer has another type": Row(
        lambda d: data(d)["properties"]["taskId"].update(type="integer"),
        BREAKING,
        "type changed",
        "taskId/type",
    ),
    "a whole number of the answer may be a fraction": Row(
        lambda d: data(d)["properties"]["cost"].update(type="number"),
        BREAKING,
        "type changed",
        "cost/type",
        before=lambda d: data(d)["properties"].update(cost={"type": "integer"}),
    ),
    "a field of the answer may be null": Row(
        lambda d: data(d).update(nullable=True), BREAKING, "nullable added", "properties/data/nullable"
    ),
    "a field of the answer may be missing": Row(
        lambda d: data(d)["required"].clear(),
        BREAKING,
        "no longer required",
        "data/required",
        before=lambda d: data(d).update(required=["taskId"]),
    ),
    "a field of the answer is always there": Row(
        lambda d: data(d).update(required=["taskId"]), COMPATIBLE, "now required", "data/required"
    ),
    "a code more is answered": Row(
        lambda d: envelope(d)["code"]["enum"].append(433),
        COMPATIBLE,
        "value added",
        "ApiResponse/properties/code/enum",
    ),
    "a code less is answered": Row(
        lambda d: envelope(d)["code"]["enum"].remove(505),
        COMPATIBLE,
        "value removed",
        "ApiResponse/properties/code/enum",
    ),
    "a text of the answer is shorter": Row(
        lambda d: envelope(d)["msg"].update(maxLength=80), COMPATIBLE, "maxLength added", "msg/maxLength"
    ),
    "a moment instead of a text": Row(
        lambda d: data(d)["properties"]["taskId"].update(format="date-time"),
        BREAKING,
        "format added",
        "taskId/format",
    ),
    "an error has a status of its own": Row(
        lambda d: operation(d)["responses"].update({"429": {"description": "Too many"}}),
        COMPATIBLE,
        "status added",
        "responses/429",
    ),
    "an error has no status of its own": Row(
        lambda d: operation(d)["responses"].pop("500"), COMPATIBLE, "status removed", "responses/500"
    ),
    "success has another status": Row(
        lambda d: operation(d)["responses"].pop("200"), BREAKING, "status removed", "responses/200"
    ),
    "success has a second status": Row(
        lambda d: operation(d)["responses"].update({"202": {"description": "Accepted"}}),
        BREAKING,
        "status added",
        "responses/202",
    ),
    "answers are no JSON": Row(
        lambda d: operation(d)["responses"]["200"]["content"].pop("application/json"),
        BREAKING,
        "media type removed",
        "responses/200/content/application~1json",
    ),
    # What stands around
    "the path is another": Row(
        lambda d: renamed(d["paths"], "/api/v1/jobs/createTask", "/api/v2/jobs/createTask"),
        BREAKING,
        "path changed",
        "/paths/~1api~1v1~1jobs~1createTask",
    ),
    "the path is gone": Row(
        lambda d: d["paths"].clear(), BREAKING, "path removed", "/paths/~1api~1v1~1jobs~1createTask"
    ),
    "a path more": Row(
        lambda d: d["paths"].update({"/api/v1/jobs/cancel": {}}),
        COMPATIBLE,
        "path added",
        "/paths/~1api~1v1~1jobs~1cancel",
    ),
    "the method is another": Row(
        lambda d: renamed(d["paths"]["/api/v1/jobs/createTask"], "post", "put"),
        BREAKING,
        "method changed",
        "createTask/post",
    ),
    "the function has another name": Row(
        lambda d: operation(d).update(operationId="qwen-edit"),
        BREAKING,
        "operationId changed",
        "post/operationId",
    ),
    "the server is another": Row(
        lambda d: d["servers"][0].update(url="https://api.apikley.com"),
        BREAKING,
        "server changed",
        "/servers/0/url",
    ),
    "a server more": Row(
        lambda d: d["servers"].append({"url": "https://eu.apikley.ru"}),
        COMPATIBLE,
        "server added",
        "/servers",
    ),
    "the key is sent in another way": Row(
        lambda d: d["components"]["securitySchemes"]["BearerAuth"].update(scheme="basic"),
        BREAKING,
        "scheme changed",
        "BearerAuth/scheme",
    ),
    "the key is of another kind": Row(
        lambda d: d["components"]["securitySchemes"]["BearerAuth"].update(type="apiKey"),
        BREAKING,
        "type changed",
        "BearerAuth/type",
    ),
    "no key is needed": Row(lambda d: d["security"].clear(), COMPATIBLE, "security changed", "/security"),
    "two keys are needed": Row(
        lambda d: d["security"][0].update(Signature=[]), BREAKING, "security changed", "/security"
    ),
    "the operation will go one day": Row(
        lambda d: operation(d).update(deprecated=True), COMPATIBLE, "deprecated added", "post/deprecated"
    ),
    # What is for reading
    "a description": Row(
        lambda d: told(d, "prompt").update(description="What to make"),
        WORDING,
        "description changed",
        "prompt/description",
    ),
    "an example": Row(
        lambda d: told(d, "negative_prompt").update(example="fog"),
        WORDING,
        "example changed",
        "negative_prompt/example",
    ),
    "the example of the whole request": Row(
        lambda d: operation(d)["requestBody"]["content"]["application/json"]["example"].update(model="x"),
        WORDING,
        "example changed",
        "application~1json/example",
    ),
    "the version of the document": Row(
        lambda d: d["info"].update(version="1.1.0"), WORDING, "version changed", "/info/version"
    ),
    "the summary": Row(
        lambda d: operation(d).update(summary="Edit"), WORDING, "summary changed", "post/summary"
    ),
    "what the key looks like": Row(
        lambda d: d["components"]["securitySchemes"]["BearerAuth"].update(bearerFormat="JWT"),
        WORDING,
        "bearerFormat changed",
        "BearerAuth/bearerFormat",
    ),
    "a shared answer under another name": Row(
        lambda d: (
            d["components"]["responses"].update(Failed=d["components"]["responses"]["Error"]),
            operation(d)["responses"].update({"500": {"$ref": "#/components/responses/Failed"}}),
        ),
        WORDING,
        "component added",
        "/components/responses/Failed",
    ),
}


def compared(row: Row) -> list[Any]:
    old = deepcopy(BASE)
    row.before(old)
    new = deepcopy(old)
    row.spoil(new)
    return comparing.compare(old, new)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_single_change_is_told_once_and_classed_as_by_hand(row: Row):
    (change,) = compared(row)
    assert (change.level, change.what) == (row.level, row.what)
    assert change.pointer.endswith(row.pointer)


def test_nothing_changed_is_nothing_told():
    assert comparing.compare(BASE, deepcopy(BASE)) == []


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_no_change_is_missed_when_versions_are_swapped(row: Row):
    old = deepcopy(BASE)
    row.before(old)
    new = deepcopy(old)
    row.spoil(new)
    assert comparing.compare(new, old)


def test_a_schema_of_both_sides_is_judged_by_the_worse_one():
    def shared(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["Both"] = {
            "type": "object",
            "properties": {"a": {"type": "string"}},
        }
        body(document)["properties"]["extra"] = {"$ref": "#/components/schemas/Both"}
        data(document)["properties"]["extra"] = {"$ref": "#/components/schemas/Both"}

    def spoil(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["Both"]["properties"]["a"]["nullable"] = True

    (change,) = compared(Row(spoil, BREAKING, "", "", before=shared))
    assert (change.level, change.side) == (BREAKING, Side.BOTH)


def test_a_name_that_a_correction_gives_touches_nobody():
    row = ROWS["the function has another name"]
    corrected = deepcopy(BASE)
    operation(corrected)["operationId"] = "create_task"
    (change,) = heeding.heed(compared(row), corrected, corrected)
    assert change.level is WORDING
    uncorrected = deepcopy(BASE)
    row.spoil(uncorrected)
    (change,) = heeding.heed(compared(row), BASE, uncorrected)
    assert change.level is BREAKING


def test_a_schema_written_in_place_of_a_reference_is_compared_by_what_it_says():
    def spoil(document: dict[str, Any]) -> None:
        schema = operation(document)["responses"]["200"]["content"]["application/json"]["schema"]
        schema["allOf"][0] = deepcopy(document["components"]["schemas"]["ApiResponse"])
        del schema["allOf"][0]["properties"]["msg"]

    changes = compared(Row(spoil, BREAKING, "", ""))
    assert [(change.what, change.level) for change in changes] == [("property removed", BREAKING)]
    assert changes[0].pointer.endswith("allOf/0/properties/msg")


# Nothing is missed --------------------------------------------------------------------------------


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, inner in items for place in places(inner, (*here, key)))]


def parent(document: Any, place: tuple[Any, ...]) -> Any:
    for part in place[:-1]:
        document = document[part]
    return document


PLACES = places(BASE)[1:]
SCALARS = [place for place in PLACES if not isinstance(parent(BASE, place)[place[-1]], dict | list)]


def sampled(cases: list[tuple[Any, ...]]) -> list[Any]:
    """Each tenth place at every push, and all of them in the second tier."""
    return [
        pytest.param(place, id=documents.to_pointer(place), marks=[pytest.mark.deep] * bool(number % 10))
        for number, place in enumerate(cases)
    ]


@pytest.mark.parametrize("place", sampled(PLACES))
def test_whatever_is_taken_out_is_told(place: tuple[Any, ...]):
    new = deepcopy(BASE)
    del parent(new, place)[place[-1]]
    assert comparing.compare(BASE, new)
    assert comparing.compare(new, BASE)


@pytest.mark.parametrize("place", sampled(SCALARS))
def test_whatever_is_written_otherwise_is_told(place: tuple[Any, ...]):
    new = deepcopy(BASE)
    value = parent(new, place)[place[-1]]
    parent(new, place)[place[-1]] = f"{value}s" if isinstance(value, str) else value + 1
    assert comparing.compare(BASE, new)

"""What is known of the service, as the corrected document says it. Written by hand, not read from its sources."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from apikley import options, settings
from apikley.options import EditOptions
from comparing import comparing
from contract.judging import (
    CORRECTED,
    PRISTINE,
    ROOT,
    body_places,
    edit_body,
    edit_example,
    operation,
    operations,
    response,
    validator,
)
from regeneration import assembling, documents
from updating import reporting

CERTAINTIES = {"documented", "seen", "inferred"}
INPUT = edit_body(CORRECTED)
SCHEMAS = CORRECTED["components"]["schemas"]


def nodes(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with its JSON pointer."""
    match value:
        case dict():
            yield place, value
            for key, inner in value.items():
                yield from nodes(inner, f"{place}/{key.replace('~', '~0').replace('/', '~1')}")
        case list():
            for number, inner in enumerate(value):
                yield from nodes(inner, f"{place}/{number}")


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = CORRECTED
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


# Surface ------------------------------------------------------------------------------------------


def test_it_is_the_openapi_document_that_its_parts_make():
    assembled = assembling.assemble(ROOT / "spec")
    told = [
        f"{each.pointer}: {reporting.difference(each)}" for each in comparing.compare(CORRECTED, assembled)
    ]
    assert not told, "\n".join(["spec/ says otherwise: take it back, or run scripts/regenerate", *told])
    assert assembled == CORRECTED
    assert CORRECTED["openapi"] == "3.0.0"


def test_there_are_seven_operations():
    assert {(told["operationId"], method, path) for path, method, told in operations(CORRECTED)} == {
        ("create_task", "post", "/api/v1/jobs/createTask"),
        ("get_task", "get", "/api/v1/jobs/recordInfo"),
        ("upload_file", "post", "/file-upload/api/file-stream-upload"),
        ("upload_file_base64", "post", "/file-upload/api/file-base64-upload"),
        ("upload_file_url", "post", "/file-upload/api/file-url-upload"),
        ("get_credits", "get", "/api/v1/chat/credit"),
        ("get_download_url", "post", "/api/v1/common/download-url"),
    }


def test_there_is_one_server_and_it_has_no_path():
    assert [server["url"] for server in CORRECTED["servers"]] == ["https://api.apikley.ru"]
    assert settings.DEFAULT_URL == "https://api.apikley.ru"
    assert [place for place, node in nodes(CORRECTED["paths"]) if "servers" in node] == []


def test_every_operation_states_that_it_needs_the_key():
    assert [told["security"] for _, _, told in operations(CORRECTED)] == [[{"BearerAuth": []}]] * 7
    assert "security" not in CORRECTED
    scheme = CORRECTED["components"]["securitySchemes"]["BearerAuth"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_every_operation_has_one_tag_and_the_tags_are_described():
    assert {tuple(told["tags"]) for _, _, told in operations(CORRECTED)} == {
        ("tasks",),
        ("files",),
        ("account",),
    }
    assert [tag["name"] for tag in CORRECTED["tags"]] == ["tasks", "account", "files"]
    assert all(tag["description"] for tag in CORRECTED["tags"])


def test_every_operation_says_what_it_does():
    assert {told["operationId"]: told["x-apikley-does"] for _, _, told in operations(CORRECTED)} == {
        "create_task": "create-task",
        "get_task": "fetch-task",
        "upload_file": "store-file",
        "upload_file_base64": "store-file",
        "upload_file_url": "store-file",
        "get_credits": "report-credits",
        "get_download_url": "sign-link",
    }


def test_every_reference_leads_into_the_document_itself():
    references = {node["$ref"] for _, node in nodes(CORRECTED) if isinstance(node.get("$ref"), str)}
    assert references
    for reference in references:
        assert reference.startswith("#/")
        assert resolved({"$ref": reference})


def test_nothing_is_kept_that_nothing_refers_to():
    references = {node["$ref"] for _, node in nodes(CORRECTED) if isinstance(node.get("$ref"), str)}
    kept = {
        f"#/components/{kind}/{name}"
        for kind, named in CORRECTED["components"].items()
        if kind != "securitySchemes"
        for name in named
    }
    assert kept == references


# Requests -----------------------------------------------------------------------------------------


def test_only_the_model_has_a_default_and_no_other_value_is_sent_unsaid():
    models = {
        documents.to_pointer((*place, "properties", "model")): model
        for model, place in body_places(CORRECTED).items()
    }
    assert {place: node["default"] for place, node in nodes(CORRECTED) if "default" in node} == models
    assert INPUT["properties"]["model"]["default"] == "qwen/image-edit"


def test_what_the_service_takes_for_an_unsaid_value_is_kept_aside():
    properties = INPUT["properties"]["input"]["properties"]
    assert {
        name: each["x-apikley-default"] for name, each in properties.items() if "x-apikley-default" in each
    } == {
        "acceleration": "none",
        "image_size": "landscape_4_3",
        "num_inference_steps": 30,
        "guidance_scale": 4,
        "num_images": "1",
        "output_format": "png",
        "enable_safety_checker": True,
    }


def test_a_request_needs_model_input_prompt_and_picture():
    assert INPUT["required"] == ["model", "input"]
    assert INPUT["properties"]["input"]["required"] == ["prompt", "image_url"]


LINK = r"^[Hh][Tt][Tt][Pp][Ss]?://([^/?#@]*@)?[^/?#@:][^/?#@]*([/?#]|$)"


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("prompt", {"type": "string", "minLength": 1, "maxLength": 2000}),
        ("image_url", {"type": "string", "format": "uri", "pattern": LINK}),
        ("acceleration", {"type": "string", "enum": ["none", "regular", "high"]}),
        (
            "image_size",
            {
                "type": "string",
                "enum": [
                    "square",
                    "square_hd",
                    "portrait_4_3",
                    "portrait_16_9",
                    "landscape_4_3",
                    "landscape_16_9",
                ],
            },
        ),
        ("num_inference_steps", {"type": "integer", "minimum": 2, "maximum": 49}),
        ("seed", {"type": "integer"}),
        ("guidance_scale", {"type": "number", "minimum": 0, "maximum": 20}),
        ("sync_mode", {"type": "boolean"}),
        ("num_images", {"type": "string", "enum": ["1", "2", "3", "4"]}),
        ("enable_safety_checker", {"type": "boolean"}),
        ("output_format", {"type": "string", "enum": ["jpeg", "png"]}),
        ("negative_prompt", {"type": "string", "maxLength": 500}),
    ],
)
def test_the_limits_of_an_edit(name: str, facts: dict[str, object]):
    told = INPUT["properties"]["input"]["properties"][name]
    rules = {"type", "format", "pattern", "enum", "minimum", "maximum", "minLength", "maxLength"}
    assert {key: told[key] for key in told.keys() & rules} == facts


def test_the_picture_may_be_jpeg_png_or_webp_of_ten_mebibytes():
    file = INPUT["properties"]["input"]["properties"]["image_url"]["x-apikley-file"]
    assert file["mediaTypes"] == ["image/jpeg", "image/png", "image/webp"]
    assert file["maximumBytes"] == 10 * 1024 * 1024


def test_every_size_has_pixels_and_a_price():
    size = INPUT["properties"]["input"]["properties"]["image_size"]
    assert size["x-apikley-pixels"].keys() - {"x-apikley-certainty"} == {*size["enum"]}
    assert size["x-apikley-credits"].keys() - {"x-apikley-certainty"} == {*size["enum"]}


UNOFFERED: dict[str, str] = {}
"""Properties of the input that no option of ours offers, each with why; `submit(model=, input=)` takes them still."""


def test_an_option_of_ours_is_a_property_of_the_document_or_the_callback():
    assert INPUT["properties"].keys() == {"model", "callBackUrl", "input"}
    unknown = EditOptions.__annotations__.keys() - INPUT["properties"]["input"]["properties"].keys()
    assert unknown == {"callback_url"}


def test_every_property_of_the_input_is_offered_or_has_a_row_that_says_why_not():
    properties = INPUT["properties"]["input"]["properties"].keys() - {"prompt", "image_url"}
    new = sorted(properties - EditOptions.__annotations__.keys() - UNOFFERED.keys())
    assert not new, f"no option of ours offers {', '.join(new)}: add it to EditOptions, or a row to UNOFFERED"
    assert UNOFFERED.keys() <= properties, "UNOFFERED has rows of properties that are gone"


@pytest.mark.parametrize(
    ("literal", "name"),
    [
        (options.Acceleration, "acceleration"),
        (options.ImageSize, "image_size"),
        (options.OutputFormat, "output_format"),
    ],
)
def test_the_values_of_an_option_are_those_of_the_document(literal: object, name: str):
    assert [*get_args(literal)] == INPUT["properties"]["input"]["properties"][name]["enum"]


def test_the_corrected_request_is_one_that_the_page_allows():
    (page,) = PRISTINE["paths"].values()
    schema = page["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert [*validator(PRISTINE, schema).iter_errors(edit_example(CORRECTED))] == []


def test_uploads_need_a_folder_without_slashes_at_its_ends():
    for name in ("UploadFileRequest", "UploadFileBase64Request", "UploadFileUrlRequest"):
        schema = SCHEMAS[name]
        assert "uploadPath" in schema["required"]
        assert "fileName" not in schema["required"]
        judge = validator(CORRECTED, schema["properties"]["uploadPath"])
        verdicts = {path: judge.is_valid(path) for path in ("a", "a/b", "/a", "a/", "/", "")}
        assert verdicts == {"a": True, "a/b": True, "/a": False, "a/": False, "/": False, "": False}


def test_only_the_stream_is_a_form():
    media = {
        told["operationId"]: [*told["requestBody"]["content"]]
        for _, _, told in operations(CORRECTED)
        if "requestBody" in told
    }
    assert media.pop("upload_file") == ["multipart/form-data"]
    assert {tuple(kinds) for kinds in media.values()} == {("application/json",)}


def test_a_task_is_asked_for_by_its_id_in_the_query():
    (parameter,) = operation(CORRECTED, "get_task")["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("taskId", "query", True)
    assert "pattern" not in parameter["schema"]


# Answers ------------------------------------------------------------------------------------------


def test_every_answer_with_http_200_is_a_yes_or_a_refusal_and_never_both():
    for _, _, told in operations(CORRECTED):
        schema = told["responses"]["200"]["content"]["application/json"]["schema"]
        yes, no = (resolved(each) for each in schema["oneOf"])
        assert yes["properties"]["code"]["enum"] == [200]
        assert {"code", "data"} <= {*yes["required"]}
        assert no["properties"]["code"]["not"] == {"enum": [200]}
        assert "data" not in no["required"]


def test_every_other_answer_is_a_refusal_with_a_body():
    for _, _, told in operations(CORRECTED):
        for status in told["responses"].keys() - {"200"}:
            schema = response(CORRECTED, told, status)["content"]["application/json"]["schema"]
            assert schema["$ref"].endswith("Refusal")


def test_the_refusals_of_the_page_can_come_as_status_too():
    told = operation(CORRECTED, "create_task")["responses"]
    assert {*map(int, told)} == {200, 400, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505}


@pytest.mark.parametrize(
    "body",
    [
        {"code": 402, "msg": "m", "data": None},
        {"code": 402, "msg": "m"},
        {"code": 433, "message": "m"},
        {"code": 422, "msg": "recordInfo is null", "data": None},
        {"code": 4290},
    ],
)
def test_a_refusal_may_look_like_this(body: object):
    for name in ("create_task", "get_task", "get_credits", "get_download_url"):
        schema = operation(CORRECTED, name)["responses"]["200"]["content"]["application/json"]["schema"]
        assert validator(CORRECTED, schema).is_valid(body)


def test_every_known_code_is_listed_and_has_a_meaning():
    known = SCHEMAS["ResponseCode"]
    assert {*known["enum"]} == {200, 400, 401, 402, 404, 405, 408, 422, 429, 433, 455, 500, 501, 505}
    assert {*map(int, known["x-apikley-codes"])} == {*known["enum"]} - {200}
    (page,) = (each for place, each in nodes(PRISTINE) if place.endswith("ApiResponse/properties/code"))
    assert {*page["enum"]} < {*known["enum"]}


def test_codes_and_states_are_open():
    for schema in (
        SCHEMAS["Refusal"]["properties"]["code"],
        SCHEMAS["UploadRefusal"]["properties"]["code"],
        SCHEMAS["TaskCallback"]["properties"]["code"],
        SCHEMAS["TaskRecord"]["properties"]["state"],
    ):
        known, other = schema["anyOf"]
        assert "enum" in resolved(known)
        assert other == {"type": resolved(known)["type"]}


def test_the_states_of_a_task_are_running_until_it_succeeds_or_fails():
    state = SCHEMAS["TaskState"]
    assert state["enum"] == ["waiting", "queuing", "generating", "success", "fail"]
    assert state["x-apikley-lifecycle"] == {
        "running": ["waiting", "queuing", "generating"],
        "success": "success",
        "failure": "fail",
    }


def test_a_record_promises_nothing_and_may_have_all_this():
    record = SCHEMAS["TaskRecord"]
    assert "required" not in record
    kinds = {
        name: (each.get("type"), each.get("nullable", False)) for name, each in record["properties"].items()
    }
    assert kinds == {
        "taskId": ("string", False),
        "model": ("string", False),
        "state": (None, False),
        "param": ("string", False),
        "resultJson": ("string", True),
        "failCode": ("string", True),
        "failMsg": ("string", True),
        "costTime": ("integer", True),
        "createTime": ("integer", False),
        "updateTime": ("integer", True),
        "completeTime": ("integer", True),
        "progress": ("integer", True),
        "creditsConsumed": ("number", True),
    }


def test_the_form_of_a_task_id_is_nobodys_business():
    for schema in (SCHEMAS["CreatedTask"], SCHEMAS["TaskRecord"]):
        assert schema["properties"]["taskId"].keys() & {"pattern", "format", "minLength"} == set()


def test_an_upload_that_succeeded_tells_all_of_the_file():
    assert {*SCHEMAS["UploadedFile"]["required"]} == {
        "fileName",
        "filePath",
        "downloadUrl",
        "fileSize",
        "mimeType",
        "uploadedAt",
    }
    assert "format" not in SCHEMAS["UploadedFile"]["properties"]["downloadUrl"]  # may hold unescaped spaces


def test_credits_are_fractional():
    assert SCHEMAS["GetCreditsResponse"]["properties"]["data"]["type"] == "number"


def test_a_download_link_lasts_twenty_minutes():
    data = SCHEMAS["GetDownloadUrlResponse"]["properties"]["data"]
    assert (data["type"], data["x-apikley-lifetime-seconds"]) == ("string", 20 * 60)


# Between operations -------------------------------------------------------------------------------


def test_the_id_of_a_new_task_leads_to_its_details():
    told = operation(CORRECTED, "create_task")["responses"]["200"]
    (link,) = told["links"].values()
    target = operation(CORRECTED, link["operationId"])
    assert target["x-apikley-does"] == "fetch-task"
    assert {*link["parameters"]} == {parameter["name"] for parameter in target["parameters"]}
    found: Any = told["content"]["application/json"]["example"]
    for part in link["parameters"]["taskId"].removeprefix("$response.body#/").split("/"):
        found = found[part]
    assert found == "task_qwen_1765179676651"


def test_the_callback_goes_where_the_request_said_and_carries_a_record():
    told = operation(CORRECTED, "create_task")
    ((expression, callback),) = told["callbacks"]["taskEnded"].items()
    assert expression == "{$request.body#/callBackUrl}"
    assert "callBackUrl" in INPUT["properties"]
    schema = resolved(callback["post"]["requestBody"]["content"]["application/json"]["schema"])
    record, more = schema["properties"]["data"]["allOf"]
    assert resolved(record) is SCHEMAS["TaskRecord"]
    assert {*more["properties"]} == {"costTime", "consumeCredits", "remainedCredits"}
    assert [*callback["post"]["responses"]] == ["200"]


# Certainty ----------------------------------------------------------------------------------------


def test_every_mark_is_one_of_three():
    marks = [node["x-apikley-certainty"] for _, node in nodes(CORRECTED) if "x-apikley-certainty" in node]
    assert {*marks} == CERTAINTIES


def unmarked(value: Any, place: str = "") -> Iterator[str]:
    """Schemas, answers, operations and refusals without a mark of their own or around them."""
    match value:
        case {"x-apikley-certainty": _} | {"$ref": _}:
            return
        case (
            {"type": _}
            | {"anyOf": _}
            | {"allOf": _}
            | {"operationId": _}
            | {"content": _}
            | {"code": _, "msg": _}
        ):
            yield place
        case dict():
            for key, inner in value.items():
                if key not in {"securitySchemes", "example", "examples"}:
                    yield from unmarked(inner, f"{place}/{key}")


@pytest.mark.parametrize("path", sorted((ROOT / "spec/companion").glob("*.yaml")), ids=lambda path: path.name)
def test_every_fact_of_a_companion_is_covered_by_a_mark(path):
    assert [*unmarked(documents.load(path))] == []


@pytest.mark.parametrize(
    ("pointer", "certainty"),
    [
        ("/components/schemas/TaskRecord/properties/creditsConsumed", "seen"),
        ("/components/schemas/GetCreditsResponse/properties/data", "seen"),
        ("/components/schemas/ResponseCode/x-apikley-codes/433", "seen"),
        ("/components/schemas/TaskState", "documented"),
        ("/x-apikley-refusals/key-capped", "seen"),
        ("/x-apikley-refusals/rate-limited", "documented"),
    ],
)
def test_how_surely_a_fact_is_known(pointer: str, certainty: str):
    (node,) = (node for place, node in nodes(CORRECTED) if place == pointer)
    assert node["x-apikley-certainty"] == certainty


def test_our_own_pixels_and_prices_are_marked_as_inferred():
    size = INPUT["properties"]["input"]["properties"]["image_size"]
    for name in ("x-apikley-pixels", "x-apikley-credits"):
        assert size[name]["x-apikley-certainty"] == "inferred"


# Shape --------------------------------------------------------------------------------------------


def test_no_object_that_holds_an_enum_is_nullable():
    held = [
        place
        for place, node in nodes(CORRECTED)
        if node.get("nullable") is True
        and any("enum" in inner or "$ref" in inner for _, inner in nodes(node))
    ]
    assert held == []


def test_every_schema_among_the_components_has_a_title():
    assert {name: schema.get("title") for name, schema in SCHEMAS.items()} == {name: name for name in SCHEMAS}


def test_the_document_is_json_with_its_keys_in_their_own_order():
    assert [*json.loads(documents.dumps(CORRECTED))] == [*CORRECTED]
    assert [*CORRECTED][:2] == ["openapi", "info"]

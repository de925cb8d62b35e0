"""Every answer that the document describes is one that we read: a value of ours or an error of ours, nothing else."""

import copy
import io
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import openapi

from apikley import Apikley, ApikleyError, RequestRefused, SubmissionUnknown, Task, clock
from apikley_generated import AuthenticatedClient
from apikley_generated.models import (
    GetDownloadUrlRequest,
    QwenImageEditInput,
    QwenImageEditRequest,
    TaskCallback,
    UploadFileBase64Request,
    UploadFileRequest,
    UploadFileUrlRequest,
)
from apikley_generated.types import File
from contract.judging import CORRECTED, operation, operations, response, validator

STREET = "https://example.com/street.jpg"
PNG = b"\x89PNG\r\n\x1a\n"
NAMES = [each["operationId"] for _, _, each in operations(CORRECTED)]
ARGUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "create_task": lambda: {
        "body": QwenImageEditRequest(input_=QwenImageEditInput(prompt="make it night", image_url=STREET))
    },
    "get_task": lambda: {"task_id": "7f3"},
    "upload_file": lambda: {
        "body": UploadFileRequest(file=File(payload=io.BytesIO(PNG)), upload_path="images")
    },
    "upload_file_base64": lambda: {
        "body": UploadFileBase64Request(base_64_data="iVBO", upload_path="images")
    },
    "upload_file_url": lambda: {"body": UploadFileUrlRequest(file_url=STREET, upload_path="images")},
    "get_credits": dict,
    "get_download_url": lambda: {"body": GetDownloadUrlRequest(url=STREET)},
}
# What the client of the overlay does with an operation, and the type of what it returns.
OVERLAY: dict[str, tuple[Callable[[Apikley], object], type]] = {
    "create_task": (lambda client: client.submit(STREET, "make it night").id, str),
    "get_task": (lambda client: client.task("7f3").fetch(), Task),
    "upload_file": (lambda client: client.upload(PNG), str),
    "get_credits": (lambda client: client.credits(), float),
    "get_download_url": (lambda client: client.download_url(STREET), str),
}
# Strings that a result can be: in a success, while there is none, and in ways we hope not to meet.
RESULTS = [
    '{"resultUrls":["https://example.com/result.png"]}',
    "",
    "null",
    "[]",
    '{"resultUrls":null}',
    '{"resultUrls":"https://example.com/result.png"}',
    '["https://example.com/result.png"]',
    r'"{\"resultUrls\":[\"https://example.com/result.png\"]}"',
    "{",
    "[" * 9999,
]


def mirrored(document: dict[str, Any]) -> dict[str, Any]:
    """A document whose requests are the other's answers: Schemathesis makes up requests only."""
    paths = {}
    for name in NAMES:
        told = operation(document, name)
        for status in told["responses"]:
            kind = "said" if status == "200" else "refused"
            paths[f"/{name}/{kind}"] = _taking(response(document, told, status)["content"])
    (callback,) = operation(document, "create_task")["callbacks"]["taskEnded"].values()
    paths["/callback/said"] = _taking(callback["post"]["requestBody"]["content"])
    return {**document, "paths": paths}


def _taking(content: dict[str, Any]) -> dict[str, Any]:
    body = {
        "required": True,
        "content": {"application/json": {"schema": content["application/json"]["schema"]}},
    }
    return {"post": {"requestBody": body, "responses": {"200": {"description": "anything"}}}}


def narrowed(schema: Any) -> Any:
    """A schema that allows less: no field or state but the described, and links and results worth reading."""
    match schema:
        case {"x-apikley-content": _}:
            return {"enum": RESULTS}
        case {"x-apikley-role": "link"}:
            return {"enum": [STREET, "https://пример.рф/a b/ü.jpg"]}
        case {"x-apikley-role": "state", "anyOf": [known, _]}:
            return known
        case {"allOf": _}:  # its parts, closed, would exclude each other
            return schema
        case {"properties": {"state": _}}:
            schema = {**schema, "required": ["state"], "additionalProperties": False}
        case {"properties": _}:
            schema = {**schema, "additionalProperties": False}
    match schema:
        case dict():
            return {key: narrowed(inner) for key, inner in schema.items()}
        case list():
            return [narrowed(inner) for inner in schema]
    return schema


WIDE, NARROW = (
    openapi.from_dict(mirrored(document))
    for document in (CORRECTED, {**CORRECTED, "components": narrowed(CORRECTED["components"])})
)


def bodies(path: str) -> st.SearchStrategy[Any]:
    return st.one_of(*(schema[path]["POST"].as_strategy() for schema in (WIDE, NARROW))).map(
        lambda case: copy.deepcopy(case.body)
    )


def module_of(name: str) -> ModuleType:
    (tag,) = operation(CORRECTED, name)["tags"]
    return import_module(f"apikley_generated.api.{tag}.{name}")


def answering(status: int, body: object) -> httpx.MockTransport:
    content = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    return httpx.MockTransport(lambda request: httpx.Response(status, content=content, headers=headers))


def parsed(name: str, status: int, body: object) -> Any:
    """What the generated operation makes of an answer."""
    client = AuthenticatedClient(
        "https://api.apikley.ru", "sk-test-1", httpx_args={"transport": answering(status, body)}
    )
    with client:
        return module_of(name).sync(client=client, **ARGUMENTS[name]())


def outcome(name: str, status: int, body: object) -> object:
    """What a user of the overlay gets: a value, or an error of ours as a value."""
    ask, _ = OVERLAY[name]
    with Apikley("sk-test-1", transport=answering(status, body)) as client:
        try:
            return ask(client)
        except SubmissionUnknown as error:
            return error.__cause__
        except ApikleyError as error:
            return error


class StandingClock:
    """A clock on which no time passes, however long one sleeps."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        pass

    async def pause(self, seconds: float) -> None:
        pass


@pytest.fixture(scope="module", autouse=True)
def _standing_clock() -> Iterator[None]:
    """What may pass is asked for again, and the wait before that is another test's matter."""
    with clock.replaced(StandingClock()):
        yield


drawing = settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_operation_parses_every_answer_and_loses_nothing(name: str):
    @drawing
    @given(said=bodies(f"/{name}/said"), refused=bodies(f"/{name}/refused"))
    def check(said: Any, refused: Any) -> None:
        for status in map(int, operation(CORRECTED, name)["responses"]):
            body = said if status == 200 else refused
            assert parsed(name, status, body).to_dict() == body

    check()


@pytest.mark.parametrize("name", OVERLAY)
def test_the_overlay_makes_a_value_or_an_error_of_ours_of_every_answer(name: str):
    _, kind = OVERLAY[name]

    @drawing
    @given(said=bodies(f"/{name}/said"), refused=bodies(f"/{name}/refused"))
    def check(said: Any, refused: Any) -> None:
        for status in map(int, operation(CORRECTED, name)["responses"]):
            made = outcome(name, status, said if status == 200 else refused)
            assert isinstance(made, kind | ApikleyError)
            if status != 200:
                assert isinstance(made, RequestRefused)
                assert made.code == status

    check()


@drawing
@given(said=bodies("/callback/said"))
def test_every_callback_is_parsed_and_nothing_of_it_lost(said):
    assert TaskCallback.from_dict(said).to_dict() == said


# Examples -----------------------------------------------------------------------------------------


def examples(holder: dict[str, Any]) -> Iterator[object]:
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


@pytest.mark.parametrize(("name", "status", "schema", "example"), [*answer_examples()])
def test_an_example_of_an_answer_is_right_and_parsed(name, status, schema, example):
    assert [*validator(CORRECTED, schema).iter_errors(example)] == []
    assert parsed(name, status, example).to_dict() == example
    if name in OVERLAY and example["code"] == 200:
        assert isinstance(outcome(name, status, example), OVERLAY[name][1])


def test_every_operation_has_an_example_of_its_answer():
    assert {param.values[0] for param in answer_examples()} == {*NAMES}


@pytest.mark.parametrize(("schema", "example"), [*schemas_with_examples(CORRECTED)])
def test_an_example_of_a_value_is_right(schema, example):
    assert [*validator(CORRECTED, schema).iter_errors(example)] == []


def test_the_example_of_a_request_is_right():
    content = operation(CORRECTED, "create_task")["requestBody"]["content"]["application/json"]
    assert [*validator(CORRECTED, content["schema"]).iter_errors(content["example"])] == []


# Both ways, without chance ------------------------------------------------------------------------


@pytest.mark.parametrize("name", OVERLAY)
def test_a_yes_is_a_value_and_a_no_is_a_refusal(name: str):
    content = operation(CORRECTED, name)["responses"]["200"]["content"]["application/json"]
    yes = next(example for example in examples(content) if example["code"] == 200)
    assert isinstance(outcome(name, 200, yes), OVERLAY[name][1])
    no = outcome(name, 200, {"success": False, "code": 402, "msg": "Insufficient Credits"})
    assert isinstance(no, RequestRefused)
    assert no.code == 402

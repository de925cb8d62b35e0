"""Every answer that the document describes is one that we read: a value of ours or an error of ours, nothing else."""

import asyncio
import copy
import io
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count, product
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, openapi

from apikley import AnswerUnreadable, ApikleyError, RequestRefused, SubmissionUnknown, Task, clock
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
from clients.harness import OPENERS
from contract.client.limits import PICTURE
from contract.judging import CORRECTED, operation, operations, response
from contract.verdicts.answers import ANSWERS, CALLBACK, Answer

STREET = "https://example.com/street.jpg"
PNG = b"\x89PNG\r\n\x1a\n"
NUMBERS = (b"%d" % number for number in count())  # a picture that was uploaded is not sent again
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
OVERLAY: dict[str, tuple[Callable[[Any], object], type]] = {
    "create_task": (lambda client: client.submit(STREET, "make it night").id, str),
    "get_task": (lambda client: client.task("7f3").fetch(), Task),
    "upload_file": (lambda client: client.upload(PICTURE + next(NUMBERS)), str),
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
    """Answers that the document describes."""
    return st.one_of(*(schema[path]["POST"].as_strategy() for schema in (WIDE, NARROW))).map(
        lambda case: copy.deepcopy(case.body)
    )


def spoilt_bodies(path: str) -> st.SearchStrategy[Any]:
    """Answers that it does not."""
    return (
        NARROW[path]["POST"]
        .as_strategy(generation_mode=GenerationMode.NEGATIVE)
        .map(lambda case: copy.deepcopy(case.body))
        .filter(is_json)
    )


def is_json(body: object) -> bool:
    """Negative generation leaves a body out at times, which is no JSON."""
    try:
        return bool(json.dumps(body, allow_nan=False))
    except (TypeError, ValueError):
        return False


def module_of(name: str) -> ModuleType:
    (tag,) = operation(CORRECTED, name)["tags"]
    return import_module(f"apikley_generated.api.{tag}.{name}")


class Answering(httpx.MockTransport):
    """Answers whatever it is set to, and counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.status, self.content, self.asked = 200, b"", 0

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        headers = {"content-type": "application/json"}
        return httpx.Response(self.status, content=self.content, headers=headers)

    def set(self, status: int, body: object) -> None:
        self.status = status
        self.content = body if isinstance(body, bytes) else json.dumps(body).encode()


class Client:
    """The generated package and the overlay, blocking or awaiting, with one answer to everything."""

    def __init__(self, way: str) -> None:
        self.transport, self._is_awaiting = Answering(), way == "AsyncApikley"
        self._overlay = OPENERS[way]("sk-test-1", transport=self.transport)
        self._generated = AuthenticatedClient(
            "https://api.apikley.ru", "sk-test-1", httpx_args={"transport": self.transport}
        )
        self._runner = asyncio.Runner()

    def close(self) -> None:
        self._overlay.__exit__(None, None, None)
        self._runner.close()

    def parsed(self, name: str, status: int, body: object) -> Any:
        """What the generated operation makes of an answer."""
        self.transport.set(status, body)
        said = {"client": self._generated, **ARGUMENTS[name]()}
        if self._is_awaiting:
            return self._runner.run(module_of(name).asyncio(**said))
        return module_of(name).sync(**said)

    def outcome(self, name: str, status: int, body: object) -> object:
        """What a user of the overlay gets: a value, or an error of ours as a value."""
        self.transport.set(status, body)
        ask, _ = OVERLAY[name]
        try:
            return ask(self._overlay)
        except SubmissionUnknown as error:
            return error.__cause__
        except ApikleyError as error:
            return error


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Client]]:
    """Both ways, which are given the same: what is made up is made up once for them."""
    clients = {way: Client(way) for way in OPENERS}
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture(params=OPENERS)
def client(request, clients) -> Client:
    return clients[request.param]


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


drawing = settings(max_examples=10, deadline=None, suppress_health_check=[*HealthCheck])


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_operation_parses_every_answer_and_loses_nothing(name: str, clients: dict[str, Client]):
    @drawing
    @given(said=bodies(f"/{name}/said"), refused=bodies(f"/{name}/refused"))
    def check(said: Any, refused: Any) -> None:
        statuses = map(int, operation(CORRECTED, name)["responses"])
        for status, client in product(statuses, clients.values()):
            body = said if status == 200 else refused
            assert client.parsed(name, status, body).to_dict() == body

    check()


@pytest.mark.parametrize("name", OVERLAY)
def test_the_overlay_makes_a_value_or_an_error_of_ours_of_every_answer(name: str, clients: dict[str, Client]):
    _, kind = OVERLAY[name]

    @drawing
    @given(said=bodies(f"/{name}/said"), refused=bodies(f"/{name}/refused"))
    def check(said: Any, refused: Any) -> None:
        statuses = map(int, operation(CORRECTED, name)["responses"])
        for status, client in product(statuses, clients.values()):
            made = client.outcome(name, status, said if status == 200 else refused)
            assert isinstance(made, kind | ApikleyError)
            if status != 200:
                assert isinstance(made, RequestRefused)
                assert made.code == status

    check()


@pytest.mark.parametrize("name", OVERLAY)
def test_what_no_document_describes_is_a_value_or_an_error_of_ours_too(name: str, clients: dict[str, Client]):
    _, kind = OVERLAY[name]

    @drawing
    @given(said=spoilt_bodies(f"/{name}/said"), status=st.sampled_from([200, 200, 201, 402, 500]))
    def check(said: Any, status: int) -> None:
        for client in clients.values():
            made = client.outcome(name, status, said)
            assert isinstance(made, kind | ApikleyError)
            if status >= 300:
                assert isinstance(made, RequestRefused)

    check()


@drawing
@given(said=bodies("/callback/said"))
def test_every_callback_is_parsed_and_nothing_of_it_lost(said):
    assert TaskCallback.from_dict(said).to_dict() == said


# By table, without chance -------------------------------------------------------------------------


def effective_code(answer: Answer) -> object:
    return answer.status if not 200 <= answer.status < 300 else answer.body["code"]


@pytest.mark.parametrize("name", OVERLAY)
def test_what_the_service_answers_is_read_as_it_is_meant(name: str, client: Client):
    """And what it surely does not answer is never another error than ours."""
    _, kind = OVERLAY[name]
    told = [each for each in ANSWERS if each.operation == name]
    for each in told:
        made = client.outcome(name, each.status, each.body)
        assert isinstance(made, kind | ApikleyError), each
        if each.is_described and effective_code(each) == 200:
            assert isinstance(made, kind if each.is_of_use else AnswerUnreadable), each
        elif each.is_described:
            assert isinstance(made, RequestRefused), each
            assert made.code == effective_code(each), each
    assert len(told) > 60


@pytest.mark.parametrize("name", NAMES)
def test_what_the_service_answers_goes_through_the_generated_package_unchanged(name: str, client: Client):
    for each in ANSWERS:
        if each.operation == name and each.is_described:
            assert client.parsed(name, each.status, each.body).to_dict() == each.body, each


def test_what_a_callback_holds_goes_through_the_generated_package_unchanged():
    for each in ANSWERS:
        if each.operation == CALLBACK and each.is_described:
            assert TaskCallback.from_dict(each.body).to_dict() == each.body, each

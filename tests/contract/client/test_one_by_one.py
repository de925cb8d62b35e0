"""Whether each question, each value and each pause is the one that the facts name: by hand, one by one."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest

from apikley import (
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    Task,
    TaskFailed,
    TaskUnfinished,
    callbacks,
    clock,
)
from clients.harness import OPENERS
from contract.client.limits import PICTURE
from contract.client.test_open_world import Moving
from contract.judging import form_fields
from contract.verdicts.answers import UPLOADED, without

KEY, TASK, STREET = "sk-test-1", "task_qwen_1765179676651", "https://example.com/street.jpg"
RUNNING = {"taskId": TASK, "state": "generating"}
RESULTS = ["https://example.com/2.png", "https://example.org/1.png"]
SUCCESS = {"taskId": TASK, "state": "success", "resultJson": json.dumps({"resultUrls": RESULTS})}
DATA: dict[str, Any] = {
    "/api/v1/jobs/createTask": {"taskId": TASK},
    "/api/v1/jobs/recordInfo": SUCCESS,
    "/api/v1/chat/credit": 6.97,
    "/api/v1/common/download-url": "https://example.com/fresh.png",
    "/file-upload/api/file-stream-upload": UPLOADED,
    "/file-upload/api/file-url-upload": UPLOADED,
}


def no(code: int, **headers: str) -> httpx.Response:
    return httpx.Response(200, headers=headers, json={"code": code, "msg": "no", "data": None})


class Service(httpx.MockTransport):
    """Answers each path what is `first` said of it, one after the other, and then a yes."""

    def __init__(self, now: Any) -> None:
        super().__init__(self._answer)
        self._now = now
        self.first: dict[str, list[Any]] = {}
        self.requests: list[httpx.Request] = []
        self.moments: list[float] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        self.moments.append(self._now())
        path = request.url.path
        if path.endswith(".png"):
            return httpx.Response(200, stream=httpx.ByteStream(PICTURE))
        first = self.first.get(path.rpartition("/")[2])
        said = first.pop(0) if first else DATA[path]
        if isinstance(said, httpx.Response):
            return said
        success = {"success": True} if path.startswith("/file-upload") else {}
        return httpx.Response(200, json=success | {"code": 200, "msg": "success", "data": said})


@pytest.fixture
def service() -> Iterator[Service]:
    moving = Moving()
    with clock.replaced(moving):
        yield Service(moving.now)


@pytest.fixture(params=OPENERS)
def client(request, service) -> Iterator[Any]:
    with OPENERS[request.param](KEY, transport=service) as client:
        yield client


# What is done with a client, and the method, address and body of what it asks.
ASKED = {
    "a task": (
        lambda client: client.submit(STREET, "make it night"),
        "POST https://api.apikley.ru/api/v1/jobs/createTask",
        {"model": "qwen/image-edit", "input": {"prompt": "make it night", "image_url": STREET}},
    ),
    "a record": (
        lambda client: client.task("a&b=c d/é").fetch(),
        "GET https://api.apikley.ru/api/v1/jobs/recordInfo?taskId=a%26b%3Dc%20d%2F%C3%A9",
        None,
    ),
    "the credits": (lambda client: client.credits(), "GET https://api.apikley.ru/api/v1/chat/credit", None),
    "a fresh link": (
        lambda client: client.download_url(STREET),
        "POST https://api.apikley.ru/api/v1/common/download-url",
        {"url": STREET},
    ),
    "an upload by its address": (
        lambda client: client.upload(STREET),
        "POST https://api.apikley.ru/file-upload/api/file-url-upload",
        {"fileUrl": STREET, "uploadPath": "apikley"},
    ),
}


@pytest.mark.parametrize(("ask", "line", "body"), ASKED.values(), ids=ASKED)
def test_what_is_asked_is_asked_there_by_that_method_with_the_key(ask, line, body, client, service):
    ask(client)
    (request,) = service.requests
    assert f"{request.method} {request.url}".replace("+", "%20") == line
    assert request.headers["authorization"] == f"Bearer {KEY}"
    if body is not None:
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.content) == body


def test_a_picture_is_uploaded_as_it_is_into_a_folder_without_slashes_and_under_a_name(client, service):
    assert client.upload(PICTURE) == "https://example.com/a%20b.png"
    (request,) = service.requests
    assert str(request.url) == "https://api.apikley.ru/file-upload/api/file-stream-upload"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    fields = dict(form_fields(request))
    assert (fields["file"], fields["uploadPath"]) == (PICTURE, b"apikley")
    assert fields["fileName"].endswith(b".png")


def test_each_answer_is_told_as_it_is(client):
    assert client.credits() == 6.97
    assert client.download_url(STREET) == "https://example.com/fresh.png"
    assert client.upload(STREET) == "https://example.com/a%20b.png"
    assert client.submit(STREET, "make it night").id == TASK


# A record in which no two values are the same, so that none can stand in another's place unnoticed.
TOLD: dict[str, Any] = {
    "taskId": "7f3",
    "model": "qwen/image-edit",
    "state": "success",
    "param": '{"model":"qwen/image-edit","input":"{}"}',
    "resultJson": '{"resultUrls":["https://example.com/2.png","https://example.com/1.png"]}',
    "failCode": "501",
    "failMsg": "Generation Failed",
    "costTime": 14_000,
    "createTime": 1_765_179_676_651,
    "updateTime": 1_765_179_689_000,
    "completeTime": 1_765_179_691_651,
    "progress": 99,
    "creditsConsumed": 2.5,
}


READ = Task(
    id="7f3",
    model="qwen/image-edit",
    state="success",
    request='{"model":"qwen/image-edit","input":"{}"}',
    result='{"resultUrls":["https://example.com/2.png","https://example.com/1.png"]}',
    result_urls=("https://example.com/2.png", "https://example.com/1.png"),
    failure_code="501",
    failure_message="Generation Failed",
    created_at=datetime(2025, 12, 8, 7, 41, 16, 651_000, UTC),
    updated_at=datetime(2025, 12, 8, 7, 41, 29, tzinfo=UTC),
    completed_at=datetime(2025, 12, 8, 7, 41, 31, 651_000, UTC),
    progress=99,
    credits=2.5,
)


def test_each_value_of_a_record_is_where_its_name_says(client, service):
    service.first["recordInfo"] = [TOLD]
    assert client.task("7f3").fetch() == READ


def test_each_value_of_a_callback_is_where_its_name_says():
    """Though the price has an older name there, and the duration is in seconds, which are not read."""
    record = {
        **without(TOLD, "creditsConsumed"),
        "costTime": 14,
        "consumeCredits": 2.5,
        "remainedCredits": 6.97,
    }
    told = callbacks.read({}, json.dumps({"code": 200, "msg": "success", "data": record}).encode())
    assert (told.task, told.credits_left, told.seconds) == (READ, 6.97, 15.0)


def test_all_pictures_are_had_in_their_order_and_nobody_there_is_told_the_key(client, service):
    edit = client.task(TASK).collect()
    assert [image.url for image in edit.images] == RESULTS
    assert [image.read() for image in edit.images] == [PICTURE] * 2
    fetches = service.requests[1:]
    assert {f"{request.method} {request.url}" for request in fetches} == {f"GET {url}" for url in RESULTS}
    assert len(fetches) == len(RESULTS)
    for request in fetches:
        assert KEY not in str(request.headers.raw)
        assert request.headers["user-agent"].startswith("apikley/")


def test_a_picture_in_the_record_is_read_and_fetched_from_nowhere(client, service):
    link = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    service.first["recordInfo"] = [{**SUCCESS, "resultJson": json.dumps({"resultUrls": [link]})}]
    (image,) = client.task(TASK).collect().images
    assert image.read() == PICTURE
    assert len(service.requests) == 1


def test_a_failure_is_told_with_its_code_and_its_sentence(client, service):
    said = {"taskId": TASK, "state": "fail", "failCode": "501", "failMsg": "the picture is dark"}
    service.first["recordInfo"] = [said]
    with pytest.raises(TaskFailed, match="the picture is dark") as caught:
        client.task(TASK).wait()
    assert (caught.value.task_id, caught.value.code) == (TASK, "501")


def test_a_task_is_asked_for_at_the_documented_pace_for_a_quarter_of_an_hour(client, service):
    service.first["recordInfo"] = [RUNNING] * 500
    with pytest.raises(TaskUnfinished) as caught:
        client.task(TASK).wait()
    moments = service.moments
    gaps = [(start, end - start) for start, end in pairwise(moments)][:-1]
    assert all(2 <= gap <= 3 for start, gap in gaps if start < 30)
    assert all(5 <= gap <= 10 for start, gap in gaps if 30 <= start < 120)
    assert all(15 <= gap <= 30 for start, gap in gaps if start >= 120)
    assert 600 <= moments[-1] <= caught.value.waited <= 900


@pytest.mark.parametrize("ask", ["submit", "wait"])
def test_who_is_told_when_to_come_again_comes_then(ask, client, service):
    for name in ("createTask", "recordInfo"):
        service.first[name] = [no(429, **{"retry-after": "7"})]
    if ask == "submit":
        client.submit(STREET, "make it night")
    else:
        client.task(TASK).wait()
    first, second = service.moments
    assert 7 <= second - first < 30


@pytest.mark.parametrize("code", [408, 429, 455, 500, 503])
def test_what_may_pass_ends_no_wait(code, client, service):
    service.first["recordInfo"] = [no(code), httpx.Response(code, content=b"<html>"), RUNNING]
    assert client.task(TASK).wait().is_final
    assert len(service.requests) == 4


def test_a_new_task_may_be_unknown_for_a_moment(client, service):
    service.first["recordInfo"] = [no(422), no(422)]
    assert client.task(TASK).wait().is_final


def test_a_task_that_stays_unknown_is_told_before_long(client, service):
    service.first["recordInfo"] = [no(422) for _ in range(500)]
    with pytest.raises(InvalidRequest) as caught:
        client.task(TASK).wait()
    assert caught.value.task_id == TASK
    assert service.moments[-1] < 60


# What its user can do about a refusal.
REFUSALS = {
    400: InvalidRequest,
    401: NotAuthenticated,
    402: OutOfCredits,
    404: RequestRefused,
    422: InvalidRequest,
    429: RateLimited,
    433: OutOfCredits,
    455: ServiceUnavailable,
    500: ServiceUnavailable,
    501: ServiceUnavailable,
    505: ServiceUnavailable,
}


@pytest.mark.parametrize(("code", "kind"), REFUSALS.items())
def test_a_refusal_is_of_the_kind_that_its_code_says(code, kind, client, service):
    service.first["credit"] = [no(code) for _ in range(20)]
    with pytest.raises(RequestRefused) as caught:
        client.credits()
    assert (type(caught.value), caught.value.code) == (kind, code)

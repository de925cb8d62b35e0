"""Whatever comes in place of an answer: an error of ours at worst, never a second task, and never a lost id."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apikley import ApikleyError, RequestRefused, SubmissionUnknown, TaskFailed, TaskUnfinished, clock
from clients.harness import OPENERS

STREET, TASK = "https://example.com/street.jpg", "task_qwen_1765179676651"
CREATED = json.dumps({"code": 200, "msg": "success", "data": {"taskId": TASK}}).encode()
RECORD = {"taskId": TASK, "state": "success", "resultJson": '{"resultUrls":["https://example.com/1.png"]}'}
PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"


def envelope(**said: Any) -> bytes:
    return json.dumps({"code": 200, "msg": "success", "data": None} | said).encode()


# Status, and the bytes of the body.
STRANGE: dict[str, tuple[int, bytes]] = {
    "a page": (200, PAGE),
    "a page of a proxy": (502, PAGE),
    "a page without a reason": (403, b"<html>"),
    "nothing": (200, b""),
    "nothing with 204": (204, b""),
    "nothing with 500": (500, b""),
    "a redirect": (302, b""),
    "half an answer": (200, CREATED[: len(CREATED) // 2]),
    "an answer cut by one byte": (200, CREATED[:-1]),
    "bytes that are no text": (200, b"\x00\xff\xfe{"),
    "a byte order mark": (200, b"\xef\xbb\xbf" + envelope(code=402)),
    "a list": (200, b"[]"),
    "a number": (200, b"7"),
    "null": (200, b"null"),
    "NaN": (200, b'{"code": NaN}'),
    "an empty object": (200, b"{}"),
    "no code": (200, b'{"data": {}}'),
    "data null": (200, envelope()),
    "data absent": (200, b'{"code": 200, "msg": "success"}'),
    "data a list": (200, envelope(data=[])),
    "data a text": (200, envelope(data="")),
    "data an empty object": (200, envelope(data={})),
    "data of wrong types": (200, envelope(data={"taskId": {}, "state": 7, "resultJson": True})),
    "a code in quotes": (200, envelope(code="402")),
    "a code of another type": (200, envelope(code={"code": 402})),
    "a code that is true": (200, envelope(code=True)),
    "a code of 31 digits": (200, envelope(code=10**30)),
    "a code in no list": (200, envelope(code=4290)),
    "code 433": (200, envelope(code=433, msg="cap")),
    "status 433": (433, envelope(code=433, msg="cap")),
    "code 455": (200, envelope(code=455, msg="maintenance")),
    "status 455": (455, envelope(code=455, msg="maintenance")),
    "status 455 and a page": (455, PAGE),
    "status 599": (599, b"?"),
    "status 418": (418, b""),
    "message for msg": (200, json.dumps({"code": 402, "message": "no credits", "data": None}).encode()),
    "msg of another type": (200, envelope(code=402, msg={"of": ["mine"]})),
    "a no without data": (200, b'{"code": 402, "msg": "no"}'),
    "a sentence of a megabyte": (200, envelope(code=402, msg="a" * 2**20)),
    "a nest without end": (200, b"[" * 20_000),
    "a nest in the data": (200, b'{"code": 200, "data": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "half a character": (200, b'{"code": 402, "msg": "\\ud800"}'),
}
# Answers to createTask that name a task, and yet are no plain yes.
NAMING = {
    "a no": (200, envelope(code=500, data={"taskId": TASK})),
    "a code in no list": (200, envelope(code=4290, data={"taskId": TASK})),
    "status 500": (500, envelope(code=500, data={"taskId": TASK})),
    "another 2xx": (202, CREATED),
    "no code": (200, json.dumps({"data": {"taskId": TASK}}).encode()),
}


class Moving:
    """A clock on which waiting takes no time, and time still passes."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    async def pause(self, seconds: float) -> None:
        self._now += seconds


class Service(httpx.MockTransport):
    """Answers each path as it was told, and everything else with an id."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, content = self.answers.get(request.url.path.rpartition("/")[2], (200, CREATED))
        headers = {"location": "http://example.com/elsewhere"} if 300 <= status < 400 else {}
        return httpx.Response(status, headers=headers, content=content)

    def asked(self, name: str) -> int:
        return sum(request.url.path.endswith(name) for request in self.requests)


@pytest.fixture(autouse=True)
def _moving_clock() -> Iterator[None]:
    with clock.replaced(Moving()):
        yield


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(params=OPENERS)
def client(request, service) -> Iterator[Any]:
    with OPENERS[request.param]("sk-test-1", transport=service) as client:
        yield client


def strange(table: dict[str, tuple[int, bytes]] = STRANGE) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in table.items()])


@strange()
def test_no_strange_answer_to_a_create_makes_a_second_task_unless_it_is_a_surely_passing_no(
    answer, client, service
):
    service.answers["createTask"] = answer
    with pytest.raises(ApikleyError) as caught:
        client.submit(STREET, "make it night")
    error = caught.value
    if isinstance(error, SubmissionUnknown):
        assert service.asked("createTask") == 1
    else:
        assert isinstance(error, RequestRefused)
        is_passing = error.code in (429, 455)
        assert (service.asked("createTask") > 1) is is_passing


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_answer_leads_elsewhere_by_plain_http(status, client, service):
    """Whoever is there would be handed the request once more, and might be anybody."""
    names = ("createTask", "credit", "1.png", "download-url")
    service.answers |= {"recordInfo": (200, envelope(data=RECORD))} | dict.fromkeys(names, (status, b""))
    for ask in (lambda: client.submit(STREET, "make it night"), client.task(TASK).collect, client.credits):
        with pytest.raises(ApikleyError):
            ask()
    assert service.asked("elsewhere") == 0
    assert service.asked("createTask") == 1


@strange(NAMING)
def test_a_task_that_an_answer_names_is_in_the_error(answer, client, service):
    service.answers["createTask"] = answer
    with pytest.raises(SubmissionUnknown) as caught:
        client.submit(STREET, "make it night")
    assert caught.value.task_id == TASK
    assert service.asked("createTask") == 1


@strange()
def test_every_error_of_a_wait_names_its_task(answer, client, service):
    service.answers["recordInfo"] = answer
    task = client.task(TASK)
    for ask in (task.wait, task.collect):
        with pytest.raises(ApikleyError) as caught:
            ask(timeout=10)
        assert caught.value.task_id == TASK
        assert TASK in str(caught.value)
    assert service.asked("createTask") == 0


@strange()
def test_every_error_of_an_edit_after_its_submission_names_its_task(answer, client, service, tmp_path):
    service.answers["recordInfo"] = answer
    with pytest.raises(ApikleyError) as caught:
        client.edit(STREET, "make it night", to=tmp_path / "night.png", timeout=10)
    assert caught.value.task_id == TASK
    assert service.asked("createTask") == 1
    assert [*tmp_path.iterdir()] == []


@strange()
def test_every_error_of_a_result_names_its_task(answer, client, service, tmp_path):
    service.answers |= {"recordInfo": (200, envelope(data=RECORD)), "1.png": answer, "download-url": answer}
    with pytest.raises(ApikleyError) as caught:
        client.edit(STREET, "make it night", to=tmp_path / "night.png", timeout=10)
    assert caught.value.task_id == TASK
    assert service.asked("createTask") == 1
    assert [*tmp_path.iterdir()] == []


@strange()
def test_whatever_else_is_asked_ends_in_an_error_of_ours(answer, client, service):
    for name in ("chat/credit", "credit", "download-url", "file-stream-upload", "file-url-upload"):
        service.answers[name] = answer
    png = b"\x89PNG\r\n\x1a\n"
    for ask in (
        client.credits,
        lambda: client.download_url(STREET),
        lambda: client.upload(png),
        lambda: client.upload(STREET),
        lambda: client.submit(png, "make it night"),
    ):
        with pytest.raises(ApikleyError) as caught:
            ask()
        assert caught.value.task_id is None
    assert service.asked("createTask") == 0


@pytest.mark.parametrize("state", ["moderating", "SUCCESS", "", None, 7, [], {}])
def test_an_unknown_state_is_a_task_that_runs(state, client, service):
    service.answers["recordInfo"] = (200, envelope(data={"taskId": TASK, "state": state}))
    assert not client.task(TASK).fetch().is_final
    with pytest.raises(TaskUnfinished) as caught:
        client.task(TASK).wait(timeout=60)
    assert caught.value.task_id == TASK


@pytest.mark.parametrize("code", ["501", 501, "", None])
def test_a_failed_task_is_an_error_with_its_id_whatever_its_code(code, client, service):
    record = {"taskId": TASK, "state": "fail", "failCode": code, "failMsg": "no"}
    service.answers["recordInfo"] = (200, envelope(data=record))
    with pytest.raises(TaskFailed) as caught:
        client.task(TASK).wait()
    assert (caught.value.task_id, caught.value.code) == (TASK, str(code) if code else None)

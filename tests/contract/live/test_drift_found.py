"""Drift is found: against a mock of another document, the check that should fail does."""

import itertools
import json
from functools import cache

import pytest

from apikley.contract import plan as names
from apikley.contract.verdicts import exit_code
from contract.live.doors import DEEP, PICTURE, Door, answer, mutated, open_mock, run_through


def only(found, outcome="failed"):
    return {name: each for name, each in found.items() if each.outcome == outcome}


WAYS = ("known", "status", "envelope")
"""How the mock answers what is wrong."""


def drifted(what, errors=None):
    """A run against a service that has drifted so, and its verdicts. The ways take turns if none is said."""
    return _drifted(what, errors or WAYS[[*DRIFT].index(what) % len(WAYS)])


@cache
def _drifted(what, errors):
    change, expected, _ = DRIFT[what]
    uploads = not expected.keys().isdisjoint(names.UPLOADS)
    # What is free is not asked where it is not looked at.
    rows = 1 if expected.keys() <= {*names.PAID, *names.UPLOADS} else None
    run = run_through(Door(open_mock(document=mutated(change), errors=errors)), uploads=uploads, rows=rows)
    return run, {verdict.name: verdict for verdict in run.verdicts()}


@cache
def twisted(what):
    """A run against a service whose answers are altered so, and its verdicts."""
    path, change, name, *_ = TWISTED[what]
    run = run_through(
        Twisted(open_mock(), path, change), uploads=name.startswith("upload"), rows=1, image_url=PICTURE
    )
    return run, {verdict.name: verdict for verdict in run.verdicts()}


def replaced(*pairs):
    def change(text):
        for old, new in pairs:
            assert old in text, f"{old} is not in the document"
            text = text.replace(old, new)
        return text

    return change


# What is altered, which checks fail by which rule and pointer, and the exit code.
DRIFT = {
    "the id of a new task is called otherwise": (
        replaced(
            ('"required": ["taskId"], "properties": {"taskId"', '"required": ["id"], "properties": {"id"'),
            ('"data": {"taskId": "task_qwen_1765179676651"}}}}, "links"',
             '"data": {"id": "task_qwen_1765179676651"}}}}, "links"'),
            ("$response.body#/data/taskId", "$response.body#/data/id"),
        ),
        {names.PAID_CREATE: ("required", "/data")},
        7,
    ),
    "a wrong key is 403": (
        replaced(('"key-wrong": {"code": 401, "msg": "Unauthorized"', '"key-wrong": {"code": 403, "msg": "Forbidden"')),
        {"credits-wrong-key": ("code", ""), "task-wrong-key": ("code", ""), "create-wrong-key": ("code", "")},
        9,
    ),
    "the last state is called otherwise": (
        replaced(
            ('"success": "success", "failure"', '"success": "done", "failure"'),
            ('"generating", "success", "fail"]', '"generating", "done", "fail"]'),
            ('"state": "success"', '"state": "done"'),
        ),
        {names.PAID_POLL: ("unknown-value", "/data/state")},
        9,
    ),
    "the result is called otherwise": (
        replaced(('"resultJson"', '"resultText"')),
        {names.PAID_POLL: ("result", "/data/resultJson")},
        9,
    ),
    "the links in the result are called otherwise": (
        lambda text: text.replace("resultUrls", "urls"),
        {names.PAID_POLL: ("required", "/data/resultJson")},
        9,
    ),
    "an upload's link is called otherwise": (
        replaced(('"downloadUrl"', '"fileUrl2"')),
        dict.fromkeys(("upload-form", "upload-base64", names.PAID_UPLOAD), ("required", "/data")),
        9,
    ),
    "a missing id is 404": (
        lambda text: text.replace('400, "msg": "taskId parameter', '404, "msg": "taskId parameter'),
        {"task-without-id": ("code", ""), "task-empty-id": ("code", "")},
        9,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "errors"), [*itertools.product(DRIFT, WAYS if DEEP else [None])])
def test_drift_is_found_where_it_is(what, errors):
    _, expected, code = DRIFT[what]
    _, found = drifted(what, errors)

    failed = only(found)
    assert failed.keys() >= expected.keys(), {name: each.faults for name, each in failed.items()}
    for name, (rule, pointer) in expected.items():
        assert (rule, pointer) in [(fault.rule, fault.pointer) for fault in failed[name].faults], name
        assert failed[name].asked
        assert failed[name].came.startswith("HTTP ")
    assert exit_code(found.values()) == code


class Twisted(Door):
    """A way to a mock whose good answers are altered on the way back."""

    def __init__(self, mock, path, change):
        super().__init__(mock)
        self._path, self._change = path, change

    def handle_request(self, request):
        response = super().handle_request(request)
        if request.method == "HEAD" or not request.url.path.endswith(self._path):
            return response
        value = json.loads(response.read())
        if value.get("code") == 200:
            self._change(value)
        return answer(value, response.status_code)


def put(*path, value):
    """Alters what stands there."""

    def change(whole):
        for key in path[:-1]:
            whole = whole[key]
        whole[path[-1]] = value

    return change


TWISTED = {
    "credits are a text": ("/credit", put("data", value="6.97"), "credits", "type", "/data"),
    "credits are nothing": ("/credit", put("data", value=None), "credits", "type", "/data"),
    "a code is a text": ("/credit", put("code", value="200"), "credits", "type", "/code"),
    "a model is a number": (
        "/recordInfo",
        put("data", "model", value=7),
        names.PAID_POLL,
        "type",
        "/data/model",
    ),
    "times are texts": (
        "/recordInfo",
        put("data", "createTime", value="2026-11-22T08:00:00Z"),
        names.PAID_POLL,
        "type",
        "/data/createTime",
    ),
    "progress beyond 100": (
        "/recordInfo",
        put("data", "progress", value=101),
        names.PAID_POLL,
        "maximum",
        "/data/progress",
    ),
    "times in microseconds": (
        "/recordInfo",
        put("data", "createTime", value=2**64),
        names.PAID_POLL,
        "maximum",
        "/data/createTime",
    ),
    "another task": (
        "/recordInfo",
        put("data", "taskId", value="task_1"),
        names.PAID_POLL,
        "other-task",
        "/data/taskId",
    ),
    "the price is wrong": (
        "/recordInfo",
        put("data", "creditsConsumed", value=0.5),
        names.PAID_CREDITS,
        "price",
        "/data",
    ),
    "no links": (
        "/recordInfo",
        put("data", "resultJson", value=""),
        names.PAID_POLL,
        "result",
        "/data/resultJson",
    ),
    "an id that is a number": (
        "/createTask",
        put("data", "taskId", value=7),
        names.PAID_CREATE,
        "type",
        "/data/taskId",
    ),
    "a link that is an object": ("/download-url", put("data", value={}), names.PAID_LINK, "type", "/data"),
    "a size that is a text": (
        "/file-stream-upload",
        put("data", "fileSize", value="12"),
        "upload-form",
        "type",
        "/data/fileSize",
    ),
}


@pytest.mark.parametrize("what", TWISTED)
def test_an_answer_of_another_shape_is_found_by_rule_and_pointer(what):
    *_, name, rule, pointer = TWISTED[what]
    _, found = twisted(what)

    assert found[name].outcome == "failed", found[name]
    assert (rule, pointer) in [(fault.rule, fault.pointer) for fault in found[name].faults]
    assert exit_code(found.values()) == (7 if name == names.PAID_CREATE else 9)


@pytest.mark.parametrize("errors", WAYS)
def test_where_nothing_drifted_nothing_is_found(errors):
    found = {each.name: each for each in run_through(Door(open_mock(errors=errors)), uploads=True).verdicts()}

    assert only(found, "passed").keys() == found.keys()
    assert [each.news for each in found.values() if each.news] == []


def test_a_failure_says_what_the_client_makes_of_the_answer():
    _, found = drifted("a wrong key is 403")

    assert found["credits-wrong-key"].means == "the client reads it as RequestRefused: Forbidden (code 403)"


def test_a_state_that_nobody_knows_is_read_as_one_of_a_task_that_still_runs():
    _, found = drifted("the last state is called otherwise")

    assert "a task in state done" in found[names.PAID_POLL].means


def test_what_the_document_does_not_mention_is_news_and_breaks_nothing():
    door = Door(open_mock(document=mutated(replaced(('"costTime"', '"costTime2"')))))
    found = {verdict.name: verdict for verdict in run_through(door, rows=1).verdicts()}

    assert only(found) == {}
    assert [fault.pointer for fault in found[names.PAID_POLL].news] == ["/data/costTime2"]


def test_a_key_that_is_not_taken_ends_the_run_after_one_request():
    door = Door(open_mock())
    found = [*run_through(door, key="no-test-key-at-all").verdicts()]

    assert len(door.requests) == 1
    assert exit_code(found) == 3
    assert {each.outcome for each in found[1:]} == {"skipped"}


@pytest.mark.parametrize("what", ["html", "garbage", "empty", "truncated", "reset-before"])
def test_a_service_that_answers_no_json_is_never_taken_for_a_good_one(what):
    mock = open_mock()
    mock.fail_next(what, times=1000)
    found = {each.name: each for each in run_through(Door(mock)).verdicts()}

    assert exit_code(found.values()) in (8, 9)
    assert only(found, "passed").keys() <= {"route-unknown", "create-by-get", "fetch-by-post", "credits-head"}


def test_a_limit_that_is_met_is_no_drift():
    mock = open_mock()
    mock.fail_next(429, on="report-credits", times=1)
    found = {each.name: each for each in run_through(Door(mock), rows=1).verdicts()}

    assert found["credits"].trouble == "network"
    assert exit_code(found.values()) == 8

"""Waiting: nothing that may pass ends it, and whatever ends it names the task."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from apikley import flows
from apikley.effects import Call, Now, Sleep, Tell
from apikley.errors import (
    InvalidRequest,
    NotAuthenticated,
    RequestRefused,
    TaskFailed,
    TaskUnfinished,
    Unreachable,
)
from apikley.schedule import CREATION_GRACE, DOCUMENTED_PACE, PollSchedule, Stage
from unit.playing import TASK, ended, forever, player, record, refused, says

UNKNOWN = refused(422, "recordInfo is null")

PASSING = {
    "no connection": httpx.ConnectError("connection refused"),
    "read timeout": httpx.ReadTimeout("timed out"),
    "reset": httpx.ReadError("connection reset by peer"),
    "dropped": httpx.RemoteProtocolError("server disconnected"),
    "408": refused(408),
    "425 by status": says(b"", 425),
    "429": refused(429),
    "429 by status": refused(429, status=429),
    "455": refused(455),
    "500": refused(500, "internal error"),
    "500 by status": refused(500, "internal error", status=500),
    "502 page": says(b"<html>bad gateway</html>", 502),
    "503": says(b"", 503),
    "504": says(b"", 504),
    "code 777": refused(777),
    "page with 200": says(b"<html>we are back soon</html>"),
    "empty": says(b""),
    "truncated": says(b'{"code": 200, "data": {"state": "gen'),
    "no code": says({"data": {"state": "success"}}),
    "array": says([]),
    "redirect": says(b"", 302, location="https://elsewhere.test/"),
    "data null": says({"code": 200, "msg": "success", "data": None}),
    "data a list": says({"code": 200, "msg": "success", "data": []}),
    "no data": says({"code": 200, "msg": "success"}),
    "record empty": says({"code": 200, "msg": "success", "data": {}}),
    "state unknown": record("paused"),
    "state null": record(None),
    "state empty": record(""),
    "state a number": record(7),
    "403 page": says(b"<html>forbidden</html>", 403),
    "404 page": says(b"<html>not found</html>", 404),
    "405 page": says(b"<html>", 405),
    "404 empty": says(b"", 404),
    "403 of a list": says([403], 403),
    "402 page": says(b"<html>", 402),
    "unknown at first": UNKNOWN,
    "unknown at first, by status": refused(404, "Task not found", status=404),
}


@pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in PASSING.items()])
def test_what_may_pass_by_itself_does_not_end_the_wait(answer):
    stage = player(answer, answer, answer, ended())

    task = stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert task.result_urls == ("https://cdn.test/1.png",)
    assert len(stage.requests) == 4


@pytest.mark.parametrize(
    "answer",
    [pytest.param(each, id=name) for name, each in PASSING.items() if not name.startswith("unknown at")],
)
def test_trouble_without_end_ends_with_patience_and_its_cause(answer):
    stage = player(then=forever(answer))

    with pytest.raises(TaskUnfinished) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    error = caught.value
    assert error.task_id == TASK
    assert TASK in str(error)
    assert error.waited == 900
    assert isinstance(error, TimeoutError)


def test_who_reached_nobody_is_told_so_and_not_that_the_task_goes_on():
    with pytest.raises(
        TaskUnfinished, match=r"not seen to end in 900 s; the last question failed .*refused"
    ) as told:
        player(then=forever(httpx.ConnectError("refused"))).play(flows.wait(TASK, DOCUMENTED_PACE))

    assert "it goes on" not in str(told.value)


def test_a_failure_without_a_reason_is_not_told_as_a_success():
    with pytest.raises(TaskFailed, match="failed: the service gives no reason"):
        player(record("fail", failCode="", failMsg="")).play(flows.wait(TASK, DOCUMENTED_PACE))


def test_the_last_trouble_is_the_cause():
    stage = player(record(), then=forever(httpx.ReadTimeout("timed out")))

    with pytest.raises(TaskUnfinished) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert isinstance(caught.value.__cause__, Unreachable)


def test_a_quarter_of_an_hour_has_the_documented_pace():
    stage = player(then=forever(record()))

    with pytest.raises(TaskUnfinished):
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    asked = [moment - stage.asked_at[0] for moment in stage.asked_at]
    steps = {
        (0, 30): {2.5},
        (30, 120): {7.0},
        (121, 880): {20.0},
    }
    for (begin, end), expected in steps.items():
        gaps = {late - soon for soon, late in pairwise(asked) if begin <= soon < end}
        assert gaps == expected
    assert asked[-1] == 900


def test_the_time_that_answers_take_counts():
    stage = player(takes=60, then=forever(httpx.ReadTimeout("timed out")))

    with pytest.raises(TaskUnfinished) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert 900 <= caught.value.waited <= 960


def test_no_patience_at_all_still_asks_once():
    stage = player(record())

    with pytest.raises(TaskUnfinished) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE.within(0)))

    assert len(stage.requests) == 1
    assert stage.sleeps == []
    assert caught.value.waited == 0


def test_a_task_that_is_done_is_not_asked_for_twice():
    stage = player(ended())

    stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert len(stage.requests) == 1
    assert stage.sleeps == []


@pytest.mark.parametrize("answer", [UNKNOWN, refused(404, "Task not found", status=404)])
def test_a_task_that_stays_unknown_is_told_after_the_grace(answer):
    stage = player(then=forever(answer))

    with pytest.raises(RequestRefused) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value.task_id == TASK
    assert TASK in str(caught.value)
    assert CREATION_GRACE <= sum(stage.sleeps) < CREATION_GRACE + 2.5


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(401), NotAuthenticated),
        (refused(401, status=401), NotAuthenticated),
        (says(b"<html>who are you?</html>", 401), NotAuthenticated),
    ],
)
def test_a_wrong_key_ends_the_wait_and_names_the_task(answer, kind):
    stage = player(record(), answer)

    with pytest.raises(kind) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value.task_id == TASK
    assert TASK in str(caught.value)


NOES = [
    refused(400, "taskId parameter is required"),
    refused(403, "not your task"),
    refused(403, "not your task", status=403),
    refused(405, status=405),
]


@pytest.mark.parametrize("answer", NOES)
def test_a_no_about_a_task_that_was_never_seen_ends_the_wait_and_names_it(answer):
    stage = player(answer)

    with pytest.raises(RequestRefused) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value.task_id == TASK
    assert TASK in str(caught.value)


ODD = [*NOES, UNKNOWN, refused(404, "Task not found"), refused(402), refused(433), refused(501), refused(505)]


@pytest.mark.parametrize("answer", ODD)
def test_a_task_that_was_seen_outlives_any_no_but_that_to_the_key(answer):
    stage = player(*[record()] * 10, answer, ended())

    assert stage.play(flows.wait(TASK, DOCUMENTED_PACE)).state == "success"


@pytest.mark.parametrize("code", ["501", 501, "", None])
def test_a_failed_task_is_told_with_its_reason(code):
    stage = player(
        record(), record("fail", failCode=code, failMsg="the picture cannot be read", resultJson="")
    )

    with pytest.raises(TaskFailed) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value.task_id == TASK
    assert caught.value.code == ("501" if code else None)
    assert "the picture cannot be read" in str(caught.value)
    assert TASK in str(caught.value)


@pytest.mark.parametrize(
    "result",
    [
        None,
        "",
        "{}",
        "null",
        "[]",
        '{"resultUrls": []}',
        '{"resultUrls": [""]}',
        '{"resultUrls": [null]}',
        "x",
    ],
)
def test_a_success_without_a_picture_is_a_failure(result):
    stage = player(record("success", resultJson=result))

    with pytest.raises(TaskFailed, match="without a picture") as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value.task_id == TASK


def test_retry_after_slows_the_polling_down_but_not_past_patience():
    stage = player(
        refused(429, status=429, retry_after="10"), then=forever(refused(429, status=429, retry_after="99"))
    )

    with pytest.raises(TaskUnfinished) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE.within(60)))

    assert stage.sleeps == [10, 50]
    assert caught.value.waited == 60


def test_every_look_is_told_to_the_listener():
    stage = player(record("waiting"), httpx.ReadError("reset"), record(progress=40), ended())

    stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    told = [(event.kind, event.task_id, event.task.state, event.elapsed) for event in stage.events]
    assert told == [
        ("polled", TASK, "waiting", 0.0),
        ("polled", TASK, "generating", 5.0),
        ("polled", TASK, "success", 7.5),
    ]


@pytest.mark.parametrize(
    "kind", [KeyboardInterrupt, asyncio.CancelledError, SystemExit, OSError, RuntimeError]
)
@pytest.mark.parametrize("where", [Call, Sleep, Tell, Now])
def test_whatever_breaks_into_a_wait_is_told_the_id_once(where, kind):
    error = kind()
    stage = player(then=forever(record()))
    stage.breaks = {where: error}

    with pytest.raises(kind) as caught:
        stage.play(flows.wait(TASK, DOCUMENTED_PACE))

    assert caught.value is error
    assert error.__notes__ == [f"task {TASK} is not lost: its id takes it up again"]


def test_asking_once_is_asking_once():
    stage = player(httpx.ReadError("reset"))

    with pytest.raises(Unreachable) as caught:
        stage.play(flows.fetch(TASK))

    assert caught.value.task_id == TASK
    assert len(stage.requests) == 1


@pytest.mark.parametrize("task_id", [TASK, "a/b?c=d&e", "ид задачи", "%2F", "a+b"])
def test_an_id_of_any_form_arrives_as_it_is(task_id):
    stage = player(record())

    task = stage.play(flows.fetch(task_id))

    assert stage.requests[0].url.params["taskId"] == task_id
    assert task.id == task_id


def test_patience_may_be_set_for_one_wait():
    pace = PollSchedule((Stage(10, 1), Stage(100, 30)))

    assert pace.within(None) is pace
    assert pace.within(5) == PollSchedule((Stage(5, 1),))
    assert pace.within(50) == PollSchedule((Stage(10, 1), Stage(50, 30)))
    assert pace.within(500) == PollSchedule((Stage(10, 1), Stage(100, 30), Stage(500, 30)))


@pytest.mark.parametrize(
    "timeout", [-1, float("nan"), float("inf"), "5", [5], timedelta(seconds=5), 1j, True]
)
def test_a_patience_without_end_is_refused(timeout):
    with pytest.raises(InvalidRequest, match="timeout") as caught:
        DOCUMENTED_PACE.within(timeout)

    assert caught.value.parameter == "timeout"

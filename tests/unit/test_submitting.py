"""Submitting: one createTask for one submission, whatever becomes of its answer."""

import asyncio
import json
import pickle
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apikley import flows
from apikley.effects import Call, Reserve, Sleep, Tell
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    SubmissionUnknown,
    Unreachable,
)
from apikley.requests import EditRequest
from apikley.schedule import DOCUMENTED_PACE
from unit.playing import KEY, TASK, NotingLedger, Says, created, forever, player, refused, says

LINK = "https://pictures.test/a.png"
REQUEST = EditRequest(prompt="make it night", image_url=LINK)

# Whatever of this comes, the task may exist and be billed.
MAYBE_CREATED = {
    "read timeout": httpx.ReadTimeout("timed out"),
    "reset": httpx.ReadError("connection reset by peer"),
    "write error": httpx.WriteError("broken pipe"),
    "write timeout": httpx.WriteTimeout("timed out"),
    "closed without an answer": httpx.RemoteProtocolError("server disconnected without sending a response"),
    "500": refused(500, "internal error", status=500),
    "500 in the envelope": refused(500, "internal error"),
    "500 that says nothing": says({"code": 500}, 500),
    "502 page": says(b"<html><h1>502 Bad Gateway</h1></html>", 502),
    "503": says(b"", 503),
    "504": says(b"<html>", 504),
    "408": refused(408, "no result for 10 minutes"),
    "408 by status": refused(408, "no result for 10 minutes", status=408),
    "501": refused(501, "generation failed"),
    "499": refused(499, "client closed the request", status=499),
    "499 in the envelope": refused(499, "?"),
    "418": refused(418, "?", status=418),
    "409 page": says(b"<html>conflict</html>", 409),
    "410": refused(410, "?"),
    "500 on what else is required": refused(500, "A restart of the worker is required"),
    "500 that blames a field at last": refused(500, "Internal error: prompt is required"),
    "code 0": refused(0, "ok?"),
    "code 777": refused(777, "?"),
    "code -1": refused(-1, "?"),
    "code 302": refused(302, "?"),
    "redirect": says(b"", 302, location="https://elsewhere.test/"),
    "page with 200": says(b"<html>welcome</html>"),
    "garbage": says(b'{"code": 200, "data": {"taskId":'),
    "empty": says(b""),
    "array": says([1, 2]),
    "no code": says({"data": {"taskId": TASK}}),
    "code true": says({"code": True, "data": {"taskId": TASK}}),
    "no data": says({"code": 200, "msg": "success"}),
    "data null": says({"code": 200, "msg": "success", "data": None}),
    "201 with an id": Says(201, created().body),
    "204": says(b"", 204),
    "id empty": created(""),
    "id blank": created("  "),
    "id null": created(None),
    "id a list": created([TASK]),
    "encoding broken": says(b"\x1f\x8b no gzip", content_encoding="gzip"),
}

SURELY_NOT_CREATED = {
    "connection refused": httpx.ConnectError("connection refused"),
    "no such host": httpx.ConnectError("[Errno -2] Name or service not known"),
    "connect timeout": httpx.ConnectTimeout("timed out"),
    "no free connection": httpx.PoolTimeout("timed out"),
    "429": refused(429, "too many requests", status=429),
    "429 in the envelope": refused(429, "too many requests"),
    "429 page": says(b"<html>slow down</html>", 429),
    "455": refused(455, "maintenance"),
    "455 by status": refused(455, "maintenance", status=455),
}

DEFINITE = {
    "400": (refused(400, "bad"), InvalidRequest, 400),
    "401": (refused(401, "wrong key"), NotAuthenticated, 401),
    "401 by status": (refused(401, "wrong key", status=401), NotAuthenticated, 401),
    "402": (refused(402, "credits are short"), OutOfCredits, 402),
    "403 page": (says(b"<html>forbidden</html>", 403), RequestRefused, 403),
    "403": (refused(403, "forbidden"), RequestRefused, 403),
    "404": (refused(404, "no such route", status=404), RequestRefused, 404),
    "405 page": (says(b"<html>", 405), RequestRefused, 405),
    "413 page": (says(b"<html>too large</html>", 413), RequestRefused, 413),
    "415": (refused(415, "?", status=415), RequestRefused, 415),
    "422": (refused(422, "unknown model"), InvalidRequest, 422),
    "433": (refused(433, "the key's cap is reached"), OutOfCredits, 433),
    "505": (refused(505, "feature disabled"), ServiceUnavailable, 505),
    "500 in other words": (refused(500, "prompt is required"), InvalidRequest, 500),
    "500 by status in other words": (refused(500, "This field is required", status=500), InvalidRequest, 500),
    "500 on credits": (refused(500, "Your credits are not enough"), OutOfCredits, 500),
    "500 on the balance": (refused(500, "Insufficient balance, please top up"), OutOfCredits, 500),
    "500 with message for msg": (says({"code": 500, "message": "prompt is required"}), InvalidRequest, 500),
}


def cases(table: dict[str, object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("answer", [pytest.param(each, id=name) for name, each in table.items()])


def states(notes: list) -> list[str]:
    return [submission.state for submission in notes]


@cases(MAYBE_CREATED)
def test_a_request_that_may_have_been_accepted_is_never_sent_again(answer):
    stage = player(answer, then=forever(created()))

    with pytest.raises(SubmissionUnknown) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert stage.paths() == ["createTask"]
    assert stage.sleeps == []
    assert caught.value.key == "submission-1"
    assert "submission-1" in str(caught.value)
    assert isinstance(caught.value.__cause__, ApikleyError)
    assert states(stage.notes) == ["posting", "unknown"]
    assert {submission.key for submission in stage.notes} == {"submission-1"}


@cases(MAYBE_CREATED)
def test_whatever_is_lost_the_doubt_names_no_task_that_nobody_named(answer):
    stage = player(answer)

    with pytest.raises(SubmissionUnknown) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    named = answer in (MAYBE_CREATED["201 with an id"], MAYBE_CREATED["no code"], MAYBE_CREATED["code true"])
    assert caught.value.task_id == stage.notes[-1].task_id == (TASK if named else None)


@pytest.mark.parametrize("code", [400, 402, 403, 404, 422, 429, 455, 500])
def test_a_no_that_names_a_task_is_in_doubt_and_keeps_its_id(code):
    answer = says({"code": code, "msg": "prompt is required", "data": {"taskId": TASK}})
    stage = player(answer, then=forever(created()))

    with pytest.raises(SubmissionUnknown) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert stage.paths() == ["createTask"]
    assert caught.value.task_id == TASK
    assert (stage.notes[-1].state, stage.notes[-1].task_id) == ("unknown", TASK)
    assert "prompt is required" in stage.notes[-1].problem


@pytest.mark.parametrize(
    "error", [RuntimeError("mine"), OSError(5, "Input/output error"), LookupError("mine"), ValueError("mine")]
)
def test_an_error_of_a_foreign_transport_leaves_the_submission_in_doubt(error):
    stage = player(error, then=forever(created()))

    with pytest.raises(SubmissionUnknown, match="submission-1") as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert caught.value.key == "submission-1"
    assert error in (caught.value.__cause__, caught.value.__cause__.__cause__)
    assert stage.paths() == ["createTask"]
    assert states(stage.notes) == ["posting", "unknown"]


INTERRUPTIONS = [KeyboardInterrupt, asyncio.CancelledError, SystemExit]


@pytest.mark.parametrize("kind", INTERRUPTIONS)
def test_who_interrupts_a_submission_is_told_its_key(kind):
    error = kind()
    stage = player(error)

    with pytest.raises(kind) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert caught.value is error
    (note,) = error.__notes__
    assert "createTask was under way" in note
    assert "submission-1" in note
    assert states(stage.notes) == ["posting", "unknown"]


@pytest.mark.parametrize("kind", INTERRUPTIONS)
def test_who_interrupts_before_another_attempt_has_left_nothing_in_doubt(kind):
    stage = player(refused(429))
    stage.breaks = {Sleep: kind()}

    with pytest.raises(kind) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert not hasattr(caught.value, "__notes__")
    assert states(stage.notes) == ["posting", "refused"]


def test_who_interrupts_before_the_request_leaves_has_left_nothing_at_all():
    stage = player()
    stage.breaks = {Tell: KeyboardInterrupt()}

    with pytest.raises(KeyboardInterrupt) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert not hasattr(caught.value, "__notes__")
    assert stage.notes == []


def test_each_attempt_is_told_before_it_is_made():
    stage = player(refused(429), created())

    stage.play(flows.submit(REQUEST, "submission-1"))

    assert [event.kind for event in stage.events] == ["submitting", "submitting", "submitted"]
    kinds = [type(effect) for effect in stage.effects]
    assert kinds[:3] == [Reserve, Tell, Call]


@cases(MAYBE_CREATED)
def test_an_answer_that_is_lost_after_a_refusal_is_as_lost_as_any(answer):
    stage = player(refused(429), answer, then=forever(created()))

    with pytest.raises(SubmissionUnknown):
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert stage.paths() == ["createTask"] * 2
    assert states(stage.notes) == ["posting", "refused", "posting", "unknown"]


@cases(SURELY_NOT_CREATED)
def test_what_surely_created_nothing_is_tried_again(answer):
    stage = player(answer, answer, created())

    assert stage.play(flows.submit(REQUEST, "submission-1")) == TASK

    assert stage.sleeps == ([0.5, 1] if isinstance(answer, Exception) else [1, 2])
    assert states(stage.notes) == ["posting", "refused", "posting", "refused", "posting", "submitted"]
    assert stage.notes[-1].task_id == TASK


def test_an_edit_s_patience_holds_for_its_submission_too():
    stage = player(then=forever(refused(429)))

    with pytest.raises(RateLimited):
        stage.play(flows.edit(LINK, REQUEST, "submission-1", DOCUMENTED_PACE.within(10), None))

    assert stage.sleeps == [1, 2, 4]


@cases(SURELY_NOT_CREATED)
def test_what_never_gets_through_is_given_up_in_the_end(answer):
    stage = player(then=forever(answer))

    with pytest.raises((RateLimited, ServiceUnavailable, Unreachable)):
        stage.play(flows.submit(REQUEST, "submission-1"))

    sleeps = [0.5, 1, 2, 4] if isinstance(answer, Exception) else [1, 2, 4, 8, 16, 32, 60]
    assert stage.paths() == ["createTask"] * (len(sleeps) + 1)
    assert stage.sleeps == sleeps
    assert states(stage.notes)[-1] == "refused"


@pytest.mark.parametrize(
    ("asked", "slept"),
    [("7", [7]), ("0", [1]), ("0.5", [1]), ("120", [120]), ("soon", [1]), ("-5", [1]), ("", [1])],
)
def test_retry_after_is_obeyed(asked, slept):
    stage = player(refused(429, status=429, retry_after=asked), created())

    stage.play(flows.submit(REQUEST, "submission-1"))

    assert stage.sleeps == slept


def test_a_retry_after_beyond_two_minutes_is_handed_to_the_caller():
    stage = player(refused(429, status=429, retry_after="121"))

    with pytest.raises(RateLimited) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert caught.value.retry_after == 121
    assert stage.sleeps == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"), [pytest.param(*each, id=name) for name, each in DEFINITE.items()]
)
def test_a_definite_no_is_told_once(answer, kind, code):
    stage = player(answer, then=forever(created()))

    with pytest.raises(kind) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert type(caught.value) is kind
    assert caught.value.code == code
    assert stage.paths() == ["createTask"]
    assert states(stage.notes) == ["posting", "refused"]


def test_the_intent_is_in_the_ledger_before_the_request_leaves():
    stage = player(created())

    stage.play(flows.submit(REQUEST, "submission-1"))

    (sent,) = (effect.intent for effect in stage.effects if isinstance(effect, Call))
    assert stage.notes[0] == sent
    assert json.loads(sent.body) == json.loads(stage.requests[0].content)
    assert (sent.key, sent.state, sent.shape) == (
        "submission-1",
        "posting",
        "qwen/image-edit landscape_4_3 1",
    )


def test_the_id_is_in_the_ledger_before_anybody_hears_of_it():
    stage = player(created())

    stage.play(flows.submit(REQUEST, "submission-1"))

    *_, noted, told = stage.effects
    assert noted.submission.task_id == TASK
    assert (told.event.kind, told.event.task_id) == ("submitted", TASK)


@pytest.mark.parametrize("code", [200, "200"])
@pytest.mark.parametrize("task_id", [TASK, "0b1c", "32 hex or not: ид", 1765179676651])
def test_an_id_is_taken_in_any_form(code, task_id):
    stage = player(says({"code": code, "msg": "success", "data": {"taskId": task_id}}))

    assert stage.play(flows.submit(REQUEST, "submission-1")) == str(task_id)


@pytest.mark.parametrize(
    "request_",
    [
        EditRequest(prompt="", image_url="https://pictures.test/a.png"),
        EditRequest(prompt="a" * 2001, image_url="https://pictures.test/a.png"),
        EditRequest(prompt="night", image_url="ftp://pictures.test/a.png"),
        EditRequest(prompt="night", image_url="https://"),
        EditRequest(prompt="night", image_url="https://pictures.test/a.png", callback_url="nowhere"),
        EditRequest(prompt="night", image_url="https://pictures.test/a.png", num_images=5),
    ],
)
def test_what_the_document_does_not_allow_is_refused_before_anything_happens(request_):
    stage = player()

    with pytest.raises(InvalidRequest) as caught:
        stage.play(flows.submit(request_, "submission-1"))

    assert stage.effects == []
    assert caught.value.parameter


def test_a_doubtful_submission_crosses_process_borders_with_its_key():
    stage = player(httpx.ReadTimeout("timed out"))
    with pytest.raises(SubmissionUnknown) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert pickle.loads(pickle.dumps(caught.value)).key == "submission-1"


@pytest.mark.parametrize("said", [KEY, KEY.replace("-", "\\u002d")], ids=["as it is", "escaped"])
@pytest.mark.parametrize("status", [200, 401, 500, 502])
def test_a_service_that_repeats_the_key_does_not_get_it_into_an_error(status, said):
    body = b'{"code": 401, "msg": "wrong key: %s"}' % said.encode()
    stage = player(Says(status, body if status < 502 else b"<html>Authorization: Bearer " + KEY.encode()))

    with pytest.raises(ApikleyError) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    for error in (caught.value, caught.value.__cause__):
        assert KEY not in str(error)
        assert KEY not in repr(vars(error)) if error else True


def test_an_unreadable_answer_is_kept_but_for_the_key():
    stage = player(says(b"<html>" + KEY.encode() + b"</html>"))

    with pytest.raises(SubmissionUnknown) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    cause = caught.value.__cause__
    assert isinstance(cause, AnswerUnreadable)
    assert cause.content.startswith(b"<html>")
    assert KEY.encode() not in cause.content


def test_an_id_in_an_answer_of_undocumented_form_can_still_be_found():
    stage = player(Says(202, created().body))

    with pytest.raises(SubmissionUnknown) as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert caught.value.task_id == TASK
    assert TASK in str(caught.value)
    assert TASK.encode() in caught.value.__cause__.content


class Full(NotingLedger):
    """A ledger on a disk that is full once there is an id to write."""

    def record(self, submission):
        if submission.task_id:
            raise OSError(28, "No space left on device")
        super().record(submission)


def test_a_ledger_that_fails_does_not_lose_the_id():
    stage = player(created())
    stage.ledger = Full()

    with pytest.raises(OSError, match="No space") as caught:
        stage.play(flows.submit(REQUEST, "submission-1"))

    assert TASK in caught.value.__notes__[0]


ANSWERS = st.one_of(
    *(st.sampled_from(list(table.values())) for table in (MAYBE_CREATED, SURELY_NOT_CREATED)),
    st.sampled_from([answer for answer, *_ in DEFINITE.values()]),
    st.just(created()),
    st.builds(says, st.binary(max_size=40), st.sampled_from([200, 201, 202, 204, 418, 520])),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(ANSWERS, min_size=1, max_size=8))
def test_after_the_first_answer_that_may_mean_a_task_nothing_more_is_sent(answers):
    stage = player(*answers, then=forever(created()))

    with suppress(ApikleyError):
        stage.play(flows.submit(REQUEST, "submission-1"))

    *before, _ = answers[: len(stage.requests)] or [None]
    harmless = list(SURELY_NOT_CREATED.values())
    assert all(any(answer is each for each in harmless) for answer in before)
    assert stage.notes[-1].state in {"submitted", "refused", "unknown"}

"""Between the wire and us: what answers mean, and what a request says."""

import json
from datetime import UTC, datetime

import pytest

from apikley import flows, problems, wire
from apikley.errors import (
    AnswerUnreadable,
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
)
from apikley.pictures import Picture
from apikley.requests import EditRequest
from apikley.tasks import Task
from unit.playing import PNG, TASK, player, record, says

REQUEST = EditRequest(prompt="сделай ночь", image_url="https://pictures.test/a.png")
KINDS = {
    400: InvalidRequest,
    401: NotAuthenticated,
    402: OutOfCredits,
    403: RequestRefused,
    404: RequestRefused,
    405: RequestRefused,
    408: ServiceUnavailable,
    422: InvalidRequest,
    425: ServiceUnavailable,
    429: RateLimited,
    433: OutOfCredits,
    455: ServiceUnavailable,
    500: ServiceUnavailable,
    501: ServiceUnavailable,
    502: ServiceUnavailable,
    505: ServiceUnavailable,
    599: ServiceUnavailable,
}


def envelope(code: object, **more: object) -> bytes:
    return json.dumps({"code": code, "msg": "so it is", "data": None} | more).encode()


@pytest.mark.parametrize("status", [None, 200])
@pytest.mark.parametrize(("code", "kind"), KINDS.items())
def test_a_code_means_the_same_as_a_status_and_in_the_body(code, kind, status):
    error = problems.problem(status or code, {}, envelope(code))

    assert type(error) is kind
    assert error.code == code
    assert str(error) == f"so it is (code {code})"


@pytest.mark.parametrize(("code", "kind"), KINDS.items())
def test_a_status_that_is_not_2xx_counts_whatever_the_body_says(code, kind):
    for content in (envelope(200), b"<html>", b"", b"[]", b"\xff\xfe", envelope(999)):
        error = problems.problem(code, {}, content)
        assert type(error) is kind
        assert error.code == code


@pytest.mark.parametrize("code", [0, 1, -1, 199, 201, 302, 499, 999, 10**30])
def test_an_unknown_code_is_a_refusal_with_its_number(code):
    error = problems.problem(200, {}, envelope(code))

    assert isinstance(error, RequestRefused)
    assert error.code == code


@pytest.mark.parametrize("more", [{}, {"msg": None}, {"data": {"taskId": "x"}}])
@pytest.mark.parametrize("code", [200, 200.0, "200"])
def test_a_yes_is_no_problem(code, more):
    assert problems.problem(200, {}, envelope(code, **more)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"<html>",
        b'{"code": 200',
        b"[]",
        b'"200"',
        b"200",
        b"null",
        b"{}",
        b"\x89PNG",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"code":' * 100_000,
        b'{"code": ' + b"9" * 5000 + b"}",
        envelope(True),
        envelope(None),
        envelope("OK"),
        envelope(""),
        envelope("200 "),
        envelope("200 OK"),
        envelope([200]),
        envelope(200.5),
        envelope(float("nan")),
    ],
)
def test_a_200_without_a_code_is_unreadable_and_kept(content):
    error = problems.problem(200, {}, content)

    assert isinstance(error, AnswerUnreadable)
    assert error.content == content[:2048]


def test_a_redirect_is_unreadable_since_none_is_documented():
    assert isinstance(problems.problem(307, {"location": "/"}, b""), AnswerUnreadable)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"msg": "first", "message": "second"}, "first"),
        ({"message": "second"}, "second"),
        ({"msg": "", "message": "second"}, "second"),
        ({"msg": None, "message": "second"}, "second"),
        ({"msg": {"a": 1}}, "no reason given"),
        ({}, "no reason given"),
        ({"msg": 7}, "7"),
        ({"msg": "ж" * 9999}, "ж" * 500),
    ],
)
def test_the_reason_is_read_under_both_its_names(body, sentence):
    error = problems.problem(200, {}, json.dumps({"code": 422} | body).encode())

    assert str(error) == f"{sentence} (code 422)"


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("prompt is required", InvalidRequest),
        ("This field is required", InvalidRequest),
        ("input.prompt is required!", InvalidRequest),
        ("THIS FIELD IS REQUIRED", InvalidRequest),
        ("The field is required", ServiceUnavailable),
        ("A restart is required", ServiceUnavailable),
        ("restart is required", ServiceUnavailable),
        ("failover is required after task creation", ServiceUnavailable),
        ("prompt is required after the task was made", ServiceUnavailable),
        ("image_url is required", InvalidRequest),
        ("input is required.", InvalidRequest),
        ("Internal error: load balance failed, short read from upstream", ServiceUnavailable),
        ("Internal error while charging credits: short timeout", ServiceUnavailable),
        ("credits deducted, but not enough workers; task is queued", ServiceUnavailable),
        ("Not enough credits", OutOfCredits),
        ("The current credits are insufficient. Please top up", OutOfCredits),
        ("Your current balance isn't enough to run this request", OutOfCredits),
        ("worker died: prompt is required", ServiceUnavailable),
        ("prompt is requiredly", ServiceUnavailable),
        ("Insufficient credits", OutOfCredits),
        ("Credits insufficient : Your current balance isn't enough to run this request.", OutOfCredits),
        ("Your balance is short", OutOfCredits),
        ("Internal Error, Please try again later", ServiceUnavailable),
        ("credits service timed out", ServiceUnavailable),
        ("accredits enough", ServiceUnavailable),
        ("not enough memory", ServiceUnavailable),
        ("", ServiceUnavailable),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_a_500_is_a_refusal_only_where_its_words_say_so_surely(sentence, kind, status):
    assert type(problems.problem(status, {}, envelope(500, msg=sentence))) is kind


def test_words_change_the_meaning_of_no_other_code():
    assert type(problems.problem(200, {}, envelope(501, msg="prompt is required"))) is ServiceUnavailable
    assert type(problems.problem(502, {}, envelope(502, msg="credits are short"))) is ServiceUnavailable


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("3", 3.0), (" 3 ", 3.0), ("1.5", 1.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)],
)
def test_retry_after_is_read_in_seconds(said, seconds):
    assert problems.problem(429, {"retry-after": said}, b"").retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [
        {"code": 429, "msg": "slow down", "retry_after": 7},
        {"code": 429, "msg": "slow down", "retryAfter": "7"},
        {"code": 429, "msg": "slow down", "data": {"retry_after": 7.0}},
    ],
)
def test_retry_after_is_read_from_a_body_too(body):
    assert problems.problem(200, {}, json.dumps(body).encode()).retry_after == 7


@pytest.mark.parametrize("said", [-1, True, "soon", None, [7], float("inf")])
def test_a_wait_in_a_body_that_is_none_is_not_obeyed(said):
    body = json.dumps({"code": 429, "msg": "slow down", "retry_after": said}).encode()
    assert problems.problem(200, {}, body).retry_after is None


def test_the_header_goes_before_the_body():
    body = b'{"code": 429, "msg": "slow down", "retry_after": 9}'
    assert problems.problem(429, {"retry-after": "7"}, body).retry_after == 7


@pytest.mark.parametrize(
    ("until", "sent", "seconds"),
    [
        ("Thu, 26 Nov 2026 11:00:30 GMT", "Thu, 26 Nov 2026 11:00:00 GMT", 30),
        ("Thu, 26 Nov 2026 10:59:00 GMT", "Thu, 26 Nov 2026 11:00:00 GMT", 0),
        ("Thu, 26 Nov 2026 11:00:30 GMT", "", None),
        ("tomorrow", "Thu, 26 Nov 2026 11:00:00 GMT", None),
        ("Thu, 26 Nov 2026 11:00:30", "Thu, 26 Nov 2026 11:00:00 GMT", None),
    ],
)
def test_retry_after_as_a_date_counts_by_the_clock_of_the_service(until, sent, seconds):
    assert problems.problem(429, {"retry-after": until, "date": sent}, b"").retry_after == seconds


def task(**fields: object):
    return player(record(**fields)).play(flows.fetch(TASK))


@pytest.mark.parametrize(
    ("result", "urls"),
    [
        ('{"resultUrls": ["https://a/1", "https://a/2"]}', ("https://a/1", "https://a/2")),
        ({"resultUrls": ["https://a/1"]}, ("https://a/1",)),
        ('{"resultUrls": ["https://a/1", null, 7, ""]}', ("https://a/1",)),
        ('{"resultUrls": "https://a/1"}', ("https://a/1",)),
        ('{"resultUrls": "data:image/png;base64,AA"}', ("data:image/png;base64,AA",)),
        ('["https://a/1", "https://a/2"]', ("https://a/1", "https://a/2")),
        (["https://a/1"], ("https://a/1",)),
        ('"https://a/1"', ("https://a/1",)),
        ("https://a/1", ("https://a/1",)),
        ("HTTPS://a/1", ("HTTPS://a/1",)),
        (json.dumps(json.dumps({"resultUrls": ["https://a/1"]})), ("https://a/1",)),
        (json.dumps(json.dumps(["https://a/1"])), ("https://a/1",)),
        ('{"resultUrls": "[\\"https://a/1\\"]"}', ("https://a/1",)),
        ('{"resultUrls": {"resultUrls": ["https://a/1"]}}', ("https://a/1",)),
        ('{"resultUrls": "not a link"}', ()),
        ('{"resultUrls":' * 400 + '["https://a/1"]' + "}" * 400, ()),
        ('{"resultUrls": {"0": "https://a/1"}}', ()),
        ('{"resultObject": {}}', ()),
        ("", ()),
        (None, ()),
        ("null", ()),
        ("[]", ()),
        ("{", ()),
        ("[" * 100_000, ()),
        ("\ud800", ()),
        (7, ()),
        ([], ()),
        (True, ()),
    ],
)
def test_results_are_read_in_every_form(result, urls):
    assert task(state="success", resultJson=result).result_urls == urls


@pytest.mark.parametrize("result", ['{"resultUrls": ["https://a/1"], "more": 1}', "null", "{", "no JSON"])
def test_what_is_said_of_a_result_is_kept_as_it_is(result):
    assert task(state="success", resultJson=result).result == result


@pytest.mark.parametrize("result", [None, "", " "])
def test_nothing_said_of_a_result_is_nothing(result):
    assert task(state="success", resultJson=result).result is None


OPERATIONS = {
    "submit": (
        lambda: flows.submit(REQUEST, "wish-1"),
        {"taskId": TASK},
        TASK,
    ),
    "fetch": (
        lambda: flows.fetch(TASK),
        {"taskId": TASK, "state": "success", "resultJson": '{"resultUrls": ["https://a/1"]}'},
        Task(
            id=TASK,
            state="success",
            result_urls=("https://a/1",),
            result='{"resultUrls": ["https://a/1"]}',
        ),
    ),
    "credits": (flows.credits_left, 6.5, 6.5),
    "download_url": (lambda: flows.download_url("https://a/1"), "https://a/2", "https://a/2"),
    "upload": (
        lambda: flows.upload("https://a/1"),
        {
            "downloadUrl": "https://a/a b",
            "fileName": "a",
            "filePath": "a",
            "fileSize": 1,
            "mimeType": "image/png",
        },
        "https://a/a%20b",
    ),
}


@pytest.mark.parametrize("code", [200, 200.0, "200"])
@pytest.mark.parametrize(("ask", "data", "read"), OPERATIONS.values(), ids=OPERATIONS)
def test_a_yes_is_read_whatever_type_its_code_has(ask, data, read, code):
    stage = player(says({"success": True, "code": code, "msg": "success", "data": data}))

    assert stage.play(ask()) == read


@pytest.mark.parametrize(("ask", "data", "read"), OPERATIONS.values(), ids=OPERATIONS)
def test_a_no_is_read_whatever_type_its_code_has(ask, data, read):
    stage = player(says({"code": "401", "msg": "wrong key", "data": None}))

    with pytest.raises(NotAuthenticated):
        stage.play(ask())


@pytest.mark.parametrize("status", [200, 202, 400, 500])
@pytest.mark.parametrize("code", [402, "no code"])
def test_an_error_keeps_the_task_that_its_answer_names(status, code):
    error = problems.problem(status, {}, envelope(code, data={"taskId": TASK}))

    assert error.task_id == TASK
    assert TASK in str(error)


@pytest.mark.parametrize("data", [None, {}, [], TASK, {"taskId": ""}, {"taskId": None}, {"taskId": [TASK]}])
def test_an_error_names_no_task_where_its_answer_names_none(data):
    assert problems.problem(200, {}, envelope(402, data=data)).task_id is None


@pytest.mark.parametrize(
    ("content", "is_page"),
    [(b"<html>", True), (b"", True), (b"[]", True), (b"null", True), (b"{}", False), (envelope(403), False)],
)
def test_a_no_that_is_no_object_is_a_page(content, is_page):
    assert problems.problem(403, {}, content).is_page is is_page


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("waiting", "waiting"),
        ("paused", "paused"),
        ("SUCCESS", "SUCCESS"),
        (None, "unknown"),
        ("", "unknown"),
        ([], "unknown"),
    ],
)
def test_a_state_that_nobody_knows_means_that_the_task_runs(said, state):
    seen = task(state=said)

    assert seen.state == state
    assert not seen.is_final
    assert not seen.has_failed


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (1767225600000, datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600500.0, datetime(2026, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        (0, None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**20, None),
        (10**400, None),
        (-(10**20), None),
        ("yesterday", None),
        (True, None),
    ],
)
def test_times_are_utc_or_nothing(said, read):
    seen = task(createTime=said, updateTime=said, completeTime=said)

    assert (seen.created_at, seen.updated_at, seen.completed_at) == (read, read, read)


def test_a_time_before_the_epoch_is_no_reason_to_fail():
    assert task(createTime=-1000).created_at.year == 1969


def test_durations_come_from_the_times_and_not_from_cost_time():
    assert task(createTime=1767225600000, completeTime=1767225607500, costTime=7).seconds == 7.5
    assert task(createTime=1767225600000, completeTime=None).seconds is None


@pytest.mark.parametrize(
    ("said", "read"),
    [(0, 0), (55, 55), ("55", 55), (None, None), (True, None), ("half", None), (1.5, None), (400, 400)],
)
def test_progress_is_a_number_or_nothing(said, read):
    assert task(progress=said).progress == read


@pytest.mark.parametrize(
    ("said", "read"),
    [(2.5, 2.5), (2, 2.0), (0, 0.0), (None, None), ("2.5", None), (True, None), (float("inf"), None)],
)
def test_credits_may_be_fractional(said, read):
    assert task(creditsConsumed=said).credits == read


@pytest.mark.parametrize(
    ("said", "read"), [("501", "501"), (501, "501"), ("", None), (None, None), ([], None)]
)
def test_a_failure_code_is_text(said, read):
    assert task(state="fail", failCode=said).failure_code == read


def test_the_id_is_the_one_that_was_asked_for():
    assert player(says({"code": 200, "data": {"taskId": "another"}})).play(flows.fetch(TASK)).id == TASK


def test_what_is_unset_is_not_sent():
    assert wire.to_body(REQUEST).to_dict() == {
        "model": "qwen/image-edit",
        "input": {"prompt": "сделай ночь", "image_url": "https://pictures.test/a.png"},
    }


def test_what_is_set_is_sent_under_the_document_s_names():
    request = EditRequest(
        prompt="night",
        image_url="https://pictures.test/a b.png",
        image_size="square_hd",
        num_images=4,
        output_format="jpeg",
        seed=0,
        num_inference_steps=2,
        guidance_scale=0,
        acceleration="high",
        negative_prompt="",
        enable_safety_checker=False,
        sync_mode=False,
        callback_url="https://хост.рф/cb",
    )

    assert wire.to_body(request).to_dict() == {
        "model": "qwen/image-edit",
        "callBackUrl": "https://xn--n1agdj.xn--p1ai/cb",
        "input": {
            "prompt": "night",
            "image_url": "https://pictures.test/a%20b.png",
            "image_size": "square_hd",
            "num_images": "4",
            "output_format": "jpeg",
            "seed": 0,
            "num_inference_steps": 2,
            "guidance_scale": 0,
            "acceleration": "high",
            "negative_prompt": "",
            "enable_safety_checker": False,
            "sync_mode": False,
        },
    }


def test_each_call_of_an_upload_begins_at_the_first_byte():
    picture = Picture(b"\x89PNG\r\n\x1a\n....", "image/png")
    first, second = (wire.upload_file(picture).arguments["body"] for _ in range(2))

    assert first.file.payload.read() == second.file.payload.read() == picture.content
    assert first.file_name == second.file_name


def test_a_call_s_repr_holds_no_picture_and_no_prompt():
    assert "ночь" not in repr(wire.create_task(REQUEST))


def test_two_pictures_are_uploaded_under_two_names_and_one_under_one():
    def name(content: bytes) -> str:
        return wire.upload_file(Picture(content, "image/png")).arguments["body"].file_name

    assert name(PNG) == name(PNG)
    assert name(PNG) != name(PNG + b"\0")

"""What is read from a callback, and what is refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from apikley import CallbackRejected, TaskState, callbacks, wire
from apikley_generated.models import GetTaskResponse

NOW = 1_769_670_760.0
KEY = "hush-hush-5ecret"
TASK = "task_qwen_1765179676651"


def body(data: object = None, /, **more: object) -> bytes:
    said = {"code": 200, "msg": "success", "data": {"taskId": TASK} if data is None else data} | more
    return json.dumps(said).encode()


def record(**members: object) -> dict[str, object]:
    return {
        "taskId": TASK,
        "state": "success",
        "resultJson": '{"resultUrls": ["https://a.test/1.png"]}',
    } | members


def signed(task_id: str = TASK, key: str = KEY, now: float = NOW) -> dict[str, str]:
    return callbacks.sign(task_id, key, now)


def rejected(headers: object, content: bytes, **options: object) -> CallbackRejected:
    """The error that a reading ends in, which never holds the key nor what was sent."""
    with pytest.raises(CallbackRejected) as caught:
        callbacks.read(headers, content, **({"now": NOW} | options))
    assert KEY not in repr(vars(caught.value))
    return caught.value


# Signatures.


def test_a_signature_is_the_one_that_the_service_is_known_to_make():
    assert callbacks.sign("ee9c2715375b7837f8bb51d641ff5863", "test-webhook-hmac-key", 1769670760.9) == {
        "X-Webhook-Timestamp": "1769670760",
        "X-Webhook-Signature": "xG6/yOyrMyJtUdc1yjmHpKLHSHF3MpzOPa6uxSj3qb4=",
    }


def test_a_callback_with_the_known_signature_is_believed():
    headers = {
        "X-Webhook-Timestamp": "1769670760",
        "X-Webhook-Signature": "xG6/yOyrMyJtUdc1yjmHpKLHSHF3MpzOPa6uxSj3qb4=",
    }
    content = body({"taskId": "ee9c2715375b7837f8bb51d641ff5863"})

    callback = callbacks.read(headers, content, key="test-webhook-hmac-key", now=NOW)

    assert callback.is_signed
    assert callback.task_id == "ee9c2715375b7837f8bb51d641ff5863"


def test_a_signature_is_of_now_unless_a_time_is_given():
    assert callbacks.read(*callbacks.write(TASK, key=KEY), key=KEY).is_signed


HEADERS = signed()


class Pairs:
    """Headers as some frameworks have them: no mapping, though with items."""

    def items(self) -> Iterable[tuple[str, str]]:
        return iter(HEADERS.items())


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS,
        MappingProxyType(HEADERS),
        {name.lower(): value for name, value in HEADERS.items()},
        {name.upper().encode(): value.encode() for name, value in HEADERS.items()},
        [*HEADERS.items()],
        iter([(b"host", "a.test"), *HEADERS.items(), ("x-other", "\udcff")]),
        Pairs(),
    ],
    ids=["dict", "mapping", "small letters", "bytes", "pairs", "iterator", "items"],
)
def test_headers_come_in_any_form_and_case(headers: callbacks.Headers):
    assert callbacks.read(headers, body(), key=KEY, now=NOW).is_signed


def test_a_key_may_be_bytes():
    assert callbacks.read(signed(), body(), key=KEY.encode(), now=NOW).is_signed


@pytest.mark.parametrize("key", ["", b""])
def test_an_empty_key_is_an_error_of_the_program_and_no_callback_is_read_with_it(key: str | bytes):
    with pytest.raises(ValueError, match="empty"):
        callbacks.read({}, body(), key=key)
    with pytest.raises(ValueError, match="empty"):
        callbacks.sign(TASK, key)


@pytest.mark.parametrize("key", ["ключ", "\ud800"])
def test_a_key_may_be_any_text(key: str):
    assert callbacks.read(signed(key=key), body(), key=key, now=NOW).is_signed


@pytest.mark.parametrize("missing", [*HEADERS])
def test_a_callback_without_one_of_the_headers_is_rejected_where_a_key_is_given(missing: str):
    headers = {name: value for name, value in HEADERS.items() if name != missing}
    error = rejected(headers, body(), key=KEY)
    assert (error.status, str(error)) == (401, f"{missing} is missing")


@pytest.mark.parametrize("twice", [*HEADERS])
def test_a_header_that_comes_twice_is_rejected_though_both_say_the_same(twice: str):
    error = rejected([*HEADERS.items(), (twice.lower(), HEADERS[twice])], body(), key=KEY)
    assert (error.status, str(error)) == (401, f"{twice} came 2 times")


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (301, "the signature is 301 s old, more than 300 s"),
        (-301, "the signature is 301 s ahead, more than 300 s"),
    ],
)
def test_a_signature_out_of_the_window_is_rejected(seconds: float, sentence: str):
    error = rejected(HEADERS, body(), key=KEY, now=NOW + seconds)
    assert (error.status, str(error)) == (401, sentence)


@pytest.mark.parametrize("seconds", [300, -300, 0])
def test_a_signature_within_the_window_holds(seconds: float):
    assert callbacks.read(HEADERS, body(), key=KEY, now=NOW + seconds).is_signed


@pytest.mark.parametrize(
    "timestamp",
    ["", "x", "-1", "+1769670760", "1769670760.0", " 1769670760", "01769670760", "१७६९६७०७६०", "9" * 5000],
)
def test_a_timestamp_is_digits_and_nothing_else(timestamp: str):
    headers = HEADERS | {callbacks.TIMESTAMP: timestamp}
    error = rejected(headers, body(), key=KEY)
    assert (error.status, str(error)) == (401, "X-Webhook-Timestamp is no Unix time in whole seconds")


# The last letter before "=" holds two bits that no byte needs, which a decoder overlooks.
LOOSE = HEADERS[callbacks.SIGNATURE][:-2] + chr(ord(HEADERS[callbacks.SIGNATURE][-2]) + 1) + "="


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "=",
        "é" * 44,
        HEADERS[callbacks.SIGNATURE] + "\n",
        HEADERS[callbacks.SIGNATURE][:-1],
        "A" * 42 + "-=",
    ],
)
def test_a_signature_is_strict_base64_of_32_bytes(signature: str):
    error = rejected(HEADERS | {callbacks.SIGNATURE: signature}, body(), key=KEY)
    assert (error.status, str(error)) == (401, "X-Webhook-Signature is not the Base64 of 32 bytes")


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (signed(key="other"), body()),
        (signed(task_id="other"), body()),
        (HEADERS | {callbacks.TIMESTAMP: str(int(NOW) + 1)}, body()),
        (HEADERS | {callbacks.SIGNATURE: LOOSE}, body()),
    ],
    ids=["key", "task", "time", "bits that no byte needs"],
)
def test_a_signature_of_anything_else_is_rejected(headers: dict[str, str], content: bytes):
    error = rejected(headers, content, key=KEY)
    assert (error.status, str(error)) == (401, "the signature is of another key, task or time")


def test_without_a_key_a_callback_is_accepted_and_called_unsigned():
    for headers in ({}, HEADERS, {callbacks.SIGNATURE: "wrong"}):
        assert callbacks.read(headers, body(), now=NOW).is_signed is False


# Ids.


@pytest.mark.parametrize(
    "content",
    [
        body({"taskId": TASK}),
        body({"task_id": TASK}),
        body({}, taskId=TASK),
        body({"taskId": TASK, "task_id": TASK}, taskId=TASK),
        body({"taskId": None, "task_id": ""}, taskId=TASK),
        json.dumps({"code": 200, "taskId": TASK}).encode(),
    ],
)
def test_the_id_is_in_one_of_three_places(content: bytes):
    assert callbacks.read(HEADERS, content, key=KEY, now=NOW).task_id == TASK


@pytest.mark.parametrize(
    "content",
    [
        body({"taskId": TASK, "task_id": "other"}),
        body({"taskId": TASK}, taskId="other"),
        body({"task_id": TASK}, taskId="other"),
        body({"taskId": "other"}, taskId=TASK),
    ],
)
def test_ids_that_differ_are_refused_whichever_of_them_is_signed(content: bytes):
    assert rejected(HEADERS, content, key=KEY).message == "the body names 2 tasks"


@pytest.mark.parametrize(
    "named", [[TASK], {"id": TASK}, [], True, False, 1.5, "  ", "a\nb", "a\x00", "\ud800", "x" * 513]
)
def test_an_id_that_no_log_could_hold_is_refused(named: object):
    error = rejected({}, body({"taskId": named}))
    assert (error.status, str(error)) == (400, "the body names a task by something that is no id")


def test_an_id_may_have_any_form_and_be_a_number():
    for named in ("7f3", "задача 7", "ee9c2715375b7837f8bb51d641ff5863", "x" * 512, 42):
        assert callbacks.read(signed(str(named)), body({"taskId": named}), key=KEY, now=NOW).task_id == str(
            named
        )


# Bodies.


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the body is not JSON"),
        (b"<html>", "the body is not JSON"),
        (b'\xef\xbb\xbf{"code": 200}', "the body is not JSON"),
        (b'{"code": 200, "taskId": "a"} {}', "the body is not JSON"),
        (b'{"code": %s}' % (b"9" * 5000), "the body is not JSON"),
        (b'{"taskId": "\xff"}', "the body is not UTF-8"),
        ('{"code": 200, "taskId": "a"}'.encode("utf-16"), "the body is not UTF-8"),
        (b"[]", "the body is no JSON object"),
        (b'"text"', "the body is no JSON object"),
        (b"null", "the body is no JSON object"),
        (b'{"code": 200, "taskId": "a", "taskId": "a"}', "an object in the body names a member twice"),
        (
            b'{"code": 200, "data": {"taskId": "a", "taskId": "b"}}',
            "an object in the body names a member twice",
        ),
        (
            b'{"code": 200, "taskId": "a", "x": [{"\\u0061": 1, "a": 2}]}',
            "an object in the body names a member twice",
        ),
        (b'{"code": NaN, "taskId": "a"}', "the body holds a number that JSON does not know"),
        (b'{"code": 200, "taskId": "a", "data": "{}"}', "data in the body is no object"),
        (b'{"code": 200, "taskId": "a", "data": []}', "data in the body is no object"),
        (b'{"code": 200}', "the body names no task"),
        (b'{"code": 200, "data": null}', "the body names no task"),
        (b'{"taskId": "a"}', "the body has no code"),
        (b'{"taskId": "a", "code": "well"}', "the body has no code"),
        (b'{"taskId": "a", "code": true}', "the body has no code"),
    ],
)
def test_what_is_no_callback_is_rejected_in_a_sentence(content: bytes, sentence: str):
    error = rejected({}, content)
    assert (error.status, str(error)) == (400, sentence)


def nested(layers: int) -> bytes:
    return b'{"code": 200, "taskId": "a", "x": ' + b"[" * (layers - 1) + b"]" * (layers - 1) + b"}"


def test_a_body_is_nested_32_layers_deep_at_most():
    assert callbacks.read({}, nested(32)).task_id == "a"
    for layers in (33, 1000, 100_000):
        assert rejected({}, nested(layers)).message == "the body is nested deeper than 32 layers"
    assert rejected({}, b"[" * 200_000).message == "the body is nested deeper than 32 layers"


@pytest.mark.parametrize(
    "text", ["[" * 100, '\\"' + "[" * 100, "{" * 100 + "\\\\", "\\\\\\" + '"' + "[" * 40]
)
def test_brackets_in_a_text_are_no_layers(text: str):
    content = body(record(failMsg=json.loads(f'"{text}"')))
    assert callbacks.read({}, content).task is not None


def test_brackets_side_by_side_are_no_layers():
    assert callbacks.read({}, body(x=[[]] * 100, y=[{}] * 100)).task_id == TASK


def test_a_body_may_have_256_kilobytes_and_more_if_one_says_so():
    content = body().ljust(callbacks.LIMIT)
    assert callbacks.read({}, content).task_id == TASK

    error = rejected({}, content + b" ")
    assert (error.status, str(error)) == (413, "the body has 262145 bytes, more than 262144")
    assert callbacks.read({}, content + b" ", limit=callbacks.SYNC_LIMIT).task_id == TASK


def test_the_longest_prompt_in_the_longest_letters_fits():
    # JSON in JSON in JSON, each with its letters escaped: the request, in param, in the body.
    given = json.dumps({"prompt": "\N{NIGHT WITH STARS}" * 5000, "image_url": "https://a.test/1.png"})
    content = body(record(param=json.dumps({"model": "qwen/image-edit", "input": given})))
    assert 90_000 < len(content) < callbacks.LIMIT
    assert callbacks.read({}, content).task is not None


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_a_body_may_be_any_kind_of_bytes(kind: type):
    assert callbacks.read({}, kind(body())).task_id == TASK


@pytest.mark.parametrize("content", [body().decode(), json.loads(body()), None])
def test_a_body_that_a_parser_had_already_is_an_error_of_the_program(content: object):
    with pytest.raises(TypeError, match="raw bytes"):
        callbacks.read({}, content)


# What is said.


def test_a_success_is_told_with_its_task():
    content = body(
        record(
            model="qwen/image-edit",
            costTime=15,
            createTime=1765179676651,
            updateTime=1765179691900,
            completeTime=1765179691900,
            creditsConsumed=2.5,
            remainedCredits=6.97,
            param='{"model": "qwen/image-edit"}',
        )
    )

    callback = callbacks.read({}, content)

    assert (callback.code, callback.message, callback.has_succeeded) == (200, "success", True)
    assert (callback.seconds, callback.credits_left, callback.token) == (15.249, 6.97, None)
    assert callback.task is not None
    assert (callback.task.id, callback.task.state) == (TASK, TaskState.SUCCESS)
    assert callback.task.result_urls == ("https://a.test/1.png",)
    assert (callback.task.credits, callback.task.seconds) == (2.5, 15.249)
    assert callback.task.completed_at == datetime(2025, 12, 8, 7, 41, 31, 900_000, UTC)


def test_a_failure_is_told_with_its_reason():
    content = body(
        record(state="fail", resultJson="", failCode="501", failMsg="too dark"), code=501, msg="too dark"
    )

    callback = callbacks.read({}, content)

    assert (callback.code, callback.message, callback.has_succeeded) == (501, "too dark", False)
    assert callback.task is not None
    assert (callback.task.failure_code, callback.task.failure_message) == ("501", "too dark")


def test_a_task_is_read_as_one_that_was_fetched():
    data = record(
        model="qwen/image-edit", progress=100, failCode="", failMsg=None, createTime=1, updateTime=2, completeTime=3,
        creditsConsumed=1, param="{}", resultJson={"resultUrls": ["https://a.test/1.png", ""]},
    )  # fmt: skip
    fetched = wire.to_task(GetTaskResponse.from_dict({"code": 200, "data": data}), TASK)
    assert callbacks.read({}, body(data)).task == fetched


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"creditsConsumed": 2.5}, 2.5),
        ({"consumeCredits": 1.25}, 1.25),
        ({"creditsConsumed": None, "consumeCredits": 1.25}, 1.25),
        ({"creditsConsumed": 0, "consumeCredits": 1.25}, 0),
        ({}, None),
    ],
)
def test_the_credits_may_have_either_name(members: dict[str, object], told: float | None):
    task = callbacks.read({}, body(record(**members))).task
    assert task is not None
    assert task.credits == told


def test_a_duration_without_times_is_the_services_own_in_seconds():
    assert callbacks.read({}, body(record(costTime=15))).seconds == 15
    assert callbacks.read({}, body(record())).seconds is None
    assert callbacks.read({}, json.dumps({"code": 200, "taskId": TASK}).encode()).seconds is None


@pytest.mark.parametrize(
    "content", [b'{"code": "200", "taskId": "a"}', b'{"code": 200.0, "taskId": "a", "data": null}']
)
def test_a_callback_may_tell_no_more_than_its_end(content: bytes):
    callback = callbacks.read({}, content)
    assert (callback.code, callback.task, callback.has_succeeded) == (200, None, True)


@pytest.mark.parametrize(
    ("code", "members", "has_succeeded"),
    [
        (200, {}, True),
        (501, {"state": "fail"}, False),
        (200, {"state": "fail"}, None),
        (501, {}, None),
        (200, {"resultJson": ""}, None),
        (200, {"state": "new-word"}, True),
        (501, {"state": "generating"}, False),
        (400, {"state": "fail"}, None),
        (402, {}, None),
        (402, {"state": "generating"}, None),
    ],
)
def test_the_end_is_a_hint_and_none_where_code_and_record_disagree(code, members, has_succeeded):
    assert callbacks.read({}, body(record(**members), code=code)).has_succeeded is has_succeeded


def test_the_message_may_have_either_name():
    assert (
        callbacks.read({}, json.dumps({"code": 501, "message": "dark", "taskId": "a"}).encode()).message
        == "dark"
    )
    assert callbacks.read({}, b'{"code": 501, "taskId": "a"}').message is None


def test_the_token_is_the_one_of_the_address_that_was_called():
    url = callbacks.with_token("https://a.test/done", "wish-1")
    assert callbacks.read({}, body(), url=url).token == "wish-1"
    assert callbacks.read({}, body(), url="/done?x=1").token is None


# Callbacks for tests.


def test_what_is_written_can_be_read():
    headers, content = callbacks.write("7f3", key=KEY, now=NOW, callback_url="https://a.test/?apikley=wish-1")

    callback = callbacks.read(headers, content, key=KEY, now=NOW)

    assert headers["Content-Type"] == "application/json"
    assert (callback.task_id, callback.has_succeeded, callback.is_signed) == ("7f3", True, True)
    assert callback.task is not None
    assert callback.task.result_urls == ("https://example.com/result.png",)
    assert callback.task.completed_at == datetime.fromtimestamp(NOW, UTC)
    assert callback.seconds == callback.task.seconds == 15
    assert callbacks.token_in(callback.task) == "wish-1"


def test_a_failure_can_be_written_and_any_member_be_otherwise():
    headers, content = callbacks.write("7f3", code=501, data={"failMsg": "dark", "taskId": "7f4"})

    callback = callbacks.read(headers, content)

    assert callbacks.SIGNATURE not in headers
    assert (callback.task_id, callback.has_succeeded) == ("7f4", False)
    assert callback.task is not None
    assert (callback.task.failure_code, callback.task.failure_message) == ("501", "dark")
    assert callback.task.result_urls == ()
    assert callbacks.token_in(callback.task) is None


def test_result_urls_can_be_written():
    _, content = callbacks.write("7f3", result_urls=["https://a.test/1.png", "https://a.test/2.png"])
    task = callbacks.read({}, content).task
    assert task is not None
    assert task.result_urls == ("https://a.test/1.png", "https://a.test/2.png")


# The house.


@pytest.mark.parametrize("statement", ["from apikley import callbacks", "import apikley.receiving"])
def test_importing_it_imports_neither_httpx_nor_the_generated_models(statement: str):
    code = f"{statement}; import sys; print(*sorted({{'httpx', 'apikley_generated'}} & sys.modules.keys()))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ},
    )
    assert ran.stdout.split() == []


def test_every_name_is_there_and_says_what_it_does():
    for name in callbacks.__all__:
        value = getattr(callbacks, name)
        assert not callable(value) or value.__doc__

"""HAR files of others are judged too, and broken ones are told in a sentence."""

import base64
import json

import pytest

from apikley.contract import har_reading
from apikley.contract.checking import Checker
from apikley.contract.document import Document
from apikley.contract.har_reading import load, to_recording
from apikley.contract.verdicts import exit_code
from apikley.errors import InvalidRequest

BASE = "https://api.apikley.ru"
CREATE, FETCH, CREDITS = (
    f"{BASE}/api/v1/jobs/createTask",
    f"{BASE}/api/v1/jobs/recordInfo",
    f"{BASE}/api/v1/chat/credit",
)
GOOD = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.png"}}


def entry(method, url, answer=None, *, body=None, status=200, media_type="application/json", **response):
    """An entry as a browser writes it, with no more than HAR demands."""
    request = {"method": method, "url": url, "headers": [{"name": "authorization", "value": "Bearer secret"}]}
    if body is not None:
        request["postData"] = {"mimeType": "application/json;charset=UTF-8", "text": json.dumps(body)}
    text = answer if isinstance(answer, str) else json.dumps(answer)
    content = {"size": len(text), "mimeType": media_type, "text": text}
    return {"request": request, "response": {"status": status, "headers": [], "content": content} | response}


def har(*entries):
    return {"log": {"version": "1.2", "entries": list(entries)}}


def verdicts(*entries, base_url=BASE):
    recording = to_recording(har(*entries), base_url)
    return recording, [*Checker(Document.shipped()).verdicts(recording)]


def only(*entries):
    _, (verdict,) = verdicts(*entries)
    return verdict


def ok(data):
    return {"code": 200, "msg": "success", "data": data}


@pytest.mark.parametrize(
    "entry",
    [
        entry("GET", CREDITS, ok(6.97)),
        entry("GET", f"{FETCH}?taskId=7f3", ok({"taskId": "7f3", "state": "waiting"})),
        entry("GET", f"{FETCH}?taskId=7f3", {"code": 422, "msg": "recordInfo is null", "data": None}),
        entry("POST", CREATE, ok({"taskId": "7f3"}), body=GOOD),
        entry("POST", CREATE, {"code": 402, "msg": "Insufficient Credits", "data": None}, body=GOOD),
        entry("POST", CREATE, {"code": 429, "msg": "Rate Limited"}, body=GOOD, status=429),
        entry("POST", CREATE, {"code": 422, "msg": "no"}, body={}),
    ],
)
def test_what_keeps_to_the_document_passes(entry):
    assert only(entry).outcome == "passed"


@pytest.mark.parametrize(
    ("entry", "rule", "pointer"),
    [
        (entry("GET", CREDITS, ok("6.97")), "type", "/data"),
        (entry("GET", CREDITS, ok(1), media_type="text/html"), "media-type", ""),
        (entry("GET", CREDITS, "<html>", media_type="text/html"), "json", ""),
        (entry("GET", CREDITS, {"code": 403, "msg": "no"}), "unknown-value", "/code"),
        (entry("GET", CREDITS, {"code": 403, "msg": "no"}, status=403), "status", ""),
        (entry("GET", CREDITS, "[]"), "type", ""),
        (entry("GET", CREDITS, '{"code": 200, "msg": "success", "data": NaN}'), "json", ""),
        (entry("GET", CREDITS, "null"), "type", ""),
        (
            entry("GET", f"{FETCH}?taskId=7f3", ok({"taskId": "8", "state": "waiting"})),
            "other-task",
            "/data/taskId",
        ),
        (
            entry("GET", f"{FETCH}?taskId=7f3", ok({"taskId": "7f3", "state": "done"})),
            "unknown-value",
            "/data/state",
        ),
        (entry("POST", CREATE, ok({"id": "7f3"}), body=GOOD), "required", "/data"),
        (entry("POST", CREATE, ok({"taskId": "7f3"}), body={"model": "qwen/image-edit"}), "accepted", ""),
        (entry("POST", CREATE, ok({"taskId": "7f3"})), "accepted", ""),
    ],
)
def test_what_does_not_is_named_by_rule_and_pointer(entry, rule, pointer):
    verdict = only(entry)

    assert verdict.outcome == "failed"
    assert (rule, pointer) in [(fault.rule, fault.pointer) for fault in verdict.faults]
    assert exit_code([verdict]) == 9


def test_exchanges_with_others_are_left_out_and_counted():
    others = [
        entry("GET", url, "x")
        for url in ("https://example.com/", "http://api.apikley.ru/api/v1/chat/credit", "https://api.apikley.ru:444/",
                    "https://api.apikley.ru.evil.test/api/v1/chat/credit", "data:text/plain,a", "chrome-extension://x/y")
    ]  # fmt: skip
    recording, found = verdicts(*others, entry("GET", CREDITS, ok(1)))

    assert recording.elsewhere == len(others)
    assert [each.outcome for each in found] == ["passed"]


def test_another_address_of_the_api_is_taken_when_it_is_named():
    _, found = verdicts(
        entry("GET", "http://127.0.0.1:8455/v/api/v1/chat/credit", ok("x")),
        base_url="http://127.0.0.1:8455/v",
    )

    assert [each.outcome for each in found] == ["failed"]


def test_what_is_no_operation_or_was_not_recorded_is_skipped():
    _, found = verdicts(
        entry("GET", f"{BASE}/docs"),
        entry("OPTIONS", CREATE, ""),
        entry("GET", CREDITS, status=0),
        entry("GET", CREDITS, content={"size": 40, "mimeType": "application/json"}),
    )

    assert [each.outcome for each in found] == ["skipped"] * 4
    assert exit_code(found) == 0


def test_a_body_in_base64_and_a_form_in_params_are_read():
    coded = entry("GET", CREDITS, content={
        "size": 1, "mimeType": "application/json", "encoding": "base64",
        "text": base64.b64encode(json.dumps(ok("x")).encode()).decode(),
    })  # fmt: skip
    upload = entry(
        "POST", f"{BASE}/file-upload/api/file-stream-upload", {"code": 400, "msg": "no", "success": False}
    )
    params = [
        {"name": "file", "fileName": "a.png", "contentType": "image/png"},
        {"name": "uploadPath", "value": "a"},
    ]
    upload["request"]["postData"] = {"mimeType": "multipart/form-data; boundary=x", "params": params}
    taken = json.loads(json.dumps(upload))
    taken["request"]["postData"]["params"] = params[:1]
    taken["response"]["content"]["text"] = json.dumps(
        {
            "success": True,
            **ok(
                dict.fromkeys(("fileName", "filePath", "downloadUrl", "mimeType", "uploadedAt"), "a")
                | {"fileSize": 1}
            ),
        }
    )

    found = [only(each) for each in (coded, upload, taken)]

    assert [each.outcome for each in found] == ["failed", "passed", "failed"]
    assert "uploadPath" in found[2].faults[0].says


def _with(request, response):
    return json.dumps(
        har({"request": {"method": "GET", "url": "x"} | request, "response": response})
    ).encode()


def _own(**said):
    own = {"base_url": "x", "skipped": {}, "planned": []} | said
    return json.dumps({"log": {"entries": [], "_apikley": own}}).encode()


BROKEN = {
    "nothing": b"",
    "no JSON": b"hello",
    "a list": b"[]",
    "no log": b"{}",
    "a log of text": b'{"log": "x"}',
    "no entries": b'{"log": {}}',
    "entries of text": b'{"log": {"entries": "x"}}',
    "an entry of text": b'{"log": {"entries": ["x"]}}',
    "no request": b'{"log": {"entries": [{"response": {}}]}}',
    "a method of no type": _with({"method": 7}, {}),
    "a URL of no type": _with({"url": []}, {}),
    "a URL that is none": _with({"url": "http://["}, {}),
    "headers of no type": _with({"headers": {"a": 1}}, {}),
    "a header of no type": _with({"headers": [1]}, {}),
    "a status of text": _with({}, {"status": "200"}),
    "a status of a million": _with({}, {"status": 10**6}),
    "a status that is true": _with({}, {"status": True}),
    "broken Base64": _with({}, {"status": 200, "content": {"text": "!", "encoding": "base64"}}),
    "NaN": b'{"log": {"entries": [], "x": NaN}}',
    "an endless number": _with({}, {"status": 200}).replace(b"200", b"1e999"),
    "a number of 5000 digits": b'{"log": ' + b"9" * 5000 + b"}",
    "a bomb of brackets": b"[" * 200_000,
    "a bomb of objects": b'{"log":' * 200_000,
    "not UTF-8": b'{"log": "\xff"}',
    "UTF-16": '{"log": {"entries": []}}'.encode("utf-16"),
    "own facts of no type": json.dumps({"log": {"entries": [], "_apikley": 7}}).encode(),
    "own names of no type": _own(planned=[1]),
    "a million checks": _own(planned=["a"] * 10**6),
    "a budget of text": _own(budget="1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_har_is_refused_in_a_sentence(what, tmp_path):
    path = tmp_path / "a.har"
    path.write_bytes(BROKEN[what])

    with pytest.raises(InvalidRequest) as caught:
        load(path, BASE)

    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(path))


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(har_reading, "MAXIMUM_BYTES", 100)
    (tmp_path / "a.har").write_text(" " * 101)

    with pytest.raises(InvalidRequest, match="larger than"):
        load(tmp_path / "a.har", BASE)


def test_a_file_with_too_many_entries_is_not_judged(monkeypatch):
    monkeypatch.setattr(har_reading, "MAXIMUM_ENTRIES", 2)

    with pytest.raises(ValueError, match="more than 2 entries"):
        verdicts(*[entry("GET", CREDITS, ok(1))] * 3)


@pytest.mark.parametrize(
    "text",
    [
        '{"code": 200, "data": "\\ud800"}',
        '{"code": 200, "data": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"code": 200, "data": ' + "9" * 5000 + "}",
        '{"code": 200, "data": 1e999}',
        '{"code": ' + "9" * 400 + ', "data": 1}',
        '{"code": {"a": []}, "data": {}}',
        '{"code": true, "data": 1}',
        '{"code": 200, "data": [{"' + "a" * 5000 + '": 1}]}',
        "\ud800",
        "\x00\x1b[2J",
    ],
)
@pytest.mark.parametrize("url", [CREDITS, f"{FETCH}?taskId=7f3", f"{FETCH}?taskId=%ff&%00=\x1b"])
def test_a_hostile_answer_has_a_verdict(text, url):
    verdict = only(entry("GET", url, text))

    assert verdict.outcome == "failed"
    assert len(verdict.came) < 400


def test_a_byte_order_mark_is_read_over(tmp_path):
    (tmp_path / "a.har").write_bytes(b"\xef\xbb\xbf" + json.dumps(har(entry("GET", CREDITS, ok(1)))).encode())

    assert len(load(tmp_path / "a.har", BASE).exchanges) == 1


def test_a_browsers_key_is_not_shown():
    recording, found = verdicts(entry("GET", CREDITS, ok("x")))

    assert "secret" not in repr(recording) + repr(found)

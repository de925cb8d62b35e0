"""Whether the mock says to each request what the service says, in both error modes."""

import asyncio
import json
import re
from collections import Counter

import httpx
import pytest
from attrs import evolve

from apikley.mock import App, Mock, Reply, Request, polls
from apikley.mock.asgi import MAXIMUM_BODY
from mock.verdicts import (
    BAD,
    BASE64,
    CREATE,
    CREDITS,
    FETCH,
    JSON,
    KEY,
    LINK,
    OK,
    ROWS,
    STREAM,
    UPLOADS,
    Row,
    encoded,
    fetch,
    taken,
    text,
    whole,
    wish,
)

ORIGIN = "https://api.apikley.ru"
DIAGNOSTICS = re.compile(r"[ -~]+")


def send(mock, row: Row) -> Reply:
    body = row.body if isinstance(row.body, bytes) else row.body.encode(errors="surrogatepass")
    headers = dict(row.headers)
    if row.media_type is not None:
        headers["content-type"] = row.media_type
    if row.key is not None:
        headers["authorization"] = row.key
    return mock.handle(Request(row.method, row.path, row.query, headers, body, ORIGIN))


def prepared(errors):
    """A mock that has a file, a task that runs and one that has ended, and what rows call these."""
    mock = Mock(errors=errors, scenario=polls(0))
    ended = _data(mock, taken("", whole()))["taskId"]
    mock.scenario = polls(1000)
    running = _data(mock, taken("", whole()))["taskId"]
    record = _data(mock, fetch("", f"taskId={ended}", OK))
    upload = _data(mock, encoded("", OK, fileName="own.png"))["downloadUrl"]
    (result,) = json.loads(record["resultJson"])["resultUrls"]
    known = (upload, result, running, ended)
    return mock, dict(zip(("@upload@", "@result@", "@running@", "@ended@"), known, strict=True))


def _data(mock, row):
    return json.loads(send(mock, row).body)["data"]


def filled(row: Row, known) -> Row:
    query, body = row.query, row.body
    for name, value in known.items():
        query = query.replace(name, value)
        body = body.replace(name, value) if isinstance(body, str) else body
    return evolve(row, query=query, body=body)


def effective_code(reply: Reply) -> int:
    """As a client has to read it: the status where it is not 2xx, else the code in the body."""
    return reply.status if not 200 <= reply.status < 300 else json.loads(reply.body)["code"]


def header(reply: Reply, name: str) -> str | None:
    return dict(reply.headers).get(name)


@pytest.mark.parametrize("errors", ["status", "envelope"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_mock_says_what_the_service_says(row, errors):
    mock, known = prepared(errors)
    before, credits_before = len(mock.tasks), mock.credits
    reply = send(mock, filled(row, known))
    is_head = row.method == "HEAD"
    code = reply.status if is_head else effective_code(reply)
    assert code in row.codes, (reply.status, reply.body[:300], reply.headers)
    assert reply.code == code
    assert header(reply, "content-type") == "application/json"
    assert is_head or header(reply, "content-length") == str(len(reply.body))
    made = len(mock.tasks) - before
    assert made == (code == 200 and row.path == CREATE)
    assert row.makes_task in (None, bool(made))
    assert (mock.credits < credits_before) is bool(made)
    if code == 200:
        assert reply.status == 200
        assert reply.refusal is None
        return
    assert reply.status == (code if errors == "status" or row.is_real else 200)
    assert DIAGNOSTICS.fullmatch(header(reply, "x-mock-rule"))
    assert reply.refusal.rule
    if row.allow:
        assert row.allow in re.split(", *", header(reply, "allow"))
    if is_head:
        assert reply.body == b""
        return
    answer = json.loads(reply.body)
    is_upload = row.path in UPLOADS
    assert answer == {"code": code, "msg": answer["msg"]} | (
        {"success": False} if is_upload else {"data": None}
    )
    assert isinstance(answer["msg"], str)
    assert answer["msg"]
    assert row.message in (None, answer["msg"])
    assert code not in (401, 402) or answer["msg"] in ("Unauthorized", "Insufficient Credits")
    assert b"sk-test" not in reply.body + repr(reply.headers).encode()


def test_the_table_is_as_long_as_it_should_be_and_says_nothing_twice():
    assert len(ROWS) >= 150
    assert [name for name, times in Counter(row.name for row in ROWS).items() if times > 1] == []
    asked = Counter(
        (row.method, row.path, row.query, row.key, row.media_type, row.body, str(row.headers)) for row in ROWS
    )
    assert [request[:4] for request, times in asked.items() if times > 1] == []
    assert {row.path for row in ROWS} >= {CREATE, FETCH, CREDITS, LINK, *UPLOADS}


@pytest.mark.parametrize("errors", ["status", "envelope", "known"])
def test_no_request_leaves_anything_behind_that_changes_the_next_verdict(errors):
    mock, known = prepared(errors)
    mock.credits = 1e9
    created = len(mock.tasks)
    for row in [*ROWS, *reversed(ROWS)]:
        reply = send(mock, filled(row, known))
        assert reply.code in row.codes, row.name
        assert reply.status in (200, reply.code)
        created += row.path == CREATE and reply.code == 200
    assert len(mock.tasks) == created


def test_head_is_get_without_a_body(ask):
    got, head = ask("GET", CREDITS), ask("HEAD", CREDITS)
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize(
    ("said", "rule", "pointer"),
    [
        ({"num_images": 2}, "type", "/input/num_images"),
        ({"num_images": "5"}, "enum", "/input/num_images"),
        ({"num_inference_steps": 50}, "maximum", "/input/num_inference_steps"),
        ({"num_inference_steps": 1}, "minimum", "/input/num_inference_steps"),
        ({"prompt": "a" * 2001}, "maxLength", "/input/prompt"),
        ({"image_url": ...}, "required", "/input/image_url"),
    ],
)
def test_a_refusal_tells_in_its_headers_which_rule_it_was_and_where(ask, said, rule, pointer):
    reply = ask("POST", CREATE, body=whole(input=wish(**said)))
    assert (header(reply, "x-mock-rule"), header(reply, "x-mock-pointer")) == (rule, pointer)
    assert (reply.refusal.rule, reply.refusal.pointer) == (rule, pointer)


def test_the_headers_of_a_refusal_are_ascii_whatever_the_request_says(ask):
    reply = ask("POST", CREATE, body=whole(callBackUrl="ж\r\nx: y"))
    assert all(f"{name}{value}".isascii() and "\n" not in value for name, value in reply.headers)


def test_any_key_passes_where_the_mock_is_told_so(asker):
    assert asker(any_key=True)("GET", CREDITS, key="Bearer 1").status == 200


@pytest.mark.parametrize("body", [b"\0", b"\xff" * 40, b"--x\r\n", b"--x--", b'--x\r\nA: "\r\n\r\n--x--\r\n'])
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "application/json", "ж"]
)
@pytest.mark.parametrize("path", [CREATE, STREAM, BASE64])
def test_no_bytes_bring_the_mock_down(ask, path, kind, body):
    assert ask("POST", path, body=body, media_type=kind).status == 400


def test_a_body_beyond_the_cap_makes_no_task():
    """Of which only the door knows."""
    mock = Mock()

    async def main():
        transport = httpx.ASGITransport(App(mock))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            headers = {"authorization": KEY, "content-type": JSON}
            body = text(whole()).encode() + b" " * MAXIMUM_BODY
            return await client.post(CREATE, content=body, headers=headers)

    assert asyncio.run(main()).status_code in BAD
    assert len(mock.tasks) == 0

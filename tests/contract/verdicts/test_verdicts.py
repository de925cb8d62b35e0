"""Whether the mock says to each request what the service says, in both error modes."""

import json
import re
from collections import Counter

import pytest
from attrs import evolve

from apikley.mock import Mock, Reply, Request, polls
from contract.verdicts.rows import (
    CREATE,
    CREDITS,
    FETCH,
    LINK,
    OK,
    ROWS,
    UPLOADS,
    Row,
    encoded,
    fetch,
    taken,
    whole,
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

"""What is wrong with a mock's answers to the rows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

from apikley.mock import Document, Mock, Reply, Request, polls
from apikley.mock import multipart as _multipart  # noqa: F401 - the mock imports both late; that is no row's time
from apikley.mock import pictures as _pictures  # noqa: F401
from contract.verdicts.rows import (
    CREATE,
    ENDED,
    OK,
    OWN_LOCAL,
    OWN_RESULT,
    OWN_UPLOAD,
    RUNNING,
    UPLOADS,
    Row,
    encoded,
    fetch,
    taken,
    whole,
    wish,
)

ORIGIN, LOCAL = "https://api.apikley.ru", "http://127.0.0.1:8000"
DIAGNOSTICS, COMMA = re.compile(r"[ -~]+"), re.compile(", *")


@frozen
class Asked:
    """A mock that has a file, a task that runs and one that has ended, and what rows call these."""

    mock: Mock
    known: Mapping[str, str]

    def reply(self, row: Row) -> Reply:
        # Nearly all are whole.
        is_whole = "@" not in row.query and (isinstance(row.body, bytes) or "@" not in row.body)
        return self.mock.handle(to_request(row if is_whole else filled(row, self.known)))


def prepared(errors: Any, document: Document | None = None) -> Asked:
    """With credits for every row, and small pictures."""
    mock = Mock(document=document, errors=errors, scenario=polls(0), credits=1e9)
    small = taken("", whole(input=wish(image_url="https://example.com/own.jpg", image_size="square")))
    ended = _data(mock, small)["taskId"]
    mock.scenario = polls(1000)
    running = _data(mock, taken("", whole()))["taskId"]
    record = _data(mock, fetch("", f"taskId={ended}", OK))
    upload = _data(mock, encoded("", OK, fileName="own.png"))["downloadUrl"]
    (result,) = json.loads(record["resultJson"])["resultUrls"]
    mock.handle(Request("GET", "/", origin=LOCAL))  # so that it knows that it is reached there too
    known = {OWN_UPLOAD: upload, OWN_LOCAL: upload.replace(ORIGIN, LOCAL), OWN_RESULT: result}
    return Asked(mock, {**known, RUNNING: running, ENDED: ended})


def _data(mock: Mock, row: Row) -> Any:
    return json.loads(mock.handle(to_request(row)).body)["data"]


@lru_cache(maxsize=1024)  # each is asked several times
def to_request(row: Row) -> Request:
    body = row.body if isinstance(row.body, bytes) else row.body.encode(errors="surrogatepass")
    headers = dict(row.headers)
    if row.media_type is not None:
        headers["content-type"] = row.media_type
    if row.key is not None:
        headers["authorization"] = row.key
    return Request(row.method, row.path, row.query, headers, body, ORIGIN)


def filled(row: Row, known: Mapping[str, str]) -> Row:
    query, body = row.query, row.body
    for name, value in known.items():
        query = query.replace(name, value)
        body = body.replace(name, value) if isinstance(body, str) else body
    return evolve(row, query=query, body=body)


def wrongs(asked: Asked, rows: Iterable[Row], shown: int | None = 300) -> Iterator[str]:
    """Each row that is answered wrongly, with its name, what is wrong, and as much of the answer as is `shown`."""
    tasks, credits_ = _account(asked.mock)
    for row in rows:
        tasks_before, credits_before = tasks, credits_
        try:
            reply = asked.reply(row)
        except Exception as error:  # noqa: BLE001 - one row that brings the mock down must not hide the others
            yield f"{row.name}: {error!r}"
            continue
        finally:
            tasks, credits_ = _account(asked.mock)
        found = [
            *_of_account(row, reply, tasks - tasks_before, credits_before - credits_),
            *_of_answer(row, reply, asked.mock.errors),
        ]
        if found:
            yield f"{row.name}: {'; '.join(found)}: {reply.status} {reply.body[:shown]!r} {reply.headers}"


def one_of_each(rows: Iterable[Row]) -> list[Row]:
    """One row for each question and verdict."""
    return [*{(row.path, row.method, row.codes, row.message): row for row in rows}.values()]


def _account(mock: Mock) -> tuple[int, float]:
    return len(mock.tasks), mock.credits


def _of_account(row: Row, reply: Reply, made: int, paid: float) -> Iterator[str]:
    if made != (reply.code == 200 and row.path == CREATE) or row.makes_task not in (None, bool(made)):
        yield f"{made} tasks were made"
    if (paid > 0) is not bool(made):
        yield f"{paid} credits were paid for {made} tasks"


def _of_answer(row: Row, reply: Reply, errors: object) -> Iterator[str]:
    is_head, head = row.method == "HEAD", to_head(reply.headers)
    answer = None if is_head else to_answer(reply.body)
    code = reply.status if is_head or not 200 <= reply.status < 300 else answer["code"]
    if code not in row.codes:
        yield f"the code is {code}, not {' or '.join(map(str, sorted(row.codes)[:3]))}"
    if reply.code != code:
        yield f"it calls its code {reply.code}"
    if head.media_type != "application/json":
        yield f"its type is {head.media_type}"
    if not is_head and head.length != str(len(reply.body)):
        yield f"its length is not {head.length}"
    if is_head and reply.body:
        yield "HEAD has a body"
    if reply.status not in _statuses(row, code, errors):
        yield f"code {code} came with status {reply.status}"
    if code == 200:
        if reply.refusal is not None:
            yield "it is a yes, and diagnosed as a no"
        return
    if not head.names_rule or not reply.refusal or not reply.refusal.rule:
        yield "no rule is named"
    if row.allow and row.allow not in head.methods:
        yield f"{row.allow} is not among the methods allowed"
    if head.shows_key or b"sk-test" in reply.body:
        yield "it shows the key"
    if not is_head:
        yield from _of_envelope(row, answer, code)


def _statuses(row: Row, code: int, errors: object) -> tuple[int, ...]:
    if code == 200:
        return (200,)
    if errors == "status" or row.is_real:
        return (code,)
    return (200,) if errors == "envelope" else (200, code)


def _of_envelope(row: Row, answer: Any, code: int) -> Iterator[str]:
    said = answer.get("msg")
    rest = {"success": False} if row.path in UPLOADS else {"data": None}
    if answer != {"code": code, "msg": said} | rest:
        yield "its envelope is another"
    if not said or not isinstance(said, str):
        yield "it has no sentence"
    if row.message not in (None, said) or (code in _WORDS and said != _WORDS[code]):
        yield f"it says {said!r}"


@frozen
class Head:
    """What the headers of an answer say.

    methods: those that are allowed
    """

    media_type: str | None
    length: str | None
    methods: tuple[str, ...]
    names_rule: bool
    shows_key: bool


@lru_cache(maxsize=1024)  # most refusals are like one before
def to_head(headers: tuple[tuple[str, str], ...]) -> Head:
    said = dict(headers)
    return Head(
        said.get("content-type"),
        said.get("content-length"),
        tuple(COMMA.split(said.get("allow", ""))),
        DIAGNOSTICS.fullmatch(said.get("x-mock-rule", "")) is not None,
        "sk-test" in repr(headers),
    )


@lru_cache(maxsize=1024)  # as above
def to_answer(body: bytes) -> Any:
    return json.loads(body)


# What the page calls them.
_WORDS = {401: "Unauthorized", 402: "Insufficient Credits", 404: "Not Found"}

"""What is wrong with a mock's answers to the rows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
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
DIAGNOSTICS = re.compile(r"[ -~]+")


@frozen
class Asked:
    """A mock that has a file, a task that runs and one that has ended, and what rows call these."""

    mock: Mock
    known: Mapping[str, str]

    def reply(self, row: Row) -> Reply:
        return send(self.mock, filled(row, self.known))


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
    return json.loads(send(mock, row).body)["data"]


def send(mock: Mock, row: Row) -> Reply:
    body = row.body if isinstance(row.body, bytes) else row.body.encode(errors="surrogatepass")
    headers = dict(row.headers)
    if row.media_type is not None:
        headers["content-type"] = row.media_type
    if row.key is not None:
        headers["authorization"] = row.key
    return mock.handle(Request(row.method, row.path, row.query, headers, body, ORIGIN))


def filled(row: Row, known: Mapping[str, str]) -> Row:
    query, body = row.query, row.body
    if "@" not in query and (isinstance(body, bytes) or "@" not in body):  # nearly all
        return row
    for name, value in known.items():
        query = query.replace(name, value)
        body = body.replace(name, value) if isinstance(body, str) else body
    return evolve(row, query=query, body=body)


def effective_code(reply: Reply) -> Any:
    """As a client has to read it: the status where it is not 2xx, else the code in the body."""
    return reply.status if not 200 <= reply.status < 300 else json.loads(reply.body)["code"]


def wrongs(asked: Asked, rows: Iterable[Row], shown: int | None = 300) -> Iterator[str]:
    """Each row that is answered wrongly, with its name, what is wrong, and as much of the answer as is `shown`."""
    for row in rows:
        before, credits_before = len(asked.mock.tasks), asked.mock.credits
        try:
            reply = asked.reply(row)
        except Exception as error:  # noqa: BLE001 - one row that brings the mock down must not hide the others
            yield f"{row.name}: {error!r}"
            continue
        found = [
            *_of_account(row, reply, len(asked.mock.tasks) - before, credits_before - asked.mock.credits),
            *_of_answer(row, reply, asked.mock.errors),
        ]
        if found:
            yield f"{row.name}: {'; '.join(found)}: {reply.status} {reply.body[:shown]!r} {reply.headers}"


def _of_account(row: Row, reply: Reply, made: int, paid: float) -> Iterator[str]:
    if made != (reply.code == 200 and row.path == CREATE) or row.makes_task not in (None, bool(made)):
        yield f"{made} tasks were made"
    if (paid > 0) is not bool(made):
        yield f"{paid} credits were paid for {made} tasks"


def _of_answer(row: Row, reply: Reply, errors: object) -> Iterator[str]:
    is_head, headers = row.method == "HEAD", dict(reply.headers)
    code = reply.status if is_head else effective_code(reply)
    if code not in row.codes:
        yield f"the code is {code}, not {' or '.join(map(str, sorted(row.codes)[:3]))}"
    if reply.code != code:
        yield f"it calls its code {reply.code}"
    if headers.get("content-type") != "application/json":
        yield f"its type is {headers.get('content-type')}"
    if not is_head and headers.get("content-length") != str(len(reply.body)):
        yield f"its length is not {headers.get('content-length')}"
    if reply.status not in _statuses(row, code, errors):
        yield f"code {code} came with status {reply.status}"
    if code == 200:
        if reply.refusal is not None:
            yield "it is a yes, and diagnosed as a no"
        return
    yield from _of_refusal(row, reply, headers)
    if is_head and reply.body:
        yield "HEAD has a body"
    if not is_head:
        yield from _of_envelope(row, json.loads(reply.body), code)


def _statuses(row: Row, code: int, errors: object) -> tuple[int, ...]:
    if code == 200:
        return (200,)
    if errors == "status" or row.is_real:
        return (code,)
    return (200,) if errors == "envelope" else (200, code)


def _of_refusal(row: Row, reply: Reply, headers: Mapping[str, str]) -> Iterator[str]:
    if (
        not DIAGNOSTICS.fullmatch(headers.get("x-mock-rule", ""))
        or not reply.refusal
        or not reply.refusal.rule
    ):
        yield "no rule is named"
    if row.allow and row.allow not in re.split(", *", headers.get("allow", "")):
        yield f"{row.allow} is not among the methods allowed"
    if b"sk-test" in reply.body + repr(reply.headers).encode():
        yield "it shows the key"


def _of_envelope(row: Row, answer: Any, code: int) -> Iterator[str]:
    said = answer.get("msg")
    rest = {"success": False} if row.path in UPLOADS else {"data": None}
    if answer != {"code": code, "msg": said} | rest:
        yield "its envelope is another"
    if not said or not isinstance(said, str):
        yield "it has no sentence"
    if row.message not in (None, said) or (code in _WORDS and said != _WORDS[code]):
        yield f"it says {said!r}"


# What the page calls them.
_WORDS = {401: "Unauthorized", 402: "Insufficient Credits", 404: "Not Found"}

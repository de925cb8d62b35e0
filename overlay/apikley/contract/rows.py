"""The single requests that cost nothing, and which codes answer them rightly."""

import json
from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from apikley.contract.document import Document, Operation
from apikley.contract.requests import JSON, Bearer, Request

# No task, no file and no model is called so.
NOWHERE = "apikley-contract-nowhere"
FOREIGN = f"https://example.com/{NOWHERE}.png"

OK = frozenset({200})
UNAUTHORIZED = frozenset({401})
BAD = frozenset({400, 422})
UNKNOWN_TASK = frozenset({404, 422})
# A createTask that lacks something has been answered with 500 too.
BAD_TASK = BAD | {500}
# Of this nothing is said but that it is no yes.
ANY_NO = frozenset(range(400, 500))
NO_ROUTE = frozenset({404})
NO_METHOD = frozenset({404, 405})


@frozen(kw_only=True)
class Row:
    """A request, the codes that answer it rightly, and why it costs nothing.

    is_said: whether the document says how it is answered; else any no will do
    creates: whether it goes where tasks are created, by whatever method
    """

    name: str
    asks: str
    request: Request = field(repr=False)
    codes: frozenset[int]
    why: str
    is_said: bool = True
    creates: bool = False


def free(document: Document) -> tuple[Row, ...]:
    """All of them, in the order in which they are sent: the first tells whether the key is good for anything."""
    return (*_reading(document), *_tasks_refused(document), *_others_refused(document))


def _reading(document: Document) -> Iterator[Row]:
    """GET and HEAD, and requests to routes that are none."""
    credit, fetch = document.operation("report-credits"), document.operation("fetch-task")
    create = document.operation("create-task")
    reads = "It only reads."

    def ask(name: str, asks: str, operation: Operation, codes: frozenset[int], *,
            query: str = "", bearer: Bearer = "ours") -> Row:  # fmt: skip
        request = Request(method=operation.method, path=operation.path, query=query, bearer=bearer)
        return Row(name=name, asks=asks, request=request, codes=codes, why=reads)

    def stray(name: str, asks: str, request: Request, codes: frozenset[int], why: str, *,
              creates: bool = False) -> Row:  # fmt: skip
        return Row(
            name=name, asks=asks, request=request, codes=codes, why=why, is_said=False, creates=creates
        )

    unknown = f"taskId={NOWHERE}"
    yield ask("credits", "the credits, with the key", credit, OK)
    yield ask("credits-without-key", "the credits, without a key", credit, UNAUTHORIZED, bearer="none")
    yield ask("credits-wrong-key", "the credits, with a wrong key", credit, UNAUTHORIZED, bearer="wrong")
    yield ask("task-without-id", "a task, without an id", fetch, BAD)
    yield ask("task-empty-id", "a task, with an empty id", fetch, BAD, query="taskId=")
    yield ask("task-unknown", "a task that does not exist", fetch, UNKNOWN_TASK, query=unknown)
    yield ask("task-without-key", "a task, without a key", fetch, UNAUTHORIZED, query=unknown, bearer="none")
    yield ask(
        "task-wrong-key", "a task, with a wrong key", fetch, UNAUTHORIZED, query=unknown, bearer="wrong"
    )
    yield stray(
        "credits-head",
        "the credits, by HEAD",
        Request(method="HEAD", path=credit.path),
        OK | NO_METHOD,
        reads,
    )
    yield stray(
        "create-by-get",
        "GET where tasks are created by POST",
        Request(method="GET", path=create.path),
        NO_METHOD,
        "A GET without a body says of no task what it should be.",
        creates=True,
    )
    yield stray(
        "fetch-by-post",
        "POST where tasks are asked for by GET",
        Request(method="POST", path=fetch.path),
        NO_METHOD | BAD,
        "It goes to the operation that reads, with no body and no id.",
    )
    nowhere = Request(method="GET", path=f"/api/v1/{NOWHERE}")
    yield stray("route-unknown", "a route that is none", nowhere, NO_ROUTE, reads)


def _tasks_refused(document: Document) -> Iterator[Row]:
    """What createTask must refuse, and from which no task could be made if it did not.

    Each lacks two things at least that no service can make up: a model that exists, and a picture with a
    sentence. A request that names a model is not among them, however wrong the rest: a default could
    complete it. Nor is one with a good input: a default could name the model.
    """
    create = document.operation("create-task")

    def ask(name: str, asks: str, body: bytes, why: str, *, codes: frozenset[int] = BAD_TASK,
            media_type: str = JSON, bearer: Bearer = "ours", is_said: bool = True) -> Row:  # fmt: skip
        request = Request(
            method=create.method, path=create.path, body=body, media_type=media_type, bearer=bearer
        )
        name, asks = f"create-{name}", f"a task, {asks}"
        return Row(name=name, asks=asks, request=request, codes=codes, why=why, is_said=is_said, creates=True)

    bare = "It names no model and holds no picture and no sentence."
    free = f"Nobody could be charged. {bare}"
    yield ask("without-key", "without a key", b"{}", free, codes=UNAUTHORIZED, bearer="none")
    yield ask("wrong-key", "with a wrong key", b"{}", free, codes=UNAUTHORIZED, bearer="wrong")
    yield ask("empty", "with an empty object", b"{}", bare)
    yield ask("without-model", "without a model", _json(input={}), bare)
    unknown = "No model has this name, and the input is empty."
    yield ask("model-unknown", "of a model that does not exist", _json(model=NOWHERE, input={}), unknown)
    number = "A number names no model, and the input is empty."
    yield ask("model-number", "of a model that is a number", _json(model=7, input={}), number)
    yield ask("model-null", "of a model that is null", _json(model=None, input={}), bare)
    yield ask("list", "as a list", b"[]", "A list has no members, so nothing in it is a model or an input.")
    yield ask("half", "in JSON that breaks off", b'{"model": ', "It breaks off before the first value.")
    yield ask("no-body", "without a body", b"", "There is nothing in it.")
    yield ask("not-utf8", "in bytes that are no text", b"\xff\xfe{", "It is no text in UTF-8 and no JSON.")
    any_no = ANY_NO | {500}
    yield ask("as-text", "as plain text", b"{}", bare, codes=any_no, media_type="text/plain", is_said=False)


def _others_refused(document: Document) -> Iterator[Row]:
    """What the operations beside tasks must refuse. None of them is ever paid for."""

    def ask(name: str, asks: str, operation: Operation, body: bytes, *, codes: frozenset[int], why: str,
            bearer: Bearer = "ours") -> Row:  # fmt: skip
        request = Request(
            method=operation.method, path=operation.path, body=body, media_type=JSON, bearer=bearer
        )
        return Row(name=name, asks=asks, request=request, codes=codes, why=why)

    link, signs = document.operation("sign-link"), "A link that is signed costs nothing and changes nothing."
    foreign = _json(url=FOREIGN)
    yield ask("link-foreign", "a link to a file of others", link, foreign, codes=frozenset({422}), why=signs)
    yield ask("link-without-url", "a link to nothing", link, b"{}", codes=BAD, why=signs)
    yield ask("link-half", "a link, in JSON that breaks off", link, b'{"url": ', codes=BAD, why=signs)
    yield ask("link-wrong-key", "a link, with a wrong key", link, foreign, codes=UNAUTHORIZED, why=signs,
              bearer="wrong")  # fmt: skip
    for operation in document.operations():
        kind, _ = document.body(operation) or ("", {})
        if operation.does == "store-file" and kind == JSON:
            name, why = operation.id.replace("_", "-"), "There is no file in it that could be kept."
            yield ask(f"{name}-empty", f"{operation.id} of nothing", operation, b"{}", codes=BAD, why=why)
            yield ask(f"{name}-wrong-key", f"{operation.id} with a wrong key", operation, b"{}",
                      codes=UNAUTHORIZED, why=why, bearer="wrong")  # fmt: skip


def _json(**members: Any) -> bytes:
    return json.dumps(members).encode()

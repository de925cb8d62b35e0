"""How the one paid task is asked for, once, and followed to its end."""

import base64
import json
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode

from apikley.clock import Clock
from apikley.contract import pictures
from apikley.contract.document import Document, Operation
from apikley.contract.exchanges import Exchange
from apikley.contract.plan import (
    PAID_CREATE,
    PAID_CREDITS,
    PAID_LINK,
    PAID_POLL,
    PAID_RESULT,
    PAID_UPLOAD,
    Paid,
)
from apikley.contract.requests import JSON, Request, to_form
from apikley.contract.sending import Sender
from apikley.errors import InvalidRequest
from apikley.schedule import DOCUMENTED_PACE
from apikley.weblinks import to_link

FOLDER = "apikley-contract"

# A task may be unknown for a moment after it was made, and a question may get lost: it is only asked again.
_QUESTIONS_LOST = 5
_UNKNOWN_FOR = 30.0  # seconds

Skip = Callable[[str, str], None]


class Payment:
    """Asks for one task and all that belongs to it. `skip` is told what is left out, and why.

    Nothing here asks twice: a createTask whose answer was lost may have been accepted and billed.
    """

    def __init__(self, document: Document, paid: Paid, sender: Sender, clock: Clock, skip: Skip) -> None:
        self._document = document
        self._paid = paid
        self._sender = sender
        self._clock = clock
        self._skip = skip

    def make(self) -> None:
        """Ask for the task, wait for its end, look at the picture, and read the credits."""
        source = self._paid.image_url or self._uploaded()
        if source is None:
            self._leave_out("the source picture could not be uploaded", PAID_CREATE, PAID_POLL, PAID_RESULT)
            self._leave_out("there was no paid task", PAID_LINK, PAID_CREDITS)
            return
        created = self._create(source)
        task_id = task_id_of(created)
        if task_id is None:
            self._leave_out("no task is known", PAID_POLL, PAID_RESULT, PAID_LINK)
        else:
            self._look_at(self._followed(task_id))
        self._sender.send(PAID_CREDITS, self._request("report-credits"))

    def _uploaded(self) -> str | None:
        exchange = self._sender.send(PAID_UPLOAD, form_request(self._document))
        return link_of(exchange)

    def _create(self, source: str) -> Exchange:
        offer = self._paid.offer
        wish = {**offer.fields, offer.source: source}
        body = json.dumps({"model": offer.model, "input": wish}).encode()
        return self._sender.send(PAID_CREATE, self._request("create-task", body=body))

    def _followed(self, task_id: str) -> Exchange | None:
        """The answer with which the task has ended; None if patience has."""
        pace, begun, lost = DOCUMENTED_PACE.within(self._paid.patience), self._clock.now(), 0
        final = final_states(self._document)
        while True:
            exchange = self._sender.send(PAID_POLL, self._request("fetch-task", task_id=task_id))
            elapsed = self._clock.now() - begun
            if state_of(exchange) in final:
                return exchange
            lost = lost + 1 if exchange.code is None else 0
            if lost >= _QUESTIONS_LOST or (is_refused(exchange) and elapsed > _UNKNOWN_FOR):
                return None
            delay = pace.delay(elapsed)
            if delay is None:
                return None
            self._clock.sleep(delay)

    def _look_at(self, ended: Exchange | None) -> None:
        links = result_links(ended) if ended else []
        if not links:
            self._leave_out("there is no picture", PAID_RESULT, PAID_LINK)
            return
        if target := to_target(links[0]):
            self._sender.send(PAID_RESULT, Request(method="GET", target=target), head_only=True)
            body = json.dumps({"url": links[0]}).encode()
            self._sender.send(PAID_LINK, self._request("sign-link", body=body))
        else:
            self._leave_out("the picture is at no address on the web", PAID_RESULT, PAID_LINK)

    def _request(self, does: str, *, body: bytes = b"", task_id: str | None = None) -> Request:
        return api_request(self._document, does, body=body, task_id=task_id)

    def _leave_out(self, reason: str, *names: str) -> None:
        for name in names:
            self._skip(name, reason)


def api_request(document: Document, does: str, *, body: bytes = b"", task_id: str | None = None) -> Request:
    """A request as the document wants it."""
    operation = document.operation(does)
    query = "" if task_id is None else urlencode({"taskId": task_id})
    kind = JSON if body else None
    return Request(method=operation.method, path=operation.path, query=query, body=body, media_type=kind)


def form_request(document: Document) -> Request:
    """The upload of our picture as a form."""
    operation = next(
        each for each in document.operations() if (document.body(each) or ("",))[0] == "multipart/form-data"
    )
    body, shown, kind = to_form(
        media_type=pictures.MEDIA_TYPE, name=pictures.NAME, content=pictures.source(), folder=FOLDER
    )
    return Request(
        method=operation.method, path=operation.path, body=body, recorded_body=shown, media_type=kind
    )


def base64_request(document: Document) -> Request:
    """The upload of our picture in Base64."""
    content = base64.b64encode(pictures.source()).decode()
    return _json_upload(document, "base64Data", content, f"[{len(content)} letters]")


def by_url_request(document: Document, link: str) -> Request:
    """The upload of a file that is on the web."""
    return _json_upload(document, "fileUrl", link, link)


def task_id_of(exchange: Exchange) -> str | None:
    """The id that an answer names, whatever else it says."""
    found = _member(exchange.data, "taskId")
    if not isinstance(found, str) or not found.strip():
        return None
    return found.encode("utf-8", "replace").decode()  # half a character could neither be sent nor shown


def link_of(exchange: Exchange) -> str | None:
    """Where an uploaded file is."""
    found = _member(exchange.data, "downloadUrl")
    return to_target(found) if exchange.code == 200 and isinstance(found, str) else None


def state_of(exchange: Exchange) -> str | None:
    found = _member(exchange.data, "state")
    return found if exchange.code == 200 and isinstance(found, str) else None


def final_states(document: Document) -> tuple[str, str]:
    """The state of success and that of failure."""
    for schema in document.json["components"]["schemas"].values():
        if said := schema.get("x-apikley-lifecycle"):
            return said["success"], said["failure"]
    return "success", "fail"


def result_links(exchange: Exchange) -> list[str]:
    """The links of a task that has ended well."""
    text = _member(exchange.data, "resultJson")
    try:
        links = _member(json.loads(text), "resultUrls") if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return []
    return (
        [each for each in cast("list[object]", links) if isinstance(each, str)]
        if isinstance(links, list)
        else []
    )


def to_target(link: str) -> str | None:
    """The address that a link leads to; None for one that is not on the web or that names a user."""
    try:
        address = to_link(link, "the link")
    except InvalidRequest:
        return None
    return None if "@" in address.split("/")[2] else address


def credits_consumed(exchange: Exchange) -> float | None:
    return _number(_member(exchange.data, "creditsConsumed"))


def credits_left(exchange: Exchange) -> float | None:
    return _number(exchange.data) if exchange.code == 200 else None


def is_refused(exchange: Exchange) -> bool:
    """Whether a no came that can be read as one."""
    return exchange.code is not None and exchange.code >= 400


def _json_upload(document: Document, field: str, value: str, shown: str) -> Request:
    def takes(operation: Operation) -> bool:
        kind, schema = document.body(operation) or ("", {})
        return kind == JSON and field in document.resolved(schema).get("properties", {})

    operation = next(each for each in document.operations() if takes(each))
    said = {field: value, "uploadPath": FOLDER, "fileName": pictures.NAME}
    body, recorded = json.dumps(said).encode(), json.dumps(said | {field: shown}).encode()
    return Request(
        method=operation.method, path=operation.path, body=body, recorded_body=recorded, media_type=JSON
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _member(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None

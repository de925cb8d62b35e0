"""How the one paid task is asked for, once, and followed to its end."""

import json
from collections.abc import Callable

from apikley.clock import Clock
from apikley.contract.answers import (
    final_states,
    is_refused,
    link_of,
    result_links,
    state_of,
    task_id_of,
    to_target,
)
from apikley.contract.document import Document
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
from apikley.contract.requests import Request, api_request, form_request
from apikley.contract.sending import Sender
from apikley.schedule import DOCUMENTED_PACE

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

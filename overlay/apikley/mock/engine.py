"""What the service would answer."""

import hashlib
import time
from collections import deque
from threading import RLock

from apikley.mock import checks, links
from apikley.mock.deeds import DEEDS
from apikley.mock.document import Document
from apikley.mock.files import Files
from apikley.mock.operations import Operation
from apikley.mock.refusals import Refused
from apikley.mock.replies import ErrorMode, Reply, to_json_reply, to_refusal, to_reply
from apikley.mock.requests import Request
from apikley.mock.scenario import Clock, Scenario, polls
from apikley.mock.service import Result, Service
from apikley.mock.tasks import Tasks

_REQUESTS_KEPT = 1000


class Mock:
    """The service in memory. It does no I/O of its own, and threads may share it.

    errors: whether a refusal is an HTTP status ("status") or HTTP 200 with the code in the body ("envelope");
        the service does either, and nobody can say where
    seed: what task ids follow from
    credits: what is on the account
    any_key: whether a key need not look like `sk-test-…`
    progress: whether records tell it, as those of some models do
    """

    def __init__(
        self,
        *,
        document: Document | None = None,
        errors: ErrorMode = "status",
        scenario: Scenario | None = None,
        clock: Clock = time.time,
        credits: float = 1000.0,  # noqa: A002 - what the API calls it
        seed: int = 0,
        any_key: bool = False,
        progress: bool = False,
        maximum_file_bytes: int = 512 * 1024 * 1024,
    ) -> None:
        self.document = document or Document.shipped()
        self.errors: ErrorMode = errors
        self.any_key = any_key
        self.requests: deque[Request] = deque(maxlen=_REQUESTS_KEPT)
        self._lock = RLock()
        self._service = Service(
            document=self.document,
            scenario=scenario or polls(3),
            clock=clock,
            credits=credits,
            tells_progress=progress,
            tasks=Tasks(seed, self.document.task_id_example),
            files=Files(maximum_file_bytes),
            secret=hashlib.sha256(f"apikley mock {seed}".encode()).digest(),
        )

    @property
    def tasks(self) -> Tasks:
        """The tasks, oldest first."""
        return self._service.tasks

    @property
    def scenario(self) -> Scenario:
        """How the next task will go."""
        return self._service.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._service.scenario = scenario

    @property
    def credits(self) -> float:
        """What is left on the account."""
        return self._service.credits

    @credits.setter  # noqa: A003
    def credits(self, credits: float) -> None:  # noqa: A002 - what the API calls it
        self._service.credits = credits

    def handle(self, request: Request) -> Reply:
        """The reply to a request. Whatever the bytes, it is one the service could give."""
        with self._lock:
            self.requests.append(request.logged())
            self._service.origins.add(request.origin.lower())
            reply = self._answer(request)
        if isinstance(reply, Result):
            reply = to_reply(reply.render(), f"image/{reply.task.wish.format}")
        return reply.without_body() if request.method == "HEAD" else reply

    def _answer(self, request: Request) -> Reply | Result:
        found = self.document.route(request.path)
        if found is None:
            return self._elsewhere(request)
        route, variables = found
        operation = route.operation(request.method)
        if operation is None:
            return self._refusal(Refused("method-unknown", allow=route.allowed), *route.operations.values())
        try:
            order = checks.accepted(operation, variables, request, any_key=self.any_key)
            values = DEEDS[operation.does](self._service, order)
        except Refused as refused:
            return self._refusal(refused, operation)
        return to_json_reply(operation.answer.filled(values))

    def _elsewhere(self, request: Request) -> Reply | Result:
        """One of the mock's own files, which needs no key, as with the service's CDN."""
        place = links.to_place(request.path)
        if place is None:
            return self._refusal(Refused("route-unknown"))
        if request.method not in ("GET", "HEAD"):
            return self._refusal(Refused("method-unknown", allow="GET, HEAD"))
        service = self._service
        if links.is_stale(request.query, place, service.clock(), service.secret):
            return to_reply(b"the link has expired", "text/plain", 403)
        if place.kind == "results" and (result := service.result(place)):
            return result
        if place.kind == "files" and (file := service.files.at(place.path)):
            return to_reply(file.data, file.media_type)
        return self._refusal(Refused("route-unknown"))

    def _refusal(self, refused: Refused, *near: Operation) -> Reply:
        """In the words of the first operation near the path, or of the document's first."""
        return to_refusal((*near, *self.document.operations())[0], refused, self.errors)

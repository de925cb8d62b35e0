"""What the service would answer."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from apikley.mock import faults, settings
from apikley.mock.answering import answered, looked_at
from apikley.mock.clock import Clock
from apikley.mock.deliveries import Delivery
from apikley.mock.document import Document
from apikley.mock.exchanges import Entry
from apikley.mock.nodes import JsonObject
from apikley.mock.replies import Reply
from apikley.mock.requests import SHORT, Request
from apikley.mock.scenario import Scenario, polls
from apikley.mock.service import Service
from apikley.mock.settings import Callbacks, Errors, Settings
from apikley.mock.steering import Steered


class Mock(Steered):
    """The service in memory. It does no I/O of its own, and threads may share it.

    errors: whether a refusal is an HTTP status ("status"), HTTP 200 with the code in the body ("envelope"), or
        what the document says it usually is ("known"); or one of these by operation id, by what an operation
        does, or by "*" for all others
    scenario: how tasks go, `polls(3)` unless said otherwise; may be set anew between tasks
    clock: asked for the time; with a `VirtualClock` nothing waits
    credits: what is on the account
    seed: what ids, draws and signatures of links follow from: the same requests have the same answers
    any_key: whether a key need not look like `sk-test-…`
    keys: keys that are always refused, with the cause as the document calls it; "sk-test-poor" is short of
        credits and "sk-test-capped" has reached its own limit without being told so
    progress: whether records tell it, as those of some models do
    rate_limit: whether the document's limits hold: what is too much is refused with 429 and makes nothing
    callbacks: how often the end of a task is told to its callback address
    callback_key: what callbacks are signed with, if they are
    deliver: sends a callback and gives the status it was answered with; whoever reaches the mock on a port
        needs none, for then callbacks are POSTed, to this computer only
    chance: how probable faults are, by WHAT[:ON], such as {"429": 0.05, "reset-after:create-task": 0.01}
    control: whether the control surface can be reached in process; on a port it always can
    control_hosts: names, beside loopback addresses, under which the control surface may be reached, such as that
        of a container; whoever can reach the port under such a name can steer the mock

    Raises ValueError, in a sentence, for values that mean nothing.
    """

    def __init__(
        self,
        *,
        document: Document | None = None,
        errors: Errors = "status",
        scenario: Scenario | None = None,
        clock: Clock = time.time,
        credits: float = 1000.0,  # noqa: A002 - what the API calls it
        seed: int = 0,
        any_key: bool = False,
        keys: Mapping[str, str] | None = None,
        progress: bool = False,
        rate_limit: bool = False,
        callbacks: Callbacks = "once",
        callback_key: str | None = None,
        deliver: Callable[[Delivery], int] | None = None,
        chance: Mapping[str, float] | None = None,
        control: bool = False,
        control_hosts: Iterable[str] = (),
        maximum_file_bytes: int = 512 * 1024 * 1024,
    ) -> None:
        document = document or Document.shipped()
        names = document.names()
        super().__init__(
            document,
            Settings(
                scenario=scenario or polls(3),
                errors=settings.to_errors(errors, names),
                any_key=any_key,
                progress=progress,
                rate_limit=rate_limit,
                callbacks=settings.to_callbacks(callbacks),
                callback_key=callback_key,
                keys=settings.to_keys(keys or {}, document.causes()),
            ),
            clock=clock,
            credits=credits,
            seed=seed,
            chance=faults.to_chances(chance or {}, names),
            maximum_file_bytes=maximum_file_bytes,
        )
        self.deliver = deliver
        self.control = control
        self.control_hosts = frozenset(host.lower() for host in control_hosts)

    @classmethod
    def load(cls, saved: JsonObject, **said: Any) -> "Mock":
        """A mock that goes on from what `save` gave, with what else `Mock` is told where no state says another.

        Raises ValueError if it cannot be read.
        """
        mock = cls(**said)
        mock.restore(saved)
        return mock

    def handle(self, request: Request) -> Reply:
        """The reply to a request. Whatever the bytes, it is one the service could give."""
        return _finished(self.start(request))

    def start(self, request: Request) -> "Reply | Unfinished":
        """The same for those who must not wait.

        What takes long is left unfinished: to make a picture, or to read a long body.
        """
        begun = time.perf_counter()
        with self._lock:
            service = self._service
            service.origins.add(request.origin)
            if request.method == "GET" and request.is_own_picture and (shown := looked_at(service, request)):
                return shown if isinstance(shown, Reply) else Unfinished(shown)
            self._number += 1
            entry = Entry(self._number, request, begun)
        if len(request.body) > SHORT:  # to read it would hold others up
            return Unfinished(lambda: self._read(service, entry))
        return self._answered(service, entry)

    def _read(self, service: Service, entry: Entry) -> Reply:
        """The reply to a request of which the log should not hold all."""
        reply = _finished(self._answered(service, entry))
        entry.request = entry.request.logged()
        return reply

    def _answered(self, service: Service, entry: Entry) -> "Reply | Unfinished":
        reply, operation = answered(service, entry.request, entry.number)
        if isinstance(reply, Reply):
            return self._noted(service, entry, operation, reply)
        return Unfinished(lambda: self._noted(service, entry, operation, reply()))

    def _noted(self, service: Service, entry: Entry, operation: str | None, reply: Reply) -> Reply:
        """The reply as it is sent, once the log holds it: a log of after a reset does not."""
        entry.close(reply, operation, self.clock.now())
        with self._lock:
            if service is self._service:
                self.requests.add(entry)
                self.version += 1
        return reply.without_body() if entry.request.method == "HEAD" else reply


@frozen(eq=False, repr=False)
class Unfinished:
    """A request whose reply is still to be made, by any thread."""

    finish: Callable[[], Reply]
    """Gives the reply, which may take milliseconds to make."""


def _finished(reply: Reply | Unfinished) -> Reply:
    return reply.finish() if isinstance(reply, Unfinished) else reply

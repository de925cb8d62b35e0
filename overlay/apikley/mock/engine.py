"""What the service would answer."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any

from attrs import frozen

from apikley.mock import clock as clocks
from apikley.mock import faults, settings, snapshots
from apikley.mock.answering import Answer
from apikley.mock.clock import Clock, ShiftedClock, VirtualClock
from apikley.mock.deliveries import Delivery, sent
from apikley.mock.document import Document
from apikley.mock.exchanges import Exchange
from apikley.mock.faults import Fault, Faults
from apikley.mock.files import Files
from apikley.mock.nodes import JsonObject
from apikley.mock.rates import Counter
from apikley.mock.refusals import ErrorMode
from apikley.mock.replies import Reply
from apikley.mock.requests import Request
from apikley.mock.scenario import Failure, Scenario, polls
from apikley.mock.service import Service
from apikley.mock.settings import Callbacks, Errors, Settings
from apikley.mock.tasks import Task, Tasks

_REQUESTS_KEPT = 1000


class Mock:
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
        maximum_file_bytes: int = 512 * 1024 * 1024,
    ) -> None:
        self.document = document or Document.shipped()
        self.clock = clock if isinstance(clock, VirtualClock) else ShiftedClock(clock)
        self.seed = seed
        self.deliver = deliver
        self.control = control
        self.version = 0
        self.listeners: list[Callable[[], None]] = []
        """Called, by any thread and with the lock held, where callbacks are to be sent now or soon."""
        self.requests: deque[Exchange] = deque(maxlen=_REQUESTS_KEPT)
        self._number = 0
        self._lock = RLock()
        names = self.document.names()
        self._chance = faults.to_chances(chance or {}, names)
        self._maximum_file_bytes = maximum_file_bytes
        self._settings = Settings(
            scenario=scenario or polls(3),
            errors=settings.to_errors(errors, names),
            any_key=any_key,
            progress=progress,
            rate_limit=rate_limit,
            callbacks=settings.to_callbacks(callbacks),
            callback_key=callback_key,
            keys=settings.to_keys(keys or {}, self.document.causes()),
        )
        self._begun_with = credits, self._settings.scenario
        self._service = self._fresh(credits)

    def _fresh(self, credits: float) -> Service:  # noqa: A002 - what the API calls it
        return Service(
            document=self.document,
            settings=self._settings,
            clock=self.clock,
            credits=credits,
            tasks=Tasks(self.seed, self.document.task_id_example),
            files=Files(self._maximum_file_bytes),
            faults=Faults(self.seed, self._chance),
            secret=hashlib.sha256(f"apikley mock {self.seed}".encode()).digest(),
            calls=Counter(self.document.rates),
            news=self._tell_news,
        )

    def _tell_news(self) -> None:
        for listener in self.listeners:
            listener()

    def handle(self, request: Request) -> Reply:
        """The reply to a request. Whatever the bytes, it is one the service could give."""
        reply = self.start(request)
        return reply.finish() if isinstance(reply, Unfinished) else reply

    def start(self, request: Request) -> "Reply | Unfinished":
        """The same for those who must not wait: what takes long, such as a picture, is left unfinished."""
        begun = time.perf_counter()
        with self._lock:
            self._number += 1
            self._service.origins.add(request.origin.lower())
            answer = Answer(self._service, request, self._number)
            unfinished = Unfinished(self, request, self._number, answer, begun)
            reply = answer.reply
            return unfinished.with_reply(reply) if isinstance(reply, Reply) else unfinished

    def note(self, exchange: Exchange) -> None:
        """Keep what was asked and answered."""
        with self._lock:
            self.requests.append(exchange)
            self.version += 1

    # What goes wrong.

    def fail_next(
        self,
        what: int | str,
        *,
        times: int = 1,
        on: str | None = None,
        retry_after: float | None = None,
        seconds: float | None = None,
        as_: ErrorMode | None = None,
    ) -> None:
        """Have something go wrong with the next request that it can befall; faults wait in a queue.

        what: a code from 400 to 599, such as 429, 455, 402 or 433, by which the request is refused before
            anything has happened, or one of these words
            "reset-before"    the connection breaks, and the service has seen nothing
            "reset-after"     the same, but the task was created and paid, or the file stored
            "slow"            the answer comes after `seconds` (else 2)
            "hang"            no answer comes for `seconds` (else 600); the service has done its work
            "truncated"       half the body, then the connection breaks; the service has done its work
            "html"            a proxy's page with status 502; the service has seen nothing
            "garbage"         a body that is no JSON; the service has done its work
            "empty"           no body at all; the service has done its work
            "unknown-state"   a fetched task is in a state that nobody knows
            "expired-result"  a result's link answers 403
            "corrupt-result"  the second half of a result is zeros
            "lost-callback"   a callback is never sent
        times: with how many requests
        on: only with this operation, by its id or by what it does (such as "create-task"), or with a download
            of a "result" or of an uploaded "file"; any operation unless told, or what the word itself speaks of
        retry_after: seconds that a code's answer asks to wait; not sent unless told
        as_: "status" or "envelope" for this refusal alone

        Raises ValueError, in a sentence, for what cannot happen.
        """
        fault = faults.to_fault(
            what,
            on=on,
            times=times,
            retry_after=retry_after,
            seconds=seconds,
            as_=as_,
            known=self.document.names(),
        )
        self._add(fault)

    def fail_as(self, text: str) -> None:
        """The same by the short form WHAT[:ON][:TIMES]. Raises ValueError, in a sentence."""
        self._add(faults.parsed(text, self.document.names()))

    @property
    def faults(self) -> list[Fault]:
        """Those that have met no request yet, first in first; `times` is how often each still will."""
        with self._lock:
            return self._service.faults.unused

    def clear_faults(self) -> None:
        """Forget those that wait."""
        with self._lock:
            self._service.faults.clear()
            self.version += 1

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._service.faults.add(fault)
            self.version += 1

    # How tasks go.

    @property
    def tasks(self) -> Tasks:
        """The tasks, oldest first, each as the last fetch found it."""
        return self._service.tasks

    @property
    def scenario(self) -> Scenario:
        """How the next task will go."""
        return self._settings.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._settings.scenario = scenario
        self.version += 1

    def finish(self, task_id: str) -> Task:
        """Let a running task succeed now.

        Raises KeyError for a task that is not there, ValueError for one that has ended.
        """
        return self._end(task_id, None)

    def fail(self, task_id: str, code: int | None = None, message: str | None = None) -> Task:
        """Let a running task fail now, in the document's words unless told others. Raises as `finish` does."""
        operations = (each for each in self.document.operations() if each.does == "create-task")
        words = next(operations).refusals["generation-failed"]
        return self._end(
            task_id,
            Failure(words.code if code is None else code, words.message if message is None else message),
        )

    def _end(self, task_id: str, failure: Failure | None) -> Task:
        with self._lock:
            task = self._service.tasks.get(task_id)
            if task is None:
                raise KeyError(task_id)
            if task.has_ended:
                raise ValueError(f"the task {task_id} has already ended")
            ended = task.ended(self.clock(), failure)
            self._service.put(ended)
            self.version += 1
        self.flush()
        return ended

    # What time it is.

    def advance(self, seconds: float) -> None:
        """Let time pass at once, with all that it brings: ends of tasks, callbacks, expired links.

        Raises ValueError if it should go back.
        """
        with self._lock:
            self.clock.advance(seconds)
            self.version += 1
        self.tick()

    def tick(self) -> None:
        """Let the clock's news happen: tasks that somebody waits to be told of end, and are told of."""
        with self._lock:
            if self._service.tick():
                self.version += 1
        self.flush()

    @property
    def next_end(self) -> float | None:
        """In how many seconds the clock ends the next task that somebody waits to be told of, if there is one."""
        with self._lock:
            due = self._service.next_end
        return None if due is None else max(0.0, due - self.clock())

    # Callbacks.

    @property
    def deliveries(self) -> list[Delivery]:
        """All callbacks, oldest first, with what has become of each."""
        with self._lock:
            return self._service.outbox.all

    def take_deliveries(self) -> list[Delivery]:
        """The callbacks that wait to be sent. Whoever takes them sends them, and says so by `delivered`."""
        with self._lock:
            return self._service.outbox.take()

    def delivered(self, delivery: Delivery) -> None:
        """Keep what has become of a delivery."""
        with self._lock:
            self._service.outbox.put(delivery)
            self.version += 1

    def flush(self) -> None:
        """Send what waits by `deliver`, if there is one, with as many attempts as the service makes."""
        if self.deliver is None:
            return
        for delivery in self.take_deliveries():
            self.delivered(sent(delivery, self.deliver))

    # The account and what else may change.

    @property
    def credits(self) -> float:
        """What is left on the account."""
        return self._service.credits

    @credits.setter  # noqa: A003
    def credits(self, credits: float) -> None:  # noqa: A002 - what the API calls it
        self._service.credits = credits
        self.version += 1

    @property
    def errors(self) -> Errors:
        """How refusals come."""
        return self._settings.errors

    @errors.setter
    def errors(self, errors: Errors) -> None:
        self._settings.errors = settings.to_errors(errors, self.document.names())
        self.version += 1

    @property
    def rate_limit(self) -> bool:
        """Whether the document's limits hold."""
        return self._settings.rate_limit

    @rate_limit.setter
    def rate_limit(self, rate_limit: bool) -> None:
        self._settings.rate_limit = rate_limit
        self.version += 1

    @property
    def callbacks(self) -> Callbacks:
        """How often the end of a task is told."""
        return self._settings.callbacks

    @callbacks.setter
    def callbacks(self, callbacks: Callbacks) -> None:
        self._settings.callbacks = settings.to_callbacks(callbacks)
        self.version += 1

    def change(
        self,
        *,
        errors: object = None,
        callbacks: object = None,
        rate_limit: bool | None = None,
        credits: float | None = None,  # noqa: A002 - what the API calls it
    ) -> None:
        """Set those that are not None, all or, where ValueError is raised, none."""
        known = self._settings
        new_errors = known.errors if errors is None else settings.to_errors(errors, self.document.names())
        new_callbacks = known.callbacks if callbacks is None else settings.to_callbacks(callbacks)
        with self._lock:
            known.errors, known.callbacks = new_errors, new_callbacks
            known.rate_limit = known.rate_limit if rate_limit is None else rate_limit
            self._service.credits = self._service.credits if credits is None else credits
            self.version += 1

    # All of it at once.

    def save(self) -> JsonObject:
        """Tasks, files, account, clock, faults and settings, as JSON can hold them. Holds no key."""
        with self._lock:
            return snapshots.saved(self._service, self.clock.now(), self._number)

    @classmethod
    def load(cls, saved: JsonObject, **said: Any) -> "Mock":
        """A mock that goes on from what `save` gave, with what else `Mock` is told where no state says another.

        Raises ValueError if it cannot be read.
        """
        mock = cls(**said)
        mock.restore(saved)
        return mock

    def restore(self, saved: JsonObject) -> None:
        """Go on from what `save` gave, from that moment on.

        Raises ValueError, and changes nothing, if it cannot be read.
        """
        with self._lock:
            service = self._fresh(0)
            state = snapshots.read(saved, service, self.document.names())
            self._service, self._number = service, state.number
            self._settings.scenario, self._settings.errors = state.scenario, state.errors
            self._settings.rate_limit, self._settings.callbacks = state.rate_limit, state.callbacks
            clocks.set_to(self.clock, state.now)
            self.requests.clear()
            self.version += 1

    def reset(self) -> None:
        """Forget everything that has happened; the scenario and the credits are those it began with."""
        with self._lock:
            credits, self._settings.scenario = self._begun_with  # noqa: A001 - what the API calls it
            self._service, self._number = self._fresh(credits), 0
            self.requests.clear()
            self.version += 1

    def service(self) -> Service:
        """What the mock holds, for those who show it; under `locked` only."""
        return self._service

    @property
    def locked(self) -> RLock:
        """Held while something is looked at that must not change meanwhile."""
        return self._lock


@frozen(eq=False)
class Unfinished:
    """A request that has been decided on but whose reply is still to be made, by any thread."""

    mock: Mock
    request: Request
    number: int
    answer: Answer
    begun: float

    def finish(self) -> Reply:
        """The reply, which may take milliseconds to make."""
        reply = self.answer.reply
        return self.with_reply(reply if isinstance(reply, Reply) else reply())

    def with_reply(self, reply: Reply) -> Reply:
        """The reply as it is sent, once the mock has noted it."""
        answer, mock = self.answer, self.mock
        exchange = Exchange(
            number=self.number,
            time=mock.clock(),
            request=self.request.logged(),
            operation=answer.operation,
            status=None if reply.broken else reply.status,
            code=reply.code,
            refusal=reply.refusal,
            fault=str(answer.fault.what) if answer.fault else None,
            milliseconds=(time.perf_counter() - self.begun) * 1000,
        )
        mock.note(exchange)
        return reply.without_body() if self.request.method == "HEAD" else reply

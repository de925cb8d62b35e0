"""What may be changed and asked while the mock runs."""

import hashlib
from collections.abc import Callable
from threading import RLock

from attrs import evolve

from apikley.mock import clock as clocks
from apikley.mock import faults, settings, snapshots
from apikley.mock.clock import Clock, ShiftedClock, VirtualClock
from apikley.mock.deliveries import Delivery, sent
from apikley.mock.document import Document
from apikley.mock.exchanges import Log
from apikley.mock.faults import Chances, Fault, Faults
from apikley.mock.files import Files
from apikley.mock.nodes import JsonObject
from apikley.mock.rates import Counter
from apikley.mock.refusals import ErrorMode
from apikley.mock.scenario import Failure, Scenario
from apikley.mock.service import Service
from apikley.mock.settings import Callbacks, Errors, Settings
from apikley.mock.tasks import Task, Tasks


class Steered:
    """A service that runs, in the hands of a developer. What it answers to requests is in `Mock`."""

    def __init__(
        self,
        document: Document,
        told: Settings,
        *,
        clock: Clock,
        credits: float,  # noqa: A002 - what the API calls it
        seed: int,
        chance: Chances,
        maximum_file_bytes: int,
    ) -> None:
        self.document = document
        self.clock = clock if isinstance(clock, VirtualClock) else ShiftedClock(clock)
        self.deliver: Callable[[Delivery], int] | None = None
        self.version: int = 0
        self.listeners: list[Callable[[], None]] = []
        """Called, by any thread and with the lock held, where callbacks are to be sent now or soon."""
        self.requests = Log()
        self._number = 0
        self._lock = RLock()
        self.maximum_file_bytes = maximum_file_bytes
        clocks.checked(self.clock())
        self._begun_with = settings.to_credits(credits), told, settings.to_seed(seed), chance
        self._rewind = clocks.rewinding(self.clock)
        self._settings = told.copied()
        self._service = self._fresh(credits, self._settings, seed, chance)

    def _fresh(
        self,
        credits: float,  # noqa: A002 - what the API calls it
        told: Settings,
        seed: int,
        chance: Chances,
    ) -> Service:
        return Service(
            document=self.document,
            settings=told,
            clock=self.clock,
            credits=credits,
            tasks=Tasks(seed, self.document.task_id_example),
            files=Files(self.maximum_file_bytes),
            faults=Faults(seed, chance),
            secret=hashlib.sha256(f"apikley mock {seed}".encode()).digest(),
            calls=Counter(self.document.rates),
            lock=self._lock,
            news=self._tell_news,
        )

    def _tell_news(self) -> None:
        for listener in self.listeners:
            listener()

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
        with self._lock:
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

        Raises ValueError if it should go back, or beyond the year 9000.
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
            self._service.outbox.update(delivery)
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
        self.change(credits=credits)

    @property
    def errors(self) -> Errors:
        """How refusals come."""
        return self._settings.errors

    @errors.setter
    def errors(self, errors: Errors) -> None:
        new = settings.to_errors(errors, self.document.names())
        with self._lock:
            self._settings.errors = new
            self.version += 1

    @property
    def rate_limit(self) -> bool:
        """Whether the document's limits hold."""
        return self._settings.rate_limit

    @rate_limit.setter
    def rate_limit(self, rate_limit: bool) -> None:
        self.change(rate_limit=rate_limit)

    @property
    def callbacks(self) -> Callbacks:
        """How often the end of a task is told."""
        return self._settings.callbacks

    @callbacks.setter
    def callbacks(self, callbacks: Callbacks) -> None:
        new = settings.to_callbacks(callbacks)
        with self._lock:
            self._settings.callbacks = new
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
        new_errors = None if errors is None else settings.to_errors(errors, self.document.names())
        new_callbacks = None if callbacks is None else settings.to_callbacks(callbacks)
        new_credits = None if credits is None else settings.to_credits(credits)
        with self._lock:
            known = self._settings
            known.errors = known.errors if new_errors is None else new_errors
            known.callbacks = new_callbacks or known.callbacks
            known.rate_limit = known.rate_limit if rate_limit is None else rate_limit
            self._service.credits = self._service.credits if new_credits is None else new_credits
            self.version += 1

    # All of it at once.

    @property
    def seed(self) -> int:
        """What ids, draws and signatures of links follow from: what the mock was told, or a state restored."""
        return self._service.faults.seed

    def save(self) -> JsonObject:
        """Tasks, files, account, clock, faults, seed and settings, as JSON can hold them. Holds no key."""
        with self._lock:
            saved = snapshots.taken(self._service, self.clock.now(), self._number)
        return saved()

    def restore(self, saved: JsonObject) -> None:
        """Go on from what `save` gave, from that moment on.

        Raises ValueError, and changes nothing, if it cannot be read.
        """
        state = snapshots.read(saved, self.document)
        with self._lock:
            told = evolve(
                self._settings,
                scenario=state.scenario,
                errors=state.errors,
                rate_limit=state.rate_limit,
                callbacks=state.callbacks,
                progress=state.progress,
            )
            clocks.set_to(self.clock, state.now)
            self._go_on(self._fresh(state.credits, told, state.seed, state.chance), state.number)
            state.fill(self._service)

    def reset(self) -> None:
        """Forget everything that has happened: settings, credits and time are those that the mock began with.

        A virtual clock shows again what it showed when the mock was made, and so it does for all who share it;
        a real one is shifted no longer. What `load` or `restore` has brought is forgotten too.
        """
        with self._lock:
            credits, told, seed, chance = self._begun_with  # noqa: A001 - what the API calls it
            self._rewind()
            self._go_on(self._fresh(credits, told.copied(), seed, chance), 0)

    def _go_on(self, service: Service, number: int) -> None:
        """With another service, of which nobody has asked anything."""
        service.outbox.made = self._service.outbox.made  # posts of before may still be on their way
        self._service, self._settings, self._number = service, service.settings, number
        self.requests.clear()
        self.version += 1

    def service(self) -> Service:
        """What the mock holds, for those who show it; under `locked` only."""
        return self._service

    @property
    def locked(self) -> RLock:
        """Held while something is looked at that must not change meanwhile."""
        return self._lock

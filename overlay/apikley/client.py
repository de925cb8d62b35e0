"""The blocking client."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack, overload

from apikley import limits, settings
from apikley.later import Later
from apikley.options import EditOptions
from apikley.schedule import DOCUMENTED_PACE, PollSchedule

if TYPE_CHECKING:
    import ssl

    import httpx

    from apikley import books, drivers, flows, wishes
    from apikley.callbacks import Callback
    from apikley.edits import Edit
    from apikley.effects import Event
    from apikley.files import Target
    from apikley.ledger import Ledger, Submission
    from apikley.plans import Plan
    from apikley.settings import Timeouts
    from apikley.sources import ImageSource
    from apikley.tasks import Task
else:
    # With these come httpx and the generated models, which cost more than all the rest.
    books, drivers = Later("apikley.books"), Later("apikley.drivers")
    flows, wishes = Later("apikley.flows"), Later("apikley.wishes")


class Apikley:
    """A client for the Apikley API that blocks while it waits. Threads may share one.

    The key is taken from `APIKLEY_API_KEY` and the address from `APIKLEY_BASE_URL`; what is passed here wins.
    `schedule` is the pace of polling, by default the one that the service documents, with 15 minutes of patience,
    until it is known how long such tasks take. `ledger` names a file in which every submission is kept, so that
    none is forgotten or sent twice whatever befalls this process; without it they are kept in memory. `max_credits`
    is what all tasks of this client together may cost, by the prices in the document; what would exceed it is
    refused with `OverBudget` before anything is sent.

    `timeouts` are those of single requests. `proxy` is the address of an http, https or SOCKS proxy; without it those
    of the environment are heeded, as httpx does. `verify` says whose certificates to trust: an `ssl.SSLContext`, or
    the path of a file or folder of certificates, which then count alone. `http_client` is an `httpx.Client` of
    your own that every request goes through, for its proxies, certificates, transports, limits, event hooks and, to
    the API only, headers and `auth`; timeouts are ours. It is not closed, and nothing is set in it but the
    cookies of answers. `transport` is an `httpx.BaseTransport` for those who want another way to send: a
    `apikley.mock.MockTransport`, say. One that sends again by itself what may have arrived may make a task twice.

    Every method raises an `apikley.ApikleyError`: `NotAuthenticated` for a wrong key, `OutOfCredits`,
    `InvalidRequest` before anything is sent or by the service's word, `RateLimited`, `ServiceUnavailable`,
    `Unreachable`, `AnswerUnreadable`. What a method raises besides is told there.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        schedule: PollSchedule = DOCUMENTED_PACE,
        ledger: Ledger | Path | str | None = None,
        max_credits: float | None = None,
        timeouts: Timeouts | None = None,
        proxy: str | None = None,
        verify: ssl.SSLContext | Path | str | None = None,
        http_client: httpx.Client | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = settings.load(
            api_key, base_url, os.environ, timeouts=timeouts, proxy=proxy, verify=verify
        )
        self._schedule = schedule
        self._books = books.open_books(self._settings, ledger, max_credits)
        self._driver = drivers.BlockingDriver(self._settings, self._books, transport, http_client)

    def edit(
        self,
        image: ImageSource,
        prompt: str,
        *,
        to: Target | None = None,
        timeout: float | None = None,
        max_credits: float | None = None,
        key: str | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Unpack[EditOptions],
    ) -> Edit:
        """Edit a picture by a sentence and return what came of it.

        `image` is a path, an http(s) address, a data URI, bytes, a binary file or a picture of Pillow's: jpeg,
        png or webp, at most 10 MB. `to` is a file or folder to stream the pictures into; a file that is there is
        replaced, unless `to` is a `FreeName`. Without it they are in memory, to be saved later. `timeout` is the
        patience with the task, in seconds; a question under way by then has five more. `max_credits` is what this
        edit alone may cost. `key` is your own name for the submission, an idempotency key, and a new one unless
        given: the ledger sends no key twice, and raises `SubmissionMoved` instead. `on_event` is told of each step.

        Raises `SubmissionUnknown` if the answer to createTask was lost, `TaskFailed`, and `TaskUnfinished`.
        """
        schedule = self._schedule.within(timeout)
        flow = wishes.edit(image, prompt, options, to=to, schedule=schedule, max_credits=max_credits, key=key)
        return self._driver.run(flow, on_event, name="edit")

    @overload
    def submit(
        self,
        image: ImageSource,
        prompt: str,
        *,
        max_credits: float | None = None,
        key: str | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Unpack[EditOptions],
    ) -> TaskHandle: ...
    @overload
    def submit(
        self,
        *,
        model: str,
        input: Mapping[str, object],
        callback_url: str | None = None,
        max_credits: float | None = None,
        key: str | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> TaskHandle: ...
    def submit(
        self,
        image: ImageSource | None = None,
        prompt: str | None = None,
        *,
        model: str | None = None,
        input: Mapping[str, object] | None = None,  # noqa: A002  # the API's word
        max_credits: float | None = None,
        key: str | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Any,
    ) -> TaskHandle:
        """Create a task and return its handle, without waiting.

        Either that of an edit, by `image` and `prompt` and what else `edit` takes; or that of any model which the
        API's document knows, by `model` and an `input` in the words of that model's document. A name that is not in
        there is refused as a slip. Where the model takes a picture, a `pathlib.Path` or bytes are uploaded first; a
        text is a link. What a model makes that makes no pictures is collected as it is, of whatever kind; what is
        no file at all is the task's `result_object`. `max_credits` and `key`, an idempotency key, are as with `edit`.

        Raises `SubmissionUnknown` if the answer to createTask was lost: the task may exist, and was not created
        a second time.
        """
        flow = wishes.submit(image, prompt, model, input, options, max_credits=max_credits, key=key)
        return self.task(self._driver.run(flow, on_event, name="submit"))

    def plan(
        self,
        image: ImageSource,
        prompt: str,
        *,
        key: str | None = None,
        **options: Unpack[EditOptions],
    ) -> Plan:
        """Check an edit and tell what would be sent and what it is expected to cost. Nothing is sent."""
        return self._driver.run(wishes.plan(image, prompt, options, key=key), name="plan")

    def run(
        self,
        plan: Plan,
        *,
        max_credits: float | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> TaskHandle:
        """Send what was planned, and return the task's handle, without waiting. Raises what `submit` raises.

        A plan is sent once: with the same ledger a second run raises `SubmissionMoved`.
        """
        return self.task(self._driver.run(flows.run(plan, max_credits), on_event, name="submit"))

    def hear(self, callback: Callback) -> None:
        """Have those who wait for a callback's task ask for it at once. The callback itself proves nothing."""
        self._driver.nudges.tell(callback.task_id)

    def task(self, task_id: str) -> TaskHandle:
        """The handle of a task that exists, by its id. Nothing is sent."""
        return TaskHandle(task_id, self._driver, self._schedule)

    def in_doubt(self) -> list[Submission]:
        """The submissions whose answers were lost: each may have become a task that is billed."""
        return self._books.ledger.in_doubt()

    def resubmit(
        self,
        key: str,
        *,
        max_credits: float | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> TaskHandle:
        """Send a submission again that is in doubt or was refused, accepting that it may be paid twice.

        Its picture is not uploaded again. Raises `SubmissionMoved` if it is neither, and what `submit` raises.
        """
        return self.task(self._driver.run(flows.resubmit(key, max_credits), on_event, name="submit"))

    def advance(
        self,
        key: str,
        *,
        to: Target | None = None,
        timeout: float | None = None,
        max_credits: float | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> Edit:
        """Take a submission of the ledger to its pictures, from wherever it is.

        May be called any number of times, from any number of processes, and after any crash: what was refused is sent
        again, since that created nothing; what runs is waited for; what has ended is collected, also once more.
        `timeout` is in seconds, `max_credits` as with `edit`.

        Raises `SubmissionUnknown` if it is in doubt, `SubmissionMoved` if it is forgotten, being sent just now or not
        in the ledger, `TaskFailed`, and `TaskUnfinished`.
        """
        schedule = self._schedule.within(timeout)
        flow = wishes.advance(key, to=to, schedule=schedule, max_credits=max_credits)
        return self._driver.run(flow, on_event, name="advance")

    def resolve(self, key: str, task_id: str) -> TaskHandle:
        """Settle a doubt: this is the task that the submission became. Nothing is sent.

        Raises `SubmissionMoved` if the submission is not in doubt.
        """
        handle = self.task(task_id)
        self._books.settle(key, "submitted", task_id)
        return handle

    def forget(self, key: str) -> None:
        """Settle a doubt: the submission became no task, or one that nobody wants. Raises as `resolve` does."""
        self._books.settle(key, "forgotten")

    def upload(self, image: ImageSource) -> str:
        """Upload a picture and return its address, good for at least a day.

        The picture behind an http(s) address is fetched by the service itself.
        """
        return self._driver.run(flows.upload(image), name="upload")

    def credits(self) -> float:
        """The credits left on the account. Free, and so the way to check a key."""
        return self._driver.run(flows.credits_left(), name="credits")

    def download_url(self, url: str) -> str:
        """A fresh link, valid for 20 minutes, to a file that the service made."""
        return self._driver.run(flows.download_url(url), name="download_url")

    def close(self) -> None:
        """Close all connections and the ledger."""
        self._driver.close()
        self._books.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._settings.base_url!r})"


class TaskHandle:
    """A task's id, and what one may ask of it."""

    def __init__(self, task_id: str, driver: drivers.BlockingDriver, schedule: PollSchedule) -> None:
        self.id = limits.check_task_id(task_id)
        self._driver = driver
        self._schedule = schedule

    def fetch(self) -> Task:
        """Ask for the task once."""
        return self._driver.run(flows.fetch(self.id), name="fetch")

    def wait(
        self, *, timeout: float | None = None, on_event: Callable[[Event], object] | None = None
    ) -> Task:
        """Ask for the task until it has ended well.

        `timeout` is in seconds, and a question under way by then has five more. Raises `TaskFailed`, or
        `TaskUnfinished` when patience is over: the task goes on, and may be waited for again.
        """
        flow = flows.wait(self.id, self._schedule.within(timeout))
        return self._driver.run(flow, on_event, name="wait")

    def events(self, *, timeout: float | None = None) -> Generator[Event]:
        """Wait for the task, and yield what is new of it: each state, each step of its progress, and its end.

        The last event's task is final, failed or not. Raises `TaskUnfinished`.
        """
        flow = flows.watch(self.id, self._schedule.within(timeout))
        yield from self._driver.stream(flow, name="wait")

    def collect(
        self,
        to: Target | None = None,
        *,
        timeout: float | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> Edit:
        """Wait for the task if it still runs, then fetch its pictures: into `to`, a file or folder, or into memory.

        Raises what `wait` raises.
        """
        flow = flows.finish(self.id, self._schedule.within(timeout), to)
        return self._driver.run(flow, on_event, name="collect")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

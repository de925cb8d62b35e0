"""The client for code that awaits."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack
from uuid import uuid4

from apikley import limits, settings
from apikley.budget import Budget
from apikley.files import check_target, suffix_of
from apikley.later import Later
from apikley.ledger import MemoryLedger
from apikley.options import EditOptions
from apikley.requests import to_request
from apikley.schedule import DOCUMENTED_PACE, PollSchedule

if TYPE_CHECKING:
    from apikley import books, drivers, flows
    from apikley.edits import Edit
    from apikley.effects import Event
    from apikley.sources import ImageSource
    from apikley.tasks import Task
else:
    # With these come httpx and the generated models, which cost more than all the rest.
    books, drivers, flows = Later("apikley.books"), Later("apikley.drivers"), Later("apikley.flows")


class AsyncApikley:
    """A client for the Apikley API that awaits. Tasks of one event loop may share one.

    The key is taken from `APIKLEY_API_KEY` and the address from `APIKLEY_BASE_URL`; what is passed here wins.
    `schedule` is the pace of polling, by default the one that the service documents, with 15 minutes of
    patience. `transport` is an `httpx.AsyncBaseTransport` for those who want another way to send: a
    `apikley.mock.MockTransport`, say.

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
        transport: object = None,
    ) -> None:
        self._settings = settings.load(api_key, base_url, os.environ)
        self._schedule = schedule
        self._driver = drivers.AsyncDriver(self._settings, books.Books(MemoryLedger(), Budget()), transport)

    async def edit(
        self,
        image: ImageSource,
        prompt: str,
        *,
        to: Path | str | None = None,
        timeout: float | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Unpack[EditOptions],
    ) -> Edit:
        """Edit a picture by a sentence and return what came of it.

        `image` is a path, an http(s) address, a data URI, bytes, a binary file or a picture of Pillow's: jpeg,
        png or webp, at most 10 MB. `to` is a file or folder to stream the pictures into; without it they
        are in memory, to be saved later. `timeout` is the patience with the task, in seconds; a request under way
        is not cut off by it. `on_event` is told of each step.

        Raises `SubmissionUnknown` if the answer to createTask was lost, `TaskFailed`, and `TaskUnfinished`.
        """
        schedule = self._schedule.within(timeout)
        if to is not None:
            check_target(to)
        flow = flows.edit(image, to_request(prompt, options, suffix_of(to)), uuid4().hex, schedule, to)
        return await self._driver.run(flow, on_event)

    async def submit(
        self,
        image: ImageSource,
        prompt: str,
        *,
        on_event: Callable[[Event], object] | None = None,
        **options: Unpack[EditOptions],
    ) -> AsyncTaskHandle:
        """Create the task of an edit and return its handle, without waiting.

        Raises `SubmissionUnknown` if the answer to createTask was lost: the task may exist, and was not created
        a second time.
        """
        flow = flows.prepare_and_submit(image, to_request(prompt, options), uuid4().hex)
        return self.task(await self._driver.run(flow, on_event))

    def task(self, task_id: str) -> AsyncTaskHandle:
        """The handle of a task that exists, by its id. Nothing is sent."""
        return AsyncTaskHandle(task_id, self._driver, self._schedule)

    async def upload(self, image: ImageSource) -> str:
        """Upload a picture and return its address, good for at least a day.

        The picture behind an http(s) address is fetched by the service itself.
        """
        return await self._driver.run(flows.upload(image))

    async def credits(self) -> float:
        """The credits left on the account. Free, and so the way to check a key."""
        return await self._driver.run(flows.credits_left())

    async def download_url(self, url: str) -> str:
        """A fresh link, valid for 20 minutes, to a file that the service made."""
        return await self._driver.run(flows.download_url(url))

    async def close(self) -> None:
        """Close all connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._settings.base_url!r})"


class AsyncTaskHandle:
    """A task's id, and what one may ask of it."""

    def __init__(self, task_id: str, driver: drivers.AsyncDriver, schedule: PollSchedule) -> None:
        self.id = limits.check_task_id(task_id)
        self._driver = driver
        self._schedule = schedule

    async def fetch(self) -> Task:
        """Ask for the task once."""
        return await self._driver.run(flows.fetch(self.id))

    async def wait(
        self, *, timeout: float | None = None, on_event: Callable[[Event], object] | None = None
    ) -> Task:
        """Ask for the task until it has ended well.

        `timeout` is in seconds. Raises `TaskFailed`, or `TaskUnfinished` when patience is over: the task goes on,
        and may be waited for again.
        """
        return await self._driver.run(flows.wait(self.id, self._schedule.within(timeout)), on_event)

    async def collect(
        self,
        to: Path | str | None = None,
        *,
        timeout: float | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> Edit:
        """Wait for the task if it still runs, then fetch its pictures: into `to`, a file or folder, or into memory.

        Raises what `wait` raises.
        """
        return await self._driver.run(flows.finish(self.id, self._schedule.within(timeout), to), on_event)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

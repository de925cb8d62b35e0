"""How software that is built on this client is tested: the service in memory, in the way of every request.

    with in_memory() as service:
        service.polls(5, "fail")
        ...  # code that makes its own Apikley(), or its own httpx client

pytest users have it as the fixture `apikley_mock`.
"""

import asyncio
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, cast
from unittest.mock import patch

import httpx

from apikley import clock, settings
from apikley.mock import Exchange, Fault, Mock, MockTransport, VirtualClock, lasts, polls
from apikley.mock.tasks import Task


class InMemory:
    """What a test may ask of the service in memory. `mock` is all of it."""

    def __init__(self, mock: Mock, time: VirtualClock) -> None:
        self.mock = mock
        self._time = time

    def polls(self, times: int, ending: Literal["success", "fail"] = "success") -> None:
        """Let the next tasks be seen running so often before they end."""
        self.mock.scenario = polls(times, ending)

    def lasts(self, seconds: float, ending: Literal["success", "fail"] = "success") -> None:
        """Let the next tasks run for so long. Nobody waits: whoever sleeps lets the time pass at once."""
        self.mock.scenario = lasts(seconds, ending)

    def fail_next(self, what: int | str, **details: Any) -> None:
        """Let the next request that it fits go wrong: a code such as 429, or a word (see `Mock.fail_next`)."""
        self.mock.fail_next(what, **details)

    @property
    def requests(self) -> Sequence[Exchange]:
        """What was asked and answered, oldest first."""
        return list(self.mock.requests)

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks, oldest first."""
        return list(self.mock.tasks)

    @property
    def unused_faults(self) -> Sequence[Fault]:
        """The faults that were asked for and never met."""
        return list(self.mock.faults)

    @property
    def slept(self) -> float:
        """How many seconds have passed that nobody had to wait for."""
        return self._time.now() - VirtualClock().now()

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self.mock.advance(seconds)


@contextmanager
def in_memory(**options: Any) -> Generator[InMemory]:
    """Answer every request to the API from memory, and let its clients sleep in no time.

    Holds for httpx clients of any maker, sync and async, those that exist already included. Requests to other hosts
    go their way. Keys are not checked, and one is set if the environment has none. `options` are those of `Mock`.
    """
    time = VirtualClock()
    options.setdefault("any_key", True)
    mock = Mock(clock=time, **options)
    with ExitStack() as stack:
        stack.enter_context(clock.replaced(_VirtualTime(mock, time)))
        key = os.environ.get(settings.KEY_VARIABLE) or "sk-test-in-memory"
        stack.enter_context(patch.dict(os.environ, {settings.KEY_VARIABLE: key}))
        for patching in _in_the_way(mock):
            stack.enter_context(patching)
        yield InMemory(mock, time)


def _in_the_way(mock: Mock) -> Iterator[Any]:
    """The patches of httpx's own transports: their methods, so that clients which exist already obey too."""
    ours, hosts = MockTransport(mock), _hosts(mock)
    send, send_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return ours.handle_request(request) if request.url.host in hosts else send(self, request)

    async def handle_async(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if request.url.host in hosts:
            return await ours.handle_async_request(request)
        return await send_async(self, request)

    yield patch.object(httpx.HTTPTransport, "handle_request", handle)
    yield patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)


def _hosts(mock: Mock) -> frozenset[str]:
    """The hosts of the document, and the one that the environment names instead."""
    servers = cast("list[dict[str, str]]", mock.document.json["servers"])
    addresses = [*(server["url"] for server in servers), os.environ.get(settings.URL_VARIABLE, "")]
    return frozenset(httpx.URL(address).host for address in addresses if address)


# Turns of the loop in which whoever is about to wait, or to send, comes to it.
_TURNS = 50


class _VirtualTime:
    """The clock of the drivers, bound to the mock's: who sleeps lets time pass for both."""

    def __init__(self, mock: Mock, time: VirtualClock) -> None:
        self._mock = mock
        self._time = time
        self._ends: list[float] = []

    def now(self) -> float:
        return self._time.now()

    def sleep(self, seconds: float) -> None:
        self._mock.advance(seconds)

    async def pause(self, seconds: float) -> None:
        """Those who wait at once wait for the same time: it goes on to the earliest end, once all had their turns."""
        end = self.now() + seconds
        self._ends.append(end)
        try:
            turns = 0
            while self.now() < end:
                await asyncio.sleep(0)
                turns = turns + 1 if end <= min(self._ends) else 0
                if turns > _TURNS:
                    self._mock.advance(max(0.0, end - self.now()))
        finally:
            self._ends.remove(end)

"""How software that is built on this client is tested: the service in memory, in the way of every request.

    with in_memory() as service:
        service.polls(5, "fail")
        ...  # code that makes its own Apikley(), or its own httpx client

pytest users have it as the fixture `apikley_mock`.
"""

import inspect
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, cast
from unittest.mock import patch

import httpx

from apikley import clock, settings
from apikley.fast import FastTransport
from apikley.mock import Exchange, Fault, Mock, MockTransport, VirtualClock, lasts, polls
from apikley.mock.tasks import Task
from apikley.virtual import VirtualTime


class InMemory:
    """What a test may ask of the service in memory. `mock` is all of it."""

    def __init__(self, mock: Mock, time: VirtualClock) -> None:
        self.mock = mock
        self._time = time

    def polls(self, times: int, ending: Literal["success", "fail"] = "success") -> None:
        """Let the next tasks be seen running so often before they end."""
        self.mock.scenario = polls(times, ending)

    def lasts(self, seconds: float, ending: Literal["success", "fail"] = "success") -> None:
        """Let the next tasks run for so long by the mock's clock.

        Nobody waits: where a client of this package would sleep, and by `advance`, the time passes at once. The
        sleeps of others, such as `time.sleep` in code that polls by itself, let none of it pass.
        """
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


_FIRST_BYTE = "http11.send_request_headers.started"  # as httpx's own transports tell it
_OPTIONS = inspect.signature(Mock).parameters.keys() - {"clock"}


@contextmanager
def in_memory(**options: Any) -> Generator[InMemory]:
    """Answer every request to the API from memory, and let the clients of this package sleep in no time.

    Holds for httpx clients of any maker, sync and async, those that exist already included. Requests to other hosts
    go their way. Keys are not checked, and one is set if the environment has none.

    options: those of `Mock`, without the clock, which is virtual. Refusals come as they usually do
        (`errors="known"`): most as HTTP 200 with the code in the body.

    Raises TypeError for an option that there is not, and ValueError for a value that means nothing.
    """
    if unknown := sorted(options.keys() - _OPTIONS):
        raise TypeError(f"there is no option {', '.join(unknown)}; there are {', '.join(sorted(_OPTIONS))}")
    time = VirtualClock()
    options = {"any_key": True, "errors": "known", **options}
    mock = Mock(clock=time, **options)
    with ExitStack() as stack:
        stack.enter_context(clock.replaced(VirtualTime(mock, time)))
        key = os.environ.get(settings.KEY_VARIABLE) or "sk-test-in-memory"
        stack.enter_context(patch.dict(os.environ, {settings.KEY_VARIABLE: key}))
        for patching in _in_the_way(mock):
            stack.enter_context(patching)
        yield InMemory(mock, time)


def _in_the_way(mock: Mock) -> Iterator[Any]:
    """The patches of httpx's own transports: their methods, so that clients which exist already obey too."""
    ours, hosts = MockTransport(mock), _hosts(mock)
    send = httpx.HTTPTransport.handle_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if request.url.host not in hosts:
            return send(self, request)
        if tell := request.extensions.get("trace"):
            tell(_FIRST_BYTE, {"request": request})
        return ours.handle_request(request)

    def awaiting(kind: type[httpx.AsyncBaseTransport]) -> Any:
        send = kind.handle_async_request

        async def handle(self: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
            if request.url.host not in hosts:
                return await send(self, request)
            if tell := request.extensions.get("trace"):
                await tell(_FIRST_BYTE, {"request": request})
            return await ours.handle_async_request(request)

        return patch.object(kind, "handle_async_request", handle)

    yield patch.object(httpx.HTTPTransport, "handle_request", handle)
    yield from (awaiting(kind) for kind in (httpx.AsyncHTTPTransport, FastTransport))


def _hosts(mock: Mock) -> frozenset[str]:
    """The hosts of the document, and the one that the environment names instead."""
    servers = cast("list[dict[str, str]]", mock.document.json["servers"])
    addresses = [*(server["url"] for server in servers), os.environ.get(settings.URL_VARIABLE, "")]
    return frozenset(httpx.URL(address).host for address in addresses if address)

"""Both clients under one set of words, and a way to the mock on which things break."""

import asyncio
import inspect
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import httpx
from attrs import define, field, frozen

from apikley import Apikley, AsyncApikley, AsyncTaskHandle, PollSchedule, Stage
from apikley.mock import Mock, MockTransport

KEY = "sk-test-5ecret-0f-0urs"
SWIFT = PollSchedule((Stage(10, 0.001),))


class Awaited:
    """An `AsyncApikley` or a handle of its, whose every word is awaited at once."""

    def __init__(self, thing: Any, runner: asyncio.Runner) -> None:
        self._thing = thing
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        return partial(self._call, value) if inspect.ismethod(value) else value

    def __repr__(self) -> str:
        return repr(self._thing)

    def __enter__(self) -> "Awaited":
        self._runner.run(self._thing.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._runner.run(self._thing.__aexit__(*error))
        self._runner.close()

    def _call(self, method: Callable[..., Any], *positional: object, **named: object) -> Any:
        result = method(*positional, **named)
        if inspect.isasyncgen(result):
            return iter(self._runner.run(_listed(result)))
        if inspect.iscoroutine(result):
            result = self._runner.run(result)
        return Awaited(result, self._runner) if isinstance(result, AsyncTaskHandle) else result


async def _listed(events: Any) -> list[Any]:
    return [event async for event in events]


def open_blocking(*positional: Any, **named: Any) -> Any:
    return Apikley(*positional, **named)


def open_awaited(*positional: Any, **named: Any) -> Any:
    return Awaited(AsyncApikley(*positional, **named), asyncio.Runner())


def open_fast(*positional: Any, **named: Any) -> Any:
    return open_awaited(*positional, fast=True, **named)


OPENERS = {"Apikley": open_blocking, "AsyncApikley": open_awaited}
# Ways that have connections of their own.
ON_PORTS = OPENERS | {"AsyncApikley fast": open_fast}

Deliver: TypeAlias = Callable[[], httpx.Response]
Fault: TypeAlias = Callable[[Deliver], httpx.Response]


def raises(error: BaseException) -> Fault:
    """The request never gets to the service."""

    def fault(_: Deliver) -> httpx.Response:
        raise error

    return fault


@frozen
class NeverConnects:
    """No connection is made to the service, as httpx's own transports tell it: a step, and then the error."""

    error: httpx.TransportError

    def __call__(self, _: Deliver) -> httpx.Response:
        raise self.error


def loses(error: BaseException) -> Fault:
    """The service does its work, and its answer is lost."""

    def fault(deliver: Deliver) -> httpx.Response:
        deliver()
        raise error

    return fault


def works_but_says(body: bytes, status: int = 200, **headers: str) -> Fault:
    """The service does its work, and something else is answered."""

    def fault(deliver: Deliver) -> httpx.Response:
        deliver()
        return only_says(body, status, **headers)(deliver)

    return fault


def only_says(body: bytes, status: int = 200, **headers: str) -> Fault:
    """The service is not asked, and something is answered."""

    def fault(_: Deliver) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))

    return fault


def cuts(share: float) -> Fault:
    """The answer breaks off, and looks like an end."""

    def fault(deliver: Deliver) -> httpx.Response:
        response = deliver()
        content = response.read()
        return httpx.Response(
            response.status_code, stream=httpx.ByteStream(content[: int(len(content) * share)])
        )

    return fault


def drips(response: httpx.Response, pause: float = 0.03) -> httpx.Response:
    """The answer comes in pieces, each soon enough and all of them too late."""
    content = response.read()
    return httpx.Response(response.status_code, stream=Dripping(content, pause))


class Dripping(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, content: bytes, pause: float) -> None:
        self._pieces = [content[start : start + 16] for start in range(0, len(content), 16)]
        self._pause = pause

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            time.sleep(self._pause)
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await asyncio.sleep(self._pause)
            yield piece


@define
class Way(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The way to a mock. `faults` happen to the next requests whose path holds the name, one each."""

    mock: Mock
    faults: dict[str, list[Fault]] = field(factory=dict)
    requests: list[httpx.Request] = field(factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fault = self._fault(request)
        if isinstance(fault, NeverConnects) and (trace := request.extensions.get("trace")):
            trace(*_connecting(request))
        request.read()
        return self._answer(request, fault)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fault = self._fault(request)
        if isinstance(fault, NeverConnects) and (trace := request.extensions.get("trace")):
            await trace(*_connecting(request))
        await request.aread()
        return self._answer(request, fault)

    def _fault(self, request: httpx.Request) -> Fault | None:
        for name, faults in self.faults.items():
            if name in request.url.path and faults:
                return faults.pop(0)
        return None

    def _answer(self, request: httpx.Request, fault: Fault | None) -> httpx.Response:
        self.requests.append(request)
        deliver = partial(MockTransport(self.mock).handle_request, request)
        return fault(deliver) if fault else deliver()

    def to(self, name: str) -> list[httpx.Request]:
        """The requests whose path holds the name."""
        return [request for request in self.requests if name in request.url.path]

    def created(self) -> list[dict[str, Any]]:
        """The bodies of the createTasks."""
        return [json.loads(request.content) for request in self.to("createTask")]


def _connecting(request: httpx.Request) -> tuple[str, dict[str, Any]]:
    return "connection.connect_tcp.started", {"host": request.url.host}

"""When a blocking call must end: at its deadline, or when nobody wants its answer any more.

httpx bounds each read, and a server that sends a byte before each bound is over keeps a call for ever. httpcore reads
by way of a network backend; ours lets no read and no write last longer than what is left for the whole call.
Awaiting calls have `asyncio.timeout` and cancellation for all that.
"""

import math
import ssl
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Any

import httpcore
import httpx

from apikley import clock

_LOOK = 0.25  # seconds between two looks at whether the answer is still wanted


class Unwanted(BaseException):
    """Nobody wants the answer any more. Not an error: whoever raised one has told of it."""


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Have the calls that are made in the block, by this thread or task, end by then."""
    token = _end.set(clock.current().now() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


@contextmanager
def unless(stop: Event) -> Generator[None]:
    """Have what this thread does in the block end with `Unwanted` once `stop` is set."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def check() -> None:
    """Raise `Unwanted` if it is time for that."""
    if (stop := _stop.get()) is not None and stop.is_set():
        raise Unwanted


def sleep(seconds: float) -> None:
    """Let time pass, blocking, as long as somebody wants what comes after it."""
    stop = _stop.get()
    if stop is not None and clock.is_real():
        stop.wait(seconds)
    else:
        clock.current().sleep(seconds)
    check()


def attach(request: httpx.Request) -> None:
    """A request hook of httpx: no bound of the request is later than the call's deadline."""
    if (end := _end.get()) is not None:
        left = max(0.0, end - clock.current().now())
        bounds = request.extensions.get("timeout", {}).items()
        request.extensions["timeout"] = {
            name: left if seconds is None else min(seconds, left) for name, seconds in bounds
        }


async def attach_awaiting(request: httpx.Request) -> None:
    """The same for an awaiting client."""
    attach(request)


def hold(client: httpx.Client) -> None:
    """Have a client's own connections keep to the deadlines.

    httpx takes no network backend from outside, so it is put in its place; of a transport that is not httpx's own, or
    keeps its pool elsewhere, each read alone is bounded.
    """
    transports = [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]
    for transport in transports:
        pool = getattr(transport, "_pool", None)
        if isinstance(pool, httpcore.ConnectionPool):
            pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


class _Backend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        bound = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, bound, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        bound = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_unix_socket(path, bound, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        bound = _bound(timeout, httpcore.ReadTimeout)
        if _stop.get() is None:
            return self._stream.read(max_bytes, bound)
        end = time.monotonic() + (math.inf if bound is None else bound)
        while True:
            check()
            left = max(end - time.monotonic(), 0.001)
            try:
                return self._stream.read(max_bytes, min(left, _LOOK))
            except httpcore.ReadTimeout:
                if left <= _LOOK:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _bound(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        bound = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, bound))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _bound(seconds: float | None, late: type[Exception]) -> float | None:
    """The seconds that one may wait, by a bound or by what is left for the call; past the deadline raises `late`."""
    if (end := _end.get()) is None:
        return seconds
    left = end - clock.current().now()
    if left <= 0:
        raise late("the whole call took too long")
    return left if seconds is None else min(seconds, left)


_end: ContextVar[float | None] = ContextVar("apikley_deadline", default=None)
_stop: ContextVar[Event | None] = ContextVar("apikley_stop", default=None)

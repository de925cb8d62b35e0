"""When a call must end: at its deadline, or when nobody wants its answer any more.

What blocks has to ask; what awaits has `asyncio.timeout` and cancellation as well.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from threading import Event

import httpx

from apikley import clock


class Unwanted(BaseException):
    """Nobody wants the answer any more. Not an error: whoever raised one has told of it."""


class within:  # noqa: N801  # as contextlib's, without a generator, which every request would pay for
    """Have the calls that are made in the block, by this thread or task, end by then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._token: Token[float | None] | None = None

    def __enter__(self) -> None:
        self._token = _end.set(clock.current().now() + self._seconds)

    def __exit__(self, *_: object) -> None:
        assert self._token
        _end.reset(self._token)


def left() -> float | None:
    """The seconds until the call that is under way must end; below 0 past that, None if it need not."""
    end = _end.get()
    return None if end is None else end - clock.current().now()


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


def may_become_unwanted() -> bool:
    """Whether `check` has to be asked now and then."""
    return _stop.get() is not None


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
    if (seconds_left := left()) is not None:
        most = max(0.0, seconds_left)
        bounds = request.extensions.get("timeout", {}).items()
        request.extensions["timeout"] = {
            name: most if seconds is None else min(seconds, most) for name, seconds in bounds
        }


async def attach_awaiting(request: httpx.Request) -> None:
    """The same for an awaiting client."""
    attach(request)


_end: ContextVar[float | None] = ContextVar("apikley_deadline", default=None)
_stop: ContextVar[Event | None] = ContextVar("apikley_stop", default=None)

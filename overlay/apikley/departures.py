"""Whether a request has left this machine, as far as its transport tells.

httpx's own transports tell each step to the request's `trace` extension. Between the last step before the first byte
and that byte, the submission is written into the ledger: so an intent is on the disk before anybody can act on it, and
a connection that was never made leaves none.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import httpx
from attrs import define

from apikley.errors import ApikleyError, Unreachable

_FIRST_BYTE = "send_request_headers.started"


@define
class Departure:
    """One request about to leave. `record` writes its intent down; raises if that cannot be done."""

    record: Callable[[], None]
    is_watched: bool = False
    """Whether the transport tells its steps."""
    has_begun: bool = False
    """Whether the first byte has left, or was about to."""
    is_over: bool = False
    """Whether there is an answer, or will be none."""

    @property
    def may_have_left(self) -> bool:
        """Of a transport that tells nothing, nobody knows."""
        return self.has_begun or not self.is_watched

    def begin(self) -> None:
        """Write the intent down, once."""
        if not self.has_begun:
            self.record()
            self.has_begun = True

    def begin_late(self) -> None:
        """The same when it has left without anybody telling; that the ledger fails then must not hide what happened."""
        with suppress(ApikleyError):
            self.begin()

    def step(self, name: str, _: object) -> None:
        """Hear of a step of the transport."""
        self.is_watched = True
        if name.endswith(_FIRST_BYTE):
            self.begin()

    async def step_awaited(self, name: str, details: object) -> None:
        """The same where steps are awaited."""
        self.step(name, details)


@contextmanager
def watched(record: Callable[[], None], transport: object) -> Generator[None]:
    """Have the one request that is sent in the block write its intent down as it leaves.

    With a transport that is not httpx's own, and may tell no steps, that is done beforehand. After the block the
    intent is written down if, and only if, the request may have left.
    """
    departure = Departure(record)
    if not _tells_steps(transport):
        departure.begin()
    token = _current.set(departure)
    try:
        yield
    except Unreachable as error:
        if departure.is_watched:
            error.maybe_sent = departure.has_begun
        if error.maybe_sent:
            departure.begin_late()
        raise
    except BaseException:
        if departure.may_have_left:
            departure.begin_late()
        raise
    else:
        departure.begin_late()
    finally:
        departure.is_over = True
        _current.reset(token)


def under_way() -> Departure | None:
    """The request of this thread, or task of asyncio, that may have left and has no answer yet."""
    departure = _current.get()
    return departure if departure is not None and departure.may_have_left else None


def attach(request: httpx.Request) -> None:
    """A request hook of httpx: has the request tell its steps to whoever watches it."""
    if (departure := _current.get()) is not None:
        request.extensions["trace"] = departure.step


async def attach_awaiting(request: httpx.Request) -> None:
    """The same for an awaiting client."""
    if (departure := _current.get()) is not None:
        request.extensions["trace"] = departure.step_awaited


def _tells_steps(transport: object) -> bool:
    """Whether a transport is one of httpx's own; None stands for the one that httpx makes itself."""
    return transport is None or isinstance(transport, httpx.HTTPTransport | httpx.AsyncHTTPTransport)


_current: ContextVar[Departure | None] = ContextVar("apikley_departure", default=None)

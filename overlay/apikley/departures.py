"""Whether a request has left this machine, as far as its transport tells.

httpx's own transports tell each step to the request's `trace` extension. Between the last step before the first byte
and that byte, the submission is written into the ledger: so an intent is on the disk before anybody can act on it, and
a connection that was never made leaves none.
"""

from collections.abc import Callable, Generator, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import FunctionType

import httpcore
import httpx
from attrs import define, field

from apikley.errors import ApikleyError, Unreachable
from apikley.fast import FastTransport

_FIRST_BYTE = "send_request_headers.started"
_TELLING: set[type] = {httpx.HTTPTransport, httpx.AsyncHTTPTransport, FastTransport}
# What a transport says of connections; of a silent one it proves nothing, for some say it of those that broke later.
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


@define
class Departure:
    """One request about to leave. `record` writes its intent down; raises if that cannot be done."""

    record: Callable[[], None]
    is_watched: bool = False
    """Whether the transport tells its steps."""
    is_recorded: bool = False
    has_begun: bool = False
    """Whether the first byte has left, or was about to, as the transport tells."""
    is_over: bool = False
    """Whether there is an answer, or will be none."""
    _extensions: MutableMapping[str, object] = field(factory=dict[str, object], init=False)

    @property
    def may_have_left(self) -> bool:
        """Of a transport that tells nothing, nobody knows."""
        return self.has_begun or not self.is_watched

    def write(self) -> None:
        """Write the intent down, once."""
        if not self.is_recorded:
            self.record()
            self.is_recorded = True

    def write_late(self) -> None:
        """The same when it has left without anybody telling; that the ledger fails then must not hide what happened."""
        with suppress(ApikleyError):
            self.write()

    def listen(self, request: httpx.Request, step: Callable[[str, object], object]) -> None:
        """Have `step` hear of a request's steps, up to its first byte."""
        self._extensions = request.extensions
        request.extensions["trace"] = step

    def step(self, name: str, details: object) -> None:
        """Hear of a step of the transport."""
        self.is_watched = True
        if name.endswith(_FIRST_BYTE) and not _is_for_proxy(details):
            self.write()
            self.has_begun = True
            self._extensions.pop("trace", None)  # what comes after the first byte is not worth its time

    async def step_awaited(self, name: str, details: object) -> None:
        """The same where steps are awaited."""
        self.step(name, details)


@contextmanager
def watched(record: Callable[[], None], transport: object) -> Generator[None]:
    """Have the one request that is sent in the block write its intent down as it leaves.

    With a transport that is neither httpx's own nor ours, and may tell no steps or not all, that is done beforehand.
    After the block the intent is written down if the request may have left.
    """
    departure = Departure(record)
    if not _tells_steps(transport):
        departure.write()
    token = _current.set(departure)
    try:
        yield
    except Unreachable as error:
        error.maybe_sent = _is_doubtful(error, departure, transport)
        if error.maybe_sent:
            departure.write_late()
        raise
    except Exception:
        if departure.may_have_left:
            departure.write_late()
        raise
    except BaseException:
        # Cancelled, perhaps while it queued for a connection, when there is no step to tell yet.
        if departure.has_begun or not (departure.is_watched or _is_as_httpx_made_it(transport)):
            departure.write_late()
        raise
    else:
        departure.write_late()
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
        departure.listen(request, departure.step)


async def attach_awaiting(request: httpx.Request) -> None:
    """The same for an awaiting client."""
    if (departure := _current.get()) is not None:
        departure.listen(request, departure.step_awaited)


def _is_for_proxy(details: object) -> bool:
    """Whether a step is of the CONNECT that asks a proxy for a tunnel, and has nothing of the request in it."""
    match details:
        case {"request": httpcore.Request(method=b"CONNECT")}:
            return True
    return False


def _is_doubtful(error: Unreachable, departure: Departure, transport: object) -> bool:
    """Whether a request that failed may have left: by its steps, and where they may not be all by its error too."""
    if _tells_steps(transport):
        return departure.has_begun if departure.is_watched else error.maybe_sent
    is_silent = not departure.is_watched and not isinstance(transport, httpx.MockTransport)
    is_unproven = is_silent and isinstance(error.__cause__, _NO_CONNECTION)
    return departure.has_begun or error.maybe_sent or is_unproven


def _tells_steps(transport: object) -> bool:
    """Whether a transport is one of httpx's own, or ours; None stands for the one that httpx makes itself.

    What is made of one of them may send by other means.
    """
    return transport is None or type(transport) in _TELLING


def _is_as_httpx_made_it(transport: object) -> bool:
    """Whether it surely tells the first byte: what was put in the way of its methods may have sent one unheard."""
    methods: tuple[object, ...] = (
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
    )
    is_own = transport is None or type(transport) in {httpx.HTTPTransport, httpx.AsyncHTTPTransport}
    return is_own and all(_is_of_httpx(method) for method in methods)


def _is_of_httpx(method: object) -> bool:
    """By where its code is from: a wrapper bears the name and the module of what it wraps."""
    return isinstance(method, FunctionType) and method.__globals__["__name__"].startswith("httpx.")


_current: ContextVar[Departure | None] = ContextVar("apikley_departure", default=None)

"""What the log says of a flow while it is played.

One line a request at DEBUG, what is tried again at INFO, what is in doubt at WARNING, all by the logger `apikley`.
No line holds the key, and none from INFO up what the service said, which may repeat a prompt.
"""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar, cast
from urllib.parse import urlsplit

import httpx
from attrs import define, field

from apikley.effects import Call, Download, Effect, Flow, Note, Sleep
from apikley.errors import ApikleyError, OverBudget, RequestRefused, Unreachable
from apikley.tracing import Trace

T = TypeVar("T")

logger = logging.getLogger("apikley")

_REQUESTS = (Call, Download)
_NOTHING = nullcontext()


def told(flow: Flow[T], name: str, *, secret: str) -> Flow[T]:
    """The same flow, and log and traces, where it goes by `name`, hear of each of its effects.

    `secret`, the API's key, is left out of whatever they are told.
    """
    trace = Trace.of(name)
    try:
        effect = next(flow)
        while True:
            _say(effect, secret)
            if trace:
                trace.begin(effect)
            request = _Request(effect) if isinstance(effect, _REQUESTS) and _is_heard(trace) else None
            answer: object = None
            error: BaseException | None = None
            try:
                # Not around what only tells: the user's code runs there, and may go on in another context.
                with _current_for(request) if request else _NOTHING:
                    answer = yield effect
            except GeneratorExit:
                raise
            except BaseException as raised:  # noqa: BLE001  # the flow decides what becomes of it
                error = raised
            if request is not None:
                request.say(error, secret)
            elif isinstance(error, OverBudget):
                logger.info("%s", error)
            if trace:
                trace.end(error, request.response if request else None)
            effect = flow.send(answer) if error is None else flow.throw(error)
    except StopIteration as end:
        if trace:
            trace.succeed(end.value)
        return cast("T", end.value)
    except BaseException as error:
        if trace:
            trace.fail(error)
        raise
    finally:
        flow.close()


@contextmanager
def _current_for(request: "_Request") -> Generator[None]:
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


def _is_heard(trace: Trace | None) -> bool:
    """Whether anybody is told of requests."""
    return trace is not None or logger.isEnabledFor(logging.DEBUG)


def hear(response: httpx.Response) -> None:
    """Hear of an answer, whatever it says."""
    if (request := _current.get()) is not None:
        request.response = response


@define
class _Request:
    """One request under way."""

    effect: Call[object] | Download
    begun: float = field(factory=time.perf_counter)
    response: httpx.Response | None = None

    def say(self, error: BaseException | None, secret: str) -> None:
        """Tell how it went, in one line."""
        if logger.isEnabledFor(logging.DEBUG):
            milliseconds = (time.perf_counter() - self.begun) * 1000
            line = f"{self._what()}: {self._outcome(error)} in {milliseconds:.0f} ms{self._whose()}"
            logger.debug("%s", _printable(line, secret))

    def _what(self) -> str:
        match self.effect:
            case Download(incoming):
                parts = urlsplit(incoming.url)  # what follows the path may open the file to anybody
                return (
                    f"GET {parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else "inline picture"
                )
            case Call(operation):
                if self.response is None:
                    return getattr(operation, "__name__", "request").rpartition(".")[2]
                return f"{self.response.request.method} {self.response.request.url.path}"

    def _outcome(self, error: BaseException | None) -> str:
        status = "ok" if self.response is None else f"HTTP {self.response.status_code}"
        match error:
            case None:
                return status
            case RequestRefused(code=code):
                return f"{status}, code {code}" if self.response is not None else f"code {code}"
        return str(error) or type(error).__name__

    def _whose(self) -> str:
        match self.effect:
            case Call(intent=submission) if submission is not None:
                return f", submission {submission.key}"
            case Call(arguments={"task_id": task_id}):
                return f", task {task_id}"
        return ""


_current: ContextVar[_Request | None] = ContextVar("apikley_request", default=None)


def _say(effect: Effect, secret: str) -> None:
    match effect:
        case Sleep(seconds, spread=spread, because=ApikleyError() as error):
            logger.info("%s; again within %.1f s", _printable(_reason(error), secret), seconds + spread)
        case Note(submission) if submission.state == "unknown":
            logger.warning("submission %s is in doubt: its task may exist and be billed", submission.key)
        case _:
            pass


def _printable(text: str, secret: str) -> str:
    """A text without the key, and without what no UTF-8 can be made of, as the half of a character in a link."""
    return text.replace(secret, "[key]").encode(errors="backslashreplace").decode()


def _reason(error: ApikleyError) -> str:
    match error:
        case RequestRefused(code=code):
            return f"{type(error).__name__} (code {code})"
        case Unreachable(message=message):
            return message
    return type(error).__name__

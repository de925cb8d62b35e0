"""What OpenTelemetry is told of a flow while it is played.

A span for the call, its parts (upload, submit, wait, collect) below it, and a span for each request below these.
They are made if the program has loaded OpenTelemetry, and nothing otherwise. No span holds a key, a prompt, a link, or
what the service said.
"""

import sys
from typing import TYPE_CHECKING, Any

import httpx

from apikley.effects import Call, Download, Effect, Event, Sleep, Tell, Together
from apikley.errors import ApikleyError
from apikley.ledger import Submission
from apikley.tasks import Task

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_REQUESTS = {"get_task": "fetch"}
_PARTS = {"uploading": "upload", "submitting": "submit", "collecting": "collect"}


class Trace:
    """The spans of one flow."""

    def __init__(self, name: str) -> None:
        from opentelemetry import context, trace  # noqa: PLC0415  # loaded already

        self._otel = trace
        self._contexts = context
        self._tracer = trace.get_tracer("apikley")
        self._name = name
        self._call = self._tracer.start_span(f"apikley.{name}")
        self._part: Span | None = None
        self._part_name: str | None = None
        self._next_part: str | None = None
        self._request: Span | None = None
        self._token: Any = None
        self._state: str | None = None

    @classmethod
    def of(cls, name: str) -> "Trace | None":
        """The trace of a flow of that name, if anybody records it."""
        if "opentelemetry.trace" not in sys.modules:
            return None
        trace = cls(name)
        return trace if trace._call.is_recording() else None

    def begin(self, effect: Effect) -> None:
        """An effect is about to be carried out."""
        match effect:
            case Tell(event):
                self._hear(event)
            case Call(operation, arguments, intent):
                self._go_on()
                name = getattr(operation, "__name__", "request").rpartition(".")[2]
                self._open(_REQUESTS.get(name, name))
                if intent is not None:
                    self._about(_of_submission(intent))
                elif "task_id" in arguments:
                    self._about({"apikley.task.id": str(arguments["task_id"])})
            case Download():
                self._open("download")
            case Together():
                self._token = self._contexts.attach(self._below(self._part or self._call))
            case Sleep():
                self._go_on()
            case _:
                pass

    def end(self, error: BaseException | None, response: httpx.Response | None) -> None:
        """It was carried out, or failed."""
        if self._request is not None:
            if response is not None:
                self._request.set_attributes(_of_response(response))
            self._close(self._request, error)
            self._request = None
        if self._token is not None:
            self._contexts.detach(self._token)
            self._token = None

    def succeed(self, result: object) -> None:
        """The flow has come to its end."""
        if isinstance(result, Task):
            self._about(_of_task(result))
        self._finish(None)

    def fail(self, error: BaseException) -> None:
        """The flow has ended in an error, or was given up."""
        if isinstance(error, ApikleyError) and error.task_id:
            self._about({"apikley.task.id": error.task_id})
        self._finish(None if isinstance(error, GeneratorExit) else error)

    def _finish(self, error: BaseException | None) -> None:
        if self._token is not None:
            self._contexts.detach(self._token)
        for span in (self._request, self._part, self._call):
            if span is not None:
                self._close(span, error)

    def _hear(self, event: Event) -> None:
        if event.task_id:
            self._about({"apikley.task.id": event.task_id})
        if event.kind == "submitted":
            self._turn_to(None)
            self._next_part = "wait"  # if the flow goes on
        elif part := _PARTS.get(event.kind):
            self._turn_to(part)
        if (task := event.task) is not None:
            self._about(_of_task(task))
            if task.state != self._state:
                self._state = task.state
                (self._part or self._call).add_event(str(task.state))

    def _go_on(self) -> None:
        """Begin the part that was to come if the flow goes on."""
        if self._next_part is not None:
            self._turn_to(self._next_part)

    def _turn_to(self, part: str | None) -> None:
        """End the part that runs and begin another; the call itself needs no part of its own name."""
        self._next_part = None
        if part == self._part_name:
            return
        if self._part is not None:
            self._close(self._part, None)
        self._part, self._part_name = None, part
        if part is not None and part != self._name:
            self._part = self._tracer.start_span(f"apikley.{part}", context=self._below(self._call))

    def _open(self, request: str) -> None:
        """Begin a request, and let whatever else traces it find itself below."""
        kind = self._otel.SpanKind.CLIENT
        self._request = self._tracer.start_span(
            f"apikley.{request}", context=self._below(self._part or self._call), kind=kind
        )
        self._token = self._contexts.attach(self._below(self._request))

    def _close(self, span: "Span", error: BaseException | None) -> None:
        if error is not None:
            span.set_attribute("error.type", type(error).__name__)
            if (code := getattr(error, "code", None)) is not None:
                span.set_attribute("apikley.code", str(code))
            span.set_status(self._otel.StatusCode.ERROR)
        span.end()

    def _about(self, attributes: dict[str, str]) -> None:
        for span in (self._call, self._part, self._request):
            if span is not None:
                span.set_attributes(attributes)

    def _below(self, span: "Span") -> Any:
        return self._otel.set_span_in_context(span)


def _of_submission(submission: Submission) -> dict[str, str]:
    model = (submission.shape or "").partition(" ")[0]
    return {"apikley.submission.key": submission.key} | ({"apikley.model": model} if model else {})


def _of_task(task: Task) -> dict[str, str]:
    said = {"apikley.task.id": task.id, "apikley.task.state": str(task.state)}
    if task.model:
        said["apikley.model"] = task.model
    if task.failure_code:
        said["apikley.code"] = task.failure_code
    return said


def _of_response(response: httpx.Response) -> dict[str, str | int]:
    request = response.request
    return {
        "http.request.method": request.method,
        "http.response.status_code": response.status_code,
        "server.address": request.url.host,
        "url.path": request.url.path,
    }

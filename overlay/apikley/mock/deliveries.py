"""What is told to those who asked to be called back."""

import base64
import hashlib
import hmac
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Literal

from attrs import define, evolve, field, frozen

from apikley.mock import records
from apikley.mock.callbacks import Callback
from apikley.mock.document import Lifecycle
from apikley.mock.nodes import Json
from apikley.mock.tasks import Task

_KEPT = 200
_ATTEMPTS = 4
_HEADERS = (("content-type", "application/json"), ("user-agent", "apikley-mock"))

State = Literal["queued", "delivered", "failed", "refused", "lost"]


@define(eq=False, repr=False)
class Letter:
    """What is told, written when somebody first reads it: it may hold pictures, which take long to make."""

    _write: Callable[[], bytes]

    def read(self) -> bytes:
        """Needs no lock: two threads that read at once write the same."""
        written = self._write()
        self._write = lambda: written  # and so the pictures' sources are let go
        return written


@frozen
class Delivery:
    """One POST to the address that a create request named, and what has become of it.

    state: "queued" as long as it is to be sent, or sent once more; "delivered" after an answer with a status
        of 2xx; "failed" after the last attempt; "refused" where the address is not on this computer; "lost" by a fault
    status: of the last answer, None where there was none
    """

    number: int
    task_id: str
    url: str
    letter: Letter = field(repr=False)
    created_at: float
    headers: tuple[tuple[str, str], ...] = _HEADERS
    state: State = "queued"
    attempts: int = 0
    status: int | None = None
    error: str = ""

    @property
    def body(self) -> bytes:
        """What is POSTed. Pictures in it take up to seconds to make for whoever reads it first."""
        return self.letter.read()

    def answered(self, status: int) -> "Delivery":
        """After an attempt to which somebody said something."""
        attempted = self._attempted(status, "")
        return evolve(attempted, state="delivered") if 200 <= status < 300 else attempted

    def unanswered(self, error: str) -> "Delivery":
        """After an attempt that met nobody."""
        return self._attempted(None, error)

    def _attempted(self, status: int | None, error: str) -> "Delivery":
        """After an attempt that did not deliver it, after which there may be another."""
        attempts = self.attempts + 1
        state: State = "failed" if attempts == _ATTEMPTS else "queued"
        return evolve(self, state=state, attempts=attempts, status=status, error=error)

    def unsent(self, error: Exception) -> "Delivery":
        """Where it could not even be tried."""
        return evolve(self, state="failed", error=_words(error))


@define(eq=False, repr=False)
class Outbox:
    """The deliveries in their order, those that nobody has taken yet among them.

    The oldest are forgotten, though never before they were taken.
    """

    made: int = 0
    _kept: OrderedDict[int, Delivery] = field(factory=OrderedDict[int, Delivery])
    _queue: deque[Delivery] = field(factory=deque[Delivery])

    @property
    def all(self) -> list[Delivery]:
        return [*self._kept.values()]

    def put(self, delivery: Delivery) -> None:
        """A new one."""
        if delivery.state == "queued":
            self._queue.append(delivery)
        self._kept[delivery.number] = delivery
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def update(self, delivery: Delivery) -> None:
        """What has become of one; one that is forgotten, or from before a reset, stays so."""
        if delivery.number in self._kept:
            self._kept[delivery.number] = delivery

    def take(self) -> list[Delivery]:
        """Those that wait to be sent; nobody else is given them."""
        taken = [*self._queue]
        self._queue.clear()
        return taken


def to_body(
    task: Task, callback: Callback, lifecycle: Lifecycle, credits_left: float, render: records.Render
) -> bytes:
    """The news that a task has ended: its record, in which the duration is told in seconds."""
    record = records.to_values(task, lifecycle, task.origin, render)
    duration = record.pop("duration-milliseconds")
    values: dict[str, Json] = {
        "duration-seconds": duration // 1000 if isinstance(duration, int) else None,
        "credits-left": credits_left,
        "code": callback.failure_code if task.failure else callback.success_code,
        "message": task.failure.message if task.failure else callback.success_message,
    }
    return callback.form.written(record | values)


def signed(delivery: Delivery, callback: Callback, key: str, now: float) -> Delivery:
    """With the headers that prove who sends it, as of now in Unix seconds."""
    timestamp = str(int(now))
    proof = (
        (callback.timestamp_header, timestamp),
        (callback.signature_header, signature(key, delivery.task_id, timestamp)),
    )
    return evolve(delivery, headers=(*_HEADERS, *proof))


def signature(key: str, task_id: str, timestamp: str) -> str:
    """What proves that whoever sends this knows the key. The body is not signed."""
    message = f"{task_id}.{timestamp}".encode()
    return base64.b64encode(hmac.digest(key.encode(errors="surrogatepass"), message, hashlib.sha256)).decode()


def sent(delivery: Delivery, deliver: Callable[[Delivery], int]) -> Delivery:
    """After as many attempts as it takes, or as the service makes."""
    while delivery.state != "delivered" and delivery.attempts < _ATTEMPTS:
        try:
            delivery = delivery.answered(deliver(delivery))
        except Exception as error:  # noqa: BLE001 - whatever the caller's code raises, the service meets nobody
            delivery = delivery.unanswered(_words(error))
    return delivery


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__

"""What is told to those who asked to be called back."""

import base64
import hashlib
import hmac
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Literal

import orjson
from attrs import define, evolve, field, frozen

from apikley.mock import records
from apikley.mock.callbacks import Callback
from apikley.mock.document import Lifecycle
from apikley.mock.nodes import Json
from apikley.mock.tasks import Task

_KEPT = 200
_ATTEMPTS = 4

State = Literal["queued", "delivered", "failed", "refused", "lost"]


@frozen
class Delivery:
    """One POST to the address that a create request named, and what has become of it.

    state: "queued" until somebody sends it; "delivered" after an answer with a status of 2xx; "failed" after
        the last attempt; "refused" where the address is not on this computer; "lost" by a fault
    status: of the last answer, None where there was none
    """

    number: int
    task_id: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    created_at: float
    state: State = "queued"
    attempts: int = 0
    status: int | None = None
    error: str = ""

    def answered(self, status: int) -> "Delivery":
        """After an attempt to which somebody said something."""
        is_fine = 200 <= status < 300
        return evolve(
            self,
            state="delivered" if is_fine else "failed",
            attempts=self.attempts + 1,
            status=status,
            error="",
        )

    def unanswered(self, error: str) -> "Delivery":
        """After an attempt that met nobody."""
        return evolve(self, state="failed", attempts=self.attempts + 1, status=None, error=error)


@define
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


def to_delivery(
    number: int,
    task: Task,
    callback: Callback,
    *,
    lifecycle: Lifecycle,
    credits_left: float,
    now: float,
    key: str | None,
    render: records.Render,
) -> Delivery:
    """The news that a task has ended: its record, in which the duration is told in seconds."""
    record = records.to_values(task, lifecycle, task.origin, render)
    duration = record.pop("duration-milliseconds")
    values: dict[str, Json] = {
        "duration-seconds": duration // 1000 if isinstance(duration, int) else None,
        "credits-left": credits_left,
        "code": callback.failure_code if task.failure else callback.success_code,
        "message": task.failure.message if task.failure else callback.success_message,
    }
    body = orjson.dumps(callback.form.filled(record | values))
    headers = (("content-type", "application/json"), ("user-agent", "apikley-mock"))
    signed = _signature_headers(callback, task.id, int(now), key) if key else ()
    return Delivery(number, task.id, task.callback, (*headers, *signed), body, now)


def signature(key: str, task_id: str, timestamp: str) -> str:
    """What proves that whoever sends this knows the key. The body is not signed."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _signature_headers(
    callback: Callback, task_id: str, timestamp: int, key: str
) -> tuple[tuple[str, str], ...]:
    return (
        (callback.timestamp_header, str(timestamp)),
        (callback.signature_header, signature(key, task_id, str(timestamp))),
    )


def sent(delivery: Delivery, deliver: Callable[[Delivery], int]) -> Delivery:
    """After as many attempts as it takes, or as the service makes."""
    while delivery.state != "delivered" and delivery.attempts < _ATTEMPTS:
        try:
            delivery = delivery.answered(deliver(delivery))
        except Exception as error:  # noqa: BLE001 - whatever the caller's code raises, the service meets nobody
            delivery = delivery.unanswered(str(error) or type(error).__name__)
    return delivery

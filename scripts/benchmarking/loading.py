"""A load of equal requests over a few connections, one at a time on each.

The client does as little as it can and the same for every server: it looks for the end of an answer, notes the time
and sends the same bytes again.
"""

import asyncio
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from attrs import frozen

from benchmarking.verdicts import Request

CONNECTIONS = 16
_LONGEST = 600.0  # seconds that a load may last, whatever it is to count
_PATIENCE = 30.0  # seconds beyond the load's own


@frozen
class Load:
    """What a load met. Latencies are seconds, in the order of the answers."""

    latencies: Sequence[float]
    statuses: Counter[int]
    seconds: float
    client_seconds: float  # of CPU

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds

    @property
    def client_share(self) -> float:
        """How much of one core the client took; near 1 it was the client that set the pace."""
        return self.client_seconds / self.seconds


def percentile(latencies: Sequence[float], percent: float) -> float:
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def load(port: int, request: Request, *, seconds: float = _LONGEST, count: int | None = None) -> Load:
    """Send a request again and again, for so many seconds or so many times, whichever comes first.

    Raises ConnectionError if the server hangs up, TimeoutError if it stops answering.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_load(port, request.wire(f"127.0.0.1:{port}", keep=True), seconds, count))


async def _load(port: int, message: bytes, seconds: float, count: int | None) -> Load:
    loop = asyncio.get_running_loop()
    course = _Course(message, count, loop.create_future())
    opened = [
        await loop.create_connection(lambda: _Connection(course), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    try:
        begun, begun_cpu = time.perf_counter(), time.process_time()
        course.ends_at = begun + seconds
        for _, connection in opened:
            connection.send()
        await asyncio.wait_for(course.done, seconds + _PATIENCE)
        return Load(
            course.latencies,
            course.statuses,
            time.perf_counter() - begun,
            time.process_time() - begun_cpu,
        )
    finally:
        course.is_over = True
        for transport, _ in opened:
            transport.abort()


class _Course:
    """What the connections share."""

    def __init__(self, message: bytes, count: int | None, done: "asyncio.Future[None]") -> None:
        self.message = message
        self.left = count if count is not None else -1
        self.done = done
        self.ends_at = float("inf")
        self.running = 0
        self.is_over = False
        self.latencies = array("d")
        self.statuses: Counter[int] = Counter()

    def may_send(self, now: float) -> bool:
        return self.left != 0 and now < self.ends_at

    def ended(self) -> None:
        if not self.running and not self.done.done():
            self.done.set_result(None)

    def failed(self, error: Exception) -> None:
        if not self.is_over and not self.done.done():
            self.done.set_exception(error)


class _Connection(asyncio.Protocol):
    def __init__(self, course: _Course) -> None:
        self._course = course
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def connection_lost(self, exc: Exception | None) -> None:
        self._course.failed(ConnectionError(f"the server hung up: {exc}"))

    def send(self) -> None:
        course = self._course
        now = time.perf_counter()
        if self._transport is None or not course.may_send(now):
            course.ended()
            return
        course.left -= 1
        course.running += 1
        self._sent_at = now
        self._transport.write(course.message)

    def data_received(self, data: bytes) -> None:
        held = self._held + data if self._held else data
        if not is_whole(held):
            self._held = held
            return
        self._held = b""
        course = self._course
        course.latencies.append(time.perf_counter() - self._sent_at)
        course.statuses[int(held[9:12])] += 1
        course.running -= 1
        self.send()


def is_whole(held: bytes) -> bool:
    """Whether one answer is there from its first byte to its last."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = held[:end].lower()
    at = head.find(b"content-length:")
    if at < 0:
        return held.endswith(b"0\r\n\r\n")  # chunked, and nothing follows the one answer
    line, _, _ = head[at + 15 :].partition(b"\r\n")
    return len(held) >= end + 4 + int(line)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed, for a client that costs less."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop

"""Who waits for a task, and hears at once that it has ended."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable

_KEPT = 1000


class Nudges:
    """The ends of tasks that somebody told of: a receiver of callbacks, in any thread.

    A nudge only ends a sleep. Whether it told the truth shows when the task is asked for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Callable[[], object]]] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()

    def tell(self, task_id: str) -> None:
        """Wake those who wait for a task; if nobody does yet, the next one will not wait."""
        with self._lock:
            waking = self._waiting.get(task_id, ())
            if not waking:
                self._heard[task_id] = None
                if len(self._heard) > _KEPT:
                    self._heard.popitem(last=False)
            for wake in waking:
                wake()

    def wait(self, task_id: str, seconds: float) -> None:
        """Sleep, blocking, until the time is over or somebody tells."""
        told = threading.Event()
        if self._begin(task_id, told.set):
            try:
                told.wait(seconds)
            finally:
                self._end(task_id, told.set)

    async def wait_awaiting(self, task_id: str, seconds: float) -> None:
        """The same, awaiting."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(told.set)

        if self._begin(task_id, wake):
            over = loop.call_later(seconds, told.set)
            try:
                await told.wait()
            finally:
                over.cancel()
                self._end(task_id, wake)

    def _begin(self, task_id: str, wake: Callable[[], object]) -> bool:
        """Whether there is something to wait for."""
        with self._lock:
            if task_id in self._heard:
                del self._heard[task_id]
                return False
            self._waiting.setdefault(task_id, []).append(wake)
            return True

    def _end(self, task_id: str, wake: Callable[[], object]) -> None:
        with self._lock:
            waking = self._waiting[task_id]
            waking.remove(wake)
            if not waking:
                del self._waiting[task_id]

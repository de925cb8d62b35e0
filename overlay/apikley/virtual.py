"""How time passes when nobody is to wait for it: at once, and once for all who sleep together.

Time goes on to the earliest end of a sleep, when nobody is left who could still do something before it. Tasks of a
loop show that by their turns. Of a thread nobody can know what it is about to do, so it is looked at: it sleeps here
too, or it has stood at the same place for `GRACE` real seconds, or it has kept the others waiting for `PATIENCE`
ones. A program of one thread waits for nothing.

Two things are not known, and let time add up instead of passing together: a thread that does something for longer
than that, and what other threads do while a loop waits.
"""

import asyncio
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Condition, Thread, current_thread
from threading import enumerate as threads_alive

from attrs import frozen

from apikley.mock import Mock, VirtualClock

GRACE = 0.05
"""Real seconds for which a thread stands still before it is taken to wait for the others."""
PATIENCE = 0.5
"""Real seconds for which a sleep is held up by threads that never stand still."""
_LOOK = 0.002  # real seconds between two looks at the others
_TURNS = 50  # of the loop, in which whoever is about to wait, or to send, comes to it


@frozen(eq=False)
class _Wait:
    """Somebody who sleeps until `end`, in Unix seconds of virtual time."""

    end: float
    thread: Thread


class VirtualTime:
    """The clock of the drivers, bound to the mock's: who sleeps lets time pass for both. Threads may share it.

    Threads that were there before it are not waited for until they have slept by it: a test's runner and its
    neighbours have threads of their own.
    """

    def __init__(self, mock: Mock, clock: VirtualClock) -> None:
        self._mock = mock
        self._clock = clock
        self._waits: list[_Wait] = []
        self._changed = Condition()
        self._strangers = {*threads_alive()} - {current_thread()}
        self._stands: dict[Thread, tuple[object, float]] = {}  # where, and since when in real seconds

    def now(self) -> float:
        """Unix seconds of virtual time."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass for this thread, and for those that sleep meanwhile."""
        with self._waiting(seconds) as wait:
            next_since = time.monotonic()
            while self.now() < wait.end:
                looked = time.monotonic()
                if not self._is_next(wait):
                    next_since = looked
                elif self._others_stand_still(looked) or looked - next_since >= PATIENCE:
                    self._go_on_to(wait.end)
                    continue
                with self._changed:
                    self._changed.wait(_LOOK)
        self._mock.tick()

    async def pause(self, seconds: float) -> None:
        """Let time pass for this task, and for those that sleep meanwhile."""
        with self._waiting(seconds) as wait:
            turns = 0
            while self.now() < wait.end:
                await asyncio.sleep(0)
                turns = turns + 1 if self._is_next(wait) else 0
                if turns > _TURNS:
                    self._go_on_to(wait.end)
        self._mock.tick()

    @contextmanager
    def _waiting(self, seconds: float) -> Generator[_Wait]:
        wait = _Wait(self.now() + seconds, current_thread())
        with self._changed:
            self._strangers.discard(wait.thread)
            self._waits.append(wait)
            self._changed.notify_all()
        try:
            yield wait
        finally:
            with self._changed:
                self._waits.remove(wait)
                self._changed.notify_all()

    def _is_next(self, wait: _Wait) -> bool:
        with self._changed:
            return wait.end <= min(each.end for each in self._waits)

    def _go_on_to(self, end: float) -> None:
        """Several may say so at once, so the moment counts, not how far it is."""
        with self._mock.locked:
            self._clock.advance(max(0.0, end - self.now()))
        with self._changed:
            self._changed.notify_all()

    def _others_stand_still(self, looked: float) -> bool:
        with self._changed:
            waiting = {each.thread for each in self._waits} | self._strangers
            others = [thread for thread in threads_alive() if thread not in waiting]
            places = _places() if others else {}
            stands = {thread: (places.get(thread.ident), looked) for thread in others}
            # Who is where it was has stood there since it was first seen there.
            for thread in stands.keys() & self._stands.keys():
                if self._stands[thread][0] == stands[thread][0]:
                    stands[thread] = self._stands[thread]
            self._stands = stands
            return all(looked - since >= GRACE for _, since in stands.values())


def _places() -> dict[int | None, object]:
    """Where each thread is in its code, by its number."""
    frames = sys._current_frames()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - documented for such ends
    return {number: (id(frame), frame.f_lasti) for number, frame in frames.items()}

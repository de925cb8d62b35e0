"""When an interruption ends the command: at once, or after the answer to a paid request.

Whoever interrupts a createTask that has left would not know whether there is a task. So the answer is waited for, and
then there is an end; who does not want to wait interrupts again.
"""

import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from apikley.effects import Event

if TYPE_CHECKING:
    from apikley.departures import Departure

_PATIENCE = 35.0  # seconds to wait for an answer
_GRACE = (
    1.0  # seconds for what comes after an answer: that there is a task, or a pause before another attempt
)
_TICK = 0.05
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruption:
    """What an interruption by Ctrl-C, SIGTERM or the terminal's end does to one piece of work."""

    def __init__(self) -> None:
        self._is_due = False
        self._is_over = threading.Event()

    @contextmanager
    def heeded(self) -> Generator[None]:
        """Have `KeyboardInterrupt` raised inside the block when it is time. Elsewhere than in the main thread: not."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        # What is ignored stays so: nohup does that.
        before = {each: signal.getsignal(each) for each in numbers}
        ours = [each for each in numbers if before[each] not in {signal.SIG_IGN, None}]
        for each in ours:
            signal.signal(each, self._hear)
        try:
            yield
        finally:
            self._is_over.set()
            for each in ours:
                signal.signal(each, before[each])

    def at(self, event: Event) -> None:
        """Raise `KeyboardInterrupt` if one has waited for this step of the work."""
        if self._is_due and event.kind in {"submitting", "submitted"}:
            raise KeyboardInterrupt

    def _hear(self, *_: object) -> None:
        departure = _under_way()
        if self._is_due or departure is None:
            raise KeyboardInterrupt
        self._is_due = True
        click.echo(
            "the request has left: waiting for its answer; interrupt again to leave without it", err=True
        )
        threading.Thread(target=self._insist, args=(departure,), daemon=True).start()

    def _insist(self, departure: "Departure") -> None:
        """Interrupt again if no answer comes, or if what follows it is but a pause."""
        end = time.monotonic() + _PATIENCE
        while not (departure.is_over or self._is_over.wait(_TICK)) and time.monotonic() < end:
            pass
        if not self._is_over.wait(_GRACE):
            _wake()


def _under_way() -> "Departure | None":
    if (
        "apikley.departures" not in sys.modules
    ):  # nothing has left, and importing httpx is no work for a signal
        return None
    from apikley import departures  # noqa: PLC0415  # there already

    return departures.under_way()


def _wake() -> None:
    """Interrupt the main thread, also where it waits for the network."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        import _thread  # noqa: PLC0415  # where there are no signals between threads

        _thread.interrupt_main()

"""How much a client may try again, over all its calls."""

from threading import Lock
from typing import Final

ROOM: Final = 100.0
PRICE: Final = 5.0
GAIN: Final = 1.0
PAUSE: Final = 20.0
"""Seconds: as long as a retry waits at most by itself, and a poll by the documented pace."""


class Allowance:
    """What is left to spend on trying again. Threads may share it.

    A retry costs five times what a success earns, so that a service in trouble is not asked much more often than one
    that works. An empty allowance forbids nothing, since a paid task may hang on it; it only slows.
    """

    def __init__(self) -> None:
        self._left = ROOM
        self._lock = Lock()

    def earn(self) -> None:
        """A request went well."""
        with self._lock:
            self._left = min(ROOM, self._left + GAIN)

    def spend(self) -> float:
        """One is to be tried again; the answer is how many seconds must pass before at least."""
        with self._lock:
            if self._left < PRICE:
                return PAUSE
            self._left -= PRICE
            return 0.0

"""How much a client may try again, over all its calls."""

from threading import Lock
from typing import Final

CAPACITY: Final = 100.0
RETRY_COST: Final = 5.0
SUCCESS_GAIN: Final = 1.0
EMPTY_PAUSE: Final = 20.0
"""Seconds: as long as a retry waits at most by itself, and a poll by the documented pace."""


class RetryQuota:
    """What is left to spend on trying again. Threads may share it.

    A retry costs five times what a success earns, so that a service in trouble is not asked much more often than one
    that works. An empty quota forbids nothing, since a paid task may hang on it; it only slows.
    """

    def __init__(self) -> None:
        self._left = CAPACITY
        self._lock = Lock()

    def earn(self) -> None:
        """A request went well."""
        with self._lock:
            self._left = min(CAPACITY, self._left + SUCCESS_GAIN)

    def spend(self) -> float:
        """One is to be tried again; the answer is how many seconds must pass before at least."""
        with self._lock:
            if self._left < RETRY_COST:
                return EMPTY_PAUSE
            self._left -= RETRY_COST
            return 0.0

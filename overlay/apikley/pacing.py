"""How often one client may ask, over all its tasks."""

from threading import Lock

FETCHES_PER_SECOND = 10.0
"""What the service allows a key (docs: get-task-detail)."""


class Pacer:
    """Gives turns, a gap apart, to whoever asks: first come, first served."""

    def __init__(self, per_second: float = FETCHES_PER_SECOND) -> None:
        self._gap = 1 / per_second
        self._next = float("-inf")
        self._lock = Lock()

    def turn(self, now: float) -> float:
        """Take the next turn; the answer is how many seconds to wait for it."""
        with self._lock:
            begins = max(now, self._next)
            self._next = begins + self._gap
            return begins - now

"""How often a key may ask, over all tasks of all clients that have it."""

from threading import Lock
from weakref import WeakKeyDictionary, WeakValueDictionary

from apikley.clock import Clock

FETCHES_PER_SECOND = 10.0
"""What the service allows a key (docs: get-task-detail)."""


class Pacer:
    """Gives turns, a gap apart, to whoever asks: first come, first served. Turns by one clock are none by another."""

    def __init__(self, per_second: float = FETCHES_PER_SECOND) -> None:
        self._gap = 1 / per_second
        self._next: WeakKeyDictionary[Clock, float] = WeakKeyDictionary()
        self._lock = Lock()

    def turn(self, clock: Clock) -> float:
        """Take the next turn; the answer is how many seconds to wait for it."""
        with self._lock:
            now = clock.now()
            begins = max(now, self._next.get(clock, now))
            self._next[clock] = begins + self._gap
            return begins - now

    def give_back(self, clock: Clock) -> None:
        """A turn that was taken is not used: whoever takes the next has one gap less to wait."""
        with self._lock:
            if clock in self._next:  # another may be gone by since it was taken
                self._next[clock] -= self._gap


def pacer_of(base_url: str, api_key: str) -> Pacer:
    """The one of a key at an address, which all its clients in this process share."""
    with _lock:
        return _pacers.setdefault((base_url, api_key), Pacer())


_pacers: WeakValueDictionary[tuple[str, str], Pacer] = WeakValueDictionary()
_lock = Lock()

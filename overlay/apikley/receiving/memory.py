"""Which callbacks were dealt with already."""

from collections import OrderedDict
from collections.abc import Generator, Hashable
from contextlib import contextmanager
from threading import Lock
from typing import Literal

Standing = Literal["new", "under way", "done"]


class Memory:
    """The newest callbacks of one process. Threads may share it."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._done: OrderedDict[Hashable, None] = OrderedDict()
        self._under_way: set[Hashable] = set()
        self._lock = Lock()

    def begin(self, name: Hashable) -> Standing:
        """How a callback stands; a new one is under way from now on, until `dealing` ends."""
        with self._lock:
            if name in self._under_way:
                return "under way"
            if name in self._done:
                self._done.move_to_end(name)
                return "done"
            self._under_way.add(name)
            return "new"

    @contextmanager
    def dealing(self, name: Hashable) -> Generator[None]:
        """Remember it if the block ends well; otherwise it will be new again."""
        is_done = False
        try:
            yield
            is_done = True
        finally:
            with self._lock:
                self._under_way.discard(name)
                if is_done:
                    self._done[name] = None
                    if len(self._done) > self._room:
                        self._done.popitem(last=False)

"""What became of each wish to create a task."""

from threading import Lock
from typing import Literal

from attrs import evolve, field, frozen

WishState = Literal["posting", "submitted", "refused", "unknown"]


@frozen
class Wish:
    """One intended createTask. `unknown` means that its answer was lost and that it may be billed."""

    key: str
    state: WishState = "posting"
    task_id: str | None = None
    request: object = field(default=None, repr=False)

    def became(self, state: WishState, task_id: str | None = None) -> "Wish":
        """The same wish, later."""
        return evolve(self, state=state, task_id=task_id)


class MemoryLedger:
    """A ledger that lasts as long as its client. It forgets the oldest settled wishes, never those in doubt."""

    def __init__(self, room: int = 10_000) -> None:
        self._wishes: dict[str, Wish] = {}
        self._room = room
        self._lock = Lock()

    def record(self, wish: Wish) -> None:
        """Keep the newest state of a wish."""
        with self._lock:
            self._wishes[wish.key] = wish
            if len(self._wishes) > self._room:
                self._forget_one()

    def find(self, key: str) -> Wish | None:
        """The wish of that key."""
        return self._wishes.get(key)

    def in_doubt(self) -> list[Wish]:
        """The wishes that may have become tasks which nobody knows of."""
        with self._lock:
            return [wish for wish in self._wishes.values() if wish.state in {"posting", "unknown"}]

    def _forget_one(self) -> None:
        settled = (key for key, wish in self._wishes.items() if wish.state in {"submitted", "refused"})
        if (oldest := next(settled, None)) is not None:
            del self._wishes[oldest]

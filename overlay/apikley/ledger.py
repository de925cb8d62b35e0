"""What became of each wish to create a task.

A wish goes one way only (`AFTER`), and each step is taken once: whoever comes second, in this process or another,
is told `SubmissionMoved`. That is what keeps two of them from sending one wish twice.
"""

from collections.abc import Mapping
from threading import RLock
from typing import Any, Literal, Protocol, get_args

from attrs import evolve, field, frozen

from apikley.errors import SubmissionMoved

WishState = Literal["posting", "refused", "unknown", "submitted", "ready", "done", "failed", "forgotten"]

FIRST: frozenset[WishState] = frozenset({"posting", "submitted"})
"""How a wish may begin: sent, or adopted with the task that somebody else created."""

AFTER: Mapping[WishState, frozenset[WishState]] = {
    "posting": frozenset({"refused", "unknown", "submitted"}),
    # A refusal before any work created nothing, so the wish may be sent again.
    "refused": frozenset({"posting"}),
    # Settled by a callback, a fetched record or the user, who may also accept to pay again.
    "unknown": frozenset({"submitted", "posting", "forgotten"}),
    "submitted": frozenset({"ready", "failed"}),
    "ready": frozenset({"done"}),
    # Links expire and disks are lost: pictures may be collected again.
    "done": frozenset({"done"}),
    "failed": frozenset(),
    "forgotten": frozenset({"submitted"}),
}
"""What a wish in a state may become."""

UNSETTLED: frozenset[WishState] = frozenset({"posting", "unknown"})
"""The states that may hide a task which nobody knows of."""

POST_DEADLINE = 120.0
"""Seconds after which a createTask that somebody was sending is in doubt: no driver waits so long."""


@frozen
class Wish:
    """One intended createTask. `unknown` means that its answer was lost and that it may be billed."""

    key: str
    state: WishState = "posting"
    task_id: str | None = None
    request: object = field(default=None, repr=False)
    body: str | None = field(default=None, repr=False)
    """The request as JSON, as it is sent."""
    shape: str | None = None
    """What takes equally long, such as one model at one size: durations are learned by it."""
    reserved: float | None = None
    """The credits that it is expected to cost; None where nobody knows."""
    credits: float | None = None
    """The credits that it did cost, once the service has said so."""
    seconds: float | None = None
    """How long the task took, by the service's own times."""
    problem: str | None = None
    """Why it was refused, is in doubt or has failed, as a sentence."""
    paths: tuple[str, ...] = ()
    """Where its pictures were saved."""
    sent_at: float = 0.0
    changed_at: float = 0.0
    """Both in Unix seconds; the ledger sets them."""

    def became(self, state: WishState, task_id: str | None = None, **facts: Any) -> "Wish":
        """The same wish, later."""
        return evolve(self, state=state, task_id=task_id or self.task_id, **facts)


class Ledger(Protocol):
    """Where wishes are kept. Threads may share one."""

    def record(self, wish: Wish) -> None:
        """Keep the newest state of a wish; raises `SubmissionMoved` if the step is not one it may take now."""
        ...

    def find(self, key: str) -> Wish | None:
        """The wish of that key."""
        ...

    def of_task(self, task_id: str) -> Wish | None:
        """The newest wish that became this task."""
        ...

    def all(self, *states: WishState) -> list[Wish]:
        """The wishes in these states, in any if none is named, oldest first."""
        ...

    def in_doubt(self) -> list[Wish]:
        """The wishes that may have become tasks which nobody knows of."""
        ...

    def durations(self, shape: str) -> list[float]:
        """The seconds that the newest tasks of this shape took, at most `REMEMBERED`."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


REMEMBERED = 64
"""How many durations of one shape count."""


class MemoryLedger:
    """A ledger that lasts as long as its client. It forgets the oldest settled wishes, never those in doubt."""

    def __init__(self, room: int = 10_000) -> None:
        self._wishes: dict[str, Wish] = {}
        self._room = room
        self._lock = RLock()

    def record(self, wish: Wish) -> None:
        with self._lock:
            known = self._wishes.get(wish.key)
            check_step(known.state if known else None, wish)
            self._wishes[wish.key] = wish
            if len(self._wishes) > self._room:
                self._forget_one()

    def find(self, key: str) -> Wish | None:
        return self._wishes.get(key)

    def of_task(self, task_id: str) -> Wish | None:
        return next((wish for wish in reversed(self.all()) if wish.task_id == task_id), None)

    def all(self, *states: WishState) -> list[Wish]:
        with self._lock:
            return [wish for wish in self._wishes.values() if not states or wish.state in states]

    def in_doubt(self) -> list[Wish]:
        return self.all(*UNSETTLED)

    def durations(self, shape: str) -> list[float]:
        known = [wish.seconds for wish in self.all() if wish.shape == shape and wish.seconds is not None]
        return known[-REMEMBERED:]

    def close(self) -> None:
        pass

    def _forget_one(self) -> None:
        settled = (key for key, wish in self._wishes.items() if wish.state not in UNSETTLED)
        if (oldest := next(settled, None)) is not None:
            del self._wishes[oldest]


def check_step(known: WishState | None, wish: Wish) -> None:
    """Refuse a step that a wish in the state `known` may not take; raises `SubmissionMoved`."""
    may = FIRST if known is None else AFTER[known]
    if wish.state not in may:
        was = "is not in the ledger" if known is None else f"is {known} already"
        raise SubmissionMoved(
            f"submission {wish.key} {was} and cannot become {wish.state}", key=wish.key, state=known or ""
        )


def predecessors(state: WishState) -> list[WishState]:
    """The states from which a wish may come to this one."""
    return [before for before in get_args(WishState) if state in AFTER[before]]

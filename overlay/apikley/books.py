"""What a client keeps from call to call: its ledger, its budget and its turns. Threads may share it."""

from apikley import clock
from apikley.budget import Budget
from apikley.effects import Note, Recall, Reserve, Turn
from apikley.ledger import Ledger, Wish
from apikley.pacing import Pacer


class Books:
    """One client's books."""

    def __init__(self, ledger: Ledger, budget: Budget) -> None:
        self.ledger = ledger
        self.budget = budget
        self._pacer = Pacer()

    def perform(self, effect: Note | Recall | Reserve | Turn) -> object:
        """Carry out what a flow asks of the books; raises `SubmissionMoved`, `LedgerUnusable` or `OverBudget`."""
        match effect:
            case Note(wish):
                self.record(wish)
            case Recall(key, task_id, shape):
                return self._recalled(key, task_id, shape)
            case Reserve(key, price, at_most):
                self.budget.reserve(key, price, at_most)
            case Turn():
                return self._pacer.turn(clock.current().now())
        return None

    def record(self, wish: Wish) -> None:
        """Write a step of a wish into the ledger, and let the budget follow."""
        try:
            self.ledger.record(wish)
        finally:
            match wish.state:
                case "refused":
                    self.budget.release(wish.key)
                case "ready" | "failed":
                    self.budget.settle(wish.key, wish.credits)
                case _:  # it runs, or nobody knows: what is reserved stays so
                    pass

    def _recalled(self, key: str | None, task_id: str | None, shape: str | None) -> object:
        if shape is not None:
            return self.ledger.durations(shape)
        if task_id is not None:
            return self.ledger.of_task(task_id)
        return self.ledger.find(key or "")

"""What a client keeps from call to call: its ledger, its budget, its turns, its retries. Threads may share it."""

import logging
import time
from pathlib import Path
from weakref import WeakKeyDictionary, WeakValueDictionary

from apikley import clock
from apikley.budget import Budget
from apikley.clock import Clock
from apikley.effects import (
    Bookkeeping,
    FindUpload,
    HasLeft,
    KeepUpload,
    Note,
    Recall,
    RecallDurations,
    RecallTask,
    Release,
    Reserve,
    ReturnTurn,
    TakeUp,
    TryAgain,
    Turn,
    WentWell,
)
from apikley.ledger import Ledger, MemoryLedger, Submission, SubmissionState, check_state
from apikley.pacing import Pacer, pacer_of
from apikley.retry_quota import EMPTY_PAUSE, RetryQuota
from apikley.settings import Settings
from apikley.uploads import Uploads

logger = logging.getLogger("apikley")


def open_books(settings: Settings, ledger: Ledger | Path | str | None, max_credits: float | None) -> "Books":
    """New books, kept in that ledger, for that budget; raises `LedgerUnusable`, and `InvalidRequest` for the budget."""
    return Books(_to_ledger(ledger), Budget(max_credits), pacer_of(settings.base_url, settings.api_key))


def _to_ledger(ledger: Ledger | Path | str | None) -> Ledger:
    """The ledger itself, the one in a file of that name, or one in memory; raises `LedgerUnusable`."""
    if ledger is None:
        return MemoryLedger()
    if isinstance(ledger, Path | str):
        from apikley.durable import DurableLedger  # noqa: PLC0415  # SQLite is slow to import

        return DurableLedger(ledger)
    return ledger


class Books:
    """One client's books."""

    def __init__(self, ledger: Ledger, budget: Budget, pacer: Pacer | None = None) -> None:
        self.ledger = ledger
        self.budget = budget
        self._pacer = pacer or Pacer()
        self._retries = RetryQuota()
        self._is_pausing = False
        # By clock: where another one is gone by, as in the next test, there is another service.
        self._uploads: WeakKeyDictionary[Clock, Uploads] = WeakKeyDictionary()
        # By identity: several flows may try the same key, and each asks for its own.
        self._departed: WeakValueDictionary[int, Submission] = WeakValueDictionary()

    def perform(self, effect: Bookkeeping) -> object:  # noqa: PLR0911, PLR0912  # an answer for each
        """Carry out what a flow asks of the books; raises `SubmissionMoved`, `LedgerUnusable` or `OverBudget`."""
        match effect:
            case Note(submission):
                self.record(submission)
            case Recall(key):
                return _aged(self.ledger.find(key))
            case RecallTask(task_id):
                return _aged(self.ledger.of_task(task_id))
            case RecallDurations(shape):
                return self.ledger.durations(shape)
            case HasLeft(intent):
                return self._departed.get(id(intent)) is intent
            case TakeUp(key):
                return self.ledger.doubt(key)
            case Reserve(key, price, at_most):
                self.budget.reserve(key, price, at_most)
            case Release(key):
                self.budget.release(key)
            case FindUpload(sha256):
                return self._uploads_by(clock.current()).find(sha256, clock.current().now())
            case KeepUpload(sha256, link):
                self._uploads_by(clock.current()).keep(sha256, link, clock.current().now())
            case Turn():
                return self._pacer.turn(clock.current())
            case ReturnTurn():
                self._pacer.give_back(clock.current())
            case WentWell():
                self._retries.earn()
            case TryAgain():
                return self._pause()
        return None

    def depart(self, intent: Submission) -> None:
        """Write down that a submission is being sent. Who is refused that has sent nothing."""
        self._departed[id(intent)] = intent
        self.record(intent)
        self.budget.hold(intent.key, intent.reserved)

    def record(self, submission: Submission) -> None:
        """Write a step of a submission into the ledger, and let the budget follow."""
        try:
            self.ledger.record(submission)
        finally:
            match submission.state:
                case "refused" | "forgotten":
                    self.budget.settle(submission.key, 0.0)
                case "ready" | "failed":
                    self.budget.settle(submission.key, submission.credits)
                case _:  # it runs, or nobody knows: what is reserved stays so
                    pass

    def settle(self, key: str, state: SubmissionState, task_id: str | None = None) -> None:
        """Take a submission out of doubt; raises `SubmissionMoved` if it is not in doubt."""
        doubt = check_state(self.ledger.doubt(key, even_ours=True), key, "unknown")
        self.record(doubt.became(state, task_id))

    def _uploads_by(self, time: Clock) -> Uploads:
        return self._uploads.setdefault(time, Uploads())

    def _pause(self) -> float:
        """The seconds to wait before a retry. That all of them have to wait is told once."""
        pause = self._retries.spend()
        if pause and not self._is_pausing:
            logger.warning(
                "too many requests fail: each is tried again after %g s at the earliest", EMPTY_PAUSE
            )
        self._is_pausing = pause > 0
        return pause


def _aged(submission: Submission | None) -> Submission | None:
    """The submission, with its age by now."""
    return submission and submission.with_facts(age=max(0.0, time.time() - submission.sent_at))

"""What a client keeps from call to call: its ledger, its budget, its turns, its retries. Threads may share it."""

import logging
import time
from pathlib import Path
from typing import TypeAlias
from weakref import WeakValueDictionary

from attrs import evolve

from apikley import clock
from apikley.budget import Budget
from apikley.effects import Note, Recall, Release, Reserve, Tried, Turn, Uploaded
from apikley.errors import SubmissionMoved, SubmissionUnknown
from apikley.ledger import Ledger, MemoryLedger, Submission, SubmissionState, in_words
from apikley.pacing import Pacer
from apikley.retry_quota import EMPTY_PAUSE, RetryQuota
from apikley.uploads import Uploads

logger = logging.getLogger("apikley")

Bookkeeping: TypeAlias = Note | Recall | Reserve | Release | Uploaded | Turn | Tried


def to_ledger(ledger: Ledger | Path | str | None) -> Ledger:
    """The ledger itself, the one in a file of that name, or one in memory; raises `LedgerUnusable`."""
    if ledger is None:
        return MemoryLedger()
    if isinstance(ledger, Path | str):
        from apikley.durable import DurableLedger  # noqa: PLC0415  # SQLite is slow to import

        return DurableLedger(ledger)
    return ledger


class Books:
    """One client's books."""

    def __init__(self, ledger: Ledger, budget: Budget) -> None:
        self.ledger = ledger
        self.budget = budget
        self._pacer = Pacer()
        self._retries = RetryQuota()
        self._is_pausing = False
        self._uploads = Uploads()
        # By identity: several flows may try the same key, and each asks for its own.
        self._departed: WeakValueDictionary[int, Submission] = WeakValueDictionary()

    def perform(self, effect: Bookkeeping) -> object:
        """Carry out what a flow asks of the books; raises `SubmissionMoved`, `LedgerUnusable` or `OverBudget`."""
        match effect:
            case Note(submission):
                self.record(submission)
            case Recall(intent=Submission() as intent):
                return self._departed.get(id(intent)) is intent
            case Recall(key, task_id, shape):
                return self._recalled(key, task_id, shape)
            case Reserve(key, price, at_most):
                self.budget.reserve(key, price, at_most)
            case Release(key):
                self.budget.release(key)
            case Uploaded(sha256, None):
                return self._uploads.find(sha256, clock.current().now())
            case Uploaded(sha256, str() as link):
                self._uploads.keep(sha256, link, clock.current().now())
            case Turn():
                return self._pacer.turn(clock.current().now())
            case Tried(went_well):
                return self._tried(went_well=went_well)
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

    def find(self, key: str, *states: SubmissionState) -> Submission:
        """The submission of that key, in one of these states; raises `SubmissionMoved` if it is in none of them."""
        known = self.ledger.find(key)
        if known is None:
            raise SubmissionMoved(f"submission {key} is not in the ledger", key=key, state="")
        if known.state not in states:
            wanted = " or ".join(in_words(state) for state in states)
            raise SubmissionMoved(
                f"submission {key} is {in_words(known.state)}, not {wanted}", key=key, state=known.state
            )
        return known

    def to_resubmit(self, key: str) -> Submission:
        """The submission of that key, if it may be sent again; raises `SubmissionMoved` if it may not."""
        self.ledger.doubt(key)
        return self.find(key, "unknown", "refused")

    def to_advance(self, key: str) -> Submission:
        """The submission of that key, if there is a way from where it is.

        Raises `SubmissionUnknown` if it is in doubt, and `SubmissionMoved` if it is forgotten, being sent just now, or
        not in the ledger.
        """
        known = self.ledger.doubt(key)
        if known is not None and known.state == "unknown":
            doubt = SubmissionUnknown(
                f"submission {key} is in doubt: it may be a task that is billed; settle that first", key=key
            )
            doubt.task_id = known.task_id
            raise doubt
        return self.find(key, "refused", "submitted", "ready", "done", "failed")

    def settle(self, key: str, state: SubmissionState, task_id: str | None = None) -> None:
        """Take a submission out of doubt; raises `SubmissionMoved` if it is not in doubt."""
        self.ledger.doubt(key, even_ours=True)
        self.record(self.find(key, "unknown").became(state, task_id))

    def _tried(self, *, went_well: bool) -> float:
        if went_well:
            self._retries.earn()
            return 0.0
        pause = self._retries.spend()
        if pause and not self._is_pausing:
            logger.warning(
                "too many requests fail: each is tried again after %g s at the earliest", EMPTY_PAUSE
            )
        self._is_pausing = pause > 0
        return pause

    def _recalled(self, key: str | None, task_id: str | None, shape: str | None) -> object:
        if shape is not None:
            return self.ledger.durations(shape)
        submission = self.ledger.find(key or "") if task_id is None else self.ledger.of_task(task_id)
        return submission and evolve(submission, age=max(0.0, time.time() - submission.sent_at))

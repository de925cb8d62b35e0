"""What became of each submission to create a task.

A submission goes one way only (`AFTER`), and each step is taken once: whoever comes second, in this process or another,
is told `SubmissionMoved`. That is what keeps two of them from sending one submission twice.
"""

import time
from collections import deque
from collections.abc import Mapping
from secrets import token_hex
from threading import RLock
from typing import Any, Literal, Protocol, get_args

from attrs import field, frozen

from apikley.errors import InvalidRequest, SubmissionMoved

SubmissionState = Literal[
    "posting", "refused", "unknown", "submitted", "ready", "done", "failed", "forgotten"
]

FIRST: frozenset[SubmissionState] = frozenset({"posting", "submitted"})
"""How a submission may begin: sent, or adopted with the task that somebody else created."""

AFTER: Mapping[SubmissionState, frozenset[SubmissionState]] = {
    "posting": frozenset({"refused", "unknown", "submitted"}),
    # A refusal before any work created nothing, so the submission may be sent again.
    "refused": frozenset({"posting"}),
    # Settled by a callback, a fetched record or the user, who may also accept to pay again (`Submission.repeats`).
    "unknown": frozenset({"submitted", "posting", "forgotten"}),
    "submitted": frozenset({"ready", "failed"}),
    "ready": frozenset({"done"}),
    # Links expire and disks are lost: pictures may be collected again.
    "done": frozenset({"done"}),
    "failed": frozenset(),
    "forgotten": frozenset({"submitted"}),
}
"""What a submission in a state may become."""

UNSETTLED: frozenset[SubmissionState] = frozenset({"posting", "unknown"})
"""The states that may hide a task which nobody knows of."""

POST_DEADLINE = 120.0
"""Seconds after which a createTask that somebody was sending is in doubt: no driver waits so long."""


@frozen(slots=False)  # of slots, attrs fills a frozen one by a call for each
class Submission:
    """One intended createTask. `unknown` means that its answer was lost and that it may be billed."""

    key: str
    state: SubmissionState = "posting"
    task_id: str | None = None
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
    repeats: float | None = None
    """When that doubt was sent which its user sends again, accepting to pay twice. Without it a doubt stays one."""
    sent_at: float = 0.0
    changed_at: float = 0.0
    """Both in Unix seconds; the ledger sets them."""
    age: float = 0.0
    """Seconds since it was sent, when it was asked for."""

    def became(self, state: SubmissionState, task_id: str | None = None, **facts: Any) -> "Submission":
        """The same submission, later."""
        return self.with_facts(state=state, task_id=task_id or self.task_id, **facts)

    def with_facts(self, **facts: Any) -> "Submission":
        """The same submission, of which more is known."""
        return Submission(**{**vars(self), **facts})


class Ledger(Protocol):
    """Where submissions are kept. Threads may share one."""

    def record(self, submission: Submission) -> None:
        """Keep the newest state of a submission; raises `SubmissionMoved` if the step is not one it may take now."""
        ...

    def find(self, key: str) -> Submission | None:
        """The submission of that key."""
        ...

    def of_task(self, task_id: str) -> Submission | None:
        """The newest submission that became this task."""
        ...

    def all(self, *states: SubmissionState) -> list[Submission]:
        """The submissions in these states, in any if none is named, oldest first."""
        ...

    def in_doubt(self) -> list[Submission]:
        """The submissions that may have become tasks which nobody knows of."""
        ...

    def doubt(self, key: str, *, even_ours: bool = False) -> Submission | None:
        """The submission; from now on in doubt, if whoever was sending it is gone or has taken too long.

        Raises `SubmissionMoved` while somebody may still be sending it; `even_ours` is not asked whether this
        process does.
        """
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
    """A ledger that lasts as long as its client. It forgets the oldest settled submissions, never those in doubt."""

    def __init__(self, room: int = 10_000) -> None:
        self._submissions: dict[str, Submission] = {}
        self._keys: dict[str, dict[str, None]] = {}  # by task, the newest last
        self._durations: dict[str, deque[float]] = {}  # by shape
        self._room = room
        self._lock = RLock()

    def record(self, submission: Submission) -> None:
        with self._lock:
            known = self._submissions.get(submission.key)
            check_step(known, submission)
            now = time.time()
            sent_at = now if known is None or submission.state == "posting" else known.sent_at
            self._submissions[submission.key] = submission.with_facts(
                sent_at=sent_at, changed_at=now, repeats=None
            )
            if known is not None:
                self._drop_task(known)
            if submission.task_id is not None:
                self._keys.setdefault(submission.task_id, {})[submission.key] = None
            had_ended = known is not None and known.seconds is not None
            if submission.shape is not None and submission.seconds is not None and not had_ended:
                took = self._durations.setdefault(submission.shape, deque(maxlen=REMEMBERED))
                took.append(submission.seconds)
            if len(self._submissions) > self._room:
                self._forget_one()

    def find(self, key: str) -> Submission | None:
        return self._submissions.get(key)

    def of_task(self, task_id: str) -> Submission | None:
        with self._lock:
            newest = next(reversed(self._keys.get(task_id, {})), None)
            return None if newest is None else self.find(newest)

    def all(self, *states: SubmissionState) -> list[Submission]:
        with self._lock:
            return [
                submission
                for submission in self._submissions.values()
                if not states or submission.state in states
            ]

    def in_doubt(self) -> list[Submission]:
        return self.all(*UNSETTLED)

    def doubt(self, key: str, *, even_ours: bool = False) -> Submission | None:
        with self._lock:
            known = self.find(key)
            if known is not None and known.state == "posting":
                if not even_ours and known.sent_at >= time.time() - POST_DEADLINE:
                    raise SubmissionMoved(
                        f"submission {key} is being sent just now", key=key, state="posting"
                    )
                self.record(known.became("unknown"))
            return self.find(key)

    def durations(self, shape: str) -> list[float]:
        with self._lock:
            return [*self._durations.get(shape, ())]

    def close(self) -> None:
        pass

    def _forget_one(self) -> None:
        settled = (key for key, submission in self._submissions.items() if submission.state not in UNSETTLED)
        if (oldest := next(settled, None)) is not None:
            self._drop_task(self._submissions.pop(oldest))

    def _drop_task(self, submission: Submission) -> None:
        """Have a submission not be found by its task."""
        keys = self._keys.get(submission.task_id or "", {})
        keys.pop(submission.key, None)
        if not keys:
            self._keys.pop(submission.task_id or "", None)


def check_step(known: Submission | None, submission: Submission) -> None:
    """Refuse a step that a submission, as it is known, may not take; raises `SubmissionMoved`."""
    if known is not None and known.state == submission.state == "posting":
        problem = "is being sent by another thread or process, or was when that ended"
    elif submission.state not in (FIRST if known is None else AFTER[known.state]):
        was = "is not in the ledger" if known is None else f"is {in_words(known.state)} already"
        problem = f"{was} and cannot become {in_words(submission.state)}"
    elif known is not None and (known.state, submission.state) == ("unknown", "posting"):
        if submission.repeats == known.sent_at:
            return
        problem = "is in doubt: settle that, or accept to pay twice by `resubmit`"
    else:
        return
    raise SubmissionMoved(
        f"submission {submission.key} {problem}", key=submission.key, state=known.state if known else ""
    )


def check_state(known: Submission | None, key: str, *states: SubmissionState) -> Submission:
    """The submission of that key, as it is known; raises `SubmissionMoved` if it is in none of these states."""
    if known is None:
        raise SubmissionMoved(f"submission {key} is not in the ledger", key=key, state="")
    if known.state not in states:
        wanted = " or ".join(in_words(state) for state in states)
        raise SubmissionMoved(
            f"submission {key} is {in_words(known.state)}, not {wanted}", key=key, state=known.state
        )
    return known


def in_words(state: str) -> str:
    """A state in the words of a sentence."""
    return {"unknown": "in doubt", "posting": "being sent"}.get(state, state)


def predecessors(state: SubmissionState) -> list[SubmissionState]:
    """The states from which a submission may come to this one."""
    return [before for before in get_args(SubmissionState) if state in AFTER[before]]


def to_key(key: str | None) -> str:
    """A name for a submission: the caller's, or a new one. Raises `InvalidRequest` for one that cannot be kept."""
    if key is None:
        return token_hex(16)
    if not isinstance(key, str) or not 0 < len(key) <= 200 or not key.isprintable():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"key must be 1 to 200 printable characters, not {key!r:.80}", parameter="key", value=key
        )
    return key

"""Whether a check held, and with which code a run therefore ends."""

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from apikley.contract.schemas import Fault

Outcome = Literal["passed", "failed", "skipped", "unanswered"]
Trouble = Literal["doubt", "key", "credits", "task-failed", "task-runs", "network"]

DRIFT = 9

# The first that is met counts: money first, then what makes all else mean little.
_CODES: tuple[tuple[Trouble | Literal["drift"], int], ...] = (
    ("doubt", 7),
    ("key", 3),
    ("drift", DRIFT),
    ("credits", 4),
    ("task-failed", 5),
    ("task-runs", 6),
    ("network", 8),
)


@frozen(kw_only=True)
class Verdict:
    """What came of one check.

    outcome: `unanswered` is a check that could not be made, because nothing came that says yes or no
    trouble: what to do about that
    reason: why it was skipped or is unanswered
    faults: the rules that were broken, each with a pointer into the answer
    news: what came that the document does not mention; it breaks nothing
    asked, came: the request and the answer, each in a line
    means: what this is to users of the client
    """

    name: str
    asks: str
    outcome: Outcome
    trouble: Trouble | None = None
    reason: str = ""
    faults: tuple[Fault, ...] = ()
    news: tuple[Fault, ...] = ()
    asked: str = ""
    came: str = ""
    means: str = ""
    task_id: str | None = None
    seconds: float = 0.0


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0 if all held; 9 for drift; else by the first trouble."""
    met: set[str] = set()
    for each in verdicts:
        met |= {"drift"} if each.outcome == "failed" else set[str]()
        met |= {each.trouble} if each.trouble else set[str]()
    return next((code for trouble, code in _CODES if trouble in met), 0)

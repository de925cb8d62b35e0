"""Which ledger a command reads and writes, and whether it lets a submission be sent."""

from apikley.cli.choosing import Choice
from apikley.errors import SubmissionMoved
from apikley.ledger import Ledger, MemoryLedger, Submission, in_words


def open_ledger(choice: Choice) -> Ledger:
    """The ledger, in its file or in memory; raises `LedgerUnusable`."""
    if (path := choice.ledger) is None:
        return MemoryLedger()
    from apikley.durable import DurableLedger  # noqa: PLC0415  # with SQLite

    return DurableLedger(path)


def find_ledger(choice: Choice) -> Ledger:
    """The ledger to read in; an empty one where there is no file yet, which is not made. Raises `LedgerUnusable`."""
    if (path := choice.ledger) is None or not path.exists():
        return MemoryLedger()
    return open_ledger(choice)


def named(ledger: Ledger, name: str) -> Submission | None:
    """The submission of that key, or of that task."""
    return ledger.find(name) or ledger.of_task(name)


def task_named(ledger: Ledger, name: str) -> str:
    """The task of a submission of that key, else the name as it is; raises `SubmissionMoved` if it has no task."""
    submission = ledger.find(name)
    if submission is None:
        return name
    if submission.task_id is None:
        raise SubmissionMoved(
            f"submission {name} is {in_words(submission.state)}, and no task is known of it",
            key=name,
            state=submission.state,
        )
    return submission.task_id


def unsent(ledger: Ledger, key: str) -> Ledger:
    """The ledger, if nothing of that name was sent; raises `SubmissionMoved` before anything is uploaded.

    What was refused may be sent again. What is in doubt may not: only `tasks resolve --resubmit` accepts to pay twice.
    """
    known = ledger.find(key)
    if known is not None and known.state != "refused":
        task = f", task {known.task_id}" if known.task_id else ""
        raise SubmissionMoved(
            f"submission {key} was sent already and is {in_words(known.state)}{task}; nothing was sent now",
            key=key,
            state=known.state,
        )
    return ledger

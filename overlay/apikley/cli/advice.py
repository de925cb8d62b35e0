"""What to type next, after something went wrong."""

from shlex import quote

from apikley.errors import (
    LedgerUnusable,
    NotAuthenticated,
    OverBudget,
    SubmissionMoved,
    SubmissionUnknown,
    TaskFailed,
)
from apikley.ledger import UNSETTLED

# The first kind that fits counts.
_ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (
        NotAuthenticated,
        "apikley config set api_key asks for a key and keeps it; apikley doctor shows which one is used",
    ),
    (
        LedgerUnusable,
        "--ledger FILE keeps it elsewhere; --no-ledger goes without, and a lost answer stays lost",
    ),
    (OverBudget, "--max-credits N allows more; --dry-run shows the price"),
)
_WITH_TASK = frozenset({"submitted", "ready", "done"})


def after(
    error: BaseException, task_id: str | None, key: str | None, again: str, *, is_new: bool
) -> list[str]:
    """The sentences, none if there is nothing to do. `again` are flags that the next command needs too.

    `key` names a submission that is in doubt, or that somebody else has taken further. `is_new` says whether a new
    one was to be sent.
    """
    match error:
        case _ if task_id and not isinstance(error, TaskFailed):
            return [f"task {task_id} is not lost: {command('tasks collect', task_id, again)}"]
        case SubmissionMoved(state=state) if state in _WITH_TASK and key:
            return [f"its task is there already: {command('tasks show', key, again)}"]
        case SubmissionMoved(state=state) if key and state in UNSETTLED:
            return doubt(key, again)
        case SubmissionUnknown() | KeyboardInterrupt() if key:
            return doubt(key, again)
        case LedgerUnusable() if not is_new:  # what is kept in a ledger is not in another
            return []
    return [says for kind, says in _ADVICE if isinstance(error, kind)][:1]


def doubt(key: str, again: str) -> list[str]:
    """What to do about a submission in doubt."""
    return [
        f"submission {key} is kept. Once you know what became of it, settle it:",
        f"  {command('tasks resolve', key, f' --task ID{again}')}     it became the task ID",
        f"  {command('tasks resolve', key, f' --forget{again}')}      it became no task",
        f"  {command('tasks resolve', key, f' --resubmit{again}')}    send it again, perhaps paying twice",
    ]


def command(words: str, name: str, flags: str) -> str:
    """What to type for a task or submission of that name, even one that looks like a flag."""
    if name.startswith("-"):
        return f"apikley {words}{flags} -- {quote(name)}"
    return f"apikley {words} {quote(name)}{flags}"


def key_of(error: BaseException) -> str | None:
    """The submission that an error names."""
    return error.key if isinstance(error, SubmissionUnknown | SubmissionMoved) else None

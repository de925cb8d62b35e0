"""With which code the command ends, by what the user can do about it."""

from apikley.cli.codes import IN_DOUBT
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    CallbackRejected,
    InvalidRequest,
    LedgerUnusable,
    NotAuthenticated,
    OutOfCredits,
    RequestRefused,
    SubmissionMoved,
    SubmissionUnknown,
    TaskFailed,
    TaskUnfinished,
    Unreachable,
)

# The first kind that fits counts.
_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InvalidRequest, 2),
    (NotAuthenticated, 3),
    (OutOfCredits, 4),
    (TaskFailed, 5),
    (TaskUnfinished, 6),
    (SubmissionUnknown, IN_DOUBT),
    (RequestRefused, 8),
    (Unreachable, 8),
    (AnswerUnreadable, 8),
    (SubmissionMoved, 2),
    (LedgerUnusable, 2),
    (CallbackRejected, 2),
    (ApikleyError, 8),
    (OSError, 2),
)


def code_for(error: BaseException, *, has_task: bool) -> int:
    """The exit code of an error. Once there is a task, none says that nothing has happened."""
    match error:
        case SubmissionMoved(state="posting" | "unknown"):
            return IN_DOUBT
        case CallbackRejected(status=401):
            return 3
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return 8 if has_task and code in {2, 4} else code

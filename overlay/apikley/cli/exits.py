"""With which code the command ends, by what the user can do about it."""

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

IN_DOUBT = 7
INTERRUPTED = 130

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

HELP = """\b
Exit codes:
  0  done                      5  the task failed
  2  wrong input               6  the task still runs; its id is printed
  3  key missing or wrong      7  in doubt: the task may exist and be billed
  4  credits or budget short   8  network or server
                             130  interrupted; the task's id is printed if there is one"""

CONTRACT_HELP = """\b
Exit codes, the first that fits of:
  7  the answer to the paid createTask was lost: the task may exist and be billed
  3  key missing or wrong
  9  drift: the service does not do what the document says
  4  credits are short, or the price is more than the budget; nothing was paid
  5  the paid task failed              6  the paid task still runs
  8  network or server: some checks could not be made
  2  wrong input                     130  interrupted; what was recorded is saved
  0  all held"""


def code_for(error: BaseException, *, has_task: bool) -> int:
    """The exit code of an error. Once there is a task, none says that nothing has happened."""
    match error:
        case SubmissionMoved(state="posting" | "unknown"):
            return IN_DOUBT
        case CallbackRejected(status=401):
            return 3
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return 8 if has_task and code in {2, 4} else code

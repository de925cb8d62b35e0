"""With which code the command ends, by what the user can do about it."""

from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    InvalidRequest,
    NotAuthenticated,
    OutOfCredits,
    RequestRefused,
    SubmissionUnknown,
    TaskFailed,
    TaskUnfinished,
    Unreachable,
)

INTERRUPTED = 130

# The first kind that fits counts.
_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InvalidRequest, 2),
    (NotAuthenticated, 3),
    (OutOfCredits, 4),
    (TaskFailed, 5),
    (TaskUnfinished, 6),
    (SubmissionUnknown, 7),
    (RequestRefused, 8),
    (Unreachable, 8),
    (AnswerUnreadable, 8),
    (ApikleyError, 8),
    (OSError, 2),
)

HELP = """\b
Exit codes:
  0  done                      5  the task failed
  2  wrong input               6  the task still runs; its id is printed
  3  key missing or wrong      7  in doubt: the task may exist and be billed
  4  credits are short         8  network or server
                             130  interrupted; the task's id is printed"""


def code_for(error: BaseException) -> int:
    """The exit code of an error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))

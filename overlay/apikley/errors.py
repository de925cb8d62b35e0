"""What can go wrong, grouped by what the caller can do about it.

    ApikleyError
    ├── RequestRefused(code)            the API answered no
    │   ├── NotAuthenticated            401: fix the key
    │   ├── OutOfCredits                402, 433: pay, or raise the key's cap
    │   │   └── OverBudget              costs more than `max_credits` leaves; found here, before anything is sent
    │   ├── InvalidRequest              400, 422: fix the request; also raised here, before anything is sent
    │   ├── RateLimited                 429: wait; nothing was created
    │   └── ServiceUnavailable          408, 425, 455, 5xx: try later
    ├── Unreachable                     no answer came
    ├── SubmissionUnknown               the answer to a createTask was lost; the task may exist and be billed
    ├── SubmissionMoved                 another thread or process has taken this submission further; nothing was sent
    ├── LedgerUnusable                  the ledger cannot be read or written; nothing was sent that is not in it
    ├── AnswerUnreadable                an answer came that the document does not describe
    ├── TaskFailed                      the task ended in `fail`
    ├── TaskUnfinished                  patience ended before the task did; also a TimeoutError
    └── CallbackRejected                a callback whose signature or form is not right

Every error that is raised after a task was created carries the task's id.
"""


class ApikleyError(Exception):
    """The root of all errors of this package."""

    task_id: str | None = None
    """The task it happened to, where there is one: `Apikley.task(task_id)` takes it up again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        if self.task_id and self.task_id not in self.message:
            return f"task {self.task_id}: {self.message}"
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, vars(self))


class RequestRefused(ApikleyError):
    """The API answered no."""

    def __init__(self, message: str, code: int, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        """The HTTP status, or the code in the body where the status was 2xx."""
        self.retry_after = retry_after
        """The seconds that the service asked to wait, if it did."""
        self.is_page = False
        """Whether the no came as something else than the API's envelope: the page of a proxy, perhaps."""


class NotAuthenticated(RequestRefused):
    """The key is missing or wrong."""


class OutOfCredits(RequestRefused):
    """The account's credits are short (402), or the key's own spending cap is reached (433)."""


class OverBudget(OutOfCredits):
    """The request costs more than `max_credits` leaves, or nobody knows what it costs. Nothing was sent."""

    def __init__(self, message: str, code: int = 402) -> None:
        super().__init__(message, code)


class InvalidRequest(RequestRefused):
    """The request is wrong. Where that was found before anything was sent, `parameter` names the culprit."""

    def __init__(
        self,
        message: str,
        code: int = 422,
        *,
        retry_after: float | None = None,
        parameter: str | None = None,
        bound: object = None,
        value: object = None,
    ) -> None:
        super().__init__(message, code, retry_after=retry_after)
        self.parameter = parameter
        """The parameter that was refused locally; None if the service refused."""
        self.bound = bound
        """The bound that the value broke, as the API's document states it."""
        self.value = value
        """The value that was given."""


class RateLimited(RequestRefused):
    """Too many requests. Nothing was created."""


class ServiceUnavailable(RequestRefused):
    """Maintenance, a fault, or a feature that is switched off."""


class Unreachable(ApikleyError):
    """No answer came: no connection, a connection that broke, or a timeout."""

    def __init__(self, message: str, *, maybe_sent: bool) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent
        """Whether the request may have arrived all the same."""


class SubmissionUnknown(ApikleyError):
    """The answer to a createTask was lost: the task may exist and be billed. It was not sent again.

    `task_id` is the task that the answer named, if one came that was wrong in another way.
    """

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key
        """Our own name for the submission that is in doubt, for logs and questions to the service."""


class SubmissionMoved(ApikleyError):
    """Another thread or process has taken this submission further already. Nothing was sent now."""

    def __init__(self, message: str, *, key: str, state: str) -> None:
        super().__init__(message)
        self.key = key
        self.state = state
        """The state that the submission is in; empty if the ledger does not know it."""


class LedgerUnusable(ApikleyError):
    """The ledger cannot be read or written: no room, no permission, not a ledger. What is not in it was not sent."""


class AnswerUnreadable(ApikleyError):
    """An answer came that the document does not describe: no JSON, no code, no picture."""

    def __init__(self, message: str, *, content: bytes = b"") -> None:
        super().__init__(message)
        self.content = content[:2048]
        """How the answer began, at most 2048 bytes."""


class TaskFailed(ApikleyError):
    """The task ended without a result."""

    def __init__(self, message: str, *, task_id: str, code: str | None = None) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.code = code
        """The service's failCode, a numeric string, if it gave one."""


class TaskUnfinished(ApikleyError, TimeoutError):
    """Patience ended before the task did. It may still end well: take it up again by its id."""

    def __init__(self, message: str, *, task_id: str, waited: float) -> None:
        super().__init__(message)
        self.task_id = task_id
        self.waited = waited
        """How long was waited, in seconds."""


class CallbackRejected(ApikleyError):
    """A callback whose signature or form is not right."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status to answer it with: 400 for its form, 401 for its signature, 413 for its size."""


class about_task:  # noqa: N801  # as contextlib's, without a generator, which every request would pay for
    """Give every error that leaves the block the id of the task it happened to."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        task_id = self._task_id
        match error:
            case None | GeneratorExit():
                pass
            case ApikleyError():
                error.task_id = error.task_id or task_id
            case _:  # the disk's, say, or Ctrl-C
                hint = f"task {task_id} is not lost: its id takes it up again"
                if hint not in getattr(error, "__notes__", ()):  # of a block inside this one
                    error.add_note(hint)


def _rebuild(
    kind: type[ApikleyError], arguments: tuple[object, ...], state: dict[str, object]
) -> ApikleyError:
    """Errors cross process borders whole, though their constructors ask for more than a message."""
    error = kind.__new__(kind, *arguments)
    error.args = arguments  # which the constructor of an OSError would have set
    vars(error).update(state)
    return error

"""A client for the Apikley API around the image-editing model qwen/image-edit.

from apikley import Apikley

with Apikley() as apikley:
    edit = apikley.edit("photo.jpg", "make it night")
    edit.save("night.png")
"""

TYPE_CHECKING = False  # as type checkers know it; importing `typing` takes half as long as Python's own start
if TYPE_CHECKING:
    from apikley.aio import AsyncApikley, AsyncTaskHandle
    from apikley.client import Apikley, TaskHandle
    from apikley.edits import Edit, EditedImage
    from apikley.effects import Event
    from apikley.errors import (
        AnswerUnreadable,
        ApikleyError,
        CallbackRejected,
        InvalidRequest,
        LedgerUnusable,
        NotAuthenticated,
        OutOfCredits,
        OverBudget,
        RateLimited,
        RequestRefused,
        ServiceUnavailable,
        SubmissionMoved,
        SubmissionUnknown,
        TaskFailed,
        TaskUnfinished,
        Unreachable,
    )
    from apikley.files import FreeName
    from apikley.ledger import Submission
    from apikley.options import EditOptions
    from apikley.plans import Plan
    from apikley.schedule import PollSchedule, Stage
    from apikley.settings import Timeouts
    from apikley.sources import ImageSource
    from apikley.tasks import Task, TaskState

    __version__: str

# Where each public name lives. Nothing is imported before it is asked for.
_HOMES = {
    "AnswerUnreadable": "errors",
    "Apikley": "client",
    "ApikleyError": "errors",
    "AsyncApikley": "aio",
    "AsyncTaskHandle": "aio",
    "CallbackRejected": "errors",
    "Edit": "edits",
    "EditOptions": "options",
    "EditedImage": "edits",
    "Event": "effects",
    "FreeName": "files",
    "ImageSource": "sources",
    "InvalidRequest": "errors",
    "LedgerUnusable": "errors",
    "NotAuthenticated": "errors",
    "OutOfCredits": "errors",
    "OverBudget": "errors",
    "Plan": "plans",
    "PollSchedule": "schedule",
    "RateLimited": "errors",
    "RequestRefused": "errors",
    "ServiceUnavailable": "errors",
    "Stage": "schedule",
    "Submission": "ledger",
    "SubmissionMoved": "errors",
    "SubmissionUnknown": "errors",
    "Task": "tasks",
    "TaskFailed": "errors",
    "TaskHandle": "client",
    "TaskState": "tasks",
    "TaskUnfinished": "errors",
    "Timeouts": "settings",
    "Unreachable": "errors",
}

__all__ = [
    "AnswerUnreadable",
    "Apikley",
    "ApikleyError",
    "AsyncApikley",
    "AsyncTaskHandle",
    "CallbackRejected",
    "Edit",
    "EditOptions",
    "EditedImage",
    "Event",
    "FreeName",
    "ImageSource",
    "InvalidRequest",
    "LedgerUnusable",
    "NotAuthenticated",
    "OutOfCredits",
    "OverBudget",
    "Plan",
    "PollSchedule",
    "RateLimited",
    "RequestRefused",
    "ServiceUnavailable",
    "Stage",
    "Submission",
    "SubmissionMoved",
    "SubmissionUnknown",
    "Task",
    "TaskFailed",
    "TaskHandle",
    "TaskState",
    "TaskUnfinished",
    "Timeouts",
    "Unreachable",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  # slow to import

        return version("apikley")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # `apikley --help` needs none of it

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

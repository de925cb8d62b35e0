"""How an edit is made, told once for every way of waiting.

Each flow is a generator of effects (see `apikley.effects`). What it raises is what its caller gets. The parts have
rooms of their own: `uploading`, `submitting`, `waiting`, `collecting`.
"""

from apikley import wire
from apikley.collecting import collect, download_url
from apikley.edits import Edit
from apikley.effects import Flow, call, take_up
from apikley.errors import SubmissionUnknown
from apikley.files import Target
from apikley.ledger import check_state
from apikley.requests import EditRequest
from apikley.retrying import READ, repeated
from apikley.schedule import PollSchedule
from apikley.sources import ImageSource
from apikley.submitting import (
    plan,
    plan_task,
    prepare_and_submit,
    resubmit,
    run,
    send_again,
    submit,
    submit_task,
)
from apikley.uploading import upload
from apikley.waiting import fetch, wait, watch

__all__ = [
    "advance",
    "collect",
    "credits_left",
    "download_url",
    "edit",
    "fetch",
    "finish",
    "plan",
    "plan_task",
    "prepare_and_submit",
    "resubmit",
    "run",
    "submit",
    "submit_task",
    "upload",
    "wait",
    "watch",
]


def edit(
    source: ImageSource,
    request: EditRequest,
    key: str,
    schedule: PollSchedule,
    to: Target | None,
    *,
    max_credits: float | None = None,
) -> Flow[Edit]:
    """From a picture and a wish to the edited pictures."""
    task_id = yield from prepare_and_submit(source, request, key, max_credits, schedule.patience)
    return (yield from finish(task_id, schedule, to))


def finish(task_id: str, schedule: PollSchedule, to: Target | None) -> Flow[Edit]:
    """Wait for a task, then collect what it made."""
    task = yield from wait(task_id, schedule)
    return (yield from collect(task, to))


def advance(
    key: str, schedule: PollSchedule, to: Target | None, max_credits: float | None = None
) -> Flow[Edit]:
    """From wherever a submission is to its pictures.

    One that was refused created nothing, and is sent again. Whoever else takes it up meanwhile, the ledger lets only
    one of them send it. Raises `SubmissionUnknown` if it is in doubt, `SubmissionMoved` if it is forgotten, being sent
    just now, or not in the ledger.
    """
    known = yield from take_up(key)
    if known is not None and known.state == "unknown":
        doubt = SubmissionUnknown(
            f"submission {key} is in doubt: it may be a task that is billed; settle that first", key=key
        )
        doubt.task_id = known.task_id
        raise doubt
    submission = check_state(known, key, "refused", "submitted", "ready", "done", "failed")
    task_id = submission.task_id if submission.state != "refused" else None
    if task_id is None:
        task_id = yield from send_again(submission, max_credits)
    return (yield from finish(task_id, schedule, to))


def credits_left() -> Flow[float]:
    """The credits left on the account."""
    answer = yield from repeated(lambda: call(wire.get_credits()), READ)
    return wire.to_credits(answer)

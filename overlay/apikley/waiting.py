"""How a task is asked for until it has ended."""

from contextlib import suppress

from apikley import wire
from apikley.effects import (
    Event,
    Flow,
    call,
    note,
    now,
    recall,
    recall_durations,
    recall_task,
    sleep,
    tell,
    try_again,
    turn,
    went_well,
)
from apikley.errors import (
    ApikleyError,
    LedgerUnusable,
    NotAuthenticated,
    RequestRefused,
    SubmissionMoved,
    TaskFailed,
    TaskUnfinished,
    about_task,
)
from apikley.learning import LearnedSchedule
from apikley.ledger import UNSETTLED, Submission, SubmissionState
from apikley.retrying import is_passing, retry_after
from apikley.schedule import CREATION_GRACE, LAST_LOOK, PollSchedule
from apikley.tasks import Task, TaskState
from apikley.tokens import token_in

_UNKNOWN_TASK = frozenset({404, 422})
_WRONG_QUESTION = frozenset({400, 403, 405})


def fetch(task_id: str, within: float | None = None) -> Flow[Task]:
    """Ask for a task once, `within` so many seconds if that is less than a request may take.

    One that echoes the token of a submission in doubt settles that doubt; its end is kept.
    """
    with about_task(task_id):
        answer = yield from call(wire.get_task(task_id, within))
        task = wire.to_task(answer, task_id)
        if key := token_in(task):
            yield from _recognised(key, task_id)
        if task.is_final:
            yield from _ended(task)
        return task


def wait(task_id: str, schedule: PollSchedule) -> Flow[Task]:
    """Ask for a task until it has ended well; raises `TaskFailed` or `TaskUnfinished`.

    A wrong key ends the wait, and that there is no such task, once there was time for its creation. What else goes
    wrong with a question (a broken connection, a fault, an unreadable answer, a no) does not.
    """
    with about_task(task_id):  # also while it sleeps
        return (yield from _wait(task_id, schedule))


def watch(task_id: str, schedule: PollSchedule) -> Flow[None]:
    """Wait for a task and tell only what is new of it; that it has failed is news like any other."""
    with about_task(task_id), suppress(TaskFailed):
        yield from _wait(task_id, schedule, only_news=True)


def _wait(task_id: str, pace: PollSchedule, *, only_news: bool = False) -> Flow[Task]:
    submission = yield from _remembered(task_id)
    schedule = yield from _learned(submission, pace)
    started = yield from now()
    trouble: ApikleyError | None = None
    seen: object = None
    if schedule.first:
        yield from sleep(schedule.first, task_id)
    while True:
        yield from turn()
        elapsed = (yield from now()) - started
        try:
            task = yield from fetch(task_id, max(schedule.patience - elapsed, LAST_LOOK))
        except ApikleyError as error:
            if _is_lasting(error, elapsed, is_ours=submission is not None, was_seen=seen is not None):
                raise
            trouble = error
            pause = (yield from try_again()) if is_passing(error) else 0.0
        else:
            trouble, pause = None, 0.0
            yield from went_well()
            if (news := (task.state, task.progress)) != seen or not only_news:
                yield from tell(Event("polled", task_id, task, elapsed))
            seen = news
            if task.is_final:
                return _succeeded(task)
        elapsed = (yield from now()) - started
        delay = schedule.delay(elapsed)
        if delay is None:
            raise TaskUnfinished(
                f"task {task_id} {_outlook(elapsed, trouble)}, and its id takes it up again",
                task_id=task_id,
                waited=elapsed,
            ) from trouble
        asked = min(max(retry_after(trouble) or 0.0, pause), schedule.patience - elapsed)
        yield from sleep(max(delay, asked), task_id if asked <= delay else None, because=trouble)


def _remembered(task_id: str) -> Flow[Submission | None]:
    """What the ledger knows of a task. One that fails costs the pace it would have taught, not the task."""
    try:
        return (yield from recall_task(task_id))
    except LedgerUnusable:
        return None


def _learned(submission: Submission | None, pace: PollSchedule) -> Flow[LearnedSchedule]:
    """A schedule made of what tasks of the same shape took."""
    if not pace.learns or submission is None or submission.shape is None:
        return LearnedSchedule((), pace)
    try:
        known = yield from recall_durations(submission.shape)
    except LedgerUnusable:
        known = ()
    return LearnedSchedule(known, pace, submission.age)


def _recognised(key: str, task_id: str) -> Flow[None]:
    """Settle the doubt about a submission whose token a task of the service bears."""
    # Settled elsewhere, or still in doubt: the task itself is here.
    with suppress(SubmissionMoved, LedgerUnusable):
        submission = yield from recall(key)
        if submission is not None and submission.state in UNSETTLED:
            yield from note(submission.became("submitted", task_id))


def _ended(task: Task) -> Flow[None]:
    """Keep what a task took and cost. A ledger that fails must not cost its pictures."""
    submission = yield from _remembered(task.id)
    if submission is None or submission.state != "submitted":
        return
    state: SubmissionState = "failed" if task.has_failed else "ready"
    seconds = None if task.has_failed else task.seconds  # a failure teaches nothing about success
    ended = submission.became(state, credits=task.credits, seconds=seconds, problem=task.failure_message)
    with suppress(SubmissionMoved, LedgerUnusable):
        yield from note(ended)


def _is_lasting(error: ApikleyError, elapsed: float, *, is_ours: bool, was_seen: bool) -> bool:
    """Whether asking again is no use: for a key that is not taken, and for a task that is not there.

    Right after its creation a task may not be there yet; one that was seen is, whatever is said of it later, and one
    that we created may at least be asked for. The no of a proxy's page is not about the task.
    """
    match error:
        case NotAuthenticated():
            return True
        case RequestRefused(code=code, is_page=False) if code in _UNKNOWN_TASK and not was_seen:
            return elapsed >= CREATION_GRACE
        case RequestRefused(code=code, is_page=False) if code in _WRONG_QUESTION and not was_seen:
            return not is_ours
    return not isinstance(error, RequestRefused) and not is_passing(error)


def _outlook(elapsed: float, trouble: ApikleyError | None) -> str:
    if trouble is None:
        return f"still unfinished after {elapsed:.0f} s; it goes on"
    return f"not seen to end in {elapsed:.0f} s; the last question failed ({trouble.message})"


def _succeeded(task: Task) -> Task:
    if not task.has_failed:
        return task
    code = f" (code {task.failure_code})" if task.failure_code else ""
    reason = task.failure_message or _unsaid(task)
    raise TaskFailed(f"task {task.id} failed: {reason}{code}", task_id=task.id, code=task.failure_code)


def _unsaid(task: Task) -> str:
    if task.state == TaskState.FAIL:
        return "the service gives no reason"
    return f"it ended in success and without a picture: {task.result or 'nothing':.200}"

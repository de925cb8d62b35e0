"""How an edit is made, told once for every way of waiting.

Each flow is a generator of effects (see `apikley.effects`). What it raises is what its caller gets.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from attrs import evolve

from apikley import limits, wire
from apikley.edits import Edit, EditedImage
from apikley.effects import Event, Flow, call, download, load, note, now, sleep, tell
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    InvalidRequest,
    OutOfCredits,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    SubmissionUnknown,
    TaskFailed,
    TaskUnfinished,
    Unreachable,
    about_task,
)
from apikley.files import names_for
from apikley.ledger import Wish
from apikley.requests import EditRequest
from apikley.schedule import CREATION_GRACE, DOWNLOAD, READ, SUBMIT, UPLOAD, PollSchedule, Retry
from apikley.sources import ImageSource, is_remote
from apikley.tasks import Task

T = TypeVar("T")

_UNKNOWN_TASK = frozenset({404, 422})
# Refusals that no repetition turns into a yes: generation failed, feature disabled.
_LASTING = frozenset({501, 505})
# A 408 tells of work that was begun, so it is no such refusal; 505 is one though its number reads otherwise.
_REFUSED_AT_THE_DOOR = frozenset({*range(400, 500), 505}) - {408}
# What a link answers that has expired.
_EXPIRED = frozenset({403, 404, 410})


def upload(source: ImageSource) -> Flow[str]:
    """Upload a picture, or have the service fetch it from an address, and return its link.

    Repeated if need be: an upload is free and overwrites itself.
    """
    yield from tell(Event("uploading"))
    if isinstance(source, str) and is_remote(source):
        asked = wire.upload_file_url(source)
        answer = yield from _repeated(lambda: call(asked), UPLOAD)
    else:
        picture = yield from load(source)
        answer = yield from _repeated(lambda: call(wire.upload_file(picture)), UPLOAD)
    return wire.to_upload_link(answer)


def submit(request: EditRequest, key: str) -> Flow[str]:
    """Create the task and return its id; raises `SubmissionUnknown` if the answer was lost."""
    limits.check(request)
    wish = Wish(key, request=request)
    failures = 0
    while True:
        yield from note(wish)
        try:
            answer = yield from call(wire.create_task(request))
            task_id = wire.to_task_id(answer)
        except ApikleyError as error:
            if not _created_nothing(error):
                yield from note(wish.became("unknown"))
                raise _in_doubt(error, key) from error
            yield from note(wish.became("refused"))
            failures += 1
            delay = SUBMIT.delay(failures, _retry_after(error)) if _is_passing(error) else None
            if delay is None:
                raise
            yield from sleep(delay)  # safe to repeat: `_created_nothing`
        else:
            with about_task(task_id):
                yield from note(wish.became("submitted", task_id))
                yield from tell(Event("submitted", task_id))
            return task_id


def fetch(task_id: str) -> Flow[Task]:
    """Ask for a task once."""
    with about_task(task_id):
        answer = yield from call(wire.get_task(task_id))
        return wire.to_task(answer, task_id)


def wait(task_id: str, schedule: PollSchedule) -> Flow[Task]:
    """Ask for a task until it has ended well; raises `TaskFailed` or `TaskUnfinished`.

    What may pass by itself (a broken connection, a fault, an unreadable answer, and right after its
    creation even an unknown task) does not end the wait.
    """
    started = yield from now()
    trouble: ApikleyError | None = None
    while True:
        elapsed = (yield from now()) - started
        try:
            task = yield from fetch(task_id)
        except ApikleyError as error:
            if not _is_passing(error) and not _is_too_early(error, elapsed):
                raise
            trouble = error
        else:
            trouble = None
            yield from tell(Event("polled", task_id, task, elapsed))
            if task.is_final:
                return _succeeded(task)
        elapsed = (yield from now()) - started
        delay = schedule.delay(elapsed)
        if delay is None:
            raise TaskUnfinished(
                f"task {task_id} still unfinished after {elapsed:.0f} s; it goes on, and its id takes it up again",
                task_id=task_id,
                waited=elapsed,
            ) from trouble
        asked = min(_retry_after(trouble) or 0.0, schedule.patience - elapsed)
        yield from sleep(max(delay, asked))


def collect(task: Task, to: Path | str | None) -> Flow[Edit]:
    """Fetch the pictures of a finished task, into files or into memory; raises `OSError` if they cannot be saved."""
    with about_task(task.id):
        yield from tell(Event("collecting", task.id, task))
        count = len(task.result_urls)
        targets = [None] * count if to is None else names_for(to, task.id, count)
        images: list[EditedImage] = []
        for url, target in zip(task.result_urls, targets, strict=True):
            images.append((yield from _collect_one(url, target)))
        return Edit(task=task, images=tuple(images))


def prepare(source: ImageSource, request: EditRequest) -> Flow[EditRequest]:
    """Check a request, then complete it with the link of its picture, uploaded unless it is one already."""
    limits.check(request)
    if isinstance(source, str) and is_remote(source):
        return evolve(request, image_url=source)
    return evolve(request, image_url=(yield from upload(source)))


def prepare_and_submit(source: ImageSource, request: EditRequest, key: str) -> Flow[str]:
    """From a picture and a wish to the id of a task."""
    return (yield from submit((yield from prepare(source, request)), key))


def edit(
    source: ImageSource, request: EditRequest, key: str, schedule: PollSchedule, to: Path | str | None
) -> Flow[Edit]:
    """From a picture and a wish to the edited pictures."""
    task_id = yield from prepare_and_submit(source, request, key)
    return (yield from finish(task_id, schedule, to))


def finish(task_id: str, schedule: PollSchedule, to: Path | str | None) -> Flow[Edit]:
    """Wait for a task, then collect what it made."""
    task = yield from wait(task_id, schedule)
    return (yield from collect(task, to))


def credits_left() -> Flow[float]:
    """The credits left on the account."""
    answer = yield from _repeated(lambda: call(wire.get_credits()), READ)
    return wire.to_credits(answer)


def download_url(url: str) -> Flow[str]:
    """A fresh link to a file that the service made."""
    asked = wire.get_download_url(url)
    answer = yield from _repeated(lambda: call(asked), READ)
    return wire.to_download_url(answer)


def _collect_one(url: str, target: Path | None) -> Flow[EditedImage]:
    try:
        return (yield from _repeated(lambda: download(url, target), DOWNLOAD))
    except AnswerUnreadable:  # a page that says "expired" with HTTP 200
        pass
    except RequestRefused as error:
        if error.code not in _EXPIRED:
            raise
    fresh = yield from download_url(url)
    return (yield from _repeated(lambda: download(fresh, target), DOWNLOAD))


def _repeated(attempt: Callable[[], Flow[T]], retry: Retry) -> Flow[T]:
    """Try again what costs nothing and does no harm twice, while the trouble may pass."""
    failures = 0
    while True:
        try:
            return (yield from attempt())
        except ApikleyError as error:
            failures += 1
            delay = retry.delay(failures, _retry_after(error)) if _is_passing(error) else None
            if delay is None:
                raise
        yield from sleep(delay)


def _is_passing(error: ApikleyError) -> bool:
    match error:
        case RateLimited() | Unreachable() | AnswerUnreadable():
            return True
        case ServiceUnavailable(code=code):
            return code not in _LASTING
    return False


def _is_too_early(error: ApikleyError, elapsed: float) -> bool:
    return isinstance(error, RequestRefused) and error.code in _UNKNOWN_TASK and elapsed < CREATION_GRACE


def _created_nothing(error: ApikleyError) -> bool:
    """Whether createTask surely left no task behind: it never arrived, or was refused before any work."""
    match error:
        case Unreachable(maybe_sent=maybe_sent):
            return not maybe_sent
        case InvalidRequest() | OutOfCredits():  # also where a 500 says so in words
            return True
        case RequestRefused(code=code):
            return code in _REFUSED_AT_THE_DOOR
    return False


def _retry_after(error: ApikleyError | None) -> float | None:
    return error.retry_after if isinstance(error, RequestRefused) else None


def _in_doubt(error: ApikleyError, key: str) -> SubmissionUnknown:
    return SubmissionUnknown(
        f"the answer to createTask was lost ({error}); the task may exist and be billed, so it was not sent again;"
        f" submission {key}",
        key=key,
    )


def _succeeded(task: Task) -> Task:
    if not task.has_failed:
        return task
    code = f" (code {task.failure_code})" if task.failure_code else ""
    reason = task.failure_message or "it ended in success and without a picture"
    raise TaskFailed(f"task {task.id} failed: {reason}{code}", task_id=task.id, code=task.failure_code)

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
    NotAuthenticated,
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
# Refusals before any work. A 408 tells of work that was begun, and what a 499 tells nobody knows.
_REFUSED_AT_THE_DOOR = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 425, 429, 433, 455, 505})
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
    asked = wire.create_task(request)
    wish = Wish(key, request=request)
    failures = 0
    while True:
        yield from tell(Event("submitting"))
        yield from note(wish)
        try:
            task_id = wire.to_task_id((yield from call(asked)))
        except ApikleyError as error:
            if not _created_nothing(error):
                yield from note(wish.became("unknown", error.task_id))
                raise _in_doubt(error, key) from error
            yield from note(wish.became("refused"))
            failures += 1
            delay = SUBMIT.delay(failures, _retry_after(error)) if _is_passing(error) else None
            if delay is None:
                raise
            yield from sleep(delay)  # safe to repeat: `_created_nothing`
        except GeneratorExit:
            raise
        except BaseException as error:  # a transport's own, Ctrl-C, cancellation: it may have been sent
            yield from note(wish.became("unknown"))
            if isinstance(error, Exception):
                raise _in_doubt(error, key) from error
            error.add_note(f"a createTask was under way: the task may exist and be billed; submission {key}")
            raise
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
    with about_task(task_id):  # also while it sleeps
        return (yield from _wait(task_id, schedule))


def _wait(task_id: str, schedule: PollSchedule) -> Flow[Task]:
    started = yield from now()
    trouble: ApikleyError | None = None
    while True:
        elapsed = (yield from now()) - started
        try:
            task = yield from fetch(task_id)
        except ApikleyError as error:
            if not _is_passing(error) and not _is_too_early(error, elapsed) and not _is_page(error):
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
    """Fetch the pictures of a finished task, into files or into memory.

    One that cannot be had does not keep the others away: the first error is raised when all were tried, with
    the saved ones in its notes. Raises `OSError` if they cannot be saved.
    """
    with about_task(task.id):
        yield from tell(Event("collecting", task.id, task))
        count = len(task.result_urls)
        targets = [None] * count if to is None else names_for(to, task.id, count)
        images: list[EditedImage] = []
        errors: list[ApikleyError] = []
        for url, target in zip(task.result_urls, targets, strict=True):
            try:
                images.append((yield from _collect_one(url, target)))
            except ApikleyError as error:
                errors.append(error)
        if errors:
            for image in images:
                errors[0].add_note(
                    f"saved all the same: {image.path}" if image.path else "another one was fetched"
                )
            raise errors[0]
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
        return (yield from _fetched(url, target))
    except (AnswerUnreadable, RequestRefused) as error:
        if not _may_have_expired(error) or url[:5].lower() == "data:":
            raise
        try:
            fresh = yield from download_url(url)
        except ApikleyError:
            raise error from error.__cause__  # that no fresh link is to be had says less than what this one answered
        return (yield from _fetched(fresh, target))


def _fetched(url: str, target: Path | None) -> Flow[EditedImage]:
    """A page in place of the picture stays one, so an unreadable result is not asked for again."""
    return _repeated(lambda: download(url, target), DOWNLOAD, lasting=AnswerUnreadable)


def _may_have_expired(error: ApikleyError) -> bool:
    """Some servers say so with a page and HTTP 200."""
    return not isinstance(error, RequestRefused) or error.code in _EXPIRED


def _repeated(
    attempt: Callable[[], Flow[T]], retry: Retry, lasting: type[ApikleyError] | tuple[()] = ()
) -> Flow[T]:
    """Try again what costs nothing and does no harm twice, while the trouble may pass and is not `lasting`."""
    failures = 0
    while True:
        try:
            return (yield from attempt())
        except ApikleyError as error:
            failures += 1
            is_passing = _is_passing(error) and not isinstance(error, lasting)
            delay = retry.delay(failures, _retry_after(error)) if is_passing else None
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


def _is_page(error: ApikleyError) -> bool:
    """Whether it is not the service that said no, which it does in its envelope, but something on the way."""
    return isinstance(error, RequestRefused) and error.is_page and not isinstance(error, NotAuthenticated)


def _created_nothing(error: ApikleyError) -> bool:
    """Whether createTask surely left no task behind: it never arrived, or was refused before any work."""
    if error.task_id is not None:  # a no that names a task
        return False
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


def _in_doubt(error: Exception, key: str) -> SubmissionUnknown:
    doubt = SubmissionUnknown(
        f"the answer to createTask was lost ({error}); the task may exist and be billed, so it was not sent again;"
        f" submission {key}",
        key=key,
    )
    doubt.task_id = getattr(error, "task_id", None)
    return doubt


def _succeeded(task: Task) -> Task:
    if not task.has_failed:
        return task
    code = f" (code {task.failure_code})" if task.failure_code else ""
    reason = (
        task.failure_message or f"it ended in success and without a picture: {task.result or 'nothing':.200}"
    )
    raise TaskFailed(f"task {task.id} failed: {reason}{code}", task_id=task.id, code=task.failure_code)

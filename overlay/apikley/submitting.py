"""How a task is created: once for one submission, whatever becomes of the answer."""

import math
from collections.abc import Callable
from typing import TypeVar

from attrs import evolve

from apikley import catalogue, expectations, limits, sources, wire
from apikley.effects import (
    Call,
    Event,
    Flow,
    call,
    has_left,
    load,
    note,
    recall,
    release,
    reserve,
    sleep,
    take_up,
    tell,
)
from apikley.errors import (
    ApikleyError,
    InvalidRequest,
    LedgerUnusable,
    OutOfCredits,
    RequestRefused,
    SubmissionMoved,
    SubmissionUnknown,
    Unreachable,
    about_task,
)
from apikley.ledger import Submission, check_state
from apikley.pictures import Picture
from apikley.plans import Plan, to_plan
from apikley.requests import EditRequest, TaskRequest
from apikley.retrying import CONNECT, SUBMIT, is_passing, retry_after
from apikley.sources import ImageSource, is_remote
from apikley.tokens import with_token
from apikley.uploading import upload

AnyRequest = TypeVar("AnyRequest", EditRequest, TaskRequest)

# Refusals before any work; a 407 is that of a proxy, which has forwarded nothing. A 408 tells of work that was begun,
# and what a 499 tells nobody knows.
_REFUSED_AT_THE_DOOR = frozenset({400, 401, 402, 403, 404, 405, 407, 413, 415, 422, 425, 429, 433, 455, 505})


def submit(
    request: EditRequest | TaskRequest,
    key: str,
    max_credits: float | None = None,
    doubt: Submission | None = None,
    patience: float = math.inf,
) -> Flow[str]:
    """Create the task and return its id; raises `SubmissionUnknown` if the answer was lost.

    `key` is our own name for the submission, under which the ledger keeps it. A callback's address gets it as a
    token, so that a callback says which submission it belongs to. `doubt` is what this repeats: it is in doubt again
    where this time surely nothing was created. `patience` is how many seconds may be spent waiting to try again.
    """
    limits.check(request)
    if request.callback_url is not None:
        request = evolve(request, callback_url=with_token(request.callback_url, key))
    asked = wire.create_task(request)
    body, price = wire.to_text(asked), expectations.price(request.model, request.said)
    failures = 0
    while True:
        intent = Submission(  # one for each attempt
            key,
            task_id=doubt.task_id if doubt else None,
            body=body,
            shape=expectations.shape(request.model, request.said),
            reserved=price,
            repeats=doubt.sent_at if doubt else None,
        )
        try:
            yield from reserve(key, price, max_credits)
            yield from tell(Event("submitting"))
            answer = yield from call(Call(asked.operation, asked.arguments, intent))
            task_id = wire.to_task_id(answer)
        except (SubmissionMoved, LedgerUnusable):  # the intent could not be written down, so nothing has left
            yield from release(key)
            raise
        except ApikleyError as error:
            if not created_nothing(error):
                yield from _doubted(intent, error)
                raise _in_doubt(error, key) from error
            doubt = yield from _refused(intent, error, doubt)
            failures += 1
            retry = CONNECT if isinstance(error, Unreachable) else SUBMIT
            delay = retry.delay(failures, retry_after(error)) if is_passing(error) else None
            if delay is None or delay > patience:
                raise
            patience -= delay
            # Safe to repeat: `created_nothing`. At least half, since a limit lets nobody through before it is over.
            least = max(retry_after(error) or 0.0, delay / 2)
            yield from sleep(least, spread=delay - least, because=error)
        except GeneratorExit:
            raise
        except BaseException as error:  # a transport's own, Ctrl-C, cancellation
            if not (yield from has_left(intent)):
                yield from release(key)
                raise
            yield from _doubted(intent, error)
            if isinstance(error, Exception):
                raise _in_doubt(error, key) from error
            error.add_note(f"a createTask was under way: the task may exist and be billed; submission {key}")
            raise
        else:
            with about_task(task_id):
                yield from _became_task(intent, task_id)
                yield from tell(Event("submitted", task_id))
            return task_id


def prepare(source: ImageSource, request: EditRequest) -> Flow[EditRequest]:
    """Complete a request with the link of its picture, once that is uploaded."""
    return evolve(request, image_url=(yield from upload(source)))


def prepare_and_submit(
    source: ImageSource,
    request: EditRequest,
    key: str,
    max_credits: float | None = None,
    patience: float = math.inf,
) -> Flow[str]:
    """From a picture and a submission to the id of a task."""
    if isinstance(source, str) and is_remote(source):
        request = evolve(request, image_url=source)
    else:
        request = yield from _affordable(request, key, max_credits, lambda: prepare(source, request))
    return (yield from submit(request, key, max_credits, patience=patience))


def prepare_task(request: TaskRequest) -> Flow[TaskRequest]:
    """Check a request, then put links in place of the files that stand where its model takes a source."""
    name, source = _checked_source(request)
    links: dict[int, str] = {}
    for file in sources.to_upload(source):
        links[id(file)] = yield from upload(file)
    return request.with_value(name, sources.linked(source, links)) if links else request


def submit_task(request: TaskRequest, key: str, max_credits: float | None = None) -> Flow[str]:
    """From a submission in the words of its model's document to the id of a task."""
    request = yield from _affordable(request, key, max_credits, lambda: prepare_task(request))
    return (yield from submit(request, key, max_credits))


def plan(source: ImageSource, request: EditRequest, key: str) -> Flow[Plan]:
    """Check an edit and read its picture; nothing is sent. Raises `InvalidRequest`."""
    limits.check_early(request)
    if isinstance(source, str) and is_remote(source):
        limits.check(evolve(request, image_url=source))
        return to_plan(key, evolve(request, image_url=source), source, [])
    picture = yield from load(source)
    return to_plan(key, request, picture.content, [picture])


def plan_task(request: TaskRequest, key: str) -> Flow[Plan]:
    """Check a request for any model and read its pictures; nothing is sent. Raises `InvalidRequest`."""
    name, source = _checked_source(request)
    pictures: list[Picture] = []
    contents: dict[int, bytes] = {}
    for file in sources.to_upload(source):
        picture = yield from load(file)
        pictures.append(picture)
        contents[id(file)] = picture.content
    if contents:
        request = request.with_value(name, sources.linked(source, contents))
    return to_plan(key, request, None, pictures)


def run(planned: Plan, max_credits: float | None = None) -> Flow[str]:
    """Send what was planned, once, and return the task's id."""
    match planned.request:
        case EditRequest() as request:
            source = planned.source or request.image_url or ""
            return (yield from prepare_and_submit(source, request, planned.key, max_credits))
        case TaskRequest() as request:
            return (yield from submit_task(request, planned.key, max_credits))


def resubmit(key: str, max_credits: float | None = None) -> Flow[str]:
    """Send a submission in doubt again, under its own key: whoever asks for that accepts to pay twice.

    Raises `SubmissionMoved` if it is neither in doubt nor refused.
    """
    submission = check_state((yield from take_up(key)), key, "unknown", "refused")
    return (yield from send_again(submission, max_credits))


def send_again(submission: Submission, max_credits: float | None = None) -> Flow[str]:
    """Send the request of a submission that is in doubt or was refused, and return the task's id."""
    doubt = submission if submission.state == "unknown" else None
    return (yield from submit(wire.to_request(submission.body or ""), submission.key, max_credits, doubt))


def _checked_source(request: TaskRequest) -> tuple[str, object]:
    """The name and the value of what the model takes as its source, in a request that is right but for its files."""
    limits.check_early(request)
    name = catalogue.find(request.model).roles.get("source", "")
    source = request.input.get(name)
    limits.check(request if source is None else request.with_value(name, sources.linked(source)))
    return name, source


def _affordable(
    request: AnyRequest, key: str, max_credits: float | None, prepared: Callable[[], Flow[AnyRequest]]
) -> Flow[AnyRequest]:
    """Set the price aside before anything is uploaded, and give it back if the upload fails."""
    limits.check_early(request)
    try:
        yield from reserve(key, expectations.price(request.model, request.said), max_credits)
        return (yield from prepared())
    except GeneratorExit:
        raise
    except BaseException:
        yield from release(key)
        raise


def _became_task(submission: Submission, task_id: str) -> Flow[None]:
    """Keep which task it became, unless a callback was faster and the ledger has it."""
    try:
        yield from note(submission.became("submitted", task_id))
    except SubmissionMoved:
        known = yield from recall(submission.key)
        if known is None or known.task_id != task_id:
            raise


def _doubted(submission: Submission, error: BaseException) -> Flow[None]:
    """Keep that a submission is in doubt; a ledger that fails now must not hide it."""
    task_id = getattr(error, "task_id", None)
    try:
        yield from note(submission.became("unknown", task_id, problem=str(error) or type(error).__name__))
    except (SubmissionMoved, LedgerUnusable) as failure:
        error.add_note(f"and the ledger does not have it: {failure}")


def _refused(intent: Submission, error: ApikleyError, doubt: Submission | None) -> Flow[Submission | None]:
    """Keep that an attempt surely created nothing. An earlier one's doubt goes on, and is returned as it is now."""
    if (yield from has_left(intent)):
        try:
            yield from note(doubt or intent.became("refused", problem=str(error)))
            return doubt and (yield from recall(intent.key))
        except (SubmissionMoved, LedgerUnusable) as failure:
            error.add_note(f"and the ledger does not have it: {failure}")
    else:
        yield from release(intent.key)
    return doubt


def created_nothing(error: ApikleyError) -> bool:
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


def _in_doubt(error: Exception, key: str) -> SubmissionUnknown:
    doubt = SubmissionUnknown(
        f"the answer to createTask was lost ({error}); the task may exist and be billed, so it was not sent again;"
        f" submission {key}",
        key=key,
    )
    doubt.task_id = getattr(error, "task_id", None)
    return doubt

"""What becomes of one edit when one step of it goes wrong in one way."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Literal

from attrs import frozen

from apikley import Apikley, ApikleyError, AsyncApikley
from apikley.ledger import UNSETTLED, Submission
from apikley.testing import InMemory, in_memory

Way = Literal["sync", "async"]
Times = Literal["once", "for ever"]

KEY = "wish"
PRICE = 1.0  # of one picture at `square`, in credits, by the document
PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)
_FOR_EVER = 1000  # longer than any patience

STEPS = {
    "upload": "store-file",
    "createTask": "create-task",
    "fetch": "fetch-task",
    "download": "result",
    "fresh link": "sign-link",
}
"""What the steps of an edit are called in the mock. A fresh link is asked for when a result's link has expired."""

_CODES = (400, 401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505)
_WORDS = ("reset-before", "reset-after", "slow", "hang", "truncated", "html", "garbage", "empty")
_OWN = {"fetch": ("unknown-state",), "download": ("expired-result", "corrupt-result")}


@frozen
class Fault:
    """One thing that goes wrong at one step."""

    step: str
    what: int | str
    sent_as: Literal["status", "envelope"] | None = None
    """How a code comes."""
    retry_after: float | None = None

    @property
    def name(self) -> str:
        """As the table says it."""
        asked = f" with Retry-After {self.retry_after:g}" if self.retry_after else ""
        return f"{self.what}{' in the envelope' if self.sent_as == 'envelope' else ''}{asked}"


@frozen
class Outcome:
    """What one edit came to."""

    ended: str
    """`picture`, or the name of the error."""
    tasks: int
    state: str
    """The submission's state in the ledger; `-` where it is not in there, since nothing was sent."""
    rescued: str
    """How the picture was had in the end: `-` where it was there at once, or where there is none."""
    flaws: tuple[str, ...]
    """What a promise broke, as sentences. There should be none."""

    def __str__(self) -> str:
        return " · ".join(
            (self.ended, f"{self.tasks} task{'s' * (self.tasks != 1)}", self.state, self.rescued)
        )


def faults() -> Iterator[Fault]:
    """All that can befall a step, in the order of the table."""
    for step in STEPS:
        for code in _CODES:
            yield Fault(step, code, "status")
            if step != "download":  # a result has no envelope
                yield Fault(step, code, "envelope")
        yield Fault(step, 429, "status", retry_after=7)
        yield Fault(step, 429, "status", retry_after=3600)
        for word in (*_WORDS, *_OWN.get(step, ())):
            yield Fault(step, word)
    yield Fault("callback", "lost-callback")


def outcome(fault: Fault, times: Times, way: Way) -> Outcome:
    """Make an edit with that fault in its way, then look for its picture and at its books."""
    with in_memory() as service, _Hands(way) as hands:
        service.polls(1)
        _arm(service, fault, times)
        problem: ApikleyError | None = None
        count = 0
        try:
            count = len(hands.do("edit", PICTURE, "make it night", key=KEY, **_WISH).images)
        except ApikleyError as error:
            problem = error
        submission = hands.submission()
        flaws = [*_flaws(problem, count, submission, service, hands)]
        service.mock.clear_faults()
        rescued = "-"
        if problem is not None and submission is not None:
            rescued = _rescue(problem, submission, service, hands)
        flaws += _flaws_at_last(service, hands)
        return Outcome(
            ended=type(problem).__name__ if problem else "picture",
            tasks=len(service.tasks),
            state=submission.state if submission else "-",
            rescued=rescued,
            flaws=tuple(flaws),
        )


_WISH: dict[str, Any] = {"image_size": "square", "callback_url": "https://hook.test/"}


def _arm(service: InMemory, fault: Fault, times: Times) -> None:
    if fault.step == "fresh link":
        service.fail_next("expired-result", on="result", times=_FOR_EVER if times == "for ever" else 1)
    how = {"as_": fault.sent_as, "retry_after": fault.retry_after}
    service.fail_next(
        fault.what,
        on=STEPS.get(fault.step, fault.step),
        times=_FOR_EVER if times == "for ever" else 1,
        **{name: value for name, value in how.items() if value is not None},
    )


def _flaws(
    problem: ApikleyError | None,
    count: int,
    submission: Submission | None,
    service: InMemory,
    hands: "_Hands",
) -> Iterator[str]:
    """What is wrong right after the edit."""
    tasks = service.tasks
    if len(tasks) > 1:
        yield f"{len(tasks)} tasks for one call"
    if problem is None and count != 1:
        yield f"{count} pictures"
    if tasks and submission is None:
        yield "a task, and nothing of it in the ledger"
    if submission is None:
        if hands.budget.reserved or hands.budget.spent:
            yield "nothing was sent, and credits are set aside"
        return
    in_doubt = [each.key for each in hands.client.in_doubt()]
    if in_doubt != ([KEY] if submission.state in UNSETTLED else []):
        yield f"{submission.state}, and {in_doubt} in doubt"
    if problem is not None:
        yield from _flaws_of_error(problem, submission)
    if submission.state == "refused" and tasks:
        yield "refused, and there is a task"
    if tasks and submission.task_id not in {None, tasks[0].id}:
        yield "the ledger names another task"
    expected = {"refused": (0.0, 0.0), "ready": (0.0, PRICE), "done": (0.0, PRICE), "failed": (0.0, PRICE)}
    if (hands.budget.reserved, hands.budget.spent) != expected.get(submission.state, (PRICE, 0.0)):
        yield f"{submission.state}, and {hands.budget.reserved:g} reserved, {hands.budget.spent:g} spent"
    if problem is None and submission.state != "done":
        yield f"there is a picture, and the ledger says {submission.state}"


def _flaws_of_error(problem: ApikleyError, submission: Submission) -> Iterator[str]:
    said = " ".join((str(problem), *getattr(problem, "__notes__", ())))
    named = submission.task_id or KEY
    if submission.state != "refused" and named not in said:
        yield f"the error does not name {named}: {said}"
    if submission.task_id and problem.task_id != submission.task_id:
        yield "the error does not carry the task's id"


def _rescue(problem: ApikleyError, submission: Submission, service: InMemory, hands: "_Hands") -> str:
    """Get the picture as a user would to whom nothing happens any more, or give the credits back."""
    if task_id := problem.task_id or submission.task_id:
        assert hands.do_with(hands.client.task(task_id), "collect").images
        return "by its id"
    if submission.state in UNSETTLED:
        if not service.tasks:
            hands.client.forget(KEY)
            return "forgotten: no task"
        handle = hands.client.resolve(KEY, service.tasks[0].id)
        assert hands.do_with(handle, "collect").images
        return "after `resolve`"
    return "-"


def _flaws_at_last(service: InMemory, hands: "_Hands") -> Iterator[str]:
    """What is wrong once everything that could be had was fetched."""
    if hands.budget.reserved:
        yield f"{hands.budget.reserved:g} credits reserved for nothing"
    if hands.client.in_doubt():
        yield "a doubt that cannot be settled"
    submission = hands.submission()
    if service.tasks and (submission is None or submission.state != "done"):
        yield f"a picture was paid, and in the end is {submission.state if submission else 'unknown'}"


class _Hands:
    """A client of either kind that has just enough credits for one picture."""

    def __init__(self, way: Way) -> None:
        self._runner = asyncio.Runner() if way == "async" else None
        self.client: Any = (AsyncApikley if self._runner else Apikley)(max_credits=PRICE)
        self.budget = self.client._books.budget  # noqa: SLF001 - only the books tell

    def do(self, name: str, *positional: object, **named: object) -> Any:
        """What the method of the client gives."""
        return self.do_with(self.client, name, *positional, **named)

    def do_with(self, thing: Any, name: str, *positional: object, **named: object) -> Any:
        """The same of a handle."""
        method: Callable[..., Any] = getattr(thing, name)
        result = method(*positional, **named)
        return self._runner.run(result) if self._runner and inspect.iscoroutine(result) else result

    def submission(self) -> Submission | None:
        """What the ledger knows."""
        return self.client._books.ledger.find(KEY)  # noqa: SLF001

    def __enter__(self) -> "_Hands":
        return self

    def __exit__(self, *_: object) -> None:
        self.do("close")
        if self._runner:
            self._runner.close()

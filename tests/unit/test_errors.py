"""Errors: what they carry, and that nothing is lost on their way."""

import asyncio
import copy
import inspect
import pickle
import re

import pytest

from apikley import errors
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
    about_task,
)

EXAMPLES = [
    ApikleyError("odd"),
    RequestRefused("no", 418, retry_after=2.5),
    NotAuthenticated("wrong key", 401),
    OutOfCredits("credits are short", 402),
    OverBudget("costs about 2 credits, and 1 is allowed"),
    InvalidRequest("seed must be a whole number", parameter="seed", bound="integer", value=1.5),
    RateLimited("slow down", 429, retry_after=7.0),
    ServiceUnavailable("later", 455),
    Unreachable("no answer", maybe_sent=True),
    SubmissionUnknown("lost", key="wish-1"),
    SubmissionMoved("moved", key="wish-1", state="posting"),
    LedgerUnusable("no room"),
    AnswerUnreadable("no JSON", content=b"<html>"),
    TaskFailed("no picture", task_id="task_1", code="501"),
    TaskUnfinished("task task_1 still unfinished after 900 s", task_id="task_1", waited=900.0),
    CallbackRejected("the signature is wrong"),
]


def test_every_error_has_an_example_here():
    kinds = {
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ApikleyError)
    }

    assert kinds == {type(error) for error in EXAMPLES}


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_is_whole_after_a_journey(error, again):
    arrived = again(error)

    assert type(arrived) is type(error)
    assert vars(arrived) == vars(error)
    assert str(arrived) == str(error)
    assert arrived.task_id == error.task_id
    assert arrived.args == error.args


def test_an_error_keeps_its_task_and_its_notes_on_a_journey():
    error = RateLimited("slow down", 429)
    error.task_id = "task_1"
    error.add_note("noted")

    arrived = pickle.loads(pickle.dumps(error))

    assert str(arrived) == "task task_1: slow down"
    assert arrived.__notes__ == ["noted"]


def drawn() -> dict[str, str]:
    """Each error in the docstring's tree, and what it hangs from."""
    parents, path = {}, []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"    ((?:[│├└─ ]{4})*)([A-Z]\w+)", line):
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            parents[found[2]] = path[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_is_as_drawn():
    real = {type(error).__name__: type(error).__bases__[0].__name__ for error in EXAMPLES}

    assert drawn() == real


def test_an_unfinished_task_is_a_timeout():
    assert issubclass(TaskUnfinished, TimeoutError)


@pytest.mark.parametrize("error", [Unreachable("no answer", maybe_sent=True), AnswerUnreadable("no JSON")])
def test_an_error_about_a_task_names_it(error):
    with pytest.raises(type(error)) as caught, about_task("task_1"):
        raise error

    assert caught.value.task_id == "task_1"
    assert str(caught.value).startswith("task task_1: ")


def test_a_task_is_named_once():
    with pytest.raises(TaskFailed) as caught, about_task("task_2"):
        raise TaskFailed("task task_1 failed", task_id="task_1")

    assert caught.value.task_id == "task_1"
    assert str(caught.value) == "task task_1 failed"


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        ValueError("mine"),
        KeyboardInterrupt(),
        asyncio.CancelledError(),
    ],
)
def test_a_foreign_error_about_a_task_gets_a_note(error):
    with pytest.raises(type(error)) as caught, about_task("task_1"):
        raise error

    assert caught.value is error
    assert caught.value.__notes__ == ["task task_1 is not lost: its id takes it up again"]


def test_a_block_inside_another_gives_no_second_note():
    with pytest.raises(KeyboardInterrupt) as caught, about_task("task_1"), about_task("task_1"):
        raise KeyboardInterrupt

    assert len(caught.value.__notes__) == 1


def test_only_the_beginning_of_an_answer_is_kept():
    assert len(AnswerUnreadable("large", content=b"x" * 10_000).content) == 2048


def test_one_error_s_task_is_not_another_s():
    with pytest.raises(Unreachable), about_task("task_1"):
        raise Unreachable("no answer", maybe_sent=False)

    assert Unreachable("no answer", maybe_sent=False).task_id is None

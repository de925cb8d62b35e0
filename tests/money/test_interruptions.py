"""Ctrl-C and cancellation, at every point: what was paid can be taken up, and what was not sent costs nothing."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import apikley
from apikley import Apikley, AsyncApikley
from apikley.aio import AsyncTaskHandle
from apikley.drivers import AsyncDriver, BlockingDriver
from apikley.ledger import UNSETTLED
from apikley.testing import in_memory
from proving.cells import KEY, PICTURE, PRICE

HOME = str(Path(apikley.__file__).parent)
# What runs between the call and the answer; a line of the mock is no point of ours. Nor is one of the budget: a trace
# can interrupt between the end of a `with` and the release of its lock, where Python itself looks for no signal.
OURS = {f"{HOME}/{name}.py" for name in ("submitting", "drivers", "books", "departures", "effects")}


def flaws(service, client, error):
    """What is wrong after an edit that was interrupted."""
    submission = client._books.ledger.find(KEY)
    budget = client._books.budget
    tasks = service.tasks
    said = " ".join(getattr(error, "__notes__", ()))
    if len(tasks) > 1:
        yield f"{len(tasks)} tasks"
    if submission is None:
        if tasks:
            yield "a task that the ledger does not know"
        if budget.reserved:
            yield "nothing was sent, and credits are reserved"
        return
    if tasks and submission.state not in {*UNSETTLED, "submitted", "ready", "done"}:
        yield f"a task, and the ledger says {submission.state}"
    if submission.task_id not in {None, *(task.id for task in tasks)}:
        yield "a task that there is not"
    if submission.state in UNSETTLED and KEY not in said and not any(task.id in said for task in tasks):
        yield f"in doubt, and the error does not name the submission: {said}"
    if submission.state in {"submitted", "ready"} and submission.task_id not in said:
        yield f"the error does not name the task: {said}"
    held = budget.reserved + budget.spent
    if held != PRICE:
        yield f"{submission.state}, and {held:g} credits are held"


def is_had_at_last(service, collect, resolve, submission):
    """Whether the picture of the task, if there is one, can be had all the same."""
    if not service.tasks:
        return True
    if submission.state in UNSETTLED:
        resolve(KEY, service.tasks[0].id)
    return bool(collect(service.tasks[0].id))


def interrupted(monkeypatch, at, moment):
    """An edit whose effect of that number is interrupted, before or after it was done; None at the end of all."""
    whole, count = BlockingDriver._perform, iter(range(1000))

    def perform(self, effect, listener):
        is_it = next(count) == at
        if is_it and moment == "before":
            raise KeyboardInterrupt
        answer = whole(self, effect, listener)
        if is_it:
            raise KeyboardInterrupt
        return answer

    with in_memory() as service, Apikley(max_credits=PRICE) as client:
        service.polls(1)
        with monkeypatch.context() as patched:
            patched.setattr(BlockingDriver, "_perform", perform)
            try:
                client.edit(PICTURE, "night", image_size="square", key=KEY)
            except KeyboardInterrupt as error:
                found = [*flaws(service, client, error)]
            else:
                return None
        submission = client._books.ledger.find(KEY)
        if not is_had_at_last(
            service, lambda task_id: client.task(task_id).collect().images, client.resolve, submission
        ):
            found.append("the picture is lost")
        return found


@pytest.mark.parametrize("moment", ["before", "after"])
def test_ctrl_c_at_any_effect_leaves_the_books_right(monkeypatch, moment):
    for at in range(1000):
        found = interrupted(monkeypatch, at, moment)
        if found is None:
            break
        assert (at, found) == (at, [])
    assert at > 20


def cancelled(monkeypatch, at, moment):
    """The same of a task that is cancelled where it awaits."""
    whole, count = AsyncDriver._perform, iter(range(1000))

    async def perform(self, effect, listener):
        is_it = next(count) == at
        if is_it and moment == "before":
            raise asyncio.CancelledError
        answer = await whole(self, effect, listener)
        if is_it:
            raise asyncio.CancelledError
        return answer

    async def edit(service):
        async with AsyncApikley(max_credits=PRICE) as client:
            with monkeypatch.context() as patched:
                patched.setattr(AsyncDriver, "_perform", perform)
                try:
                    await client.edit(PICTURE, "night", image_size="square", key=KEY)
                except asyncio.CancelledError as error:
                    found = [*flaws(service, client, error)]
                else:
                    return None
            if service.tasks:
                submission = client._books.ledger.find(KEY)
                if submission.state in UNSETTLED:
                    client.resolve(KEY, service.tasks[0].id)
                handle: AsyncTaskHandle = client.task(service.tasks[0].id)
                if not (await handle.collect()).images:
                    found.append("the picture is lost")
            return found

    with in_memory() as service:
        service.polls(1)
        return asyncio.run(edit(service))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_cancellation_at_any_effect_leaves_the_books_right(monkeypatch, moment):
    for at in range(1000):
        found = cancelled(monkeypatch, at, moment)
        if found is None:
            break
        assert (at, found) == (at, [])
    assert at > 20


@pytest.mark.parametrize("turns", range(0, 60, 3))
def test_cancellation_after_any_turns_of_the_loop_leaves_the_books_right(turns):
    """From outside, by `task.cancel()`."""

    async def edit(service):
        async with AsyncApikley(max_credits=PRICE) as client:
            link = "https://a.test/a.png"
            task = asyncio.create_task(client.edit(link, "night", image_size="square", key=KEY))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                found = [*flaws(service, client, error)]
            if service.tasks:
                submission = client._books.ledger.find(KEY)
                if submission.state in UNSETTLED:
                    client.resolve(KEY, service.tasks[0].id)
                assert (await client.task(service.tasks[0].id).collect()).images
            return found

    with in_memory() as service:
        service.polls(9)
        assert asyncio.run(edit(service)) == []


def at_line(number, path):
    """What a submission leaves that is interrupted at the line of that number which runs, in a file of ours."""
    count = iter(range(100_000))

    def trace(frame, event, _):
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line" and next(count) == number:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    with in_memory() as service, Apikley(max_credits=PRICE, ledger=path) as client:
        sys.settrace(trace)
        try:
            client.submit("https://a.test/a.png", "night", image_size="square", key=KEY)
        except KeyboardInterrupt:
            pass
        else:
            return None
        finally:
            sys.settrace(None)
        submission = client._books.ledger.find(KEY)
        in_doubt = [each.key for each in client.in_doubt()]
        known = submission and (submission.task_id or KEY in in_doubt)
        return len(service.tasks) <= 1 and (not service.tasks or bool(known))


@pytest.mark.deep
def test_ctrl_c_at_any_line_leaves_a_task_that_the_ledger_knows_of():
    for number in range(100_000):
        found = at_line(number, None)
        if found is None:
            break
        assert (number, found) == (number, True)
    assert number > 100


def test_who_interrupts_the_wait_for_another_try_owes_nothing():
    with in_memory() as service, Apikley(max_credits=PRICE) as client:
        service.fail_next(429, on="create-task", times=9)

        def give_up(event):
            if event.kind == "submitting" and service.requests:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            client.submit("https://a.test/a.png", "night", image_size="square", key=KEY, on_event=give_up)

        assert client._books.ledger.find(KEY).state == "refused"
        assert client._books.budget.reserved == 0

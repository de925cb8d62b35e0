"""How tasks are waited for and collected, several within one patience."""

from collections.abc import Callable, Sequence

import click

from apikley import limits
from apikley.cli.choosing import Choice
from apikley.cli.ledgers import open_ledger, task_named
from apikley.cli.opening import opened
from apikley.cli.reports import Report
from apikley.clock import current
from apikley.errors import ApikleyError, NotAuthenticated
from apikley.files import check_target
from apikley.ledger import Ledger
from apikley.schedule import DOCUMENTED_PACE
from apikley.tasks import Task


def wait(report: Report, choice: Choice, names: Sequence[str]) -> None:
    """Wait until the tasks have ended well, and print each."""
    ledger = report.learn_from(open_ledger(choice))
    with opened(choice, ledger) as client:

        def one(task_id: str, patience: float) -> None:
            task = client.task(task_id).wait(timeout=patience, on_event=report.hear)
            report.data(to_json(task), f"{task.id} {task.state}")

        _each(names, ledger, report, choice, one)


def collect(report: Report, choice: Choice, names: Sequence[str], output: str) -> None:
    """Wait for the tasks, or for all that the ledger knows and nobody has fetched if none is named; save each."""
    ledger = report.learn_from(open_ledger(choice))
    if not names:
        found = (each.task_id for each in ledger.all("submitted", "ready") if each.task_id)
        names = tuple(dict.fromkeys(found))
        if not names:
            report.remark("every picture that the ledger knows of was saved")
    to = output if len(names) < 2 or output.endswith("/") else f"{output}/"
    check_target(to)
    with opened(choice, ledger) as client:

        def one(task_id: str, patience: float) -> None:
            report.edit(client.task(task_id).collect(to, timeout=patience, on_event=report.hear))

        _each(names, ledger, report, choice, one)


def to_json(task: Task) -> dict[str, object]:
    """What the service says of a task, by name."""
    made = {} if task.result_object is None else {"result_object": task.result_object}
    return {
        "task_id": task.id,
        "state": str(task.state),
        "progress": task.progress,
        "credits": task.credits,
        "seconds": task.seconds,
        "failure_code": task.failure_code,
        "failure_message": task.failure_message,
        "result_urls": [*task.result_urls],
        **made,
    }


def _each(
    names: Sequence[str], ledger: Ledger, report: Report, choice: Choice, one: Callable[[str, float], None]
) -> None:
    """Do something for each task within one patience; what goes wrong with one does not keep the others away."""
    pace = DOCUMENTED_PACE.within(choice.number("timeout"))
    for name in names:
        limits.check_task_id(name)
    end = current().now() + pace.patience
    codes: list[int] = []
    for name in names:
        report.about(None)
        try:
            task_id = task_named(ledger, name)
            report.about(task_id)
            if len(names) > 1:
                report.remark(f"task {task_id}")
            one(task_id, max(0.0, end - current().now()))
        except NotAuthenticated:  # nor will it be right for the others
            raise
        except (ApikleyError, OSError) as error:
            codes.append(report.problem(error))
    if codes:
        raise click.exceptions.Exit(codes[0])

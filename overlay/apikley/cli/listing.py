"""How the ledger is shown: as a list, or all that is known of one submission."""

import sys
import time
from collections.abc import Iterator, Sequence
from shutil import get_terminal_size

import click

from apikley.cli import advice, submissions, tending
from apikley.cli.choosing import Choice
from apikley.cli.ledgers import find_ledger, named, open_ledger
from apikley.cli.opening import opened
from apikley.cli.reports import Report
from apikley.cli.wording import age, columns, padded, printable, shortened
from apikley.errors import InvalidRequest
from apikley.ledger import Submission
from apikley.tasks import Task

_SHOWN = 20
_LEAST_ROOM = 12  # columns that a prompt gets, however narrow the terminal
_HEADING = ("STATE", "TASK OR KEY", "AGE", "CREDITS", "PROMPT")


def ls(report: Report, choice: Choice, states: Sequence[str], number: int | None, *, as_json: bool) -> None:
    """List what is in the ledger, in these states if any are named, at most so many beside the doubts."""
    ledger = find_ledger(choice)
    doubts = submissions.doubtful(ledger)
    found = [
        each
        for each in submissions.ordered(ledger.all(), doubts)
        if not states or {submissions.state(each, doubts), each.state} & {*states}
    ]
    limit = number or (len(found) if as_json else _SHOWN)
    shown = [each for at, each in enumerate(found) if at < limit or each.key in doubts]
    now = time.time()
    if as_json:
        for each in shown:
            report.data(submissions.to_json(each, doubts, now), "")
    else:
        for line in _table(shown, doubts, now):
            report.data({}, line)
    if not found:
        report.remark("none is in such a state" if states else f"no submissions in {choice.ledger}")
    if len(shown) < len(found):
        report.remark(f"… and {len(found) - len(shown)} older ones: --number {len(found)}")


def show(report: Report, choice: Choice, name: str, *, fetch: bool) -> None:
    """Show a task or submission, and with `fetch` what the service says of it too."""
    task = None
    if fetch:
        ledger = open_ledger(choice)
        known = named(ledger, name)
        with opened(choice, ledger) as client:
            task = client.task((known and known.task_id) or name).fetch()
    ledger = find_ledger(choice)
    submission = named(ledger, task.id if task else name)
    if submission is None and task is None:
        raise InvalidRequest(
            f"nothing of the name {name!r:.80} is in the ledger {choice.ledger}; --fetch asks the service",
            parameter="name",
        )
    doubts = submissions.doubtful(ledger)
    said: dict[str, object] = {}
    lines: list[tuple[str, str]] = []
    if submission is not None:
        said |= submissions.to_json(submission, doubts, time.time())
        lines += submissions.facts(submission, doubts, time.time())
    if task is not None:
        said |= {"task_id": task.id, "service": tending.to_json(task)}
        lines += [("service", _task_line(task)), *(("result", url) for url in task.result_urls)]
    report.data(said, "\n".join(f"{label:<8} {printable(value)}" for label, value in lines))
    if submission is not None and submission.key in doubts:
        for line in advice.doubt(submission.key, choice.flags.again):
            report.remark(line)


def _task_line(task: Task) -> str:
    said = [str(task.state)]
    if task.progress is not None and not task.is_final:
        said.append(f"{task.progress} %")
    if task.credits is not None:
        said.append(f"{task.credits:g} credits")
    if task.failure_message:
        said.append(task.failure_message)
    return ", ".join(said)


def _table(shown: Sequence[Submission], doubts: frozenset[str], now: float) -> Iterator[str]:
    """Lines of columns; on a terminal with a heading, and each within its width."""
    is_terminal = sys.stdout.isatty()
    rows = [
        (
            submissions.state(each, doubts),
            printable(each.task_id or each.key),
            age(now - each.sent_at),
            submissions.credits(each),
            submissions.prompt(each),
        )
        for each in shown
    ]
    widths = [max(columns(row[at]) for row in [*rows, _HEADING]) for at in range(4)]
    room = max(_LEAST_ROOM, get_terminal_size().columns - sum(widths) - 8) if is_terminal else 60
    for row in [_HEADING, *rows] if is_terminal and rows else rows:
        cells = [padded(cell, width) for cell, width in zip(row, widths, strict=False)]
        line = "  ".join([*cells, shortened(row[4], room)]).rstrip()
        yield click.style(line, fg="red") if row[0] == submissions.DOUBT else line

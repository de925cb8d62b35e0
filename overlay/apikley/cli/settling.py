"""How a submission is taken out of doubt."""

import sys
import time

import click

from apikley import limits
from apikley.books import Books
from apikley.budget import Budget
from apikley.cli import advice, submissions
from apikley.cli.choosing import Choice
from apikley.cli.codes import INTERRUPTED
from apikley.cli.ledgers import find_ledger
from apikley.cli.opening import opened
from apikley.cli.reports import Report
from apikley.cli.wording import age, shortened
from apikley.errors import InvalidRequest, SubmissionMoved
from apikley.ledger import UNSETTLED, Ledger, Submission, SubmissionState, in_words


def to_task(report: Report, choice: Choice, key: str, task_id: str) -> None:
    """Say which task it became. Nobody is asked, so it takes no key of the API."""
    limits.check_task_id(task_id)
    _settle(choice, key, task_id)
    report.data({"key": key, "state": "submitted", "task_id": task_id}, task_id)
    report.remark(f"fetch it: {advice.command('tasks collect', task_id, choice.flags.again)}")


def forget(report: Report, choice: Choice, key: str) -> None:
    """Say that it became no task, or one that nobody wants."""
    _settle(choice, key, None)
    report.data({"key": key, "state": "forgotten"}, f"forgotten {key}")


def resubmit(report: Report, choice: Choice, key: str, *, is_sure: bool) -> None:
    """Send it again, once whoever asks for that has accepted to pay twice."""
    ledger = report.learn_from(find_ledger(choice))
    submission = _unsettled(choice, ledger, key, "refused")
    if not is_sure and submission.state != "refused":
        state = submissions.state(submission, submissions.doubtful(ledger))
        facts = f"{state}, {age(time.time() - submission.sent_at)} old"
        price = f"{submission.reserved:g} credits" if submission.reserved is not None else "an unknown price"
        question = (
            f"{key} ({facts}): {shortened(submissions.prompt(submission), 60)}\n"
            f"Send it again, for {price}, though the first one may be paid already?"
        )
        if not sys.stdin.isatty():
            raise click.UsageError("sending it again may be paid twice: say --yes")
        if not click.confirm(question, err=True):
            report.remark("nothing was sent")
            raise click.exceptions.Exit(INTERRUPTED)
    with opened(choice, ledger) as client:
        handle = client.resubmit(key, max_credits=choice.number("max_credits"), on_event=report.hear)
        report.data({"task_id": handle.id, "key": key}, handle.id)


def _settle(choice: Choice, key: str, task_id: str | None) -> None:
    ledger = find_ledger(choice)
    try:
        _unsettled(choice, ledger, key)
        Books(ledger, Budget()).settle(key, "forgotten" if task_id is None else "submitted", task_id)
    finally:
        ledger.close()


def _unsettled(choice: Choice, ledger: Ledger, key: str, *besides: SubmissionState) -> Submission:
    """The submission, if there is a doubt to settle; raises `InvalidRequest` or `SubmissionMoved`."""
    submission = ledger.find(key)
    if submission is None:
        raise InvalidRequest(
            f"no submission of the name {key!r:.80} is in the ledger {choice.ledger}", parameter="key"
        )
    if submission.state not in UNSETTLED | {*besides}:
        raise SubmissionMoved(
            f"submission {key} is {in_words(submission.state)}, so there is no doubt to settle",
            key=key,
            state=submission.state,
        )
    return submission

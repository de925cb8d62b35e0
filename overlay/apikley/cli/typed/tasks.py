"""`apikley tasks`: list, wait for, collect and settle tasks."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from apikley.cli.codes import HELP, INTERRUPTED
from apikley.cli.helping import Group, option
from apikley.cli.opening import (
    connects,
    find_ledger,
    keeps_books,
    open_ledger,
    opened,
    speaks,
    speaks_of_work,
)
from apikley.cli.wording import age, columns, padded, printable, shortened

if TYPE_CHECKING:
    from apikley.cli.choosing import Choice
    from apikley.cli.reports import Report
    from apikley.ledger import Ledger, Submission

Given: TypeAlias = Any  # click's decorators are typed by what they decorate


def _complete(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """The keys and task ids that begin so, newest first."""
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.errors import ApikleyError  # noqa: PLC0415

    try:
        ledger = find_ledger(
            choose(Flags(profile=ctx.params.get("profile"), ledger=ctx.params.get("ledger")))
        )
        submissions = ledger.in_doubt() if parameter.name == "key" else ledger.all()
        ledger.close()
    except ApikleyError:
        return []
    names = [
        each.key if parameter.name == "key" else each.task_id or each.key for each in reversed(submissions)
    ]
    return [name for name in names if name.startswith(typed)][:_COMPLETED]


_SHOWN = 20
_COMPLETED = 50
_STATES = ("doubt", "posting", "refused", "unknown", "submitted", "ready", "done", "failed", "forgotten")
_MEANING = """\b
States:
  doubt      the answer was lost: the task may exist and be billed; settle it with `tasks resolve`
  posting    another program is sending it just now
  refused    the service said no, and nothing was created
  submitted  the task exists, and when it was last asked for it still ran
  ready      it has ended well; `tasks collect` fetches its pictures
  done       its pictures were saved
  failed     it has ended without a result
  forgotten  it was in doubt, and you have settled that it is no task"""


@click.group(
    cls=Group,
    examples=(
        "apikley tasks ls",
        "apikley tasks collect --all -o pictures/",
        "apikley tasks show order-7431",
        "apikley tasks resolve order-7431 --forget",
    ),
)
def tasks() -> None:
    """List, wait for, collect and settle the tasks you created.

    Every submission is kept in a ledger, a file on this computer: `ls` and `show` read it without asking anybody.
    """


@tasks.command(
    epilog=_MEANING,
    examples=(
        "apikley tasks ls",
        "apikley tasks ls --state doubt                    # what has to be settled",
        'apikley tasks ls --state done --json | jq -r ".paths[]"',
    ),
)
@option("--state", "states", multiple=True, type=click.Choice(_STATES), metavar="STATE",
        help="Only those in this state; may be given several times.")  # fmt: skip
@option("--number", "-n", type=click.IntRange(1), metavar="N", help=f"How many, beside all doubts (else {_SHOWN}, or "
        "with --json all).")  # fmt: skip
@keeps_books
@option("--profile", metavar="NAME", help="Profile whose ledger is read.", heading="Key, address and ledger")
@speaks
def ls(*, states: tuple[str, ...], number: int | None, as_json: bool, **given: Given) -> None:
    """List what was submitted, the doubts first, then the newest. Nobody is asked.

    The columns are state, task id (or key, if there is no task), age, credits (~ is what was expected) and prompt.
    """
    from apikley.cli import submissions  # noqa: PLC0415  # --help needs none of it

    report, choice = _start(as_json=as_json, **given)
    with report.told():
        ledger = find_ledger(choice())
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
                click.echo(line)
        if not found:
            report.remark(f"no submissions in {choice().ledger}" if not states else "none is in such a state")
        if len(shown) < len(found):
            report.remark(f"… and {len(found) - len(shown)} older ones: --number {len(found)}")


@tasks.command(
    examples=("apikley tasks show task_qwen_1765179676651", "apikley tasks show order-7431 --fetch")
)
@click.argument("name", metavar="ID|KEY", shell_complete=_complete)
@option("--fetch", is_flag=True, help="Ask the service too. If the task bears the name of a submission in doubt, that "
        "settles the doubt.")  # fmt: skip
@connects
@keeps_books
@speaks
def show(name: str, *, fetch: bool, as_json: bool, **given: Given) -> None:
    """Show all that is known of a task or submission. Without --fetch nobody is asked."""
    from apikley.cli import submissions  # noqa: PLC0415  # --help needs none of it
    from apikley.errors import InvalidRequest  # noqa: PLC0415

    report, choice = _start(as_json=as_json, **given)
    with report.told():
        task = None
        if fetch:
            ledger = open_ledger(choice())
            known = _named(ledger, name)
            with opened(choice(), ledger) as client:
                task = client.task((known and known.task_id) or name).fetch()
        ledger = find_ledger(choice())
        submission = _named(ledger, task.id if task else name)
        if submission is None and task is None:
            raise InvalidRequest(
                f"nothing of the name {name!r:.80} is in the ledger {choice().ledger}; --fetch asks the service",
                parameter="name",
            )
        doubts = submissions.doubtful(ledger)
        said: dict[str, object] = {}
        lines: list[tuple[str, str]] = []
        if submission is not None:
            said |= submissions.to_json(submission, doubts, time.time())
            lines += submissions.facts(submission, doubts, time.time())
        if task is not None:
            said |= {"task_id": task.id, "service": _task_json(task)}
            lines += [("service", _task_line(task)), *(("result", url) for url in task.result_urls)]
        report.data(said, "\n".join(f"{label:<8} {printable(value)}" for label, value in lines))
        if submission is not None and submission.key in doubts:
            from apikley.cli import advice  # noqa: PLC0415  # the same

            for line in advice.doubt(submission.key, choice().flags.again):
                report.remark(line)


@tasks.command(
    epilog=HELP,
    examples=("apikley tasks wait task_qwen_1765179676651", "apikley tasks wait ID1 ID2 --timeout 60 --json"),
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=_complete)
@option("--timeout", type=float, metavar="SECONDS", help="Patience with all of them together (else 900).")
@connects
@keeps_books
@speaks_of_work
def wait(ids: tuple[str, ...], *, as_json: bool, quiet: bool, **given: Given) -> None:
    """Wait until the tasks have ended well, and print each with its state. Nothing is fetched.

    With several tasks the exit code is that of the first that did not end well.
    """
    report, choice = _start(as_json=as_json, quiet=quiet, **given)
    with report.told(), opened(choice(), report.learn_from(open_ledger(choice()))) as client:

        def one(task_id: str, patience: float | None) -> None:
            task = client.task(task_id).wait(timeout=patience, on_event=report.hear)
            report.data(_task_json(task), f"{task.id} {task.state}")

        _each(ids, report, choice(), one)


@tasks.command(
    epilog=HELP,
    examples=(
        "apikley tasks collect task_qwen_1765179676651 -o night.png",
        "apikley tasks collect ID1 ID2 -o pictures/",
        "apikley tasks collect --all -o pictures/          # all that the ledger knows and nobody has fetched",
    ),
)
@click.argument("ids", metavar="ID...", nargs=-1, shell_complete=_complete)
@option("--all", "every", is_flag=True, help="Each task of the ledger whose pictures were not saved yet.")
@option("--output", "-o", metavar="OUT", default=".", help="File or folder for the results (else this one).")
@option("--timeout", type=float, metavar="SECONDS", help="Patience with all of them together (else 900).")
@connects
@keeps_books
@speaks_of_work
def collect(
    ids: tuple[str, ...], *, every: bool, output: str, as_json: bool, quiet: bool, **given: Given
) -> None:
    """Wait for tasks that still run, fetch their pictures, and print where they are.

    With several tasks OUT is a folder, and the exit code is that of the first that did not end well.
    """
    from apikley.files import check_target  # noqa: PLC0415  # --help needs none of it

    if every == bool(ids):
        raise click.UsageError("name the tasks, or say --all")
    report, choice = _start(as_json=as_json, quiet=quiet, **given)
    with report.told():
        ledger = report.learn_from(open_ledger(choice()))
        if every:
            found = (each.task_id for each in ledger.all("submitted", "ready") if each.task_id)
            ids = tuple(dict.fromkeys(found))
            if not ids:
                report.remark("every picture that the ledger knows of was saved")
        to = output if len(ids) < 2 or output.endswith("/") else f"{output}/"
        check_target(to)
        with opened(choice(), ledger) as client:

            def one(task_id: str, patience: float | None) -> None:
                report.edit(client.task(task_id).collect(to, timeout=patience, on_event=report.hear))

            _each(ids, report, choice(), one)


@tasks.command(
    epilog=HELP,
    examples=(
        "apikley tasks resolve order-7431 --task task_qwen_1765179676651",
        "apikley tasks resolve order-7431 --forget",
        "apikley tasks resolve order-7431 --resubmit --yes",
    ),
)
@click.argument("key", shell_complete=_complete)
@option("--task", "task_id", metavar="ID", help="It became this task. Nothing is sent.")
@option("--forget", is_flag=True, help="It became no task, or one that nobody wants. Nothing is sent.")
@option("--resubmit", is_flag=True, help="Send it again. If the first one was accepted too, both are paid.")
@option("--yes", is_flag=True, help="Do not ask before it is sent again.")
@option("--max-credits", type=float, metavar="N", help="What sending it again may cost at most.")
@connects
@keeps_books
@speaks_of_work
def resolve(
    key: str,
    *,
    task_id: str | None,
    forget: bool,
    resubmit: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
    **given: Given,
) -> None:
    """Settle a submission that is in doubt: the one named KEY, whose answer was lost.

    What it became, the service's own list of tasks tells you, or a callback. A submission that was refused may be
    sent again too.
    """
    if (task_id is not None) + forget + resubmit != 1:
        raise click.UsageError("say one of --task ID, --forget and --resubmit")
    report, choice = _start(as_json=as_json, quiet=quiet, **given)
    with report.told():
        report.about_submission(key, is_kept=True)
        if resubmit:
            _resubmit(key, report, choice(), is_sure=yes)
        elif task_id is not None:
            _settle(key, choice(), task_id)
            report.data({"key": key, "state": "submitted", "task_id": task_id}, task_id)
            report.remark(f"fetch it: apikley tasks collect {task_id}{choice().flags.again}")
        else:
            _settle(key, choice(), None)
            report.data({"key": key, "state": "forgotten"}, f"forgotten {key}")


@tasks.command(examples=("apikley tasks forget order-7431",))
@click.argument("key", shell_complete=_complete)
@keeps_books
@option("--profile", metavar="NAME", help="Profile whose ledger is meant.", heading="Key, address and ledger")
@speaks
def forget(key: str, *, as_json: bool, **given: Given) -> None:
    """Settle a doubt: the submission named KEY became no task, or one that nobody wants.

    The same as `apikley tasks resolve KEY --forget`. It stays in the ledger, as forgotten.
    """
    report, choice = _start(as_json=as_json, **given)
    with report.told():
        report.about_submission(key, is_kept=True)
        _settle(key, choice(), None)
        report.data({"key": key, "state": "forgotten"}, f"forgotten {key}")


def _start(*, as_json: bool, quiet: bool = False, **given: Given) -> tuple["Report", Callable[[], "Choice"]]:
    """What a command says, and what it works with: to be asked for where errors are told."""
    from functools import cache  # noqa: PLC0415  # --help needs none of it

    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    flags = Flags(**given)
    return Report(as_json=as_json, quiet=quiet, again=flags.again), cache(lambda: choose(flags))


def _each(
    ids: tuple[str, ...], report: "Report", choice: "Choice", one: Callable[[str, float | None], None]
) -> None:
    """Do something for each task within one patience; what goes wrong with one does not keep the others away."""
    from apikley import limits  # noqa: PLC0415  # --help needs none of it
    from apikley.clock import current  # noqa: PLC0415
    from apikley.errors import ApikleyError, NotAuthenticated  # noqa: PLC0415
    from apikley.schedule import DOCUMENTED_PACE  # noqa: PLC0415

    pace = DOCUMENTED_PACE.within(choice.number("timeout"))
    for task_id in ids:
        limits.check_task_id(task_id)
    end = current().now() + pace.patience
    codes: list[int] = []
    for task_id in ids:
        report.about(task_id)
        try:
            one(task_id, max(0.0, end - current().now()))
        except NotAuthenticated:  # nor will it be right for the others
            raise
        except (ApikleyError, OSError) as error:
            codes.append(report.problem(error))
    if codes:
        raise click.exceptions.Exit(codes[0])


def _settle(key: str, choice: "Choice", task_id: str | None) -> None:
    """Take a submission out of doubt, without a key of the API: nobody is asked."""
    from apikley import limits  # noqa: PLC0415  # --help needs none of it
    from apikley.books import Books  # noqa: PLC0415
    from apikley.budget import Budget  # noqa: PLC0415

    if task_id is not None:
        limits.check_task_id(task_id)
    ledger = find_ledger(choice)
    try:
        Books(ledger, Budget()).settle(key, "forgotten" if task_id is None else "submitted", task_id)
    finally:
        ledger.close()


def _resubmit(key: str, report: "Report", choice: "Choice", *, is_sure: bool) -> None:
    import sys  # noqa: PLC0415  # --help needs none of it

    from apikley.cli import submissions  # noqa: PLC0415

    ledger = report.learn_from(find_ledger(choice))
    submission = ledger.find(key)
    if submission is not None and not is_sure and submission.state != "refused":
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


def _named(ledger: "Ledger", name: str) -> "Submission | None":
    return ledger.find(name) or ledger.of_task(name)


def _task_json(task: Given) -> dict[str, object]:
    return {
        "task_id": task.id,
        "state": str(task.state),
        "progress": task.progress,
        "credits": task.credits,
        "seconds": task.seconds,
        "failure_code": task.failure_code,
        "failure_message": task.failure_message,
        "result_urls": [*task.result_urls],
    }


def _task_line(task: Given) -> str:
    said = [str(task.state)]
    if task.progress is not None and not task.is_final:
        said.append(f"{task.progress} %")
    if task.credits is not None:
        said.append(f"{task.credits:g} credits")
    if task.failure_message:
        said.append(task.failure_message)
    return ", ".join(said)


def _table(shown: list["Submission"], doubts: frozenset[str], now: float) -> Iterator[str]:
    """Lines of columns; on a terminal with a heading, and each within its width."""
    import sys  # noqa: PLC0415  # --help needs none of it
    from shutil import get_terminal_size  # noqa: PLC0415

    from apikley.cli import submissions  # noqa: PLC0415

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
    heading = ("STATE", "TASK OR KEY", "AGE", "CREDITS", "PROMPT")
    widths = [max(columns(row[at]) for row in [*rows, heading]) for at in range(4)]
    room = max(12, get_terminal_size().columns - sum(widths) - 8) if is_terminal else 60
    for row in [heading, *rows] if is_terminal and rows else rows:
        cells = [padded(cell, width) for cell, width in zip(row, widths, strict=False)]
        line = "  ".join([*cells, shortened(row[4], room)]).rstrip()
        yield click.style(line, fg="red") if row[0] == submissions.DOUBT else line

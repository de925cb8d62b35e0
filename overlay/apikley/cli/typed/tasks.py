"""`apikley tasks`: list, wait for, collect and settle tasks."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from apikley.cli.codes import HELP
from apikley.cli.flags import (
    Given,
    bounds_patience,
    connects,
    keeps_books,
    names_profile,
    speaks,
    speaks_of_work,
)
from apikley.cli.helping import Group, option

if TYPE_CHECKING:
    from apikley.cli.choosing import Choice
    from apikley.cli.reports import Report

_COMPLETED = 50


def _complete(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """The keys and task ids that begin so, newest first."""
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.ledgers import find_ledger  # noqa: PLC0415
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
@option("--number", "-n", type=click.IntRange(1), metavar="N", help="How many, beside all doubts (else 20, or with "
        "--json all).")  # fmt: skip
@keeps_books
@names_profile("Profile whose ledger is read.")
@speaks
def ls(*, states: tuple[str, ...], number: int | None, as_json: bool, **given: Given) -> None:
    """List what was submitted, the doubts first, then the newest. Nobody is asked.

    The columns are state, task id (or key, if there is no task), age, credits (~ is what was expected) and prompt.
    """
    with _told(as_json=as_json, **given) as (report, choice):
        from apikley.cli import listing  # noqa: PLC0415  # --help needs none of it

        listing.ls(report, choice, states, number, as_json=as_json)


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
    with _told(as_json=as_json, **given) as (report, choice):
        from apikley.cli import listing  # noqa: PLC0415  # --help needs none of it

        listing.show(report, choice, name, fetch=fetch)


@tasks.command(
    epilog=HELP,
    examples=("apikley tasks wait task_qwen_1765179676651", "apikley tasks wait ID1 ID2 --timeout 60 --json"),
)
@click.argument("names", metavar="ID|KEY...", nargs=-1, required=True, shell_complete=_complete)
@bounds_patience("Patience with all of them together (else 900).")
@connects
@keeps_books
@speaks_of_work
def wait(names: tuple[str, ...], *, as_json: bool, quiet: bool, **given: Given) -> None:
    """Wait until the tasks have ended well, and print each with its state. Nothing is fetched.

    With several tasks the exit code is that of the first that did not end well.
    """
    with _told(as_json=as_json, quiet=quiet, **given) as (report, choice):
        from apikley.cli import tending  # noqa: PLC0415  # --help needs none of it

        tending.wait(report, choice, names)


@tasks.command(
    epilog=HELP,
    examples=(
        "apikley tasks collect task_qwen_1765179676651 -o night.png",
        "apikley tasks collect ID1 ID2 -o pictures/",
        "apikley tasks collect --all -o pictures/          # all that the ledger knows and nobody has fetched",
    ),
)
@click.argument("names", metavar="[ID|KEY]...", nargs=-1, shell_complete=_complete)
@option("--all", "every", is_flag=True, help="Each task of the ledger whose pictures were not saved yet.")
@option("--output", "-o", type=click.Path(), metavar="OUT", default=".", help="File or folder for the results (else "
        "this folder); a file that is there is replaced.")  # fmt: skip
@bounds_patience("Patience with all of them together (else 900).")
@connects
@keeps_books
@speaks_of_work
def collect(
    names: tuple[str, ...], *, every: bool, output: str, as_json: bool, quiet: bool, **given: Given
) -> None:
    """Wait for tasks that still run, fetch their pictures, and print where they are.

    With several tasks OUT is a folder, and the exit code is that of the first that did not end well.
    """
    if every == bool(names):
        raise click.UsageError("name the tasks, or say --all")
    with _told(as_json=as_json, quiet=quiet, **given) as (report, choice):
        from apikley.cli import tending  # noqa: PLC0415  # --help needs none of it

        tending.collect(report, choice, names, output)


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
    with _told(as_json=as_json, quiet=quiet, **given) as (report, choice):
        from apikley.cli import settling  # noqa: PLC0415  # --help needs none of it

        report.about_submission(key, is_kept=True)
        if resubmit:
            settling.resubmit(report, choice, key, is_sure=yes)
        elif task_id is not None:
            settling.to_task(report, choice, key, task_id)
        else:
            settling.forget(report, choice, key)


@tasks.command(examples=("apikley tasks forget order-7431",))
@click.argument("key", shell_complete=_complete)
@keeps_books
@names_profile("Profile whose ledger is meant.")
@speaks
def forget(key: str, *, as_json: bool, **given: Given) -> None:
    """Settle a doubt: the submission named KEY became no task, or one that nobody wants.

    The same as `apikley tasks resolve KEY --forget`. It stays in the ledger, as forgotten.
    """
    with _told(as_json=as_json, **given) as (report, choice):
        from apikley.cli import settling  # noqa: PLC0415  # --help needs none of it

        report.about_submission(key, is_kept=True)
        settling.forget(report, choice, key)


@contextmanager
def _told(*, as_json: bool, quiet: bool = False, **given: Given) -> "Generator[tuple[Report, Choice]]":
    """What a command says and what it works with; errors inside the block are told."""
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.reports import Report  # noqa: PLC0415

    flags = Flags(**given)
    report = Report(as_json=as_json, quiet=quiet, again=flags.again)
    with report.told():
        yield report, choose(flags)

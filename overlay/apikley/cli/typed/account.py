"""`apikley upload` and `apikley credits`."""

import sys
from typing import Any, TypeAlias, cast

import click

from apikley.cli.codes import HELP
from apikley.cli.helping import Command
from apikley.cli.opening import connects, mocks, opened, speaks, speaks_of_work

Given: TypeAlias = Any  # click's decorators are typed by what they decorate


@click.command(
    cls=Command,
    epilog=HELP,
    examples=(
        "apikley upload street.jpg",
        "apikley upload *.jpg --json",
        'apikley edit "$(apikley upload street.jpg -q)" "make it night"',
    ),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@mocks
@connects
@speaks_of_work
def upload(files: tuple[str, ...], *, as_json: bool, quiet: bool, **given: Given) -> None:
    """Upload pictures and print their addresses.

    FILE is a jpeg, png or webp file, - for stdin, or an http(s) address that the service itself fetches. Uploads are
    free, and stay for a day at least. One that fails does not keep the others away.
    """
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.reports import Report  # noqa: PLC0415
    from apikley.errors import ApikleyError, NotAuthenticated  # noqa: PLC0415
    from apikley.ledger import MemoryLedger  # noqa: PLC0415

    report = Report(as_json=as_json, quiet=quiet)
    codes: list[int] = []
    with report.told(), opened(choose(Flags(**given)), MemoryLedger()) as client:
        for file in files:
            try:
                url = client.upload(cast("Any", sys.stdin.buffer) if file == "-" else file)
            except NotAuthenticated:  # nor will it be right for the others
                raise
            except (ApikleyError, OSError) as error:
                error.add_note(f"it was about {file}")
                codes.append(report.problem(error))
            else:
                report.data({"file": file, "url": url}, url)
    if codes:
        raise click.exceptions.Exit(codes[0])


@click.command(
    cls=Command,
    epilog=HELP,
    examples=("apikley credits", "apikley credits --profile studio --json"),
)
@mocks
@connects
@speaks
def credits(*, as_json: bool, **given: Given) -> None:  # noqa: A001  # the command's word
    """Print the credits left on the account.

    It is free, and so the way to check a key.
    """
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.reports import Report  # noqa: PLC0415
    from apikley.ledger import MemoryLedger  # noqa: PLC0415

    report = Report(as_json=as_json)
    with report.told(), opened(choose(Flags(**given)), MemoryLedger()) as client:
        left = client.credits()
        report.data({"credits": left}, f"{left:.10g}")

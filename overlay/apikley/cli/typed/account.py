"""`apikley upload` and `apikley credits`."""

import click

from apikley.cli.codes import HELP
from apikley.cli.flags import Given, connects, mocks, speaks, speaks_of_work
from apikley.cli.helping import Command


@click.command(
    cls=Command,
    epilog=HELP,
    examples=(
        "apikley upload street.jpg",
        "apikley upload *.jpg --json",
        'apikley edit "$(apikley upload street.jpg -q)" "make it night"',
    ),
)
@click.argument("files", type=click.Path(), metavar="FILE...", nargs=-1, required=True)
@mocks
@connects
@speaks_of_work
def upload(files: tuple[str, ...], *, as_json: bool, quiet: bool, **given: Given) -> None:
    """Upload pictures and print their addresses.

    FILE is a jpeg, png or webp file, - for stdin, or an http(s) address that the service itself fetches. Uploads are
    free, and stay for a day at least. One that fails does not keep the others away.
    """
    from apikley.cli import account  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.choosing import Flags  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    account.upload(Report(as_json=as_json, quiet=quiet), Flags(**given), files)


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
    from apikley.cli import account  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.choosing import Flags  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    account.show_credits(Report(as_json=as_json), Flags(**given))

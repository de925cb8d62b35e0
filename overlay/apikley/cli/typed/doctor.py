"""`apikley doctor`."""

import os
from typing import Any

import click

from apikley.cli.flags import Given, connects, keeps_books, may_keep_none, mocks, speaks
from apikley.cli.helping import Command, option

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red", "skip": "cyan"}


@click.command(
    cls=Command,
    examples=(
        "apikley doctor",
        "apikley doctor --offline",
        "apikley doctor --profile studio --json",
    ),
)
@option("--offline", is_flag=True, help="Ask nobody.")
@mocks
@connects
@keeps_books
@may_keep_none
@speaks
def doctor(*, offline: bool, as_json: bool, **given: Given) -> None:
    """Check what an edit needs, and say what to do about the rest.

    The service is asked once, for the credits left, which is free. The key is not shown. Exit code 0: nothing fails,
    though there may be warnings; else the code of the first failure: 2 settings, 3 the key, 8 the network.
    """
    from apikley.cli import checkup  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415
    from apikley.cli.wording import printable  # noqa: PLC0415

    report = Report(as_json=as_json)
    code = 0
    with report.told():
        choice = choose(Flags(**given))
        transport: Any = None
        if choice.flags.use_mock:
            from apikley.cli.mocking import open_mock  # noqa: PLC0415  # the mock is an extra

            transport = open_mock()
        for found in checkup.findings(choice, is_offline=offline, transport=transport):
            code = code or found.code
            if as_json:
                said: dict[str, object] = {"check": found.check, "level": found.level, "says": found.says}
                report.data(said | ({"todo": found.todo} if found.todo else {}), "")
                continue
            level = f"{found.level:<5}"
            level = level if "NO_COLOR" in os.environ else click.style(level, fg=_COLOURS[found.level])
            click.echo(f"{level} {found.check:<9} {printable(found.says)}")
            if found.todo:
                click.echo(f"{'':15} → {printable(found.todo)}")
    raise click.exceptions.Exit(code)

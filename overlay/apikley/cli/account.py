"""What is asked of the account beside tasks: uploads, and the credits left."""

from collections.abc import Sequence

import click

from apikley.cli.choosing import Flags, choose
from apikley.cli.opening import opened
from apikley.cli.reports import Report
from apikley.cli.wishes import source
from apikley.errors import ApikleyError, NotAuthenticated
from apikley.ledger import MemoryLedger


def upload(report: Report, flags: Flags, files: Sequence[str]) -> None:
    """Upload each, and print its address."""
    codes: list[int] = []
    with report.told(), opened(choose(flags), MemoryLedger()) as client:
        for file in files:
            try:
                url = client.upload(source(file))
            except NotAuthenticated:  # nor will it be right for the others
                raise
            except (ApikleyError, OSError) as error:
                error.add_note(f"it was about {file}")
                codes.append(report.problem(error))
            else:
                report.data({"file": file, "url": url}, url)
    if codes:
        raise click.exceptions.Exit(codes[0])


def show_credits(report: Report, flags: Flags) -> None:
    """Print the credits left."""
    with report.told(), opened(choose(flags), MemoryLedger()) as client:
        left = client.credits()
        report.data({"credits": left}, f"{left:.10g}")

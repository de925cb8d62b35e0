"""`apikley contract`."""

from pathlib import Path
from typing import Any, TypeAlias

import click

from apikley.cli.codes import CONTRACT_HELP
from apikley.cli.helping import Command, option

Given: TypeAlias = Any  # click's decorators are typed by what they decorate

_WHO, _PAID, _OUT = "Who is asked", "What is paid", "What is kept and shown"


@click.command(
    cls=Command,
    epilog=CONTRACT_HELP,
    examples=(
        "apikley contract",
        "apikley contract --live --record seen.har --junit contract.xml",
        "apikley contract --live --paid --budget 1.5",
        "apikley contract --replay seen.har",
    ),
)
@option(
    "--live",
    is_flag=True,
    help="Ask the service, with the key of $APIKLEY_API_KEY. Else the embedded mock.",
    heading=_WHO,
)
@option("--base-url", metavar="URL", help="Address of the API (else $APIKLEY_BASE_URL).", heading=_WHO)
@option("--uploads", is_flag=True, help="Upload small files too; they are free and stay a few days.",
        heading=_WHO)  # fmt: skip
@option("--fuzz", type=click.IntRange(1, 1000), default=None, metavar="N",
        help="Make up N requests more for each operation that only reads.", heading=_WHO)  # fmt: skip
@option("--replay", type=click.Path(path_type=Path), metavar="FILE",
        help="Judge what a HAR file holds, of ours or of a browser's; nobody is asked.",
        heading=_WHO)  # fmt: skip
@option(
    "--paid",
    is_flag=True,
    help="Ask for one task that costs credits: one picture, the smallest size.",
    heading=_PAID,
)
@option("--budget", type=float, metavar="CREDITS", help="What the paid task may cost at most.", heading=_PAID)
@option("--image-url", metavar="URL", help="Picture for the paid task (else one is made and uploaded).",
        heading=_PAID)  # fmt: skip
@option("--timeout", type=float, metavar="SECONDS", help="Patience with the task (else 900).", heading=_PAID)
@option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep all exchanges as HAR, without secrets.",
    heading=_OUT,
)
@option("--junit", type=click.Path(path_type=Path), metavar="FILE",
        help="Write the verdicts as JUnit XML.", heading=_OUT)  # fmt: skip
@option("--plan", "only_plan", is_flag=True, help="Only say what would be asked, and why it is free.",
        heading=_OUT)  # fmt: skip
@option("--strict", is_flag=True, help="Let what the document does not mention count as drift.",
        heading=_OUT)  # fmt: skip
@option("--json", "as_json", is_flag=True, help="Print one JSON object a line, errors included.",
        heading=_OUT)  # fmt: skip
def contract(*, as_json: bool, fuzz: int | None, **options: Given) -> None:
    """Check whether the service still keeps to the document.

    Without --live the whole of it is rehearsed on the embedded mock: free, offline, no key. With --live only
    requests are sent that cost nothing, even where the service takes what it should refuse. One task is paid for
    with --paid and --budget together, and never a second one: no request is repeated.
    """
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    with Report(as_json=as_json, quiet=False).told():
        from apikley.cli import contracting  # noqa: PLC0415  # an extra, and slow to import

        wish = contracting.Wish(as_json=as_json, fuzz=fuzz or 0, **options)
        raise click.exceptions.Exit(contracting.check(wish))

"""`apikley contract`."""

import click

from apikley.cli.codes import CONTRACT_HELP
from apikley.cli.flags import Given, bounds_patience, connects, speaks
from apikley.cli.helping import Command, option

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
    help="Ask the service, with your key. Else the embedded mock.",
    heading=_WHO,
)
@option("--uploads", is_flag=True, help="Upload small files too; they are free and stay a few days.",
        heading=_WHO)  # fmt: skip
@option("--fuzz", type=click.IntRange(1, 1000), default=None, metavar="N",
        help="Make up N requests more for each operation that only reads.", heading=_WHO)  # fmt: skip
@option("--replay", type=click.Path(), metavar="FILE",
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
@bounds_patience("Patience with the task (else 900).", heading=_PAID)
@option(
    "--record",
    type=click.Path(),
    metavar="FILE",
    help="Keep all exchanges as HAR, without secrets.",
    heading=_OUT,
)
@option("--junit", type=click.Path(), metavar="FILE",
        help="Write the verdicts as JUnit XML.", heading=_OUT)  # fmt: skip
@option("--plan", "only_plan", is_flag=True, help="Only say what would be asked, and why it is free.",
        heading=_OUT)  # fmt: skip
@option("--strict", is_flag=True, help="Let what the document does not mention count as drift.",
        heading=_OUT)  # fmt: skip
@connects
@speaks
def contract(
    *,
    base_url: str | None,
    profile: str | None,
    api_key_file: str | None,
    timeout: float | None,
    record: str | None,
    replay: str | None,
    junit: str | None,
    as_json: bool,
    fuzz: int | None,
    **options: Given,
) -> None:
    """Check whether the service still keeps to the document.

    Without --live the whole of it is rehearsed on the embedded mock: free, offline, no key. With --live only
    requests are sent that cost nothing, even where the service takes what it should refuse. One task is paid for
    with --paid and --budget together, and never a second one: no request is repeated.
    """
    from pathlib import Path  # noqa: PLC0415  # --help needs none of it

    from apikley.cli.choosing import Flags  # noqa: PLC0415
    from apikley.cli.reports import Report  # noqa: PLC0415

    with Report(as_json=as_json, quiet=False).told():
        from apikley.cli import contracting  # noqa: PLC0415  # an extra, and slow to import

        flags = Flags(base_url=base_url, profile=profile, api_key_file=api_key_file, timeout=timeout)
        record_, replay_, junit_ = (Path(file) if file else None for file in (record, replay, junit))
        wish = contracting.Wish(
            flags=flags,
            record=record_,
            replay=replay_,
            junit=junit_,
            as_json=as_json,
            fuzz=fuzz or 0,
            **options,
        )
        raise click.exceptions.Exit(contracting.check(wish))

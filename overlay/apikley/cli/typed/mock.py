"""`apikley mock`."""

import click

from apikley.cli import all_stays
from apikley.cli.flags import Given
from apikley.cli.helping import Command, option

_WHERE, _WHAT, _WRONG = "Where it listens", "What it does", "What goes wrong"


@click.command(
    cls=Command,
    examples=(
        "apikley mock --port 0 --seconds 1 --fault 429:create-task:2 --fault reset-after:create-task",
        "apikley mock --chance 500:fetch-task=0.1 --chance slow=0.05 --seed 7",
        'APIKLEY_BASE_URL=http://127.0.0.1:8455 APIKLEY_API_KEY=sk-test-mock apikley edit a.jpg "make it night"',
    ),
)
@option("--port", type=click.IntRange(0, 65535), metavar="N", default=8455, show_default=True,
        help="Port to listen on; 0 for any free one.", heading=_WHERE)  # fmt: skip
@option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen on.",
        heading=_WHERE)  # fmt: skip
@option("--allow-host", "control_hosts", multiple=True, metavar="NAME",
        help="Let /__mock__/ be reached under this name too, beside loopback.", heading=_WHERE)  # fmt: skip
@option("--seconds", type=float, metavar="S", help="How long a task runs; 5 unless told otherwise.",
        heading=_WHAT)  # fmt: skip
@option("--polls", "polls_", type=int, metavar="N", help="Have a task run for N fetches instead.",
        heading=_WHAT)  # fmt: skip
@option("--callbacks", type=click.Choice(["once", "twice", "never"]), default="once", show_default=True,
        help="How often the end of a task is POSTed to its callBackUrl, on this computer only.",
        heading=_WHAT)  # fmt: skip
@option("--callback-key", metavar="KEY", help="Sign callbacks with it.", heading=_WHAT)
@option("--credits", "credit", type=float, metavar="N", default=1000, show_default=True, help="What the account holds.",
        heading=_WHAT)  # fmt: skip
@option("--seed", type=int, metavar="N", default=0, show_default=True, help="The same seed: the same ids and chances.",
        heading=_WHAT)  # fmt: skip
@option("--errors", type=click.Choice(["status", "envelope", "known"]), default="status", show_default=True,
        help="Refuse by status, by a code inside an HTTP 200, or as the service is known to.",
        heading=_WRONG)  # fmt: skip
@option("--fault", "faults", multiple=True, metavar="WHAT[:ON][:TIMES]",
        help="Have a request fail; those given first come first. See above.", heading=_WRONG)  # fmt: skip
@option("--chance", "chances", multiple=True, metavar="WHAT[:ON]=P",
        help="Have such a fault come to each request with this probability, 0 to 1.",
        heading=_WRONG)  # fmt: skip
@option("--rate-limit/--no-rate-limit", default=False,
        help="Refuse with 429 what is too much for the account or a key.", heading=_WRONG)  # fmt: skip
def mock(*, port: int, host: str, **options: Given) -> None:
    """Serve a mock of the whole service, for programs in any language.

    The first line on stdout says as JSON where it listens. In a browser the same address shows what happens
    in it; /__mock__/state tells it to programs. Ctrl-C stops it and names the faults that met no request.

    Keys of the form sk-test-… are accepted; sk-test-poor is always short of credits, sk-test-capped has
    always reached its limit.

    \b
    WHAT goes wrong     ON which requests         is
    429 455 402 500 …   any, unless ON is given   refused by this code; nothing is made
    reset-before        any                       broken off before the service sees it
    reset-after         any                       broken off once the task is made and paid
    slow hang           any                       answered late, or never
    truncated garbage   any                       answered, but not so that one can read it
    empty html          any                       answered with nothing, or with a proxy's page
    unknown-state       fetch-task                answered with a state that nobody knows
    expired-result      result                    refused with 403
    corrupt-result      result                    answered with a broken picture
    lost-callback       callback                  never sent
    ON is create-task, fetch-task, store-file, report-credits, sign-link, result, file
    or an operation's id.
    """
    with all_stays():
        from apikley.cli.mocking import serve_mock, to_mock  # noqa: PLC0415  # the mock is an extra

        mock_ = to_mock(**options)
    serve_mock(mock_, host=host, port=port)

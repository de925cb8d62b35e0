"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeAlias, get_args

import click

from apikley.cli.helping import option
from apikley.options import Acceleration, ImageSize, OutputFormat

Given: TypeAlias = Any  # click's decorators are typed by what they decorate
Decorator: TypeAlias = Callable[[Given], Given]

PICTURE = "The picture"
MONEY = "Money and patience"
CONNECTION = "Key, address and ledger"
OUTPUT = "What is said"


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which help shows them."""

    def decorated(function: Given) -> Given:
        for each in reversed(options):
            function = each(function)
        return function

    return decorated


def complete_profile(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:  # noqa: ARG001  # click's
    """The profiles of the configuration file that begin so."""
    from apikley.cli import profiles  # noqa: PLC0415  # --help needs none of it
    from apikley.errors import InvalidRequest  # noqa: PLC0415

    try:
        return [name for name in profiles.read_default().profiles if name.startswith(typed)]
    except InvalidRequest:
        return []


def names_profile(says: str, *, heading: str = CONNECTION) -> Decorator:
    """The option that names a profile."""
    return option("--profile", metavar="NAME", help=says, heading=heading, shell_complete=complete_profile)


def bounds_patience(says: str, **settings: Any) -> Decorator:
    """The option that bounds patience."""
    return option("--timeout", type=float, metavar="SECONDS", help=says, **settings)


connects = together(
    names_profile("Profile of the configuration file to use (else $APIKLEY_PROFILE)."),
    option("--api-key-file", type=click.Path(), metavar="FILE", help="File with the API key, - for stdin (else "
           "$APIKLEY_API_KEY, or the profile's).", heading=CONNECTION),
    option("--base-url", metavar="URL", help="Address of the API (else $APIKLEY_BASE_URL, or the profile's).",
           heading=CONNECTION),
)  # fmt: skip
"""The options of a command that asks the service."""

keeps_books = option(
    "--ledger", type=click.Path(), metavar="FILE", help="File in which submissions are kept (else $APIKLEY_LEDGER, the "
    "profile's, or one in your state directory).", heading=CONNECTION,
)  # fmt: skip
"""The option of a command that reads or writes the ledger."""

may_keep_none = option(
    "--no-ledger",
    is_flag=True,
    help="Keep submissions in memory only: a lost answer stays lost.",
    heading=CONNECTION,
)
"""The option to keep no ledger."""

mocks = option(
    "--mock", "use_mock", is_flag=True, help="Use the embedded mock of the service: free, offline, no key. Nothing of "
    "it is kept.", heading=CONNECTION,
)  # fmt: skip
"""The option of a command that may be tried out."""

speaks = option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line, errors included.", heading=OUTPUT
)
"""The option of a command that prints data."""

speaks_of_work = together(
    speaks,
    option("--quiet", "-q", is_flag=True, help="Say nothing while the work goes on.", heading=OUTPUT),
)
"""The options of a command that works for a while."""

describes_picture = together(
    option("--image-size", type=click.Choice(get_args(ImageSize)), metavar="SIZE",
           help=f"Size of the result: {', '.join(get_args(ImageSize))}.", heading=PICTURE),
    option("--num-images", type=int, metavar="N", help="How many pictures to make, 1 to 4. Each is paid for.",
           heading=PICTURE),
    option("--output-format", type=click.Choice(get_args(OutputFormat)),
           help="Format of the result (else by the suffix of OUT).", heading=PICTURE),
    option("--negative-prompt", metavar="TEXT", help="What not to show.", heading=PICTURE),
    option("--seed", type=int, metavar="N", help="The same seed and prompt make the same picture.", heading=PICTURE),
    option("--guidance-scale", type=float, metavar="X", help="How closely to follow the prompt, 0 to 20.",
           heading=PICTURE),
    option("--num-inference-steps", type=int, metavar="N", help="How many steps the model takes, 2 to 49.",
           heading=PICTURE),
    option("--acceleration", type=click.Choice(get_args(Acceleration)), metavar="HOW",
           help="Faster and less exact: none, regular or high.", heading=PICTURE),
    option("--enable-safety-checker/--no-enable-safety-checker", default=None, help="The service's own check.",
           heading=PICTURE),
    option("--sync-mode/--no-sync-mode", default=None, help="Have the picture in the answer itself.", heading=PICTURE),
)  # fmt: skip
"""What may be said of the picture to make."""

is_paid_for = together(
    option("--max-credits", type=float, metavar="N", help="What this may cost at most, by the known prices (else "
           "$APIKLEY_MAX_CREDITS, or the profile's). Else nothing is sent.", heading=MONEY),
    option("--key", metavar="NAME", help="Your name for this submission, such as an order's number. The ledger sends "
           "no name twice.", heading=MONEY),
    option("--dry-run", is_flag=True, help="Check everything, show the request and its price, and send nothing.",
           heading=MONEY),
    option("--callback-url", metavar="URL", help="Where the service shall POST the end of the task.", heading=MONEY),
)  # fmt: skip
"""What may be said of the money, and of the task's end."""

"""How a command gets its client and its ledger, and which options decide on that."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from apikley.cli.helping import option

if TYPE_CHECKING:
    from apikley.cli.choosing import Choice
    from apikley.client import Apikley
    from apikley.ledger import Ledger

F = TypeVar("F", bound=Callable[..., Any])

CONNECTION = "Key, address and ledger"
OUTPUT = "What is said"


def connects(function: F) -> F:
    """The options of a command that asks the service."""
    for decorate in reversed(
        (
            option("--profile", metavar="NAME", help="Profile of the configuration file to use (else "
                   "$APIKLEY_PROFILE).", heading=CONNECTION),
            option("--api-key-file", metavar="FILE", help="File with the API key, - for stdin (else "
                   "$APIKLEY_API_KEY).", heading=CONNECTION),
            option("--base-url", metavar="URL", help="Address of the API (else $APIKLEY_BASE_URL).",
                   heading=CONNECTION),
        )
    ):  # fmt: skip
        function = decorate(function)
    return function


def keeps_books(function: F) -> F:
    """The options of a command that reads or writes the ledger."""
    named = option("--ledger", metavar="FILE", help="File in which submissions are kept (else $APIKLEY_LEDGER, or "
                   "one in your state directory).", heading=CONNECTION)  # fmt: skip
    return named(function)


def may_keep_none(function: F) -> F:
    """The option to keep no ledger."""
    return option("--no-ledger", is_flag=True, help="Keep submissions in memory only: a lost answer stays lost.",
                  heading=CONNECTION)(function)  # fmt: skip


def speaks(function: F) -> F:
    """The option of a command that prints data."""
    return option("--json", "as_json", is_flag=True, help="Print one JSON object a line, errors included.",
                  heading=OUTPUT)(function)  # fmt: skip


def speaks_of_work(function: F) -> F:
    """The options of a command that works for a while."""
    quiet = option("--quiet", "-q", is_flag=True, help="Say nothing while the work goes on.", heading=OUTPUT)
    return speaks(quiet(function))


mocks = option("--mock", "use_mock", is_flag=True, help="Use the embedded mock of the service: free, offline, "
               "no key. Nothing of it is kept.", heading=CONNECTION)  # fmt: skip
"""The option of a command that may be tried out."""


@contextmanager
def opened(choice: "Choice", ledger: "Ledger") -> Generator["Apikley"]:
    """A client for the block, which keeps its books in that ledger and closes it."""
    from apikley import settings  # noqa: PLC0415  # --help needs none of it
    from apikley.client import Apikley  # noqa: PLC0415

    warn(choice)
    if choice.flags.use_mock:
        from apikley.cli.mocking import open_mock  # noqa: PLC0415  # the mock is an extra

        url = choice.flags.base_url or settings.DEFAULT_URL
        client = Apikley("sk-test-mock", base_url=url, ledger=ledger, transport=open_mock())
    else:
        client = Apikley(choice.text("api_key"), base_url=choice.text("base_url"), ledger=ledger)
    with client:
        yield client


def open_ledger(choice: "Choice") -> "Ledger":
    """The ledger, in its file or in memory; raises `LedgerUnusable`."""
    if (path := choice.ledger) is None:
        from apikley.ledger import MemoryLedger  # noqa: PLC0415  # --help needs none of it

        return MemoryLedger()
    from apikley.durable import DurableLedger  # noqa: PLC0415  # with SQLite

    return DurableLedger(path)


def find_ledger(choice: "Choice") -> "Ledger":
    """The ledger to read in; an empty one where there is no file yet, which is not made. Raises `LedgerUnusable`."""
    if (path := choice.ledger) is None or not path.exists():
        from apikley.ledger import MemoryLedger  # noqa: PLC0415  # --help needs none of it

        return MemoryLedger()
    return open_ledger(choice)


def warn(choice: "Choice") -> None:
    """Say if others on this computer may read the keys."""
    if choice.config.is_exposed:
        path = choice.config.path
        click.echo(f"apikley: others may read {path}, which holds a key: chmod 600 {path}", err=True)

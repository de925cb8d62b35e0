"""How a command gets its client."""

from collections.abc import Generator
from contextlib import contextmanager

import click

from apikley import settings
from apikley.cli.choosing import Choice
from apikley.client import Apikley
from apikley.ledger import Ledger


@contextmanager
def opened(choice: Choice, ledger: Ledger) -> Generator[Apikley]:
    """A client for the block, which keeps its books in that ledger and closes it."""
    warn(choice)
    if choice.flags.use_mock:
        from apikley.cli.mocking import open_mock  # noqa: PLC0415  # the mock is an extra

        url = choice.flags.base_url or settings.DEFAULT_URL
        client = Apikley("sk-test-mock", base_url=url, ledger=ledger, transport=open_mock())
    else:
        client = Apikley(choice.text("api_key"), base_url=choice.text("base_url"), ledger=ledger)
    with client:
        yield client


def warn(choice: Choice) -> None:
    """Say if others on this computer may read the keys."""
    if choice.config.is_exposed:
        path = choice.config.path
        click.echo(f"apikley: others may read {path}, which holds a key: chmod 600 {path}", err=True)

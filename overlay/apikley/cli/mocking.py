"""How the command line uses the embedded mock."""

import json
from typing import Literal, cast

import click

from apikley.mock import Mock, MockTransport, lasts, serve

# Long enough for a user to see the states go by.
_SECONDS = 4.0


def open_mock() -> MockTransport:
    """A way to a fresh mock inside this process."""
    return MockTransport(Mock(scenario=lasts(_SECONDS)))


def serve_mock(*, host: str, port: int, errors: str, seconds: float, seed: int, credit: float) -> None:
    """Serve a mock until it is interrupted."""
    mode = cast("Literal['status', 'envelope']", errors)
    mock = Mock(errors=mode, scenario=lasts(seconds), seed=seed, credits=credit)
    try:
        serve(mock, host=host, port=port, ready=_say_where)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def _say_where(url: str) -> None:
    click.echo(json.dumps({"url": url}))
    click.echo(f"export APIKLEY_BASE_URL={url} APIKLEY_API_KEY=sk-test-mock", err=True)

"""How the command line uses the embedded mock."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import click

from apikley.mock import Mock, Scenario, lasts, polls, serve
from apikley.mock.refusals import ErrorMode
from apikley.mock.settings import Callbacks

if TYPE_CHECKING:
    from apikley.mock import MockTransport

# Long enough for a user to see the states go by.
_SECONDS = 4.0
# How long a task runs that is asked for on a port, unless told otherwise.
_LASTS = 5.0


def open_mock() -> "MockTransport":
    """A way to a fresh mock inside this process."""
    from apikley.mock import MockTransport  # noqa: PLC0415  # with httpx, which a server does without

    return MockTransport(Mock(scenario=lasts(_SECONDS)))


def to_mock(
    *,
    errors: str,
    seconds: float | None,
    polls_: int | None,
    seed: int,
    credit: float,
    faults: tuple[str, ...],
    chances: tuple[str, ...],
    rate_limit: bool,
    callbacks: str,
    callback_key: str | None,
    control_hosts: tuple[str, ...],
) -> Mock:
    """The mock that was asked for. Raises a usage error for what means nothing."""
    try:
        mock = Mock(
            errors=cast("ErrorMode", errors),
            scenario=_to_scenario(seconds, polls_),
            seed=seed,
            credits=credit,
            chance=_to_chance(chances),
            rate_limit=rate_limit,
            callbacks=cast("Callbacks", callbacks),
            callback_key=callback_key,
            control_hosts=control_hosts,
        )
        for fault in faults:
            mock.fail_as(fault)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return mock


def serve_mock(mock: Mock, *, host: str, port: int) -> None:
    """Serve a mock until it is interrupted, then say which faults met no request."""
    try:
        serve(mock, host=host, port=port, ready=_say_where)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {_why(error)}") from error
    for fault in mock.faults:
        click.echo(f"apikley: the fault {fault} met no request", err=True)


def _why(error: OSError) -> str:
    """The system's words, to which `socket` adds the address once more."""
    number = error.errno or 0  # below 0 for a host that cannot be found
    return os.strerror(number) if number > 0 else error.strerror or str(error)


def _to_scenario(seconds: float | None, fetches: int | None) -> Scenario:
    """Raises ValueError where both are said."""
    if fetches is None:
        return lasts(_LASTS if seconds is None else seconds)
    if seconds is not None:
        raise ValueError("a task runs for --seconds or for --polls, not for both")
    return polls(fetches)


def _to_chance(chances: tuple[str, ...]) -> Mapping[str, float]:
    said = [each.rpartition("=") for each in chances]
    try:
        return {what: float(probability) for what, _, probability in said}
    except ValueError as error:
        raise ValueError("a chance is of the form WHAT[:ON]=P, such as 429=0.05") from error


def _say_where(url: str) -> None:
    click.echo(json.dumps({"url": url, "port": urlsplit(url).port}))
    click.echo(f"export APIKLEY_BASE_URL={url} APIKLEY_API_KEY=sk-test-mock", err=True)
    click.echo(f"Look at it in a browser: {url}/", err=True)

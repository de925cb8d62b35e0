"""`apikley config`: the user's configuration file."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from apikley.cli.flags import complete_profile, names_profile, speaks
from apikley.cli.helping import Group

if TYPE_CHECKING:
    from apikley.cli.reports import Report

_SETTINGS = """\b
Settings of a profile, and the environment variables that say the same:
  api_key       APIKLEY_API_KEY       the key of the API; asked for, and never shown
  base_url      APIKLEY_BASE_URL      the address of the API
  max_credits   APIKLEY_MAX_CREDITS   what one task may cost at most
  timeout       APIKLEY_TIMEOUT       the patience with a task, in seconds
  ledger        APIKLEY_LEDGER        the file in which submissions are kept
  callback_key  APIKLEY_CALLBACK_KEY  what the service signs callbacks with; asked for, and never shown

\b
What wins: an option, then the profile that --profile names, then the environment, then the profile that
$APIKLEY_PROFILE, `config use` or else the name default chooses."""


def _complete_name(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:  # noqa: ARG001  # click's
    """The settings that begin so."""
    from apikley.cli.profiles import KINDS  # noqa: PLC0415  # --help needs none of it

    return [name for name in KINDS if name.startswith(typed)]


_profile = names_profile("Profile (else the one in use).", heading="Options")


@click.group(
    cls=Group,
    epilog=_SETTINGS,
    examples=(
        "apikley config set api_key                        # asks for it, and keeps it",
        "apikley config set api_key --profile studio < key.txt",
        "apikley config set max_credits 5 --profile studio",
        "apikley config use studio",
        "apikley config show",
    ),
)
def config() -> None:
    """Keep keys and settings in a file, by profile.

    The file is TOML, in your configuration directory or where $APIKLEY_CONFIG says, and for your eyes only. You may
    edit it by hand: a change by this command touches its own line.
    """


@config.command(examples=("apikley config path", '$EDITOR "$(apikley config path)"'))
@speaks
def path(*, as_json: bool) -> None:
    """Print where the file is. It need not be there."""
    with _told(as_json=as_json) as report:
        from apikley.cli import configuring  # noqa: PLC0415  # --help needs none of it

        configuring.tell_path(report)


@config.command(examples=("apikley config show", "apikley config show --profile studio --json"))
@_profile
@speaks
def show(*, profile: str | None, as_json: bool) -> None:
    """Show each setting in force and who said so. Keys are never shown, only that they are set."""
    with _told(as_json=as_json) as report:
        from apikley.cli import configuring  # noqa: PLC0415  # --help needs none of it

        configuring.show(report, profile)


@config.command(
    "set",
    epilog=_SETTINGS,
    examples=(
        "apikley config set api_key                        # asks for it, and keeps it",
        "apikley config set api_key --profile studio < key.txt",
        "apikley config set base_url http://127.0.0.1:8455 --profile mock",
        "apikley config set max_credits 5",
    ),
)
@click.argument("name", shell_complete=_complete_name)
@click.argument("value", required=False)
@_profile
@speaks
def set_(name: str, value: str | None, *, profile: str | None, as_json: bool) -> None:
    """Set the setting NAME to VALUE in a profile, which is made if there is none.

    Keys are not taken from the command line, where others may see them and the shell remembers them: they are asked
    for, or read from stdin.
    """
    from apikley.cli import configuring  # noqa: PLC0415  # --help needs none of it

    text = configuring.to_text(name, value)
    with _told(as_json=as_json) as report:
        configuring.set_to(report, name, text, profile)


@config.command(examples=("apikley config unset max_credits",))
@click.argument("name", shell_complete=_complete_name)
@_profile
@speaks
def unset(name: str, *, profile: str | None, as_json: bool) -> None:
    """Take the setting NAME out of a profile."""
    with _told(as_json=as_json) as report:
        from apikley.cli import configuring  # noqa: PLC0415  # --help needs none of it

        configuring.unset(report, name, profile)


@config.command(examples=("apikley config use studio",))
@click.argument("profile", shell_complete=complete_profile)
@speaks
def use(profile: str, *, as_json: bool) -> None:
    """Use PROFILE from now on, unless --profile or $APIKLEY_PROFILE names another."""
    with _told(as_json=as_json) as report:
        from apikley.cli import configuring  # noqa: PLC0415  # --help needs none of it

        configuring.use(report, profile)


@contextmanager
def _told(*, as_json: bool) -> "Generator[Report]":
    """What a command says; errors inside the block are told."""
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    report = Report(as_json=as_json)
    with report.told():
        yield report

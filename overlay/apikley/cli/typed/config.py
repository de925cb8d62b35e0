"""`apikley config`: the user's configuration file."""

import os
import sys
from typing import TYPE_CHECKING

import click

from apikley.cli.flags import complete_profile, names_profile, speaks
from apikley.cli.helping import Group

if TYPE_CHECKING:
    from apikley.cli.profiles import Config
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
    from apikley.cli import profiles  # noqa: PLC0415  # --help needs none of it

    report = _report(as_json=as_json)
    with report.told():
        where = profiles.default_path(os.environ)
        report.data({"path": str(where), "exists": where.exists()}, str(where))


@config.command(examples=("apikley config show", "apikley config show --profile studio --json"))
@_profile
@speaks
def show(*, profile: str | None, as_json: bool) -> None:
    """Show each setting in force and who said so. Keys are never shown, only that they are set."""
    from apikley.cli.choosing import Flags, choose  # noqa: PLC0415  # --help needs none of it
    from apikley.cli.opening import warn  # noqa: PLC0415
    from apikley.cli.profiles import KINDS  # noqa: PLC0415
    from apikley.cli.wording import printable  # noqa: PLC0415

    report = _report(as_json=as_json)
    with report.told():
        choice = choose(Flags(profile=profile))
        warn(choice)
        settings = {
            name: {
                "value": None if said is None else "set" if kind.is_secret else said.value,
                "from": None if said is None else said.origin,
            }
            for name, kind in KINDS.items()
            for said in [choice.settings.get(name)]
        }
        lines = [f"{'file':<13} {choice.config.path}", f"{'profile':<13} {choice.profile}"]
        lines.append(f"{'profiles':<13} {', '.join(choice.config.profiles) or 'none'}")
        for name, said in settings.items():
            value = "not set" if said["value"] is None else f"{said['value']}  ({said['from']})"
            lines.append(f"{name:<13} {printable(value)}")
        said_all: dict[str, object] = {
            "path": str(choice.config.path),
            "profile": choice.profile,
            "profiles": [*choice.config.profiles],
            "settings": settings,
        }
        report.data(said_all, "\n".join(lines))


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
    from apikley.cli import profiles  # noqa: PLC0415  # --help needs none of it

    kind = profiles.KINDS.get(name)
    if kind is not None and kind.is_secret:
        if value is not None:
            raise click.UsageError(
                f"leave the value out: {name} is asked for, or read from stdin. On the command line others may have "
                "seen it"
            )
        value = _secret(name)
    report = _report(as_json=as_json)
    with report.told():
        file = profiles.read_default()
        if kind is None or value is None:
            profiles.to_value(name, value or "")  # says what is wrong with the name
            raise click.UsageError(f"say what {name} shall be")
        chosen = profile or _in_use(file)
        where = profiles.change(file, chosen, name, profiles.to_value(name, value))
        report.data(
            {"path": str(where), "profile": chosen, "set": name}, f"{name} of profile {chosen} is set"
        )


@config.command(examples=("apikley config unset max_credits",))
@click.argument("name", shell_complete=_complete_name)
@_profile
@speaks
def unset(name: str, *, profile: str | None, as_json: bool) -> None:
    """Take the setting NAME out of a profile."""
    from apikley.cli import profiles  # noqa: PLC0415  # --help needs none of it

    report = _report(as_json=as_json)
    with report.told():
        file = profiles.read_default()
        chosen = profile or _in_use(file)
        where = profiles.change(file, chosen, name, None)
        report.data(
            {"path": str(where), "profile": chosen, "unset": name}, f"{name} of profile {chosen} is not set"
        )


@config.command(examples=("apikley config use studio",))
@click.argument("profile", shell_complete=complete_profile)
@speaks
def use(profile: str, *, as_json: bool) -> None:
    """Use PROFILE from now on, unless --profile or $APIKLEY_PROFILE names another."""
    from apikley.cli import profiles  # noqa: PLC0415  # --help needs none of it

    report = _report(as_json=as_json)
    with report.told():
        where = profiles.choose(profiles.read_default(), profile)
        report.data({"path": str(where), "profile": profile}, f"profile {profile} is in use")


def _report(*, as_json: bool) -> "Report":
    from apikley.cli.reports import Report  # noqa: PLC0415  # --help needs none of it

    return Report(as_json=as_json)


def _in_use(file: "Config") -> str:
    from apikley.cli import choosing, profiles  # noqa: PLC0415  # --help needs none of it

    return os.environ.get(choosing.PROFILE_VARIABLE, "") or file.chosen or profiles.DEFAULT_PROFILE


def _secret(name: str) -> str:
    """Asked for on a terminal, without showing it; else the first line of stdin."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    return sys.stdin.readline().strip()

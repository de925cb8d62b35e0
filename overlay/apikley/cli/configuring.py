"""What the commands of `apikley config` do."""

import os
import sys
from pathlib import Path

import click

from apikley import settings
from apikley.budget import check_credits
from apikley.cli import profiles, rewriting
from apikley.cli.choosing import PROFILE_VARIABLE, Flags, choose
from apikley.cli.opening import warn
from apikley.cli.profiles import KINDS, Config, Value, check_name, refusal, to_number
from apikley.cli.reports import Report
from apikley.cli.wording import printable
from apikley.schedule import DOCUMENTED_PACE


def tell_path(report: Report) -> None:
    """Print where the file is."""
    where = profiles.default_path(os.environ)
    report.data({"path": str(where), "exists": where.exists()}, str(where))


def show(report: Report, profile: str | None) -> None:
    """Show each setting in force and who said so, but no key."""
    choice = choose(Flags(profile=profile))
    warn(choice)
    found = {
        name: {
            "value": None if said is None else "set" if kind.is_secret else said.value,
            "from": None if said is None else said.origin,
        }
        for name, kind in KINDS.items()
        for said in [choice.settings.get(name)]
    }
    lines = [f"{'file':<13} {choice.config.path}", f"{'profile':<13} {choice.profile}"]
    lines.append(f"{'profiles':<13} {', '.join(choice.config.profiles) or 'none'}")
    for name, said in found.items():
        value = "not set" if said["value"] is None else f"{said['value']}  ({said['from']})"
        lines.append(f"{name:<13} {printable(value)}")
    all_said: dict[str, object] = {
        "path": str(choice.config.path),
        "profile": choice.profile,
        "profiles": [*choice.config.profiles],
        "settings": found,
    }
    report.data(all_said, "\n".join(lines))


def to_text(name: str, value: str | None) -> str | None:
    """What was typed, or for a key what is asked for. Raises a usage error for a key that was typed."""
    kind = KINDS.get(name)
    if kind is None or not kind.is_secret:
        return value
    if value is not None:
        raise click.UsageError(
            f"leave the value out: {name} is asked for, or read from stdin. On the command line others may have "
            "seen it"
        )
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    return sys.stdin.readline().strip()


def set_to(report: Report, name: str, text: str | None, profile: str | None) -> None:
    """Set a setting in a profile, or in the one in use."""
    file = profiles.read_default()
    value = to_value(name, text or "")  # says too what is wrong with the name
    chosen = profile or _in_use(file)
    where = rewriting.change(file, chosen, name, value)
    report.data({"path": str(where), "profile": chosen, "set": name}, f"{name} of profile {chosen} is set")


def unset(report: Report, name: str, profile: str | None) -> None:
    """Take a setting out of a profile, or of the one in use."""
    file = profiles.read_default()
    chosen = profile or _in_use(file)
    where = rewriting.change(file, chosen, name, None)
    report.data(
        {"path": str(where), "profile": chosen, "unset": name}, f"{name} of profile {chosen} is not set"
    )


def use(report: Report, profile: str) -> None:
    """Have a profile used from now on."""
    where = rewriting.choose(profiles.read_default(), profile)
    report.data({"path": str(where), "profile": profile}, f"profile {profile} is in use")


def to_value(name: str, text: str) -> Value:
    """A value as it was typed; raises `InvalidRequest` or `NotAuthenticated` for one that cannot be."""
    kind = check_name(name, "a profile")
    if not text.strip():
        raise refusal(f"{name} must not be empty")
    if kind.is_number:
        number = to_number(name, text)
        if name == "timeout":
            DOCUMENTED_PACE.within(number)
        else:
            check_credits(number, name)
        return number
    if name == "api_key":
        return settings.load(text, None, {}).api_key
    if name == "base_url":
        return settings.load("unused", text, {}).base_url
    if name == "ledger":
        return str(Path(text).expanduser().absolute())
    return text.strip() if kind.is_secret else text


def _in_use(file: Config) -> str:
    return os.environ.get(PROFILE_VARIABLE, "") or file.chosen or profiles.DEFAULT_PROFILE

"""Which key, address, ledger and limits a command works with, and who said so.

A flag wins, and so does what a profile says that was named by a flag. Then comes the environment, then the profile
that is chosen otherwise.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from attrs import field, frozen

from apikley import settings
from apikley.cli import profiles
from apikley.cli.profiles import KINDS, Config, Value
from apikley.errors import InvalidRequest

PROFILE_VARIABLE = "APIKLEY_PROFILE"


@frozen(kw_only=True)
class Flags:
    """What was typed. None means "not said"."""

    profile: str | None = None
    base_url: str | None = None
    api_key_file: str | None = None
    ledger: str | None = None
    no_ledger: bool = False
    max_credits: float | None = None
    timeout: float | None = None
    use_mock: bool = False

    @property
    def again(self) -> str:
        """The flags that the next command on the same task needs too, as they are typed; empty if none does."""
        named = {
            "--profile": self.profile,
            "--base-url": self.base_url,
            "--api-key-file": self.api_key_file,
            "--ledger": self.ledger,
        }
        return "".join(
            f" {flag} {shlex.quote(value or '')}" for flag, value in named.items() if value not in {None, "-"}
        )


@frozen
class Said:
    """A value, and where it comes from."""

    value: Value = field(repr=False)
    origin: str


@frozen(kw_only=True)
class Choice:
    """What a command works with."""

    flags: Flags
    config: Config
    profile: str
    """The name of the profile in use."""
    settings: Mapping[str, Said]

    def text(self, name: str) -> str | None:
        """A setting that is a text."""
        said = self.settings.get(name)
        return None if said is None else str(said.value)

    def number(self, name: str) -> float | None:
        """A setting that is a number."""
        said = self.settings.get(name)
        return None if said is None else float(said.value)

    def callback_key(self, variable: str | None) -> str | None:
        """What callbacks are signed with, by the environment variable if one is named; None if nobody has said.

        Raises `InvalidRequest` for a variable that is empty.
        """
        if variable is None:
            return self.text("callback_key")
        if not (key := os.environ.get(variable, "")):
            raise InvalidRequest(f"the environment variable {variable} is empty", parameter="key_env")
        return key

    @property
    def ledger(self) -> Path | None:
        """The file of the ledger; None where there is to be none.

        With the embedded mock, whose tasks end with the command, there is one only if it is named by a flag.
        """
        if self.flags.no_ledger or (self.flags.use_mock and self.flags.ledger is None):
            return None
        if (named := self.text("ledger")) is not None:
            return Path(named).expanduser()
        from apikley.durable import default_path  # noqa: PLC0415  # with SQLite

        return default_path({**os.environ, "APIKLEY_LEDGER": ""}).with_name(
            _ledger_name(self.text("base_url"))
        )


def choose(flags: Flags, environment: Mapping[str, str] | None = None) -> Choice:
    """Weigh what was typed, what the environment says and what the configuration file holds.

    Raises `InvalidRequest` for what cannot be understood or is not there.
    """
    environment = os.environ if environment is None else environment
    config = profiles.read(profiles.default_path(environment))
    named = flags.profile or environment.get(PROFILE_VARIABLE, "") or None
    name = named or config.chosen or profiles.DEFAULT_PROFILE
    of_profile = {key: Said(value, f"profile {name}") for key, value in config.profile(named).items()}
    typed, of_environment = _of_flags(flags), _of_environment(environment)
    if flags.profile is not None:
        chosen = {**of_environment, **of_profile, **typed}
    else:
        chosen = {**of_profile, **of_environment, **typed}
    return Choice(flags=flags, config=config, profile=name, settings=chosen)


def _of_flags(flags: Flags) -> dict[str, Said]:
    said: dict[str, Said] = {}
    for name in ("base_url", "ledger", "max_credits", "timeout"):
        value = getattr(flags, name)
        if value is not None:
            said[name] = Said(value, f"--{name.replace('_', '-')}")
    if flags.api_key_file is not None:
        said["api_key"] = Said(_key_in(flags.api_key_file), "--api-key-file")
    return said


def _of_environment(environment: Mapping[str, str]) -> dict[str, Said]:
    said: dict[str, Said] = {}
    for name, kind in KINDS.items():
        text = environment.get(kind.variable, "").strip()
        if text:
            value = profiles.to_number(kind.variable, text) if kind.is_number else text
            said[name] = Said(value, f"${kind.variable}")
    return said


def _key_in(name: str) -> str:
    """The key in a file, or on stdin for -; raises `InvalidRequest`."""
    try:
        text = sys.stdin.readline() if name == "-" else Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is no text"
        raise InvalidRequest(
            f"the key's file {name!r:.200} cannot be read: {reason}", parameter="api_key_file"
        ) from error
    if not text.strip():
        raise InvalidRequest(f"the key's file {name!r:.200} is empty", parameter="api_key_file")
    return text.strip()


def _ledger_name(base_url: str | None) -> str:
    """One ledger for the service, one for each other host, one for what runs on this computer: mocks, mostly.

    Tasks of one are unknown to the others, and how long they take teaches nothing about them.
    """
    host = _host(base_url)
    if host == _host(settings.DEFAULT_URL):
        return "ledger.sqlite3"
    if host in {"localhost", "::1"} or host.startswith("127."):
        return "ledger-local.sqlite3"
    return f"ledger-{''.join(sign if sign.isalnum() or sign in '.-' else '_' for sign in host)[:80]}.sqlite3"


def _host(base_url: str | None) -> str:
    try:
        return urlsplit(base_url or settings.DEFAULT_URL).hostname or "unknown"
    except ValueError:  # which the client will put into words
        return "unknown"

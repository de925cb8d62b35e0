"""What the user's configuration file holds."""

import os
import stat
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias, cast

from attrs import field, frozen

from apikley.errors import InvalidRequest

PATH_VARIABLE = "APIKLEY_CONFIG"
DEFAULT_PROFILE = "default"

Value: TypeAlias = str | float


@frozen
class Kind:
    """A setting that a profile may hold."""

    variable: str
    """The environment variable that says the same."""
    says: str
    is_secret: bool = False
    is_number: bool = False


KINDS: Mapping[str, Kind] = {
    "api_key": Kind("APIKLEY_API_KEY", "the key of the API", is_secret=True),
    "base_url": Kind("APIKLEY_BASE_URL", "the address of the API"),
    "max_credits": Kind("APIKLEY_MAX_CREDITS", "what one task may cost at most, in credits", is_number=True),
    "timeout": Kind("APIKLEY_TIMEOUT", "the patience with a task, in seconds", is_number=True),
    "ledger": Kind("APIKLEY_LEDGER", "the file in which submissions are kept"),
    "callback_key": Kind("APIKLEY_CALLBACK_KEY", "what the service signs callbacks with", is_secret=True),
}
"""By name, what a profile may hold."""


@frozen
class Config:
    """The file as it is. One that is not there is empty."""

    path: Path
    text: str = field(default="", repr=False)
    chosen: str | None = None
    """The profile that is used unless another is named."""
    profiles: Mapping[str, Mapping[str, Value]] = field(factory=dict[str, Mapping[str, Value]], repr=False)
    is_exposed: bool = False
    """Whether it holds a secret, and others on this computer may read it."""

    def profile(self, name: str | None) -> Mapping[str, Value]:
        """What the profile of that name holds, or the chosen one; raises `InvalidRequest` if it is not there."""
        wanted = name or self.chosen or DEFAULT_PROFILE
        if wanted in self.profiles:
            return self.profiles[wanted]
        if wanted == DEFAULT_PROFILE:
            return {}
        near = get_close_matches(wanted, self.profiles, 1, 0.5)
        there = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.profiles) or 'none'}"
        raise refusal(f"there is no profile {wanted!r} in {self.path}; {there}")


def default_path(environment: Mapping[str, str]) -> Path:
    """Where the file is: in the user's configuration directory, or where `APIKLEY_CONFIG` says."""
    if named := environment.get(PATH_VARIABLE, ""):
        return Path(named).expanduser()
    folder = environment.get("XDG_CONFIG_HOME") or environment.get("APPDATA")
    return (Path(folder) if folder else Path.home() / ".config") / "apikley" / "config.toml"


def read_default() -> Config:
    """The content of the file that is used; raises as `read` does."""
    return read(default_path(os.environ))


def read(path: Path) -> Config:
    """The file's content; raises `InvalidRequest` if it is not as it should be. No message holds a value of it."""
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Config(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it is not UTF-8"
        raise refusal(f"{path} cannot be read: {reason}") from error
    said = parsed(path, text)
    chosen, profiles = said.get("profile"), said.get("profiles", {})
    if unknown := sorted(said.keys() - {"profile", "profiles"}):
        raise refusal(
            f"{path}: there is no {unknown[0]!r}; settings stand in tables such as [profiles.default]"
        )
    if not isinstance(profiles, dict) or not (chosen is None or isinstance(chosen, str)):
        raise refusal(f"{path}: profile must be a name, and profiles must be tables")
    checked = {
        name: _checked(path, name, values) for name, values in cast("dict[str, object]", profiles).items()
    }
    has_secret = any(KINDS[name].is_secret for values in checked.values() for name in values)
    is_open = os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)
    return Config(path, text, chosen, checked, is_exposed=has_secret and is_open)


def to_number(name: str, text: str) -> float:
    """A number as it was typed; raises `InvalidRequest`."""
    try:
        number = float(text)
    except ValueError:
        raise InvalidRequest(f"{name} must be a number, not {text!r:.80}", parameter=name) from None
    return int(number) if number.is_integer() else number


def parsed(path: Path, text: str) -> dict[str, object]:
    """The TOML of a text; raises `InvalidRequest`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise refusal(f"{path} is not TOML: {error}") from error


def _checked(path: Path, profile: str, values: object) -> dict[str, Value]:
    if not isinstance(values, dict):
        raise refusal(f"{path}: profiles.{profile} must be a table")
    checked: dict[str, Value] = {}
    for name, value in cast("dict[str, object]", values).items():
        kind = check_name(name, f"{path}: profile {profile!r}")
        match value:
            case int() | float() if kind.is_number and not isinstance(value, bool):
                checked[name] = value
            case str() if not kind.is_number:
                checked[name] = value
            case _:
                wanted = "number" if kind.is_number else "text in quotes"
                raise refusal(f"{path}: {name} of profile {profile!r} must be a {wanted}")
    return checked


def check_name(name: str, where: str) -> Kind:
    """What a setting of that name is; raises `InvalidRequest` that names `where` there is none."""
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name, KINDS, 1, 0.5)
    there = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KINDS)}"
    raise refusal(f"{where} has no setting {name!r:.80}; {there}")


def refusal(problem: str) -> InvalidRequest:
    """The error of a file that is not as it should be."""
    return InvalidRequest(problem, parameter="config")

"""What the user's configuration file holds, and how it is changed.

It is TOML. A change touches its own line only, so that comments stay; what cannot be changed so is refused.
"""

import json
import os
import re
import secrets
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
        raise _refusal(f"there is no profile {wanted!r} in {self.path}; {there}")


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
        raise _refusal(f"{path} cannot be read: {reason}") from error
    said = _parsed(path, text)
    chosen, profiles = said.get("profile"), said.get("profiles", {})
    if unknown := sorted(said.keys() - {"profile", "profiles"}):
        raise _refusal(
            f"{path}: there is no {unknown[0]!r}; settings stand in tables such as [profiles.default]"
        )
    if not isinstance(profiles, dict) or not (chosen is None or isinstance(chosen, str)):
        raise _refusal(f"{path}: profile must be a name, and profiles must be tables")
    checked = {
        name: _checked(path, name, values) for name, values in cast("dict[str, object]", profiles).items()
    }
    has_secret = any(KINDS[name].is_secret for values in checked.values() for name in values)
    is_open = os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)
    return Config(path, text, chosen, checked, is_exposed=has_secret and is_open)


def change(config: Config, profile: str, name: str, value: Value | None) -> Path:
    """Set a value in a profile, or take it out with None, and write the file for its owner's eyes only."""
    _check_profile(profile)
    _check_name(name, f"profile {profile!r}")
    profiles = {each: dict(values) for each, values in config.profiles.items()}
    if value is None:
        profiles.get(profile, {}).pop(name, None)
    else:
        profiles.setdefault(profile, {})[name] = value
    text = _with_line(config.text, profile, name, value)
    return _write(config, text, config.chosen, profiles)


def choose(config: Config, profile: str) -> Path:
    """Have a profile used from now on; raises `InvalidRequest` if it is not there."""
    config.profile(profile)
    _check_profile(profile)
    return _write(config, _with_line(config.text, None, "profile", profile), profile, config.profiles)


def to_value(name: str, text: str) -> Value:
    """A value as it was typed; raises `InvalidRequest` or `NotAuthenticated` for one that cannot be."""
    from apikley import settings  # noqa: PLC0415  # reading a file needs none of it
    from apikley.budget import check_credits  # noqa: PLC0415
    from apikley.schedule import DOCUMENTED_PACE  # noqa: PLC0415

    kind = _check_name(name, "a profile")
    if not text.strip():
        raise _refusal(f"{name} must not be empty")
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


def to_number(name: str, text: str) -> float:
    """A number as it was typed; raises `InvalidRequest`."""
    try:
        number = float(text)
    except ValueError:
        raise InvalidRequest(f"{name} must be a number, not {text!r:.80}", parameter=name) from None
    return int(number) if number.is_integer() else number


def _parsed(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refusal(f"{path} is not TOML: {error}") from error


def _checked(path: Path, profile: str, values: object) -> dict[str, Value]:
    if not isinstance(values, dict):
        raise _refusal(f"{path}: profiles.{profile} must be a table")
    checked: dict[str, Value] = {}
    for name, value in cast("dict[str, object]", values).items():
        kind = _check_name(name, f"{path}: profile {profile!r}")
        match value:
            case int() | float() if kind.is_number and not isinstance(value, bool):
                checked[name] = value
            case str() if not kind.is_number:
                checked[name] = value
            case _:
                wanted = "number" if kind.is_number else "text in quotes"
                raise _refusal(f"{path}: {name} of profile {profile!r} must be a {wanted}")
    return checked


def _check_name(name: str, where: str) -> Kind:
    if name in KINDS:
        return KINDS[name]
    near = get_close_matches(name, KINDS, 1, 0.5)
    there = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KINDS)}"
    raise _refusal(f"{where} has no setting {name!r:.80}; {there}")


def _check_profile(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise _refusal(f"a profile's name has letters, digits, - and _, and is not {name!r:.80}")


def _with_line(text: str, profile: str | None, name: str, value: Value | None) -> str:
    """The text with one line set or taken out, in a profile's table or above all tables."""
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines) if line.lstrip().startswith("[")]
    if profile is None:
        begin, end = 0, next(iter(starts), len(lines))
    else:
        header = re.compile(rf"""\s*\[\s*profiles\s*\.\s*["']?{re.escape(profile)}["']?\s*\]\s*(#.*)?""")
        found = next((at for at in starts if header.fullmatch(lines[at])), None)
        if found is None:
            lines += ([""] if lines else []) + [f"[profiles.{profile}]"]
            found = len(lines) - 1
        begin, end = found + 1, next((at for at in starts if at > found), len(lines))
    line = [] if value is None else [f"{name} = {json.dumps(value, ensure_ascii=False)}"]
    old = next((at for at in range(begin, end) if re.match(rf"\s*{name}\s*=", lines[at])), None)
    if old is not None:
        lines[old : old + 1] = line
    else:
        if profile is None and line and begin < len(lines):
            line.append("")
        lines[begin:begin] = line
    return "\n".join(lines) + "\n"


def _write(
    config: Config, text: str, chosen: str | None, profiles: Mapping[str, Mapping[str, Value]]
) -> Path:
    wanted = {"profiles": {name: dict(values) for name, values in profiles.items()}}
    said = _parsed(config.path, text)
    said.setdefault("profiles", {})
    if said != (wanted if chosen is None else {"profile": chosen, **wanted}):
        raise _refusal(f"{config.path} is written in a way that only its author can change: edit it by hand")
    path = config.path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}-{secrets.token_hex(8)}.part")
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123  # of a descriptor
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _refusal(problem: str) -> InvalidRequest:
    return InvalidRequest(problem, parameter="config")

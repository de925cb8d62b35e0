"""How the user's configuration file is changed.

A change touches its own line only, so that comments stay; what cannot be changed so is refused.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from apikley.cli.profiles import Config, Value, check_name, parsed, refusal


def change(config: Config, profile: str, name: str, value: Value | None) -> Path:
    """Set a value in a profile, or take it out with None, and write the file for its owner's eyes only."""
    _check_profile(profile)
    check_name(name, f"profile {profile!r}")
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


def _check_profile(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise refusal(f"a profile's name has letters, digits, - and _, and is not {name!r:.80}")


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
    said = parsed(config.path, text)
    said.setdefault("profiles", {})
    if said != (wanted if chosen is None else {"profile": chosen, **wanted}):
        raise refusal(f"{config.path} is written in a way that only its author can change: edit it by hand")
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

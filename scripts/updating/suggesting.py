"""Which version a set of changes asks for, and how they read in the changelog."""

import json
import re
from collections.abc import Iterable

from attrs import frozen

from regeneration.documents import Json
from updating.changes import Change, Level
from updating.naming import NameChange
from updating.touching import Touched


@frozen
class Bump:
    """The next version, and why it is that one."""

    old: str
    new: str
    part: str
    why: str


def bump(version: str, changes: Iterable[Change], names: Iterable[NameChange]) -> Bump | None:
    """The next version by semantic versioning; before 1.0 a minor one may break. None if nothing changed."""
    levels = {change.level for change in changes}
    removed = [each.name for each in names if each.new is None]
    if not levels and not removed:
        return None
    major, minor, patch = (int(part) for part in _VERSION.match(version).groups())  # type: ignore[union-attr]
    is_breaking = Level.BREAKING in levels or bool(removed)
    if is_breaking:
        part = "major" if major else "minor"
        why = "users have to change something, or get other results"
    elif Level.COMPATIBLE in levels:
        part = "minor" if major else "patch"
        why = "nothing that works stops working"
    else:
        part, why = "patch", "only texts changed"
    new = {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[part]
    return Bump(version, new, part, why)


def changelog(told: Iterable[tuple[Change, Touched]]) -> dict[str, list[str]]:
    """Lines for CHANGELOG.md by heading; wordings are left out."""
    lines: dict[str, list[str]] = {"Added": [], "Changed": [], "Removed": []}
    for change, touched in told:
        if change.level is not Level.WORDING:
            lines[_heading(change)].append(_line(change, touched))
    return {heading: [*dict.fromkeys(each)] for heading, each in lines.items() if each}


def short(value: Json) -> str:
    """A value as it stands in a sentence."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _heading(change: Change) -> str:
    if change.is_added or "added" in change.what:
        return "Added" if change.level is Level.COMPATIBLE else "Changed"
    return "Removed" if change.is_removed and change.new is None else "Changed"


def _line(change: Change, touched: Touched) -> str:
    subject = _subject(change, touched)
    told = change.what
    if change.old is not None and change.new is not None:
        told = f"{change.what}, from {short(change.old)} to {short(change.new)}"
    elif (value := change.new if change.new is not None else change.old) is not None:
        told = f"{change.what}: {short(value)}"
    mark = "**Breaking.** " if change.level is Level.BREAKING else ""
    return f"{mark}{subject}: {told}."


def _subject(change: Change, touched: Touched) -> str:
    fields = [name for name in touched.overlay if re.fullmatch(r"\w+Options\.\w+", name)]
    fields = fields or [name for name in touched.overlay if re.fullmatch(r"[A-Z]\w+\.\w+", name)]
    if fields:
        return f"`{fields[0]}`"
    if touched.generated:
        return f"`{touched.generated[0].removeprefix('apikley_generated.')}`"
    words = [str(part) for part in change.place if isinstance(part, str)]
    return f"`{words[-2] if len(words) > 1 else change.pointer}`"


_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")

"""What is left to the maintainer after a change: a version, lines of the changelog, work by hand.

The work is in `apikley`, since no generator writes it.
"""

import json
import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from comparing.changes import Change, Level, Side
from regeneration.documents import Json
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


def chores(told: Iterable[tuple[Change, Touched]]) -> Iterator[str]:
    """One sentence for each thing that a change leaves to do; what our corrections keep from users leaves nothing."""
    for change, touched in told:
        if change.level is Level.WORDING:
            continue
        names = ", ".join(touched.overlay)
        last = str(change.place[-1]) if change.place else ""
        if last == "required":
            last = str(change.new or change.old)
        is_sent = change.side in {Side.REQUEST, Side.BOTH}
        match change.what:
            case "property added" | "required property added" if is_sent:
                yield (
                    f"{last} is in the generated models and in no option of ours. To offer it, name it in EditOptions, "
                    "EditRequest and wire.to_body."
                )
            case "property removed" | "parameter removed" if names:
                yield f"{last} is gone from the document; take it out of {names}."
            case "property renamed" if names:
                yield f"{last} is called {change.new} now; change {names}."
            case "value added" | "value removed" if aliases := _aliases(touched):
                told_values = short(change.new if change.new is not None else change.old)
                yield f"{aliases} lists the values by hand: {change.what.split()[-1]} {told_values}."
            case "type changed" | "format changed" | "now required" | "no longer required" if (
                names and is_sent
            ):
                yield f"See that {names} still fits: {last}, {change.what}."
        if touched.repeating and change.what != "property renamed":
            yield f"{short(change.old)} is repeated in {', '.join(touched.repeating)}; see that it still holds."


def short(value: Json) -> str:
    """A value as it stands in a sentence."""
    text = whole(value)
    return text if len(text) <= 60 else text[:59] + "…"


def whole(value: Json) -> str:
    """A value in one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


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


def _aliases(touched: Touched) -> str:
    return ", ".join(name for name in touched.overlay if name.startswith("options."))


_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")

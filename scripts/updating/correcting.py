"""Which of our corrections a new document makes needless, and which no longer fit it.

Regeneration stops at the first. Here each one that fails is left out and the rest is tried again, so that all of
them are told at once, and so that the package can be shown as it would be without them.
"""

import json
import re
from pathlib import Path

from attrs import frozen

from comparing.changes import Change
from regeneration import assembling, documents, joining, overlays


@frozen
class Misfit:
    """A correction that cannot be made any more, or need not be."""

    file: str
    number: int
    """The action's, from 1."""
    target: str
    reason: str
    """Why the correction was made, in its own words."""
    problem: str
    is_needless: bool
    advice: str


@frozen
class Tried:
    """What came of making all corrections: those that failed, and what is wrong beside them."""

    misfits: tuple[Misfit, ...]
    problem: str | None = None


def leave_out_misfits(spec: Path, changes: list[Change]) -> Tried:
    """Take every correction that fails out of the copy `spec`, and tell of it.

    Raises `DocumentError` or `VendoredChanged` for what no correction is to blame for.
    """
    numbers: dict[Path, list[int]] = {}
    misfits: list[Misfit] = []
    while True:
        try:
            assembling.assemble(spec)
        except overlays.OverlayError as error:
            if (found := _WHERE.fullmatch(error.where)) is None:
                return Tried(tuple(misfits), str(error))
            path, position = Path(found["file"]), int(found["number"]) - 1
            told = documents.load(path)
            actions = told["actions"]
            assert isinstance(actions, list)
            left = numbers.setdefault(path, [*range(1, len(actions) + 1)])
            misfits.append(
                _misfit(error, actions[position], path.relative_to(spec), left.pop(position), changes)
            )
            del actions[position]
            if actions:
                path.write_text(json.dumps(told), encoding="utf-8")
            else:
                path.unlink()
        except joining.JoinError as error:
            return Tried(tuple(misfits), str(error))
        else:
            return Tried(tuple(misfits))


def _misfit(
    error: overlays.OverlayError, action: object, file: Path, number: int, changes: list[Change]
) -> Misfit:
    fields = action if isinstance(action, dict) else {}
    target = str(fields.get("target"))
    advice = _advice(error, target, changes)
    is_needless = isinstance(error, overlays.CorrectionNotNeeded)
    if is_needless:
        advice = _NEEDLESS
    elif isinstance(error, overlays.TargetMissing) and fields.get("remove") is True and not advice:
        is_needless, advice = True, _REMOVED
    return Misfit(
        file=f"spec/{file.as_posix()}",
        number=number,
        target=target,
        reason=" ".join(str(fields.get("description", "")).split()),
        problem=error.problem,
        is_needless=is_needless,
        advice=advice or _otherwise(error),
    )


def _advice(error: overlays.OverlayError, target: str, changes: list[Change]) -> str | None:
    """What can be done about a correction of something that is gone, or has another name; None if it is neither."""
    for change in changes:
        name = str(change.place[-1]) if change.place else ""
        spoken = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        if not change.is_removed or not name or not (spoken.search(target) or spoken.search(error.problem)):
            continue
        is_renamed = isinstance(change.new, str) and ("renamed" in change.what or "changed" in change.what)
        if is_renamed:
            return f"{name} is called {change.new} now: write that in the action, if the reason still holds."
        if found := _COUNT.match(error.problem):
            return f"{name} is gone: take it out of the target, and write x-matches: {found['count']}."
        if not spoken.search(target):
            return f"{name} is gone: take it out of the action."
        return f"{name} is gone: take the action out, or aim it at what took its place."
    return None


def _otherwise(error: overlays.OverlayError) -> str:
    if isinstance(error, overlays.TargetMissing):
        return "See where in the new document that place is now, and aim the action at it; or take the action out."
    if _COUNT.match(error.problem):
        return "See which places the target meets now; change the target, or the number in x-matches."
    return "Read what the new document says there, and write the action anew, or take it out."


_NEEDLESS = "The document says it itself now: take the action out of the file."
_REMOVED = "The document has it no more: take the action out of the file."
_COUNT = re.compile(r"matches (?P<count>\d+), and x-matches says")
_WHERE = re.compile(r"(?P<file>.+?), action (?P<number>\d+)(?: \(.*\))?", re.DOTALL)

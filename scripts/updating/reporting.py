"""How a run reads: on a terminal, in a pipe, and to a program."""

import json
import shutil
from collections.abc import Iterator
from textwrap import wrap

from attrs import field, frozen

from comparing.changes import Change, Level
from updating.correcting import Misfit
from updating.naming import NameChange
from updating.suggesting import Bump, short, whole
from updating.touching import Touched
from updating.trials import Failure


@frozen(kw_only=True)
class Report:
    """All that there is to tell of a run."""

    file: str
    """The vendored document, as a path from the project's root."""
    changes: tuple[tuple[Change, Touched], ...] = ()
    names: tuple[NameChange, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    problem: str | None = None
    """Why nothing was written, if it is not the corrections alone."""
    todo: tuple[str, ...] = ()
    bump: Bump | None = None
    changelog: dict[str, list[str]] = field(factory=dict)
    notes: tuple[str, ...] = ()
    tests: str | None = None
    failed: tuple[Failure, ...] = ()
    outcome: str = ""

    @property
    def counts(self) -> dict[Level, int]:
        """How many changes there are of each level."""
        return {level: sum(change.level is level for change, _ in self.changes) for level in Level}


def to_json(report: Report) -> str:
    """The report for programs, one JSON text."""
    told: dict[str, object] = {
        "file": report.file,
        "outcome": report.outcome,
        "problem": report.problem,
        "counts": {level.value: count for level, count in report.counts.items()},
        "changes": [
            {
                "pointer": change.pointer,
                "what": change.what,
                "old": change.old,
                "new": change.new,
                "level": change.level.value,
                "why": change.why,
                "side": change.side.value,
                "generated": [*touched.generated],
                "overlay": [f"apikley.{name}" for name in touched.overlay],
            }
            for change, touched in report.changes
        ],
        "names": [{"name": each.name, "old": each.old, "new": each.new} for each in report.names],
        "corrections": [
            {
                "file": each.file,
                "action": each.number,
                "target": each.target,
                "reason": each.reason,
                "problem": each.problem,
                "needless": each.is_needless,
                "advice": each.advice,
            }
            for each in report.misfits
        ],
        "todo": [*report.todo],
        "version": None
        if report.bump is None
        else {"old": report.bump.old, "new": report.bump.new, "part": report.bump.part},
        "changelog": report.changelog,
        "notes": [*report.notes],
        "tests": report.tests,
        "failed": [{"test": each.test, "why": each.why} for each in report.failed],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def to_text(report: Report, *, is_terminal: bool) -> str:
    """The report for people; colours and the window's width on a terminal only."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 110) if is_terminal else 100
    return "\n".join(_Text(is_colourful=is_terminal, width=width).of(report)) + "\n"


class _Text:
    def __init__(self, *, is_colourful: bool, width: int) -> None:
        self._is_colourful = is_colourful
        self._width = width

    def of(self, report: Report) -> Iterator[str]:
        """Every line of the report."""
        yield self._bold(report.file)
        for section in (self._changes, self._misfits, self._names, self._lists, self._version, self._tests):
            yield from section(report)
        if report.outcome:
            yield ""
            yield from self._wrapped(report.outcome, "")

    def _changes(self, report: Report) -> Iterator[str]:
        for level in Level:
            told = [pair for pair in report.changes if pair[0].level is level]
            if told:
                yield ""
                yield self._heading(f"{_HEADINGS[level]} ({len(told)})", level)
                for change, touched in told:
                    yield from self._change(change, touched)

    def _misfits(self, report: Report) -> Iterator[str]:
        if report.misfits:
            yield ""
            yield self._heading(f"Corrections that are in the way ({len(report.misfits)})", Level.BREAKING)
            for each in report.misfits:
                yield from self._misfit(each)

    def _names(self, report: Report) -> Iterator[str]:
        if report.names:
            yield ""
            yield self._bold(f"Names of apikley_generated ({len(report.names)})")
            for each in report.names:
                yield self._name(each)

    def _lists(self, report: Report) -> Iterator[str]:
        for title, lines in (("To do by hand", report.todo), ("Notes", report.notes)):
            if lines:
                yield ""
                yield self._bold(title)
                for line in lines:
                    yield from self._wrapped(line, "  - ")

    def _version(self, report: Report) -> Iterator[str]:
        if report.bump is not None:
            yield ""
            yield self._bold("Version")
            yield f"  {report.bump.old} → {report.bump.new} ({report.bump.part}): {report.bump.why}"
        if report.changelog:
            yield ""
            yield self._bold("CHANGELOG.md, a draft")
            for heading, drafted in report.changelog.items():
                yield f"  ### {heading}"
                for line in drafted:
                    yield f"  - {line}"

    def _tests(self, report: Report) -> Iterator[str]:
        if not report.tests:
            return
        yield ""
        yield self._bold("Tests")
        yield f"  {report.tests}"
        for each in report.failed:
            yield f"    {each.test}"
            yield from self._wrapped(each.why, "      ")
        if report.failed:
            yield from self._wrapped(_FAILED, "  ")

    def _change(self, change: Change, touched: Touched) -> Iterator[str]:
        side = f" [{change.side.value}]" if change.side.value else ""
        yield f"  {self._bold(change.what)}{side}: {difference(change)}"
        yield self._dim(f"    {change.pointer}")
        if change.level is not Level.WORDING:
            yield from self._wrapped(f"{change.why}.".capitalize()[:1] + f"{change.why}."[1:], "    ")
        names = [*touched.overlay, *touched.generated]
        if names and change.level is not Level.WORDING:
            yield from self._wrapped("touches " + ", ".join(names), "    ")

    def _misfit(self, each: Misfit) -> Iterator[str]:
        word = "needless" if each.is_needless else "no longer fits"
        yield f"  {self._bold(f'{each.file}, action {each.number}')}: {word}"
        yield self._dim(f"    {each.target}")
        yield from self._wrapped(f"made because: {each.reason}", "    ")
        yield from self._wrapped(f"now: {each.problem}", "    ")
        yield from self._wrapped(f"→ {each.advice}", "    ")

    def _name(self, each: NameChange) -> str:
        name = each.name.removeprefix("apikley_generated.")
        if each.new is None:
            return self._coloured(f"  - {name}", Level.BREAKING)
        if each.old is None:
            return f"  + {name}: {short(each.new)}"
        return f"  ~ {name}: {_words_apart(each.old, each.new)}"

    def _wrapped(self, text: str, indent: str) -> list[str]:
        after = " " * len(indent)
        return wrap(
            text,
            self._width,
            initial_indent=indent,
            subsequent_indent=after,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _heading(self, text: str, level: Level) -> str:
        return self._coloured(self._bold(text), level)

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[22m" if self._is_colourful else text

    def _dim(self, text: str) -> str:
        return f"\033[2m{text}\033[22m" if self._is_colourful else text

    def _coloured(self, text: str, level: Level) -> str:
        return f"\033[{_COLOURS[level]}m{text}\033[39m" if self._is_colourful else text


def difference(change: Change) -> str:
    """What was there and what is there now, in one line."""
    old, new = change.old, change.new
    if change.level is Level.WORDING and old is not None and new is not None:
        return _words_apart(whole(old), whole(new))
    if old is None and change.what.endswith("changed"):
        return f"none → {short(new)}"
    if new is None and change.what.endswith("changed"):
        return f"{short(old)} → none"
    if old is None or new is None:
        return short(new if old is None else old)
    return f"{short(old)} → {short(new)}"


def _words_apart(old: str, new: str) -> str:
    """Two texts from the first word that differs to the last."""
    before, after = old.split(), new.split()
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    if (
        len(before) == start + end or len(after) == start + end
    ):  # one side would be empty: a neighbour shows where
        end, start = (end - 1, start) if end else (end, max(start - 1, 0))
    one, other = (" ".join(words[start : len(words) - end]) for words in (before, after))
    lead = "… " if start else ""
    return f"{lead}{short(one) or '(nothing)'} → {short(other) or '(nothing)'}"


_FAILED = (
    "These say by hand what the document said before, or how it was restored. Read each, and change the test, the "
    "corrections, or the sources."
)
_HEADINGS = {
    Level.BREAKING: "Breaking for users",
    Level.COMPATIBLE: "Compatible",
    Level.WORDING: "Wording only",
}
_COLOURS = {Level.BREAKING: 31, Level.COMPATIBLE: 32, Level.WORDING: 90}

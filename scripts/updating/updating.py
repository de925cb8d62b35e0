"""How a new version of a vendored document is taken in, from the first step to the last."""

import re
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from attrs import evolve, frozen

from comparing import comparing
from comparing.changes import Level
from comparing.references import at
from regeneration import assembling, documents, regenerating
from regeneration.documents import Document, DocumentError
from updating import (
    correcting,
    heeding,
    inert,
    naming,
    oddities,
    receiving,
    reminding,
    soundness,
    storing,
    suggesting,
    touching,
    trials,
)
from updating.receiving import Known, Received
from updating.reporting import Report

PROBLEMS = (*regenerating.PROBLEMS, inert.NotInert, OSError)
"""What can be wrong with what is handed in, or with what is there; each says which file and why."""


@frozen(kw_only=True)
class Wish:
    """What the maintainer asked for."""

    new: Path
    day: date
    replaces: Path | None = None
    """None: the vendored document of the same model."""
    places: Mapping[int, str] | None = None
    fail_on: Level | None = None
    is_dry: bool = False
    with_tests: bool = True


@frozen
class Outcome:
    """What there is to tell, and whether the new version stands."""

    report: Report
    is_refused: bool


def update(root: Path, wish: Wish, work: Path) -> Outcome:
    """Take the new version in, using the empty folder `work` on the same file system; raises one of `PROBLEMS`.

    Nothing outside `work` is changed before the last step, and that one is undone if it fails.
    """
    upstream = root / "spec" / "upstream"
    assembling.verify_vendored(upstream)
    vendored = sorted(upstream.rglob("*.yaml"))
    received, path = _received(wish, vendored)
    name = path.relative_to(upstream).as_posix()
    report = Report(file=f"spec/upstream/{name}", notes=received.notes)
    odd = [*soundness.check(received.document, str(wish.new)), *oddities.oddities(received.document)]
    before = documents.load(path)
    changes = comparing.compare(before, received.document)
    if not changes and storing.is_same(upstream, name, received):
        return Outcome(evolve(report, outcome="Nothing changed."), is_refused=False)
    if not changes and received.page is None:
        outcome = "Nothing changed but the layout, so the vendored text stays."
        return Outcome(evolve(report, outcome=outcome), is_refused=False)

    spec = shutil.copytree(root / "spec", work / "spec")
    notes = storing.write(spec / "upstream", name, received, wish.day)
    tried_spec = shutil.copytree(spec, work / "tried" / "spec")
    tried = correcting.leave_out_misfits(tried_spec, changes)
    documents_then = (
        heeding.corrected(root / "spec", path),
        heeding.corrected(tried_spec, tried_spec / "upstream" / name),
    )
    changes = heeding.heed(changes, *documents_then)
    report = evolve(
        report, notes=(*received.notes, *odd, *notes), misfits=tried.misfits, problem=tried.problem
    )
    old_names = naming.names(root / "generated" / "apikley_generated")
    new_names = old_names
    generated = None
    if tried.problem is None:
        (work / "fresh").mkdir()
        generated = regenerating.regenerate(tried_spec, work / "fresh")
        inert.check_package(tried_spec, generated, work / "plain")
        (package,) = generated.iterdir()
        new_names = naming.names(package)
    touch = touching.Touching(
        root / "overlay" / "apikley", (documents_then[0], old_names), (documents_then[1], new_names)
    )
    told = tuple((change, touch.names(change)) for change in changes)
    difference = naming.difference(old_names, new_names)
    report = evolve(
        report,
        changes=told,
        names=tuple(difference),
        todo=tuple(
            dict.fromkeys([*suggesting.chores(told), *reminding.reminders(root / "spec", path, changes)])
        ),
        bump=suggesting.bump(_version(root), changes, difference),
        changelog=suggesting.changelog(told),
    )
    if refusal := _refusal(report, wish):
        return Outcome(evolve(report, outcome=refusal), is_refused=True)
    assert generated is not None
    if wish.with_tests:
        (work / "trial").mkdir()
        verdict = trials.run(root, spec, generated, work / "trial")
        report = evolve(report, tests=verdict.summary, failed=verdict.failed)
    else:
        report = evolve(report, tests="Left out: scripts/test says what a person has to confirm.")
    if wish.is_dry:
        return Outcome(evolve(report, outcome="A dry run: nothing was written."), is_refused=False)
    storing.replace([(upstream, spec / "upstream"), (root / "generated", generated)])
    return Outcome(
        evolve(report, outcome="spec/upstream and generated/ are written; look at them with git diff."),
        is_refused=False,
    )


def _received(wish: Wish, vendored: list[Path]) -> tuple[Received, Path]:
    """The new version, and the document whose place it takes; raises `DocumentError`."""
    if wish.replaces is not None:
        path = wish.replaces.resolve()
        if path not in [each.resolve() for each in vendored]:
            raise DocumentError(str(wish.replaces), "is no vendored document")
        return receiving.receive(wish.new, [_known(path)], wish.places), path
    received = receiving.receive(wish.new, [_known(path) for path in vendored], wish.places)
    fitting = [path for path in vendored if _is_of_one_model(documents.load(path), received.document)]
    if len(fitting) != 1:
        raise DocumentError(str(wish.new), _unplaced(received.document, fitting))
    return received, fitting[0]


def _unplaced(document: Document, fitting: list[Path]) -> str:
    """Why it cannot be told whose place a document takes."""
    models = ", ".join(sorted(_models(document)))[:200]
    told = f"is of the model {models}" if models else "names no model"
    if fitting:
        names = ", ".join(path.name for path in fitting)
        return f"{told}, as are {names}; say with --replaces whose place it takes"
    if models:
        return (
            f"{told}, which no vendored document is of; scripts/add-model takes it in as one more, "
            "--replaces names the one whose place it takes"
        )
    return f"{told}, and its operation is in no vendored document; say with --replaces whose place it takes"


def _known(path: Path) -> Known:
    page = path.with_suffix(".page.txt")
    return Known(documents.load(path), page.read_text(encoding="utf-8") if page.is_file() else None)


def _is_of_one_model(old: Document, new: Document) -> bool:
    """Whether two documents are of the same model; where no model is named, of the same operation."""
    models = _models(old), _models(new)
    if models[0] and models[1]:
        return bool(models[0] & models[1])
    return bool(_operations(old) & _operations(new))


def _models(document: Document) -> set[str]:
    """The values that a request's `model` can have."""
    found: set[str] = set()
    for operation in _each_operation(document):
        place = ("requestBody", "content", "application/json", "schema", "properties", "model")
        match at(operation, place):
            case {"enum": list(values)}:
                found |= {value for value in values if isinstance(value, str)}
            case {"default": str(value)}:
                found.add(value)
    return found


def _operations(document: Document) -> set[str]:
    return {str(each.get("operationId")) for each in _each_operation(document) if each.get("operationId")}


def _each_operation(document: Document) -> list[Document]:
    paths = document.get("paths")
    items = paths.values() if isinstance(paths, dict) else []
    return [
        operation
        for item in items
        if isinstance(item, dict)
        for operation in item.values()
        if isinstance(operation, dict)
    ]


def _refusal(report: Report, wish: Wish) -> str | None:
    if report.problem is not None:
        return f"Refused, and nothing was written: {report.problem}"
    if report.misfits:
        count = len(report.misfits)
        what = "a correction is" if count == 1 else f"{count} corrections are"
        return (
            f"Refused, and nothing was written: {what} in the way. The names above are as if left out. Change "
            "spec/overlays, then run this again."
        )
    if wish.fail_on is not None and any(
        count for level, count in report.counts.items() if _is_at_least(level, wish.fail_on)
    ):
        return f"Refused, and nothing was written: there are changes that are {wish.fail_on.value} or worse."
    return None


def _is_at_least(level: Level, limit: Level) -> bool:
    order = list(Level)
    return order.index(level) <= order.index(limit)


def _version(root: Path) -> str:
    found = re.search(
        r'^version = "([^"]+)"', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[1] if found else "0.0.0"

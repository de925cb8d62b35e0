"""The tables of what was noticed, in Markdown."""

from collections.abc import Iterable, Iterator, Mapping

from mutating.planting import Outcome
from mutating.scoring import Score, Verdict, by_detector, by_kind, by_side


def of_documents(verdicts: list[Verdict]) -> str:
    """By kind of change, by where it shows, by who noticed it first, and whoever nobody noticed."""
    kinds, sides = by_kind(verdicts), by_side(verdicts)
    rows = [(kind, score) for kind, score in kinds.items() if kind != "all"]
    survivors = [verdict for verdict in verdicts if verdict.noticed is None]
    parts = [
        _table("change", [*rows, ("**all**", kinds["all"])]),
        _table("where it shows", sides.items()),
        _first(by_detector(verdicts), len(verdicts)),
        "\n".join(_survivors(survivors)),
    ]
    return "\n\n".join(part for part in parts if part)


def of_defects(outcomes: list[Outcome]) -> str:
    """How many in the mock and in the client, and those that nobody noticed."""
    rows = []
    for home in ("mock", "client"):
        each = [outcome for outcome in outcomes if outcome.defect.name.startswith(f"{home}:")]
        if each:
            rows.append((home, _of_outcomes(each)))
    left = [outcome.defect for outcome in outcomes if not outcome.noticed]
    told = [f"- {defect.name}: {defect.reason or '**should be noticed**'}" for defect in left]
    intro = ["Nobody noticed:", ""] if told else []
    return "\n\n".join(part for part in (_table("defect in", rows), "\n".join([*intro, *told])) if part)


def _of_outcomes(outcomes: list[Outcome]) -> Score:
    return Score(
        planted=len(outcomes),
        noticed=sum(bool(outcome.noticed) for outcome in outcomes),
        equivalent=sum(not outcome.noticed and outcome.defect.reason is not None for outcome in outcomes),
    )


def _table(title: str, rows: Iterable[tuple[str, Score]]) -> str:
    lines = [
        f"| {title} | planted | noticed | share | nobody can | missed |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {score.planted} | {score.noticed} | {score.share:.1%} | {score.equivalent} | {score.missed} |"
        for name, score in rows
    ]
    return "\n".join(lines)


def _first(detectors: Mapping[str, int], planted: int) -> str:
    lines = ["| first to notice | changes | share |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name} | {number} | {number / planted:.1%} |"
        for name, number in sorted(detectors.items(), key=lambda pair: -pair[1])
    ]
    return "\n".join(lines)


def _survivors(verdicts: list[Verdict]) -> Iterator[str]:
    """By reason; those without one first."""
    reasons: dict[str | None, list[str]] = {}
    for verdict in verdicts:
        reasons.setdefault(verdict.reason, []).append(verdict.mutant.id)
    for reason, ids in sorted(reasons.items(), key=lambda pair: pair[0] is not None):
        yield f"- {reason or '**Should be noticed.**'}"
        yield from (f"    - `{each}`" for each in ids)

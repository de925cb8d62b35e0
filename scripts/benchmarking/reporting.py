"""What was measured, as a page of Markdown and as goals met or missed."""

import statistics
from collections.abc import Iterator, Sequence

from benchmarking.contestants import OURS
from benchmarking.goals import Goal, table
from benchmarking.loading import CONNECTIONS
from benchmarking.measuring import KINDS, TASKS, WINDOW, Findings, LongRun, Turn
from benchmarking.verdicts import Row

FLAT = 1.5  # what the p99 at the end may be of that at the beginning
_HOPED = {("Prism", "valid"): 6.0, ("Prism", "invalid"): 10.0, ("Steady", "valid"): 3.5}


def goals(found: Sequence[Findings], long: LongRun) -> Iterator[Goal]:
    """Those whose peer was measured."""
    first, *peers = found
    for peer in peers:
        for kind in KINDS:
            if hoped := _HOPED.get((peer.contestant.name, kind)):
                ratio = times(first, peer, kind)
                yield Goal(
                    f"{kind} requests, {peer.contestant.title}",
                    f"≥ {hoped:g}×",
                    f"{ratio:.1f}×",
                    ratio >= hoped,
                )
    start = statistics.median(first.starts) * 1000
    yield Goal("start to the first right answer", "≤ 300 ms", f"{start:.0f} ms", start <= 300)
    begin, end = long.ends
    measured = f"{end / begin:.2f}× ({begin * 1000:.1f} → {end * 1000:.1f} ms)"
    yield Goal(f"p99 flat over {TASKS:,} tasks", f"≤ {FLAT}×", measured, end / begin <= FLAT)
    memory = max(long.memory_after, first.memory_after)
    yield Goal("memory after them", "≤ 80 MB", f"{memory:.0f} MB", memory <= 80)


def times(first: Findings, other: Findings, kind: str) -> float:
    """How many times as many requests a second the first answers: the median of the rounds' ratios."""
    pairs = zip(first.turns[kind], other.turns[kind], strict=True)
    return statistics.median(mine.rate / theirs.rate for mine, theirs in pairs)


def page(found: Sequence[Findings], long: LongRun, *, asked: int, circumstances: Sequence[str]) -> str:
    """The measured part of the page."""
    return "\n".join(
        [
            *(f"- {line}" for line in circumstances),
            "",
            *_comparison(found, asked),
            "",
            *table(goals(found, long)),
            "",
            *_long(long),
            "",
            *_wrong(found),
        ]
    )


def _comparison(found: Sequence[Findings], asked: int) -> Iterator[str]:
    yield "| | " + " | ".join(each.contestant.title for each in found) + " |"
    yield "| --- |" + " ---: |" * len(found)
    for about, cells in _lines(found, asked):
        yield f"| {about} | " + " | ".join(cells) + " |"


def _lines(found: Sequence[Findings], asked: int) -> Iterator[tuple[str, list[str]]]:
    first = found[0]
    yield "runs on", [each.contestant.runs_on for each in found]
    yield "licence", [each.contestant.licence for each in found]
    yield f"right verdicts of {asked}", [f"{asked - len(each.wrong)}" for each in found]
    yield "… and with a code of the service's", [f"{asked - len(each.unclear)}" for each in found]
    for kind in KINDS:
        yield f"{kind} createTask, requests/s", [f"{each.median(kind, _rate):,.0f}" for each in found]
        yield "… times slower than ours", [f"{times(first, each, kind):.1f}" for each in found]
        mine = first.median(kind, _cpu)
        costs = [each.median(kind, _cpu) for each in found]
        yield (
            "… server CPU a request, µs (times ours)",
            [f"{cost * 1e6:,.0f} ({cost / mine:.1f})" for cost in costs],
        )
        yield (
            "… p50 / p99, ms",
            [f"{each.median(kind, _p50):.1f} / {each.median(kind, _p99):.1f}" for each in found],
        )
    yield (
        "start to the first right answer, ms",
        [f"{statistics.median(each.starts) * 1000:,.0f}" for each in found],
    )
    yield (
        "memory at start / after the load, MB",
        [f"{each.memory_at_start:.0f} / {each.memory_after:.0f}" for each in found],
    )
    for ability in first.abilities:
        yield ability, ["yes" if each.abilities[ability] else "no" for each in found]


def _rate(turn: Turn) -> float:
    return turn.rate


def _cpu(turn: Turn) -> float:
    return turn.cpu


def _p50(turn: Turn) -> float:
    return turn.p50 * 1000


def _p99(turn: Turn) -> float:
    return turn.p99 * 1000


def _long(long: LongRun) -> Iterator[str]:
    yield (
        f"{OURS} over {TASKS:,} tasks, {CONNECTIONS} connections: {long.rate:,.0f} a second; "
        f"p99 of the {len(long.p99s)} windows of {WINDOW:,}: first {long.p99s[0] * 1000:.1f}, "
        f"median {statistics.median(long.p99s) * 1000:.1f}, highest {max(long.p99s) * 1000:.1f}, "
        f"last {long.p99s[-1] * 1000:.1f} ms (p50: first {long.p50s[0] * 1000:.1f}, last {long.p50s[-1] * 1000:.1f}); "
        f"memory {long.memory_before:.0f} MB before, {long.memory_after:.0f} MB after."
    )


def _wrong(found: Sequence[Findings]) -> Iterator[str]:
    yield "Where a verdict was another than the service's:"
    yield ""
    told: list[tuple[str, list[Row]]] = []
    for each in found:
        if (each.contestant.name, each.wrong) not in told:  # a variant that differs in speed only
            told.append((each.contestant.name, each.wrong))
            yield f"- **{each.contestant.title}**: {'; '.join(map(_shown, each.wrong)) or 'nowhere'}."


def _shown(row: Row) -> str:
    return f"{row.about} ({row.verdict})"

"""What was measured of the clients, as a page of Markdown and as goals met or missed."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence

from benchmarking.goals import Goal, table
from rivals.measuring import AT_ONCE, FAST, HISTORIES, SPREADS, Findings, Results
from rivals.peers import HTTPX, PEERS
from rivals.simulating import ROUND_TRIP
from rivals.wishes import Fault

_ABOUT = {
    Fault.DROPPED: "task made, connection dropped",
    Fault.SILENT: "task made, no answer",
    Fault.BROKEN: "task made, answer 500",
    Fault.REFUSED: "429, Retry-After: 1, no task",
    Fault.ALWAYS_DROPPED: "the answer to every attempt lost",
    Fault.POLL_BROKEN: "a question: 500",
    Fault.POLL_PAGE: "a question: an HTML page",
    Fault.POLL_DROPPED: "a question: connection dropped",
}
_QUESTIONS = (Fault.POLL_BROKEN, Fault.POLL_PAGE, Fault.POLL_DROPPED)
_NAMED = ("error names the task", "in doubt, named")
_HOLDS = "openai"  # one request until the picture is there


def page(found: Results, circumstances: str) -> str:
    """The measured part of the page."""
    parts: list[Iterable[str]] = [
        _circumstances(found, circumstances),
        table(goals(found)),
        ["### Faults", "", *_faults(found)],
        ["### Waiting", "", *_watched(found), "", *_simulated(found)],
        [f"### {found.plan.tasks} tasks at once", "", *_bursts(found)],
        ["### Calls, imports, size", "", *_costs(found)],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def goals(found: Results) -> Iterator[Goal]:
    """All of them, met or not."""
    ours = found.ours
    most = max(outcome.tasks for outcome in ours.faults.values())
    yield Goal("tasks made by a call, over all faults", "≤ 1", f"{most}", most <= 1)
    survived = sum(ours.faults[fault].left == "ok" for fault in _QUESTIONS)
    yield Goal(
        "faults of one question survived",
        "all",
        f"{survived} of {len(_QUESTIONS)}",
        survived == len(_QUESTIONS),
    )
    named, of = _named(ours)
    yield Goal(
        "errors after a task was made that name it or its submission", "all", f"{named} of {of}", named == of
    )
    for (queue, median), (_, fixed) in found.fixed.items():
        if queue == "steady":
            ratio = found.simulated[queue, "learned", median].product / fixed.product
            yield _at_most(f"lag × polls of tasks of {median} s, to the best fixed interval", ratio, 0.6)
    slowest = max(found.called_back)
    yield Goal("lag where a callback races the poll", "≤ 0.05 s", f"{slowest:.3f} s", slowest <= 0.05)
    at_once = f"{found.plan.tasks} tasks at once, wall to ideal, politeness lifted"
    yield _at_most(at_once, _wall(ours, "learned") / AT_ONCE, 1.7)
    if FAST in ours.bursts:
        yield _at_most(f"{at_once}, fast", _wall(ours, FAST) / AT_ONCE, 1.2)
    yield _at_most("CPU of a status call, to plain httpx", ours.cpu_ratio("status"), 1.15)
    yield _at_most("CPU of a create, to plain httpx", ours.cpu_ratio("create"), 1.25)
    yield _at_most("`import apikley`, to `import httpx`", statistics.median(found.bare_imports), 0.25)
    yield _at_most("`from apikley import Apikley`, to `import httpx`", statistics.median(ours.imports), 1.35)
    yield _at_most("size of the core as installed, to httpx's", ours.megabytes / found.httpx.megabytes, 1.25)


def _at_most(about: str, ratio: float, hoped: float) -> Goal:
    return Goal(about, f"≤ {hoped:g}×", f"{ratio:.2f}×", round(ratio, 2) <= hoped)


def _named(each: Findings) -> tuple[int, int]:
    """How many of the errors with a task behind them name it or its submission."""
    errors = [outcome for outcome in each.faults.values() if outcome.tasks and outcome.left != "ok"]
    return sum(outcome.left in _NAMED for outcome in errors), len(errors)


def _wall(each: Findings, how: str = "") -> float:
    return statistics.median(burst.wall for burst in each.bursts[how])


def _circumstances(found: Results, circumstances: str) -> Iterator[str]:
    plan = found.plan
    yield f"- {circumstances}"
    yield "- " + ", ".join(
        f"{peer.package} {peer.version}" for peer in (HTTPX, *PEERS.values()) if _is_in(peer.package, found)
    )
    yield (
        f"- medians of {plan.rounds} rounds of imports and of {plan.calls} calls of each kind,"
        f" and of {plan.bursts} of {plan.tasks} tasks at once"
    )


def _is_in(package: str, found: Results) -> bool:
    return package == HTTPX.package or any(each.peer.package == package for each in found.peers)


def _lines(head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    yield "| | " + " | ".join(head) + " |"
    yield "| --- |" + " ---: |" * len(head)
    for about, cells in rows:
        yield f"| {about} | " + " | ".join(cells) + " |"


def _names(findings: Iterable[Findings]) -> list[str]:
    return [each.peer.package for each in findings]


def _faults(found: Results) -> Iterator[str]:
    def cell(each: Findings, fault: Fault) -> str:
        if each.peer.package == _HOLDS and fault in _QUESTIONS:
            return "–"
        outcome = each.faults[fault]
        match outcome.tasks:
            case 0:
                tasks = "no task"
            case 1:
                tasks = "1 task"
            case many:
                tasks = f"**{many} tasks**"
        return f"{tasks}, {outcome.left}"

    rows = [(about, [cell(each, fault) for each in found.clients]) for fault, about in _ABOUT.items()]
    yield from _lines(_names(found.clients), rows)


def _watched(found: Results) -> Iterator[str]:
    rows = [(_called(each, how), each.watched[how]) for each in found.clients for how in each.watched]
    head = [f"{median} s" for median in found.plan.watched]
    cells = [
        (
            name,
            [
                f"{each[median].lag * 1000:,.0f} ms / {each[median].polls:.1f}"
                for median in found.plan.watched
            ],
        )
        for name, each in rows
    ]
    yield "In real time, on a steady queue: mean lag / mean number of questions, for tasks that take about so long."
    yield ""
    yield from _lines(head, cells)


def _called(each: Findings, how: str) -> str:
    return f"{each.peer.package}, {how}" if how else each.peer.package


def _simulated(found: Results) -> Iterator[str]:
    yield (
        f"In virtual time, {found.plan.simulated} tasks each, a question taking {ROUND_TRIP * 1000:.0f} ms:"
        " lag × polls, in seconds. The best fixed interval was chosen afterwards, for these very durations."
    )
    yield ""
    rows = []
    for queue in SPREADS:
        for median in found.plan.watched:
            interval, fixed = found.fixed[queue, median]
            ours = [found.simulated[queue, known, median] for known in HISTORIES]
            cells = [f"{fixed.product:.2f} (every {interval:.2f} s)"]
            cells += [f"{each.product:.2f} ({each.product / fixed.product:.2f}×)" for each in ours]
            rows.append((f"{queue}, {median} s", cells))
    yield from _lines(["best fixed interval", *(f"apikley, {known}" for known in HISTORIES)], rows)


def _bursts(found: Results) -> Iterator[str]:
    rows = []
    for each in (found.ours, found.httpx, *found.peers):
        for how, bursts in sorted(each.bursts.items()):
            wall, cpu = _wall(each, how), statistics.median(burst.cpu for burst in bursts)
            cells = [f"{wall:.1f} s", f"{wall / AT_ONCE:.1f}×", f"{cpu * 1000:.1f} ms"]
            rows.append((_called(each, how.replace(",", ", ")), cells))
    yield f"Each task takes {AT_ONCE} s, so that is the ideal."
    yield ""
    yield from _lines(["wall", "wall to ideal", "CPU a task"], rows)


def _costs(found: Results) -> Iterator[str]:
    clients = found.clients
    base = found.httpx
    kinds = {"create": "CPU of a create", "status": "CPU of a status call"}
    rows = [(about, [_micro(each, kind) for each in clients]) for kind, about in kinds.items()]
    rows += [
        (
            f"import, to httpx's {_median(base.imports) * 1000:.0f} ms",
            _ratios(clients, lambda each: each.imports),
        ),
        (
            f"import and open a client, to httpx's {_median(base.openings) * 1000:.0f} ms",
            _ratios(clients, lambda each: each.openings),
        ),
        (
            f"size with what it needs, to httpx's {base.megabytes:.1f} MB",
            [f"{each.megabytes / base.megabytes:.2f}×" for each in clients],
        ),
    ]
    yield from _lines(_names(clients), rows)


def _micro(each: Findings, kind: str) -> str:
    full = _median([full for _, full in each.cpu[kind]])
    return f"{full * 1e6:,.0f} µs ({each.cpu_ratio(kind):.2f}×)"


def _ratios(clients: Iterable[Findings], read: Callable[[Findings], list[float]]) -> list[str]:
    return [f"{_median(read(each)):.2f}×" for each in clients]


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)

"""The table of `docs/fault-matrix.md`."""

from collections.abc import Iterator
from functools import cache

from proving.cells import STEPS, Fault, Outcome, Times, Way, faults, outcome

OUTCOMES = cache(outcome)
"""Each cell is played once in a process."""
TIMES: tuple[Times, ...] = ("once", "for ever")
WAYS: tuple[Way, ...] = ("sync", "async")


def cells() -> Iterator[tuple[Fault, Times, Way, Outcome]]:
    """Every cell, played."""
    for fault in faults():
        for times in TIMES:
            for way in WAYS:
                yield fault, times, way, OUTCOMES(fault, times, way)


def flaws() -> list[str]:
    """What is wrong in any cell, and where the two clients differ; empty if the promise holds."""
    found = [
        f"{fault.step}, {fault.name}, {times}, {way}: {flaw}"
        for fault, times, way, came in cells()
        for flaw in came.flaws
    ]
    for fault in faults():
        for times in TIMES:
            sync, awaited = (OUTCOMES(fault, times, way) for way in WAYS)
            if sync != awaited:
                found.append(
                    f"{fault.step}, {fault.name}, {times}: {sync} in one client, {awaited} in the other"
                )
    return found


def page() -> str:
    """The measured part of the page, in Markdown."""
    rows: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults():
        once, ever = (str(OUTCOMES(fault, times, "sync")) for times in TIMES)
        rows.setdefault((fault.step, once, ever), []).append(fault)
    lines = ["| step | what goes wrong | once | for ever |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {step} | {', '.join(_names(these))} | {once} | {ever} |"
        for (step, once, ever), these in rows.items()
    ]
    played = sum(1 for _ in cells())
    steps = len(STEPS) + 1
    return (
        f"{played} cells: {steps} steps, {len([*faults()])} faults in all, {' and '.join(WAYS)}.\n\n"
        + "\n".join(lines)
    )


def _names(these: list[Fault]) -> list[str]:
    """A code that comes to the same either way is named once."""
    names = [fault.name for fault in these]
    return [
        name
        for name in names
        if name.removesuffix(" in the envelope") == name or name.split()[0] not in names
    ]

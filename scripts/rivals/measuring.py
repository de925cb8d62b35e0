"""What is measured of the clients: in turns, so that a noisy machine is noisy for all."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attrs import Factory, define, field, frozen

from rivals import durations, serving, simulating
from rivals.peers import HTTPX, OURS, PEERS, Peer
from rivals.simulating import Watching
from rivals.wishes import Fault

_SCRIPTS = Path(__file__).resolve().parent.parent
_LONGEST = 300.0  # seconds for one measurement
AT_ONCE = 1.2  # seconds of each task, where many are made at once
SPREADS = {"steady": durations.STEADY, "noisy": durations.NOISY}
FAST = "learned,fast"
HISTORIES = {"learned": ",learned", "documented": ""}


class NotMeasured(Exception):
    """A measurement failed; the message says which, and what it wrote."""


@frozen
class Plan:
    """How much is measured."""

    rounds: int = 3
    calls: int = 150
    """In each round, of each kind."""
    tasks: int = 200
    bursts: int = 2
    """How often so many tasks are made at once."""
    watched: Mapping[int, int] = {3: 6, 8: 4, 20: 3}
    """How many tasks of which duration are watched in real time."""
    simulated: int = 100


QUICK = Plan(rounds=2, calls=50, tasks=50, bursts=1, watched={3: 3}, simulated=50)


@frozen
class Burst:
    """Many tasks at once, each of which took `AT_ONCE` seconds."""

    wall: float
    cpu: float
    """Seconds a task, the client's."""


@frozen
class Outcome:
    """What one fault led to."""

    tasks: int
    left: str


@define
class Findings:
    """What is known of one client. Lists hold one value a round; ratios are to plain httpx in the same round."""

    peer: Peer
    imports: list[float] = Factory(list)
    openings: list[float] = Factory(list)
    cpu: dict[str, list[tuple[float, float]]] = field(factory=lambda: {"create": [], "status": []})
    """Seconds a call: plain httpx's, and the client's."""
    bursts: dict[str, list[Burst]] = Factory(dict)
    """By how the tasks were made."""
    watched: dict[str, dict[int, Watching]] = Factory(dict)
    """By what was known beforehand, and by the duration."""
    faults: dict[Fault, Outcome] = Factory(dict)
    megabytes: float = 0.0

    def cpu_ratio(self, kind: str) -> float:
        return statistics.median(full / plain for plain, full in self.cpu[kind])


@define
class Results:
    """All of it."""

    plan: Plan
    httpx: Findings
    ours: Findings
    peers: list[Findings]
    bare_imports: list[float] = Factory(list)
    """Of `import apikley`, of which nothing is used."""
    simulated: dict[tuple[str, str, int], Watching] = Factory(dict)
    """Ours, by the queue, by what was known beforehand, and by the duration."""
    fixed: dict[tuple[str, int], tuple[float, Watching]] = Factory(dict)
    """The best fixed interval, by the queue and by the duration."""
    called_back: list[float] = Factory(list)

    @property
    def clients(self) -> list[Findings]:
        return [self.ours, *self.peers]


def compare(python: Path, peers: Iterable[str], plan: Plan) -> Results:
    """All of it, for all of them. Raises `NotMeasured`."""
    found = Results(plan, Findings(HTTPX), Findings(OURS), [Findings(PEERS[name]) for name in peers])
    with serving.running(sys.executable) as url:
        bench = _Bench(python, url, found)
        for step in (bench.sizes, bench.imports, bench.cpu, bench.bursts, bench.lags, bench.faults):
            _say(step.__name__)
            step()
    return found


@frozen
class _Bench:
    """One run of everything."""

    python: Path
    url: str
    found: Results

    def sizes(self) -> None:
        for each in (self.found.httpx, *self.found.clients):
            each.megabytes = self._measured("size", each.peer.package)["megabytes"]

    def imports(self) -> None:
        for _ in range(self.found.plan.rounds):
            base = self._seconds(HTTPX.imported)
            opened = self._seconds(f"{HTTPX.imported}; {HTTPX.opened}")
            self.found.httpx.imports.append(base)
            self.found.httpx.openings.append(opened)
            self.found.bare_imports.append(self._seconds("import apikley") / base)
            for each in self.found.clients:
                each.imports.append(self._seconds(each.peer.imported) / base)
                each.openings.append(self._seconds(f"{each.peer.imported}; {each.peer.opened}") / opened)

    def cpu(self) -> None:
        for _ in range(self.found.plan.rounds):
            for each in self.found.clients:
                said = self._measured("cpu", each.peer.package, str(self.found.plan.calls))
                for kind, pairs in each.cpu.items():
                    pairs.append((said[f"plain {kind}"], said[kind]))

    def bursts(self) -> None:
        plan = self.found.plan
        ways: list[tuple[Findings, str, int]] = [(each, "", plan.bursts) for each in self.found.peers]
        ways += [(self.found.httpx, "", plan.bursts)]
        ways += [(self.found.ours, how, plan.bursts) for how in ("", "learned")]
        ways += [(self.found.ours, "learned,polite", 1)]
        if self._measured("offers", "apikley")["fast"]:
            ways += [(self.found.ours, FAST, plan.bursts)]
        for number in range(plan.bursts):
            for each, how, times in ways:
                if number < times:
                    said = self._measured("at-once", each.peer.package, f"{plan.tasks},{AT_ONCE},{how}")
                    each.bursts.setdefault(how, []).append(Burst(said["wall"], said["cpu"]))

    def lags(self) -> None:
        """In real time all at once, since they do little but wait."""
        plan = self.found.plan
        waits = [(each, "", median) for each in self.found.clients for median in plan.watched]
        waits += [(self.found.ours, "learned", median) for median in plan.watched]

        def watch(wait: tuple[Findings, str, int]) -> Watching:
            each, how, median = wait
            return _watching(
                self._measured("lags", each.peer.package, f"{median},{plan.watched[median]},{how}")
            )

        with ThreadPoolExecutor(len(waits)) as threads:
            for (each, how, median), watching in zip(waits, threads.map(watch, waits), strict=True):
                each.watched.setdefault(how, {})[median] = watching
        for median in plan.watched:
            for queue, spread in SPREADS.items():
                drawn = durations.drawn(median, plan.simulated, spread=spread, seed=7)
                self.found.fixed[queue, median] = simulating.best_fixed(drawn)
                for known, how in HISTORIES.items():
                    said = self._measured("simulated", "apikley", f"{median},{spread},{plan.simulated}{how}")
                    self.found.simulated[queue, known, median] = _watching(said)
        self.found.called_back += self._measured("called-back", "apikley", f"{AT_ONCE},4")["lags"]

    def faults(self) -> None:
        """All clients at once, since they do little but wait."""
        wanted = ",".join(fault for fault in Fault if fault is not Fault.NONE)

        def suffer(each: Findings) -> dict[str, Any]:
            return self._measured("faults", each.peer.package, wanted)

        with ThreadPoolExecutor() as threads:
            for each, said in zip(self.found.clients, threads.map(suffer, self.found.clients), strict=True):
                for fault, told in said.items():
                    each.faults[Fault(fault)] = Outcome(told["tasks"], told["left"])

    def _measured(self, measure: str, name: str, argument: str = "") -> dict[str, Any]:
        command = [str(self.python), "-m", "rivals.working", measure, name, self.url, argument]
        return dict(json.loads(_output(command)))

    def _seconds(self, code: str) -> float:
        """How long statements take in a fresh interpreter, the interpreter's own start left out."""
        timed = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
        return float(_output([str(self.python), "-c", timed]))


def _watching(said: Mapping[str, Sequence[float]]) -> Watching:
    return Watching(statistics.fmean(said["lags"]), statistics.fmean(said["polls"]))


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_LONGEST, cwd=_SCRIPTS
        )
    except subprocess.TimeoutExpired as error:
        raise NotMeasured(f"{' '.join(command)}: no end after {_LONGEST:.0f} s") from error
    if done.returncode:
        raise NotMeasured(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _say(text: str) -> None:
    print(f"{text}   (load {os.getloadavg()[0]:.1f})", file=sys.stderr)

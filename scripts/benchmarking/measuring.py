"""What is measured of the servers: in turns, so that a noisy machine is noisy for all."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

from attrs import Factory, define, frozen

from benchmarking import asking, serving
from benchmarking.asking import Answer, ask
from benchmarking.contestants import Contestant, Unobtainable
from benchmarking.loading import Load, load, percentile
from benchmarking.serving import NoStart, Server
from benchmarking.verdicts import (
    CREATE,
    CREDITS,
    INVALID,
    RECORD,
    VALID,
    Request,
    Row,
    Verdict,
    get,
    post,
    rows,
)

WARM_UP = 2.0  # seconds of each load before the first round, for the compilers of Node and Deno
TASKS = 200_000
WINDOW = 10_000
_ENDS = 5  # windows
KINDS: Mapping[str, Request] = {"valid": VALID, "invalid": INVALID}


@frozen
class Turn:
    """One load on one server."""

    rate: float
    cpu: float  # seconds a request, the server's
    p50: float
    p99: float
    client_share: float


@define
class Findings:
    """What is known of one contestant. Each list holds one value a round."""

    contestant: Contestant
    starts: list[float] = Factory(list)
    turns: dict[str, list[Turn]] = Factory(lambda: {kind: [] for kind in KINDS})
    memory_at_start: float = 0.0
    memory_after: float = 0.0
    wrong: list[Row] = Factory(list)
    unclear: list[Row] = Factory(list)
    abilities: dict[str, bool] = Factory(dict)

    def median(self, kind: str, read: Callable[[Turn], float]) -> float:
        """The median of one figure over the rounds."""
        return statistics.median(map(read, self.turns[kind]))


@frozen
class LongRun:
    """Many tasks created one after another: the p99 of each window, and memory."""

    p99s: tuple[float, ...]
    p50s: tuple[float, ...]
    rate: float
    memory_before: float
    memory_after: float

    @property
    def ends(self) -> tuple[float, float]:
        """The p99 at the beginning and at the end: the medians of the first and of the last five windows.

        One window alone says more of what else the machine was doing.
        """
        return statistics.median(self.p99s[:_ENDS]), statistics.median(self.p99s[-_ENDS:])


class Astray(Exception):
    """A load was answered otherwise than it should be, so its figures mean nothing."""


PROBLEMS = (Unobtainable, NoStart, Astray, ConnectionError, TimeoutError)


def compare(contestants: list[Contestant], *, rounds: int, seconds: float) -> list[Findings]:
    """All of it, for all of them. Raises one of PROBLEMS."""
    found = [Findings(contestant) for contestant in contestants]
    with serving.cores() as (core, _):
        for _ in range(rounds):
            for each in found:
                with serving.running(each.contestant, core) as server:
                    each.starts.append(server.start)
        with ExitStack() as stack:
            servers = [stack.enter_context(serving.running(each.contestant, core)) for each in found]
            for each, server in zip(found, servers, strict=True):
                _say(f"{each.contestant.title}: verdicts")
                each.memory_at_start = server.memory()
                _judge(server, each)
                for request in KINDS.values():
                    load(server.port, request, seconds=WARM_UP)
            for number in range(rounds):
                for kind in KINDS:
                    for each, server in zip(found, servers, strict=True):
                        turn = _turn(server, kind, seconds)
                        each.turns[kind].append(turn)
                        _say(f"round {number + 1}: {each.contestant.title}: {kind}: {turn.rate:.0f}/s")
            for each, server in zip(found, servers, strict=True):
                each.memory_after = server.memory()
    return found


def long_run(contestant: Contestant) -> LongRun:
    """200,000 tasks on a fresh server. Raises as `compare` does."""
    with serving.cores() as (core, _), serving.running(contestant, core) as server:
        before = server.memory()
        load(server.port, VALID, count=WINDOW // 2)  # warm
        _say(f"{contestant.title}: {TASKS} tasks")
        met = load(server.port, VALID, count=TASKS)
        _check(met, "valid", contestant.name)
        if len(met.latencies) < TASKS:
            raise Astray(f"{contestant.name} made only {len(met.latencies)} tasks")
        windows = [met.latencies[at : at + WINDOW] for at in range(0, TASKS, WINDOW)]
        return LongRun(
            tuple(percentile(window, 99) for window in windows),
            tuple(percentile(window, 50) for window in windows),
            met.rate,
            before,
            server.memory(),
        )


def _turn(server: Server, kind: str, seconds: float) -> Turn:
    before = server.cpu_seconds()
    met = load(server.port, KINDS[kind], seconds=seconds)
    cpu = server.cpu_seconds() - before
    _check(met, kind, server.contestant.title)
    return Turn(
        met.rate,
        cpu / len(met.latencies),
        percentile(met.latencies, 50),
        percentile(met.latencies, 99),
        met.client_share,
    )


def _check(met: Load, kind: str, name: str) -> None:
    if not met.latencies or any((status == 200) != (kind == "valid") for status in met.statuses):
        raise Astray(f"{name} answered the {kind} load with {dict(met.statuses)}")


def _judge(server: Server, found: Findings) -> None:
    for row in rows():
        answer = ask(server.port, row.request)
        if not asking.is_right(answer, row.verdict):
            found.wrong.append(row)
        if not asking.is_told_apart(answer, row.verdict):
            found.unclear.append(row)
    found.abilities.update(_abilities(server))


def _abilities(server: Server) -> Iterator[tuple[str, bool]]:
    """What goes beyond a verdict on one request."""
    port = server.port
    first, second = ask(port, VALID), ask(port, VALID)
    ids = [answer.at("data", "taskId") for answer in (first, second) if answer]
    yield "a new id for each task", len({*map(str, ids)}) == 2
    known = ask(port, get(f"{RECORD}?taskId={ids[0]}")) if ids else None
    echoed = str(known.at("data", "param")) if known else ""
    yield "a task's record holds what was asked for", "blurry, ugly" in echoed
    unknown = ask(port, get(f"{RECORD}?taskId=task_nobody_made"))
    yield "an unknown task is refused", asking.is_right(unknown, Verdict.BAD)
    yield "a task ends in a result that can be fetched", _can_be_fetched(port, ids[0] if ids else None)
    wrong_key = ask(port, get(CREDITS, {"Authorization": "Bearer wrong"}))
    yield "a key of a wrong form is refused", asking.is_right(wrong_key, Verdict.NO_KEY)
    refusal = ask(port, post(CREATE, {}))
    yield "a refusal is the API's own envelope", _is_envelope(refusal)


def _is_envelope(answer: Answer | None) -> bool:
    """With the code of the refusal in it, not one of success."""
    if answer is None:
        return False
    code = answer.at("code")
    return isinstance(code, int) and code >= 400 and isinstance(answer.at("msg"), str)


def _can_be_fetched(port: int, task_id: object) -> bool:
    """Ask for at most 3 seconds. Only a result on the server itself is fetched, so nothing leaves the machine."""
    origin = f"http://127.0.0.1:{port}"
    ends_at = time.monotonic() + 3
    while time.monotonic() < ends_at:
        record = ask(port, get(f"{RECORD}?taskId={task_id}"))
        told = str(record.at("data", "resultJson")) if record else ""
        if record and record.at("data", "state") == "success" and origin in told:
            path = told.partition(origin)[2].partition('"')[0]
            result = ask(port, get(path, {}))
            return result is not None and result.status == 200 and result.size > 0
        time.sleep(0.1)
    return False


def _say(text: str) -> None:
    print(f"{text}   (load {os.getloadavg()[0]:.1f})", file=sys.stderr)

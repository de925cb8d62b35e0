"""A server process: started, asked what it costs, and ended by its id."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from benchmarking.asking import ask
from benchmarking.contestants import Contestant
from benchmarking.verdicts import VALID

_PATIENCE = 30.0  # seconds to start
_GRACE = 5.0  # seconds to stop
_PAUSE = 0.001
_TICKS = os.sysconf("SC_CLK_TCK")


class NoStart(Exception):
    """A server ended or stayed silent; the message says which, and what it wrote."""


@frozen
class Server:
    """A server that has answered rightly once, `start` seconds after it was called."""

    contestant: Contestant
    port: int
    pid: int
    start: float

    def cpu_seconds(self) -> float:
        """CPU used so far by the process and all below it, those that have ended included."""
        return sum(_cpu_ticks(pid) for pid in _family(self.pid)) / _TICKS

    def memory(self) -> float:
        """Resident MB of the process and all below it."""
        return sum(_resident_kilobytes(pid) for pid in _family(self.pid)) / 1000


@contextmanager
def cores() -> Generator[tuple[set[int], set[int]]]:
    """The cores for servers and for the client, which stays on its own for as long as the context lasts.

    They are the same where there is only one.
    """
    before = os.sched_getaffinity(0)
    ordered = sorted(before)
    server, client = {ordered[0]}, {ordered[-1]}
    os.sched_setaffinity(0, client)
    try:
        yield server, client
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def running(contestant: Contestant, core: set[int]) -> Generator[Server]:
    """A server held to one core, until the context ends. Raises `NoStart`."""
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = _started(contestant.on(port), core, log.fileno())
        try:
            while (answer := ask(port, VALID)) is None or answer.code != 200:
                if process.poll() is not None or time.perf_counter() - begun > _PATIENCE:
                    log.seek(0)
                    raise NoStart(
                        f"{contestant.name} does not answer: {log.read()[-2000:].decode(errors='replace')}"
                    )
                time.sleep(_PAUSE)
            yield Server(contestant, port, process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _started(command: list[str], core: set[int], log: int) -> "subprocess.Popen[bytes]":
    """A process that inherits the core; the caller's own is as before."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, core)
    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
    finally:
        os.sched_setaffinity(0, mine)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:  # that thread has just ended
            continue
        for child in below:
            yield from _family(int(child))


def _cpu_ticks(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # a child that has just ended
        return 0
    fields = text.rpartition(")")[2].split()
    return sum(int(fields[at]) for at in (11, 12, 13, 14))  # utime, stime, and those of children waited for


def _resident_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)

"""Plant a fault in a copy of the tree, and run there the tests that should notice it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from attrs import frozen

from mutating.defects import Defect

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "generated",
    "overlay",
    "scripts",
    "spec",
    "tests",
    "pyproject.toml",
    "README.md",
    "docs",
    "examples",
)


class DoesNotFit(Exception):
    """The code is not any more what a defect was made for."""


@frozen
class Outcome:
    """What became of a defect: the first test that failed, or nothing if none did."""

    defect: Defect
    noticed: str
    seconds: float


class Copy:
    """A copy of the tree, in which one defect at a time is planted. The tests there import the copy's code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*cache"))
            elif source.exists():
                shutil.copy(source, target)
        self._check_imports()
        self._zygote = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("zygote.py")],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._zygote.stdout.readline() != "ready\n":
            raise RuntimeError("the process that runs the tests has not started")

    def outcome(self, defect: Defect) -> Outcome:
        """Plant it, run its tests, and dig it out again; raises `DoesNotFit`."""
        path = self.folder / defect.file
        original = path.read_text(encoding="utf-8")
        path.write_text(planted(defect, original), encoding="utf-8")
        started = os.times().elapsed
        try:
            noticed = self.first_failure(defect.tests)
        finally:
            path.write_text(original, encoding="utf-8")
        return Outcome(defect, noticed, os.times().elapsed - started)

    def first_failure(self, tests: Iterable[str]) -> str:
        """The first of the tests that fails, one file or folder after the other; empty if none does."""
        for test in tests:
            if failed := self._failure(test):
                return failed
        return ""

    def close(self) -> None:
        """End the process that runs the tests."""
        self._zygote.stdin.close()
        self._zygote.wait()

    def _failure(self, test: str) -> str:
        arguments = ["-x", "-q", "--no-header", "-rfE", "--tb=no", "-p", "no:cacheprovider", "-W", "ignore"]
        code, told = self._run([*arguments, test])
        if code == 0:
            return ""
        if code is None:
            return f"{test} did not end in time"
        failed = [line for line in told.splitlines() if line.startswith(("FAILED", "ERROR"))]
        if not failed and code not in (1, 2, 3):
            raise RuntimeError(f"pytest ended with {code}:\n{told[-2000:]}")
        return failed[0].partition(" ")[2].partition(" - ")[0] if failed else f"{test} cannot be collected"

    def _run(self, arguments: list[str]) -> tuple[int | None, str]:
        self._zygote.stdin.write(json.dumps(arguments) + "\n")
        self._zygote.stdin.flush()
        code, told = json.loads(self._zygote.stdout.readline())
        return code, told

    def _environment(self) -> dict[str, str]:
        """In which the copy is imported, though the tree itself is installed."""
        paths = [str(self.folder / name) for name in ("overlay", "generated")]
        kept = {name: value for name, value in os.environ.items() if name != "APIKLEY_DEEP"}
        return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}

    def _check_imports(self) -> None:
        for package in ("apikley", "apikley_generated", "apikley.mock"):
            asked = [sys.executable, "-c", f"import {package}; print({package}.__file__)"]
            ended = subprocess.run(
                asked, cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=True
            )
            if not ended.stdout.startswith(f"{self.folder}{os.sep}"):
                raise RuntimeError(
                    f"{package} is imported from {ended.stdout.strip()}, not from {self.folder}"
                )


def planted(defect: Defect, text: str) -> str:
    """The text with the defect in it; raises `DoesNotFit`."""
    times = text.count(defect.find)
    if times != 1:
        raise DoesNotFit(
            f"{defect.name}: what it replaces stands {times} times in {defect.file}: {defect.find!r:.120}"
        )
    return text.replace(defect.find, defect.replace)


def misfits(defects: Iterable[Defect]) -> list[str]:
    """The defects whose place is gone, each with its name."""
    found: list[str] = []
    for defect in defects:
        try:
            planted(defect, (ROOT / defect.file).read_text(encoding="utf-8"))
        except (DoesNotFit, OSError) as error:
            found.append(str(error))
    return found


def failure_without(defects: Iterable[Defect]) -> str:
    """The first test that fails though nothing is planted, and so would notice everything; empty if none does."""
    tests = sorted({test for defect in defects for test in defect.tests})
    with TemporaryDirectory(prefix="apikley-defects-") as folder, closing(Copy(Path(folder))) as copy:
        return copy.first_failure(tests)


def outcomes(defects: Iterable[Defect], workers: int = 2) -> Iterator[Outcome]:
    """What becomes of each, in their order, in so many copies at once."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="apikley-defects-")))
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(workers):
            place = folder / str(number)
            place.mkdir()
            copies.put(stack.enter_context(closing(Copy(place))))
        pool = stack.enter_context(ThreadPoolExecutor(workers))

        def outcome(defect: Defect) -> Outcome:
            copy = copies.get()
            try:
                return copy.outcome(defect)
            finally:
                copies.put(copy)

        yield from pool.map(outcome, defects)

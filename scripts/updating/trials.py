"""Whether the contract tests hold in a copy of the project that has the new document."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from attrs import frozen

TIERS = ("tests/contract/lock", "tests/contract/drift")
LIMIT = 600
"""Seconds."""


@frozen
class Failure:
    """A test that failed, and the first line of what it says."""

    test: str
    why: str


@frozen
class Verdict:
    """What pytest says of itself, and the tests that failed."""

    summary: str
    failed: tuple[Failure, ...]


def run(root: Path, spec: Path, generated: Path, work: Path) -> Verdict:
    """Run the tiers in the empty folder `work`, with `spec` and `generated` in place of the project's own."""
    for name in ("overlay", "scripts", "tests", "examples"):
        if (root / name).is_dir():
            shutil.copytree(root / name, work / name, ignore=_left_out)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
        if (root / name).is_file():
            shutil.copy(root / name, work / name)
    shutil.copytree(spec, work / "spec")
    shutil.copytree(generated, work / "generated")
    ours = os.pathsep.join(str(work / name) for name in ("overlay", "generated", "scripts", "tests"))
    words = ["-q", "--tb=no", "-p", "no:cacheprovider", *TIERS]
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=work,
            env={**os.environ, "PYTHONPATH": ours, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "500"},
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return Verdict(f"did not end within {LIMIT} s", ())
    lines = ended.stdout.splitlines()
    failed = [Failure(found["test"], found["why"] or "") for line in lines if (found := _FAILED.match(line))]
    summary = next((line for line in reversed(lines) if re.search(r"\d+ (passed|failed|error)", line)), None)
    if summary is None:
        last = (ended.stdout + ended.stderr).strip().splitlines()[-1:] or ["pytest said nothing"]
        return Verdict(f"could not be run: {last[0]}", ())
    return Verdict(summary.strip("= "), tuple(failed))


_FAILED = re.compile(r"(?:FAILED|ERROR) (?P<test>.+?)(?: - (?:AssertionError: )?(?P<why>.*))?$")


def _left_out(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name in {"__pycache__", "node_modules"}}

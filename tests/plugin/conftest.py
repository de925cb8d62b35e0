"""How the tests of the plugin run the tests of others."""

import json
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

# Beside the users' tests: whoever collects the reports writes them down, which with xdist is not who runs the tests.
_CONFTEST = """
import json

def pytest_configure(config):
    config.reports = None if hasattr(config, "workerinput") else open("reports", "w", encoding="utf-8")
    config.pluginmanager.register(Noting(config.reports))

class Noting:
    def __init__(self, reports):
        self.reports = reports

    def pytest_runtest_logreport(self, report):
        if self.reports:
            kind = "x" * hasattr(report, "wasxfail") + report.outcome
            line = report.nodeid.rpartition("::")[2], report.when, kind, report.longreprtext
            print(json.dumps(line), file=self.reports, flush=True)

def pytest_unconfigure(config):
    if config.reports:
        config.reports.close()
"""
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider")


@attrs.frozen
class Ran:
    """What came of a run: for each test and phase the outcome and its text."""

    code: int
    said: str
    reports: dict[tuple[str, str], tuple[str, str]]


@pytest.fixture(scope="session")
def run_pytest(tmp_path_factory):
    """Runs a file of tests in a process of its own."""

    def run(source: str, *options: str) -> Ran:
        folder: Path = tmp_path_factory.mktemp("users")
        (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
        (folder / "test_user.py").write_text(source, encoding="utf-8")
        command = [*PYTEST, *options, "--strict-markers"]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        lines = (folder / "reports").read_text(encoding="utf-8").splitlines()
        reports = {(test, when): (kind, text) for test, when, kind, text in map(json.loads, lines)}
        return Ran(ran.returncode, ran.stdout + ran.stderr, reports)

    return run

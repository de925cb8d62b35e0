"""A process that has imported what tests need but nothing of ours, and runs pytest in children of its own.

Reads a line of JSON for each run: pytest's arguments. Writes one: the exit code, null where the tests did not end in
time, and what they said. An import that takes a second for each run takes one for all.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module

PATIENCE = 120.0
"""How long one run may take, in seconds."""
_ROOM = 4 * 2**30
"""How many bytes one may take: a fault can make a program grow without end."""
_NEEDED = (
    "pytest",
    "httpx",
    "attrs",
    "hypothesis",
    "schemathesis.engine",
    "jsonschema_rs",
    "orjson",
    "PIL.Image",
)


def main() -> None:
    for name in _NEEDED:
        with suppress(ImportError):
            import_module(name)
    foreign = [name for name in sys.modules if name.partition(".")[0] in ("apikley", "apikley_generated")]
    assert not foreign, foreign
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(arguments: list[str]) -> tuple[int | None, str]:
    """Exit code and output of pytest."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as told:
        child = os.fork()
        if child == 0:
            _become_pytest(arguments, told.fileno())
        code = _ended(child)
        told.seek(0)
        return code, told.read()


def _become_pytest(arguments: list[str], output: int) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123  # a file to read nothing from
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = 70
    try:
        import pytest

        code = int(pytest.main(arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended(child: int) -> int | None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            with suppress(ProcessLookupError):  # what it left running
                os.killpg(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file, which is no place for tests to find modules in
    main()

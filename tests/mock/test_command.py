"""What `apikley mock` does."""

import errno
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

KEY = {"authorization": "Bearer sk-test-1"}
CREDITS = "/api/v1/chat/credit"


@contextmanager
def served(*options):
    """The process, and what its first line says."""
    command = [sys.executable, "-m", "apikley.cli", "mock", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_it_says_where_it_listens_plays_its_faults_and_names_those_left_over():
    options = ("--fault", "429:report-credits", "--fault", "html:create-task:2", "--errors", "envelope")
    with served(*options) as (process, said):
        assert said["url"].endswith(f":{said['port']}")
        with httpx.Client(base_url=said["url"], headers=KEY) as client:
            refused, fine = client.get(CREDITS), client.get(CREDITS)
        assert (refused.status_code, refused.json()["code"], fine.json()["code"]) == (200, 429, 200)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "html:create-task:2 met no request" in errors
    assert "429" not in errors


def test_its_settings_can_be_looked_at():
    options = ("--polls", "2", "--seed", "7", "--credits", "5", "--rate-limit", "--callbacks", "twice")
    with served(*options) as (_, said):
        state = httpx.get(f"{said['url']}/__mock__/state").json()
    assert state["credits"] == 5
    told = state["settings"]
    assert (told["scenario"]["fetches"], told["seed"], told["rate_limit"], told["callbacks"]) == (
        2,
        7,
        True,
        "twice",
    )


def test_a_port_that_is_taken_is_told_once():
    with served() as (_, said):
        command = [sys.executable, "-m", "apikley.cli", "mock", "--port", f"{said['port']}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        f"Error: cannot listen on 127.0.0.1:{said['port']}: {os.strerror(errno.EADDRINUSE)}"
    )


@pytest.mark.parametrize(
    "options",
    [
        ("--fault", "fire"),
        ("--fault", "429:nothing"),
        ("--chance", "429"),
        ("--chance", "429=often"),
        ("--chance", "429=2"),
        ("--polls", "-1"),
        ("--polls", "2", "--seconds", "5"),
        ("--seconds", "-1"),
        ("--credits", "nan"),
        ("--credits", "-1"),
    ],
    ids=" ".join,
)
def test_what_means_nothing_is_a_wrong_usage(options):
    command = [sys.executable, "-m", "apikley.cli", "mock", "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr

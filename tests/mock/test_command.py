"""What `apikley mock` does."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

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


def test_it_stops_at_once_and_quietly_whoever_still_waits():
    with (
        served("--fault", "hang:report-credits", "--polls", "0") as (process, said),
        socket.create_server(("127.0.0.1", 0)) as hook,  # where a callback is never answered
        ExitStack() as stack,
    ):
        idle, half, hanging = (
            stack.enter_context(socket.create_connection(("127.0.0.1", said["port"]), timeout=5))
            for _ in range(3)
        )
        body = {
            "model": "qwen/image-edit",
            "callBackUrl": f"http://127.0.0.1:{hook.getsockname()[1]}/",
            "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"},
        }
        httpx.post(f"{said['url']}/api/v1/jobs/createTask", json=body, headers=KEY)
        stack.enter_context(hook.accept()[0])
        head = "POST /api/v1/jobs/createTask HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{"
        half.sendall(head.encode())
        hanging.sendall(
            f"GET {CREDITS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk-test-1\r\n\r\n".encode()
        )
        idle.sendall(f"GET {CREDITS} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert idle.recv(100).startswith(b"HTTP/1.1 401")
        begun = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert time.perf_counter() - begun < 2  # it takes 0.8 s where nothing else runs
    assert process.returncode == 0
    assert [line for line in errors.splitlines() if "export" not in line and "browser" not in line] == []


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

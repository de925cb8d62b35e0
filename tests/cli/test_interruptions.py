"""What Ctrl-C and its like leave behind, by the moment at which they come."""

import json
import signal
import socket
import threading
import time

import pytest

from apikley.mock import lasts
from cli.conftest import KEY, objects

_TASK = b'{"code": 200, "msg": "success", "data": {"taskId": "7f3"}}'
_LIMIT = b'{"code": 429, "msg": "later", "data": null}'


class Slow:
    """A service that answers when it is told to."""

    def __init__(self, server):
        self._server = server
        self.url = f"http://127.0.0.1:{server.getsockname()[1]}"

    def asked(self):
        self._server.settimeout(30)
        self._connection, _ = self._server.accept()
        assert b"createTask" in self._connection.recv(65536)
        time.sleep(0.5)  # CPython may miss a signal that comes just as it begins to wait

    def answer(self, body, status=b"200 OK"):
        head = (
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nRetry-After: 60\r\nContent-Length: %d\r\n\r\n"
        )
        self._connection.sendall(head % (status, len(body)) + body)

    def close(self):
        self._connection.close()


@pytest.fixture
def slow():
    with socket.create_server(("127.0.0.1", 0)) as server:
        service = Slow(server)
        yield service
        service.close()


@pytest.fixture
def submit(start, slow):
    """Starts a submission whose createTask has left, and waits for its answer."""

    def submit(*words):
        known = {"APIKLEY_BASE_URL": slow.url, "APIKLEY_API_KEY": KEY}
        program = start("submit", "https://a.test/", "night", "--key", "order-1", "--json", *words, **known)
        slow.asked()
        return program

    return submit


def waits(program):
    """Read on until it says that it waits for an answer."""
    line = next(line for line in iter(program.stderr.readline, b"") if b"has left" in line)
    assert b"interrupt again" in line


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_answer_to_what_has_left_is_waited_for(ending, submit, slow, run):
    program = submit()

    program.send_signal(ending)
    waits(program)
    slow.answer(_TASK)
    stdout, stderr = program.communicate(timeout=15)

    assert program.returncode == 130
    assert objects(stdout.decode())[0]["error"]["task_id"] == "7f3"
    assert b"apikley tasks collect 7f3" in stderr
    assert b"Traceback" not in stderr
    shown = json.loads(run("tasks", "show", "order-1", "--json", APIKLEY_BASE_URL=slow.url).stdout)
    assert (shown["state"], shown["task_id"]) == ("submitted", "7f3")


def test_who_interrupts_twice_leaves_without_the_answer_and_is_in_doubt(submit):
    program = submit()

    program.send_signal(signal.SIGINT)
    waits(program)
    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=15)

    assert program.returncode == 7
    (said,) = objects(stdout.decode())
    assert (said["exit_code"], said["error"]["type"]) == (7, "KeyboardInterrupt")
    assert said["error"]["key"] == "order-1"
    assert b"apikley tasks resolve order-1 --forget" in stderr
    assert b"Traceback" not in stderr


def test_a_pause_before_another_attempt_is_not_waited_for(submit, slow):
    program = submit()

    program.send_signal(signal.SIGINT)
    waits(program)
    slow.answer(_LIMIT, b"429 Too Many Requests")
    stdout, stderr = program.communicate(timeout=15)  # where the service asks for a minute

    assert program.returncode == 130
    assert objects(stdout.decode())[0]["error"]["task_id"] is None
    assert b"in doubt" not in stderr


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_wait_that_is_told_to_end_names_the_task(ending, start, served, mock):
    mock.scenario = lasts(600)
    program = start("edit", "street.png", "night", "--json", **served)
    next(line for line in iter(program.stderr.readline, b"") if line.startswith(b"task "))
    time.sleep(0.5)

    program.send_signal(ending)
    stdout, stderr = program.communicate(timeout=15)

    (task,) = mock.tasks
    assert program.returncode == 130
    assert objects(stdout.decode())[0]["error"]["task_id"] == task.id
    assert f"apikley tasks collect {task.id}" in stderr.decode()


def test_what_nohup_has_ignored_stays_ignored(start, served, mock):
    mock.scenario = lasts(2)
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    program = start("edit", "street.png", "night", "-q", before=ignore, **served)
    deadline = time.monotonic() + 15
    while not mock.tasks and time.monotonic() < deadline:
        time.sleep(0.05)

    program.send_signal(signal.SIGHUP)

    assert program.wait(timeout=30) == 0


def test_a_command_in_another_thread_works_without_signals(run):
    results = []
    thread = threading.Thread(target=lambda: results.append(run("credits", APIKLEY_API_KEY=KEY)))

    thread.start()
    thread.join(30)

    assert results[0].exit_code == 0

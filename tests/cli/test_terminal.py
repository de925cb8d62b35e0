"""What people see and type on a terminal."""

import os
import re
import select
import subprocess
import sys
import time

import pytest

from apikley.mock import lasts
from cli.conftest import KEY

pty = pytest.importorskip("pty", reason="terminals are POSIX's")

_BEGIN = "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, words, environment, term):
        self._ours, theirs = pty.openpty()
        code = f"{_BEGIN}; from apikley.cli import main; main()"
        self.program = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**environment, "TERM": term, "NO_COLOR": "1", "COLUMNS": "100"},
        )
        os.close(theirs)
        self.said = ""

    def until(self, pattern):
        """Read until the pattern was said; None for the end."""
        deadline = time.monotonic() + 30
        while pattern is None or not re.search(pattern, self.said):
            assert time.monotonic() < deadline, self.said
            if not select.select([self._ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(self._ours, 4096)
            except OSError:  # Linux's way to say that the other side is closed
                piece = b""
            if not piece:
                assert pattern is None, self.said
                break
            self.said += piece.decode()
        return self.said

    def type(self, text):
        os.write(self._ours, text.encode())

    def end(self):
        self.until(None)
        return self.program.wait(timeout=15)

    def close(self):
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait()
        os.close(self._ours)


@pytest.fixture
def terminal(folder, home):
    opened = []

    def terminal(*words, term="xterm", **environment):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("APIKLEY")}
        opened.append(Terminal(words, clean | home | environment, term))
        return opened[-1]

    yield terminal
    for each in opened:
        each.close()


def test_one_line_tells_the_state_and_counts_the_seconds(terminal, served, mock):
    mock.scenario = lasts(600)
    seen = terminal("edit", "street.png", "night", **served)

    seen.until(r"\r\x1b\[K\w+, 2 s")
    seen.type("\x03")

    assert seen.end() == 130
    assert re.search(r"\w+, 0 s\r\x1b\[K\w+, 1 s\r\x1b\[K\w+, 2 s", seen.said)
    assert "apikley: interrupted" in seen.said.splitlines()
    assert "apikley tasks collect task_" in seen.said


def test_a_bar_tells_how_far_such_tasks_usually_are(terminal, run, served, mock):
    mock.scenario = lasts(3)
    for _ in range(5):
        run("submit", "street.png", "night", **served)
    run("tasks", "wait", *(task.id for task in mock.tasks), **served)
    mock.scenario = lasts(600)
    seen = terminal("edit", "street.png", "night", **served)

    seen.until("█░+ 2 s, usually 3")
    seen.type("\x03")

    assert seen.end() == 130
    assert re.search("\r\x1b\\[K\\w+ █+░+ 1 s, usually 3.*\r\x1b\\[K\\w+ █+░+ 2 s, usually 3", seen.said)


def test_a_submission_has_no_line_that_counts(terminal, served):
    seen = terminal("submit", "street.png", "night", **served)

    assert seen.end() == 0
    assert "\x1b" not in seen.said


def test_a_dumb_terminal_gets_plain_lines(terminal, served):
    seen = terminal("edit", "street.png", "night", **served, term="dumb")

    assert seen.end() == 0
    assert "\x1b" not in seen.said
    assert "success" in seen.said.splitlines()


def test_a_key_is_asked_for_and_not_shown(terminal, run):
    seen = terminal("config", "set", "api_key")
    seen.until("api_key: ")
    seen.type(f"{KEY}\n")

    assert seen.end() == 0
    assert KEY not in seen.said
    assert run("credits").exit_code == 0


@pytest.mark.parametrize(("answer", "code", "tasks"), [("n", 130, 1), ("y", 0, 2)])
def test_before_a_doubt_is_sent_again_it_asks(answer, code, tasks, terminal, run, served, mock):
    mock.fail_as("reset-after:create-task")
    lost = terminal("edit", "street.png", "night", "--key", "lost", **served)
    assert lost.end() == 7

    seen = terminal("tasks", "resolve", "lost", "--resubmit", **served)
    seen.until(r"may be paid already\? \[y/N\]: ")
    seen.type(f"{answer}\n")

    assert seen.end() == code
    assert len(mock.tasks) == tasks


def test_a_list_has_a_heading_and_keeps_within_the_width(terminal, run):
    run("edit", "street.png", "очень " * 50, APIKLEY_API_KEY=KEY)

    seen = terminal("tasks", "ls")

    assert seen.end() == 0
    heading, line = seen.said.splitlines()
    assert heading.split() == ["STATE", "TASK", "OR", "KEY", "AGE", "CREDITS", "PROMPT"]
    assert line.endswith("…")
    assert len(line) <= 100

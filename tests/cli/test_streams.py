"""A stream that is closed or full costs neither the task, nor its id, nor the exit code."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = "from apikley.cli import main; main()"
IMAGE = "https://pictures.test/a.png"


@pytest.fixture
def redirected(folder, home, served):
    """Runs the command as a shell would with that redirection."""

    def redirected(redirection, *arguments):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("APIKLEY")}
        return subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-c", PROGRAM, *arguments],
            capture_output=True,
            env=clean | home | served,
            timeout=60,
            check=False,
        )

    return redirected


@pytest.mark.parametrize("redirection", [">&- <&-", ">/dev/full"])
@pytest.mark.parametrize("words", [("submit",), ("submit", "--json", "-q"), ("edit", "-o", "a.png")])
def test_what_stdout_does_not_take_stderr_does_and_that_is_8_once_there_is_a_task(
    redirection, words, redirected, mock
):
    done = redirected(redirection, words[0], IMAGE, "night", *words[1:])

    (task,) = mock.tasks
    assert done.returncode == 8
    said = done.stderr.decode()
    assert ("a.png" if words[0] == "edit" else task.id) in said.splitlines() or "--json" in words
    assert "apikley: stdout cannot be written: " in said
    assert f"task {task.id} is not lost: " in said


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize("words", [("submit",), ("edit", "-o", "a.png")])
def test_a_stderr_that_takes_nothing_changes_nothing(redirection, words, redirected, mock):
    done = redirected(redirection, words[0], IMAGE, "night", *words[1:], "--json")

    (task,) = mock.tasks
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["task_id"] == task.id


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "2>&-", "2>/dev/full", ">&- 2>&-"])
def test_an_error_has_its_own_code_whatever_becomes_of_its_words(redirection, redirected, served):
    served["APIKLEY_API_KEY"] = ""

    assert redirected(redirection, "edit", IMAGE, "night", "--json").returncode == 3


def test_all_tasks_are_waited_for_though_the_first_cannot_be_printed(redirected, mock):
    for _ in range(2):
        redirected("", "submit", IMAGE, "night")
    ids = [task.id for task in mock.tasks]

    done = redirected(">/dev/full", "tasks", "wait", *ids, "-q")

    assert done.returncode == 8
    assert [f"{each} success" for each in ids] == [
        line for line in done.stderr.decode().splitlines() if line.endswith(" success")
    ]


def test_a_list_that_stdout_does_not_take_goes_to_stderr(redirected, mock):
    redirected("", "submit", IMAGE, "night")
    (task,) = mock.tasks

    done = redirected(">/dev/full", "tasks", "ls")

    said = done.stderr.decode()
    assert done.returncode == 2
    assert task.id in said
    assert "apikley: stdout cannot be written: No space left on device" in said

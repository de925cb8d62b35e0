"""Help that teaches, words that are mistyped, and how long it takes to say anything."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import click
import pytest

from apikley.cli import running, welcome
from apikley.cli.commands import HOMES, apikley
from apikley.mock import lasts
from cli.conftest import KEY, objects


def commands(command, words=()):
    """Every command there is, with the words that lead to it."""
    context = click.Context(command, info_name="apikley")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*words, name))
    yield words, command


ALL = dict(commands(apikley))
_HELLO = "import sys; sys.argv[1:] = ['--help']; from apikley.cli import main; main()"


@pytest.mark.parametrize("name", HOMES)
def test_the_list_of_commands_says_what_each_ones_own_help_says(name):
    command = apikley.get_command(click.Context(apikley), name)

    assert command.help.partition("\n")[0] == HOMES[name][1]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_shows_examples_that_can_be_understood(words):
    examples = ALL[words].examples

    assert examples
    shown = [
        line for example in examples for line in shlex.split(example, comments=True) if line == "apikley"
    ]
    assert shown or "completion" in words or "path" in words
    assert all(len(example) <= 110 for example in examples)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_option_says_what_it_does(words):
    silent = [each.name for each in ALL[words].params if isinstance(each, click.Option) and not each.help]

    assert not silent


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_no_option_takes_a_key_of_the_api(words):
    options = {name for each in ALL[words].params for name in each.opts}

    assert not options & {"--api-key", "--token", "--secret"}


@pytest.mark.parametrize(
    "words", [words for words in ALL if isinstance(ALL[words], click.Group)], ids=" ".join
)
def test_help_of_a_group_lists_its_commands(words, run):
    text = run(*words, "--help").stdout

    for name in ALL[words].list_commands(None):
        assert f"\n  {name} " in text


@pytest.mark.parametrize(
    ("typed", "meant"), [(["edti"], "edit"), (["task"], "tasks"), (["tasks", "colect"], "collect")]
)
def test_a_mistyped_command_names_the_near_one(typed, meant, run):
    result = run(*typed)

    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.stderr


def test_a_key_that_was_typed_is_not_repeated_and_the_ways_to_say_it_are_told(capsys):
    assert running.run(["edit", "a.png", "night", f"--api-key={KEY}", "--json"]) == 2

    stdout, stderr = capsys.readouterr()
    assert KEY not in stdout + stderr
    assert "apikley config set api_key" in stderr
    assert objects(stdout)[0]["exit_code"] == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_is_what_its_variable_gives(shell, run, start):
    script = run("completion", shell).stdout
    program = start(_APIKLEY_COMPLETE=f"{shell}_source", before="sys.argv[0] = 'apikley'")

    assert "_APIKLEY_COMPLETE" in script
    assert program.communicate(timeout=30)[0].decode().strip() == script.strip()


def test_words_and_the_keys_of_the_ledger_are_completed(run, start):
    run("edit", "street.png", "night", "--key", "order-7431", APIKLEY_API_KEY=KEY)

    def completed(words):
        program = start(
            before="sys.argv[0] = 'apikley'",
            _APIKLEY_COMPLETE="bash_complete",
            COMP_WORDS=words,
            COMP_CWORD=str(len(shlex.split(words)) if words.endswith(" ") else len(shlex.split(words)) - 1),
        )
        return program.communicate(timeout=30)[0].decode().split()

    assert completed("apikley ta") == ["plain,tasks"]
    assert completed("apikley config s") == ["plain,show", "plain,set"]
    assert completed("apikley config set ba") == ["plain,base_url"]
    assert completed("apikley edit str") == ["file,str"]
    assert completed("apikley edit street.png night -o str") == ["file,str"]
    assert completed("apikley upload --api-key-file k") == ["file,k"]
    assert [word.partition("_")[0] for word in completed("apikley tasks collect ")] == ["plain,task"]


@pytest.mark.parametrize("columns", ["30", "60", "80", "100", "150", "", "wide"])
def test_the_first_help_is_the_same_with_click_and_without(columns, start):
    without, by_click = (start(*words, COLUMNS=columns) for words in (["--help"], ["--help", "-h"]))

    said, same = (program.communicate(timeout=30) for program in (without, by_click))

    assert said == same
    assert (without.returncode, said[1]) == (0, b"")


def test_the_first_help_keeps_within_its_width_but_for_examples():
    for width in (50, 60, 78, 98):
        lines = welcome.text(width).splitlines()

        assert all(len(line) <= width for line in lines if line.removeprefix("  ") not in welcome.EXAMPLES)


@pytest.mark.parametrize("words", [["edit", "--help"], ["tasks", "ls"], ["doctor", "--offline"]])
def test_what_stdout_cannot_spell_is_no_reason_to_fail(words, run, start):
    run("edit", "street.png", "ночь", APIKLEY_API_KEY=KEY)

    program = start(*words, PYTHONIOENCODING="iso8859-1", APIKLEY_API_KEY=KEY)
    _, stderr = program.communicate(timeout=30)

    assert (program.returncode, stderr) == (0, b"")


@pytest.mark.parametrize("words", [["--help"], ["mock", "--help"]], ids=" ".join)
def test_a_pipe_that_closes_is_no_traceback(words, start):
    program = start(*words, before="import time; time.sleep(0.2)")
    program.stdout.close()

    assert program.stderr.read() == b""
    assert program.wait(timeout=30) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux's")  # noqa: PTH110  # no path is needed
@pytest.mark.parametrize("words", [["--help"], ["tasks", "ls", "--json"], ["config", "path"]], ids=" ".join)
def test_a_full_disk_behind_stdout_is_told_in_a_sentence(words, run, start):
    run("edit", "street.png", "night", APIKLEY_API_KEY=KEY)
    program = start(*words, before="sys.stdout = open('/dev/full', 'w')")

    stderr = program.communicate(timeout=30)[1].decode()

    assert program.returncode == 2
    assert "No space left on device" in stderr
    assert "Traceback" not in stderr


def test_a_wait_that_is_interrupted_names_the_task(start, run, served, mock):
    mock.scenario = lasts(600)
    task_id = run("submit", "street.png", "night", "-q", APIKLEY_API_KEY=KEY).stdout.strip()
    program = start("tasks", "wait", task_id, "--json", **served)
    program.stderr.readline()  # it waits now

    time.sleep(0.3)  # CPython may miss a signal that comes just as it begins to wait
    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=15)

    assert program.returncode == 130
    assert objects(stdout.decode())[0]["error"]["task_id"] == task_id
    assert f"apikley tasks collect {task_id}" in stderr.decode()


def test_hello_takes_little_more_cpu_than_bare_python():
    """One and a half times as much, by counted instructions; the bound leaves room for a busy machine."""
    resource = pytest.importorskip("resource", reason="CPU time of children is POSIX's")

    def cpu(*words):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    turns = [(cpu("-c", "pass"), cpu("-c", _HELLO)) for _ in range(7)]

    assert min(full for _, full in turns) < 2.5 * min(bare for bare, _ in turns)


def test_an_interruption_is_told_as_json_too(capsys, monkeypatch):
    def interrupt(*_, **__):
        raise click.Abort

    monkeypatch.setattr(apikley, "main", interrupt)

    assert running.run(["tasks", "ls", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["exit_code"] == 130


def test_help_without_clicks_package_names_the_extra(start):
    program = start(
        "--help", before="sys.path[:] = [each for each in sys.path if 'site-packages' not in each]"
    )

    stdout, stderr = program.communicate(timeout=30)

    assert (program.returncode, stdout) == (2, b"")
    assert b"apikley[cli]" in stderr

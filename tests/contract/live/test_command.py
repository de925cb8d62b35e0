"""`apikley contract`, played in this process or run as a program, against the mock on a port."""

import json
import os
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from apikley.cli.commands import apikley
from apikley.contract import rehearsal, sending
from apikley.contract.document import Document
from apikley.contract.rows import free
from apikley.mock import Mock, MockTransport, lasts, polls, running
from contract.live.doors import KEY, mutated, open_mock
from contract.live.test_drift_found import DRIFT

CREATES = sum(row.creates for row in free(Document.shipped()))
DRIFTED = DRIFT["a wrong key is 403"][0]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Plays the command in an empty folder and a clean environment, at no pace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sending, "_SPARE", 0)
    for name in [name for name in os.environ if name.startswith("APIKLEY")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("APIKLEY_CONFIG", str(tmp_path / "config.toml"))

    def run(*arguments, **environment):
        return CliRunner().invoke(apikley, ["contract", *map(str, arguments)], env=environment)

    return run


@pytest.fixture
def served():
    """Serves a mock on a port for the test; gives it and the environment that leads to it."""
    stack = []

    def serve(mock=None):
        mock = mock or Mock(scenario=lasts(0), errors="known")
        context = running(mock)
        stack.append(context)
        return mock, {"APIKLEY_BASE_URL": context.__enter__(), "APIKLEY_API_KEY": KEY}

    yield serve
    for context in stack:
        context.__exit__(None, None, None)


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def creates(mock):
    """What came to createTask, by whatever method, in a copy of a log that may grow meanwhile."""
    return [each for each in [*mock.requests] if each.request.path.endswith("/createTask")]


def test_without_anything_all_is_rehearsed_paid_task_included(run):
    result = run()

    assert result.exit_code == 0, result.output
    assert "1 of them paid" in result.stdout.splitlines()[-1]
    assert "paid-credits" in result.stdout
    assert "credits of the mock" in result.stderr


def test_json_is_one_object_a_check_and_one_for_all(run):
    *checks, whole = lines(run("--json"))

    assert len(checks) == whole["checks"]["passed"] > 35
    assert all(check["outcome"] == "passed" and check["asked"] for check in checks)
    assert (whole["exit_code"], whole["create_task"], whole["paid"], whole["rehearsal"]) == (
        0,
        CREATES + 1,
        1,
        True,
    )


def test_live_sends_nothing_that_could_be_paid(run, served):
    mock, environment = served()
    result = run("--live", **environment)

    assert result.exit_code == 0, result.output
    assert (len(mock.tasks), mock.credits, len(creates(mock))) == (0, 1000, CREATES)
    assert (
        f"createTask {CREATES} times, {CREATES} of them with nothing to make a task of; nothing is paid"
        in result.stderr
    )


def test_live_pays_for_one_task_when_both_words_are_said(run, served):
    mock, environment = served()
    result = run("--live", "--paid", "--budget", "1.5", "--record", "a.har", **environment)

    assert result.exit_code == 0, result.output
    assert (len(mock.tasks), mock.credits) == (1, 999)
    assert f"task {next(iter(mock.tasks)).id}" in result.stderr


def test_a_picture_on_the_web_is_taken_instead_of_an_upload(run, served):
    mock, environment = served()
    result = run(
        "--live", "--paid", "--budget", "1", "--image-url", "https://example.com/a.jpg", **environment
    )

    assert "paid-source" not in result.stdout
    assert len(mock.tasks) == 1
    assert not [each for each in mock.requests if each.operation == "upload_file"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--live", "--paid"), 2),
        (("--live", "--budget", "5"), 2),
        (("--live", "--image-url", "https://example.com/a.jpg"), 2),
        (("--live", "--paid", "--budget", "nan"), 2),
        (("--live", "--paid", "--budget", "-1"), 2),
        (("--live", "--paid", "--budget", "0.5"), 4),
        (("--live", "--paid", "--budget", "1", "--timeout", "-1"), 2),
        (("--live", "--paid", "--budget", "1", "--image-url", "a.jpg"), 2),
        (("--live", "--fuzz", "0"), 2),
        (("--live", "--replay", "a.har"), 2),
        (("--live", "--record", "missing/a.har"), 2),
        (("--live", "--record", "."), 2),
        (("--live", "--junit", "missing/a.xml"), 2),
        (("--live", "--base-url", "nowhere"), 2),
        (("--base-url", "http://127.0.0.1:1"), 2),
        (("--replay", "missing.har"), 2),
    ],
)
def test_what_means_nothing_is_refused_before_anything_is_sent(arguments, code, run, served):
    mock, environment = served()
    result = run(*arguments, "--json", **environment)

    assert result.exit_code == code, result.output
    assert list(mock.requests) == []
    assert "Traceback" not in result.output


@pytest.fixture
def profiles(tmp_path, served):
    """A configuration file whose profile `studio` leads to a mock; gives that."""
    mock, environment = served()
    url = environment["APIKLEY_BASE_URL"]
    (tmp_path / "config.toml").write_text(
        f'[profiles.studio]\napi_key = "{KEY}"\nbase_url = "{url}"\nmax_credits = 0.75\n', encoding="utf-8"
    )
    (tmp_path / "config.toml").chmod(0o600)
    return mock


def test_live_takes_key_and_address_from_a_profile(run, profiles):
    result = run("--live", "--profile", "studio")

    assert result.exit_code == 0, result.output
    assert profiles.requests
    assert KEY not in result.output


def test_a_key_in_a_file_goes_before_that_of_a_profile(run, profiles, tmp_path):
    (tmp_path / "key.txt").write_text("not-a-key-0f-0urs\n", encoding="utf-8")

    result = run("--live", "--profile", "studio", "--api-key-file", "key.txt")

    assert result.exit_code == 3


def test_the_limit_of_a_profile_bounds_the_budget(run, profiles):
    result = run("--live", "--paid", "--budget", "5", "--profile", "studio", "--json")

    assert result.exit_code == 4
    assert not profiles.requests


@pytest.mark.parametrize("words", [("--profile", "studio"), ("--api-key-file", "key.txt")])
def test_a_rehearsal_takes_no_key(words, run):
    assert run(*words).exit_code == 2


def test_3_without_a_key(run):
    assert run("--live").exit_code == 3


def test_3_for_a_wrong_key_after_one_request(run, served):
    mock, environment = served()
    result = run("--live", "--paid", "--budget", "1", **environment | {"APIKLEY_API_KEY": "wrong-5ecret"})

    assert result.exit_code == 3
    assert len(mock.requests) == 1
    assert "5ecret" not in result.output


def test_4_when_credits_are_short(run, served):
    mock, environment = served(Mock(credits=0.5, errors="known"))
    result = run("--live", "--paid", "--budget", "1", **environment)

    assert result.exit_code == 4
    assert len(mock.tasks) == 0


def test_8_when_nobody_is_there(run):
    result = run("--live", "--base-url", "http://127.0.0.1:9", APIKLEY_API_KEY=KEY)

    assert result.exit_code == 8
    assert "Traceback" not in result.output
    assert len(result.stdout.splitlines()) < 8  # what was left out for one reason is told once


def test_9_for_drift_and_the_check_is_named_with_what_it_means(run, served):
    _, environment = served(Mock(document=mutated(DRIFTED), errors="known", scenario=lasts(0)))
    result = run("--live", "--junit", "a.xml", **environment)

    assert result.exit_code == 9
    block = result.stdout[result.stdout.index("failed     credits-wrong-key") :].splitlines()
    assert block[1].split()[:2] == ["asked:", "GET"]
    assert "403" in block[2]
    assert "broken: code at /: code 403 instead of 401" in "\n".join(block[:6])
    assert "means:  the client reads it as RequestRefused: Forbidden (code 403)" in "\n".join(block[:8])


def test_the_junit_file_counts_what_it_holds(run, served, tmp_path):
    _, environment = served(Mock(document=mutated(DRIFTED), errors="known", credits=0.5))
    run("--live", "--paid", "--budget", "1", "--junit", "a.xml", **environment)

    root = ET.parse(tmp_path / "a.xml").getroot()
    (suite,) = root
    cases = suite.findall("testcase")
    assert root.tag == "testsuites"
    assert suite.get("name") == "apikley contract"
    for kind, counted in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert (
            sum(case.find(kind) is not None for case in cases)
            == int(suite.get(counted))
            == int(root.get(counted))
        )
    assert len(cases) == int(suite.get("tests")) > 30
    assert int(suite.get("failures")) >= 3
    assert int(suite.get("skipped")) >= 5
    failure = next(case.find("failure") for case in cases if case.get("name") == "credits-wrong-key")
    assert failure.get("message")
    assert "asked:" in failure.text


def test_what_is_recorded_is_judged_again_with_the_same_words(run, served):
    _, environment = served(Mock(document=mutated(DRIFTED), errors="known", scenario=lasts(0)))
    live = run("--live", "--paid", "--budget", "1", "--json", "--record", "a.har", **environment)
    again = run("--replay", "a.har", "--json")

    assert again.exit_code == live.exit_code == 9
    assert lines(again)[:-1] == lines(live)[:-1]


def test_no_secret_is_written_or_said(run, served, tmp_path):
    _, environment = served()
    result = run(
        "--live",
        "--paid",
        "--budget",
        "1",
        "--uploads",
        "--record",
        "a.har",
        "--junit",
        "a.xml",
        **environment,
    )

    said = result.output.encode() + (tmp_path / "a.har").read_bytes() + (tmp_path / "a.xml").read_bytes()
    assert result.exit_code == 0
    for trace in (b"5ecret", b"authorization: bearer sk", b"expires=1", b"signature="):
        assert trace not in said.lower().replace(b"expires=redacted", b"").replace(b"signature=redacted", b"")


def test_a_rehearsal_is_not_taken_for_a_service(run, tmp_path):
    run("--record", "a.har")
    result = run("--replay", "a.har")

    assert result.exit_code == 0
    assert "says nothing of the service" in result.stderr
    assert "api.apikley.ru" not in json.loads((tmp_path / "a.har").read_text())["log"]["_apikley"]["base_url"]


def test_a_broken_file_is_one_error(run, tmp_path):
    (tmp_path / "a.har").write_text('{"log": {"entries": [7]}}')
    result = run("--replay", "a.har", "--json")

    assert result.exit_code == 2
    (said,) = lines(result)
    assert said["error"]["message"] == "a.har is no HAR file: /log/entries/0 is no object"


def test_a_recording_in_which_nothing_is_judged_is_no_success(run, tmp_path):
    request, answer = {"method": "GET", "url": "https://example.com/"}, {"status": 200, "headers": []}
    (tmp_path / "a.har").write_text(
        json.dumps({"log": {"entries": [{"request": request, "response": answer}]}})
    )
    result = run("--replay", "a.har")

    assert result.exit_code == 2
    assert "holds nothing that was said to https://api.apikley.ru" in result.stderr


def test_what_the_service_says_cannot_steer_the_terminal(run, tmp_path):
    answer = {
        "status": 200,
        "headers": [],
        "content": {"mimeType": "application/json", "text": '{"code":200,"\x1b[2J":1,"data":"\x1b]0;x\x07"}'},
    }
    request = {"method": "GET", "url": "https://api.apikley.ru/api/v1/chat/credit?\x1b[2J"}
    (tmp_path / "a.har").write_text(
        json.dumps({"log": {"entries": [{"request": request, "response": answer}]}})
    )
    result = run("--replay", "a.har", "--junit", "a.xml")

    assert result.exit_code == 9
    assert "\x1b" not in result.output
    assert ET.parse(tmp_path / "a.xml")


def test_news_breaks_nothing_unless_it_is_to(run, served):
    document = mutated(lambda text: text.replace('"costTime"', '"costTime2"'))
    _, environment = served(Mock(document=document, scenario=lasts(0), errors="known"))
    live = run("--live", "--paid", "--budget", "1", "--record", "a.har", **environment)
    strict = run("--replay", "a.har", "--strict")

    assert (live.exit_code, strict.exit_code) == (0, 9)
    for result in (live, strict):
        assert "new:    /data/costTime2" in result.stdout


def test_the_plan_is_told_with_its_reasons_and_nothing_is_sent(run, served):
    mock, environment = served()
    result = run("--plan", "--live", **environment)

    assert result.exit_code == 0
    assert list(mock.requests) == []
    assert "create-model-unknown" in result.stdout
    assert "No model has this name" in result.stdout
    assert all(line.get("asks") for line in lines(run("--plan", "--json")))


def test_a_rehearsal_keeps_the_limits_of_the_service(run, monkeypatch):
    monkeypatch.undo()
    mock = open_mock(rate_limit=True)
    monkeypatch.setattr(rehearsal, "_offline", lambda _: MockTransport(mock))
    monkeypatch.setattr(rehearsal, "Mock", lambda **_: mock)

    assert run().exit_code == 0
    assert len(mock.requests) > 40


def started(environment, *arguments, before=""):
    code = (
        f"import apikley.contract.sending as s; s._SPARE = 0; {before}\nfrom apikley.cli import main; main()"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("APIKLEY")}
    return subprocess.Popen(
        [sys.executable, "-c", code, "contract", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean | environment,
    )  # fmt: skip


def until(condition, program):
    """Wait for as long as the program runs: on a busy machine its start alone takes half a minute."""
    while not condition():
        assert program.poll() is None, program.communicate()[1]
        time.sleep(0.05)


def is_followed(mock):
    """Whether a task has been asked for. A log that grows meanwhile is copied before one looks through it."""
    return any(each.operation == "get_task" and each.code == 200 for each in [*mock.requests])


class HangsOnceUploaded(Mock):
    """Takes the next createTask after an upload, and never answers it."""

    def start(self, request):
        reply = super().start(request)
        if request.path.endswith("stream-upload"):
            self.fail_next("hang", on="create-task")
        return reply


def test_ctrl_c_while_the_paid_task_runs_keeps_its_id_and_what_was_recorded(served, tmp_path, run):
    mock, environment = served(Mock(scenario=polls(10**6), errors="known"))
    program = started(environment, "--live", "--paid", "--budget", "1", "--record", str(tmp_path / "a.har"))
    until(lambda: is_followed(mock), program)
    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=60)

    (task,) = mock.tasks
    assert program.returncode == 130, stderr
    assert f"task {task.id}" in stderr
    assert "Traceback" not in stderr
    assert "passed     paid-create" in stdout
    assert KEY not in stdout + stderr + (tmp_path / "a.har").read_text()
    again = {each["check"]: each for each in lines(run("--replay", tmp_path / "a.har", "--json"))[:-1]}
    assert again["paid-create"]["task_id"] == task.id
    assert again["paid-credits"]["outcome"] == "skipped"


def test_ctrl_c_while_the_paid_task_is_asked_for_is_told_as_in_doubt(served, tmp_path):
    mock, environment = served(HangsOnceUploaded(scenario=polls(0), errors="known"))
    program = started(environment, "--live", "--paid", "--budget", "1", "--record", str(tmp_path / "a.har"))
    until(lambda: len(mock.tasks) == 1, program)
    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=60)

    assert program.returncode == 7, stderr
    assert len(mock.tasks) == 1
    assert "may exist and be billed" in stdout
    assert json.loads((tmp_path / "a.har").read_text())


def test_the_help_of_the_command_line_imports_none_of_it():
    code = (
        "import sys; sys.argv = ['apikley', '--help']; from apikley.cli.running import run; run(['--help']); "
        "heavy = ('contract', 'jsonschema', 'httpx'); "
        "print([name for name in sys.modules if any(each in name for each in heavy)], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stderr.strip() == "[]"
    assert "contract" in ran.stdout


def test_a_missing_package_is_told_with_what_to_install(tmp_path):
    block = "import sys; sys.modules['jsonschema_rs'] = None"
    code = f"{block}; from apikley.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "contract"], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert ran.returncode == 2
    assert "pip install 'apikley[contract]'" in ran.stderr

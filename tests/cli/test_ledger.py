"""What the command line keeps, and that it pays for nothing twice."""

import json
import shlex
from pathlib import Path

import httpx
import pytest

from apikley import clock, waiting
from apikley.durable import DurableLedger
from apikley.mock import polls
from cli.conftest import KEY, ends, objects
from clients.harness import loses, only_says

LOST = loses(httpx.ReadError("reset"))
HAS_KEY = {"APIKLEY_API_KEY": KEY}


@pytest.fixture
def state(home):
    return Path(home["XDG_STATE_HOME"]) / "apikley"


@pytest.fixture
def kept(state):
    """Reads the ledger of the service, as another program would."""

    def kept():
        ledger = DurableLedger(state / "ledger.sqlite3")
        try:
            return {each.key: each for each in ledger.all()}
        finally:
            ledger.close()

    return kept


@pytest.fixture
def lost(edit, way):
    """A submission of the name `lost`, whose answer was lost."""
    way.faults["createTask"] = [LOST]
    edit("--key", "lost")


def test_an_edit_is_kept_with_what_it_cost_and_where_its_picture_is(edit, kept, folder, mock):
    edit("-o", "night.png", "--key", "order-1")

    submission = kept()["order-1"]
    assert (submission.state, submission.credits) == ("done", 1)
    assert submission.task_id == next(iter(mock.tasks)).id
    assert submission.paths == (str(folder / "night.png"),)


def test_the_mock_leaves_nothing_behind(run, state):
    assert run("edit", "street.png", "night", "--mock").exit_code == 0

    assert not state.exists()


def test_a_ledger_that_is_named_is_kept_even_of_the_mock(run, tmp_path):
    run("edit", "street.png", "night", "--mock", "--ledger", tmp_path / "a.db")

    assert objects(run("tasks", "ls", "--ledger", tmp_path / "a.db", "--json").stdout)[0]["state"] == "done"


def test_without_a_ledger_no_file_is_made(edit, state):
    assert edit("--no-ledger").exit_code == 0

    assert not state.exists()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.apikley.ru", "ledger.sqlite3"),
        ("https://API.apikley.ru/", "ledger.sqlite3"),
        ("http://127.0.0.1:8455", "ledger-local.sqlite3"),
        ("http://[::1]:8455", "ledger-local.sqlite3"),
        ("https://other.test", "ledger-other.test.sqlite3"),
    ],
)
def test_each_service_has_a_ledger_of_its_own(url, name, edit, state):
    edit("--base-url", url)

    assert [path.name for path in state.glob("*.sqlite3")] == [name]


def test_apikley_ledger_names_the_file(edit, tmp_path, state):
    edit(APIKLEY_LEDGER=str(tmp_path / "b.db"))

    assert (tmp_path / "b.db").exists()
    assert not state.exists()


def test_an_unusable_ledger_is_2_and_nothing_is_sent(edit, folder, way):
    (folder / "text.db").write_text("not a ledger, and long enough to have been one" * 20)

    error = ends(edit("--json", "--ledger", "text.db"), 2, "LedgerUnusable")

    assert "text.db" in error["message"]
    assert way.requests == []


def test_an_unusable_ledger_is_told_with_the_way_around_it(edit, folder):
    (folder / "a").write_text("")

    assert "--no-ledger" in edit("--ledger", "a/b.db").stderr


def test_who_wants_to_read_a_ledger_is_not_told_to_take_another(run, folder):
    (folder / "a").write_bytes(b"no ledger" * 1000)

    result = run("tasks", "ls", "--ledger", "a")

    assert result.exit_code == 2
    assert "ledger" in result.stderr
    assert "--no-ledger" not in result.stderr


def test_a_key_that_was_used_is_2_and_nothing_is_sent(edit, way, mock):
    edit("--key", "order-1")
    sent = len(way.requests)

    error = ends(edit("--key", "order-1", "--json"), 2, "SubmissionMoved")

    assert error["state"] == "done"
    assert len(way.requests) == sent
    assert len(mock.tasks) == 1


def test_a_key_in_doubt_is_7_and_nothing_is_sent(edit, lost, way, mock):
    sent = len(way.requests)

    result = edit("--key", "lost", "--json")

    ends(result, 7, "SubmissionMoved")
    assert "apikley tasks resolve lost --resubmit" in result.stderr
    assert len(way.requests) == sent
    assert len(mock.tasks) == 1


def test_a_key_that_was_refused_may_be_used_again(edit, mock):
    mock.credits = 0
    assert edit("--key", "order-1").exit_code == 4
    mock.credits = 10

    assert edit("--key", "order-1").exit_code == 0


def test_a_key_without_a_ledger_is_wrong_usage(edit, way):
    assert edit("--key", "order-1", "--no-ledger").exit_code == 2
    assert way.requests == []


def test_what_costs_more_than_allowed_is_4_and_nothing_is_sent(edit, way):
    result = edit("--max-credits", "0.5", "--json")

    ends(result, 4, "OverBudget")
    assert "--dry-run" in result.stderr
    assert way.requests == []


def test_the_environment_may_set_the_limit_and_a_flag_raise_it(edit):
    assert edit(APIKLEY_MAX_CREDITS="0.5").exit_code == 4
    assert edit("--max-credits", "2", APIKLEY_MAX_CREDITS="0.5").exit_code == 0


def test_a_lost_answer_is_told_with_the_commands_that_settle_it(edit, way):
    way.faults["createTask"] = [LOST]

    result = edit("--key", "order 1", "--ledger", "my ledger.db")

    assert result.exit_code == 7
    assert "apikley tasks resolve 'order 1' --forget --ledger 'my ledger.db'" in result.stderr


def test_a_lost_answer_of_the_mock_is_told_without_them(run, way):
    way.faults["createTask"] = [LOST]

    assert "tasks resolve" not in run("edit", "street.png", "night", "--mock").stderr


def test_the_list_has_doubts_first_then_the_newest(edit, lost, run):
    edit("--key", "a")
    edit("--key", "b", "--seed", "1")

    result = run("tasks", "ls", "--json")

    assert [said["key"] for said in objects(result.stdout)] == ["lost", "b", "a"]
    assert [said["in_doubt"] for said in objects(result.stdout)] == [True, False, False]


def test_the_list_is_read_without_a_key_and_asks_nobody(edit, run, way):
    edit()
    sent = len(way.requests)

    result = run("tasks", "ls")

    assert result.exit_code == 0
    assert len(way.requests) == sent


def test_a_line_of_the_list_tells_state_task_age_credits_and_prompt(edit, run, mock, lost):
    edit()

    doubt, done = run("tasks", "ls").stdout.splitlines()

    assert doubt.split() == ["doubt", "lost", "now", "~1", "night"]
    assert done.split() == ["done", [task.id for task in mock.tasks][-1], "now", "1", "night"]


def test_a_list_of_nothing_makes_no_file(run, state):
    result = run("tasks", "ls")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "no submissions" in result.stderr
    assert not state.exists()


def test_the_list_is_cut_but_for_doubts_and_says_so(edit, lost, run):
    for _ in range(3):
        edit()

    result = run("tasks", "ls", "-n", "2")

    assert [line.split()[0] for line in result.stdout.splitlines()] == ["doubt", "done"]
    assert "2 older ones: --number 4" in result.stderr


def test_the_list_of_one_state(edit, lost, run):
    edit()

    assert [line.split()[0] for line in run("tasks", "ls", "--state", "doubt").stdout.splitlines()] == [
        "doubt"
    ]
    assert run("tasks", "ls", "--state", "failed").stdout == ""
    assert run("tasks", "ls", "--state", "lost").exit_code == 2


def test_a_prompt_cannot_steer_the_terminal(run):
    run("edit", "street.png", "a\x1b[2Jb\nc", **HAS_KEY)

    (line,) = run("tasks", "ls").stdout.splitlines()
    assert line.endswith("a\ufffd[2Jb c")


def test_a_submission_is_shown_by_its_key_and_by_its_task(edit, run):
    edit("--key", "order-1", "-o", "a.png")
    (by_key,) = objects(run("tasks", "show", "order-1", "--json").stdout)
    (by_task,) = objects(run("tasks", "show", by_key["task_id"], "--json").stdout)

    assert by_key["request"]["input"]["prompt"] == "night"
    assert {**by_task, "age": 0} == {**by_key, "age": 0}


def test_what_the_ledger_does_not_know_is_2_and_the_service_may_be_asked(edit, run, mock):
    edit("--no-ledger")
    (task,) = mock.tasks

    assert "--fetch" in ends(run("tasks", "show", task.id, "--json"), 2, "InvalidRequest")["message"]
    (said,) = objects(run("tasks", "show", task.id, "--json", "--fetch", **HAS_KEY).stdout)
    assert said["service"]["state"] == "success"


def test_fetching_a_task_that_bears_the_name_of_a_doubt_settles_it(edit, run, way, mock, kept):
    way.faults["createTask"] = [LOST]
    edit("--key", "lost", "--callback-url", "https://cb.test/")
    (task,) = mock.tasks
    assert kept()["lost"].state == "unknown"

    (said,) = objects(run("tasks", "show", task.id, "--fetch", "--json", **HAS_KEY).stdout)

    assert (said["key"], said["state"]) == ("lost", "ready")
    assert kept()["lost"].task_id == task.id


def test_a_doubt_is_settled_by_its_task_without_a_key_of_the_api(lost, run, kept, way, mock):
    (task,) = mock.tasks
    sent = len(way.requests)

    result = run("tasks", "resolve", "lost", "--task", task.id, "--json")

    assert objects(result.stdout) == [{"key": "lost", "state": "submitted", "task_id": task.id}]
    assert (kept()["lost"].state, kept()["lost"].task_id) == ("submitted", task.id)
    assert len(way.requests) == sent


@pytest.mark.parametrize("words", [("resolve", "lost", "--forget"), ("forget", "lost")])
def test_a_doubt_is_forgotten(words, lost, run, kept):
    assert run("tasks", *words).stdout == "forgotten lost\n"
    assert kept()["lost"].state == "forgotten"


def test_a_doubt_is_sent_again_only_by_somebody_who_is_sure(lost, run, mock, way, kept):
    refused = run("tasks", "resolve", "lost", "--resubmit", **HAS_KEY)
    assert (refused.exit_code, len(mock.tasks)) == (2, 1)
    assert "--yes" in refused.stderr

    result = run("tasks", "resolve", "lost", "--resubmit", "--yes", "--json", **HAS_KEY)

    assert result.exit_code == 0
    assert len(mock.tasks) == 2
    assert kept()["lost"].task_id == objects(result.stdout)[0]["task_id"]


@pytest.mark.parametrize("words", [(), ("--forget", "--resubmit"), ("--task", "7f3", "--forget")])
def test_a_doubt_is_settled_in_one_way(words, lost, run, kept):
    assert run("tasks", "resolve", "lost", *words).exit_code == 2
    assert kept()["lost"].state == "unknown"


@pytest.mark.parametrize("words", [("--forget",), ("--task", "7f3"), ("--resubmit", "--yes")])
def test_what_is_not_in_doubt_cannot_be_settled(words, edit, run, kept, mock):
    edit("--key", "order-1")

    ends(run("tasks", "resolve", "order-1", *words, "--json", **HAS_KEY), 2, "SubmissionMoved")
    ends(run("tasks", "resolve", "nothing", *words, "--json", **HAS_KEY), 2, "InvalidRequest")

    assert kept()["order-1"].state == "done"
    assert len(mock.tasks) == 1


def test_what_to_type_for_a_name_that_looks_like_a_flag_works(edit, run, mock):
    edit("--key=-1", "--ledger", "my ledger")

    told = edit("--key=-1", "--ledger", "my ledger").stderr

    _, _, command = told.partition("its task is there already: apikley ")
    (task,) = mock.tasks
    assert task.id in run(*shlex.split(command)).stdout


def test_a_task_that_nobody_knows_is_told_as_unknown_and_not_as_one_that_can_be_had(run, monkeypatch):
    monkeypatch.setattr(waiting, "CREATION_GRACE", 0)

    result = run("tasks", "wait", "nope", "--json", **HAS_KEY)

    assert "the service knows no such task" in ends(result, 8, "InvalidRequest")["message"]
    assert "is not lost" not in result.stderr
    assert "apikley tasks ls" in result.stderr


def test_a_task_that_the_ledger_knows_is_not_lost_though_the_service_forgot_it(edit, run, mock, monkeypatch):
    monkeypatch.setattr(waiting, "CREATION_GRACE", 0)
    edit()
    (task,) = mock.tasks
    mock.reset()

    assert f"task {task.id} is not lost" in run("tasks", "wait", task.id, **HAS_KEY).stderr


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("ftp://pictures.test/a.png", "only http and https are taken"),
        ("javascript:alert(1)", "only http and https are taken"),
        ("file:///tmp/a.png", "only http and https are taken"),
        ("s3://bucket/a.png", "only http and https are taken"),
        ("", "image is empty"),
    ],
)
def test_what_is_neither_a_file_nor_a_link_to_take_is_told_as_that(image, says, run):
    assert says in ends(run("edit", image, "night", "--json", **HAS_KEY), 2, "InvalidRequest")["message"]


def test_a_submit_prints_the_id_and_all_is_collected_later(run, mock, folder):
    ids = [run("submit", "street.png", f"night {each}", "-q", **HAS_KEY).stdout.strip() for each in "ab"]
    assert ids == [task.id for task in mock.tasks]

    first = run("tasks", "collect", "--all", "-o", "new/", **HAS_KEY)
    again = run("tasks", "collect", "--all", "-o", "new/", **HAS_KEY)

    assert first.stdout.splitlines() == [f"new/{each}.png" for each in ids]
    assert (again.stdout, again.exit_code) == ("", 0)
    assert "every picture" in again.stderr


def test_a_submit_says_its_key_as_json(run, mock):
    (said,) = objects(run("submit", "street.png", "night", "--json", "--key", "k", **HAS_KEY).stdout)

    assert said == {"task_id": next(iter(mock.tasks)).id, "key": "k"}


def test_any_model_of_the_document_is_submitted_in_its_own_words(run, way, folder):
    (folder / "wish.json").write_text(json.dumps({"prompt": "ночь", "num_images": "2"}))

    result = run(
        *("submit", "--model", "qwen/image-edit", "--input", "@wish.json", "--file", "image_url=street.png"),
        **HAS_KEY,
    )

    assert result.exit_code == 0
    (body,) = way.created()
    assert body["input"]["image_url"].startswith("http")
    assert (body["input"]["prompt"], body["input"]["num_images"]) == ("ночь", "2")


@pytest.mark.parametrize(
    "words",
    [
        ("street.png",),
        ("street.png", "night", "--model", "qwen/image-edit", "--input", "{}"),
        ("--model", "qwen/image-edit"),
        ("--model", "qwen/image-edit", "--input", "[]"),
        ("--model", "qwen/image-edit", "--input", "{"),
        ("--model", "qwen/image-edit", "--input", "@missing.json"),
        ("--model", "qwen/image-edit", "--input", "{}", "--seed", "1"),
        ("--model", "qwen/image-edit", "--input", "{}", "--file", "street.png"),
        ("--model", "nobody/knows", "--input", "{}"),
        ("street.png", "night", "--input", "{}"),
    ],
)
def test_a_submit_that_means_nothing_is_2_and_nothing_is_sent(words, run, way):
    result = run("submit", *words, **HAS_KEY)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert way.requests == []


def test_several_tasks_are_waited_for_and_one_that_failed_keeps_none_away(run, mock):
    good = run("submit", "street.png", "a", **HAS_KEY).stdout.strip()
    mock.scenario = polls(0, "fail")
    bad = run("submit", "street.png", "b", **HAS_KEY).stdout.strip()

    result = run("tasks", "wait", bad, good, **HAS_KEY)

    assert result.exit_code == 5
    assert result.stdout == f"{good} success\n"
    assert f"apikley: task {bad} failed" in result.stderr


class Jumping:
    """A clock on which nobody waits."""

    time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


def test_patience_is_for_all_tasks_together(run, mock):
    mock.scenario = polls(10**6)
    ids = [run("submit", "street.png", each, **HAS_KEY).stdout.strip() for each in "ab"]

    with clock.replaced(Jumping()):
        result = run("tasks", "wait", *ids, "--timeout", "60", "--json", **HAS_KEY)
        assert 60 <= clock.current().now() < 70

    assert result.exit_code == 6
    assert [said["error"]["task_id"] for said in objects(result.stdout)] == ids


def test_several_results_go_into_a_folder_whatever_its_name_ends_in(run, folder):
    ids = [run("submit", "street.png", each, "-q", **HAS_KEY).stdout.strip() for each in "ab"]

    run("tasks", "collect", *ids, "-o", "new", **HAS_KEY)

    assert {path.name for path in (folder / "new").iterdir()} == {f"{each}.png" for each in ids}


@pytest.mark.parametrize("words", [(), ("7f3", "--all")])
def test_a_collect_of_nothing_or_of_two_things_is_wrong_usage(words, run):
    assert run("tasks", "collect", *words, **HAS_KEY).exit_code == 2


def test_a_wrong_key_ends_it_for_all_tasks(run, way):
    result = run("tasks", "wait", "a", "b", "--json", APIKLEY_API_KEY="wrong-5ecret")

    ends(result, 3, "NotAuthenticated")
    assert len(way.requests) == 1


def test_how_long_tasks_take_is_said_once_five_of_a_kind_are_known(edit, mock):
    said = [edit().stderr for _ in range(6)]

    assert all("usually" not in text for text in said[:4])
    assert "usually" in said[5]


def test_a_refused_upload_does_not_keep_the_others_away(run, folder):
    result = run("upload", "missing.png", "street.png", "--json", **HAS_KEY)

    refused, done = objects(result.stdout)
    assert result.exit_code == 2
    assert refused["error"]["type"] == "InvalidRequest"
    assert (done["file"], done["url"][:4]) == ("street.png", "http")


def test_a_picture_may_come_by_stdin(run, folder):
    result = run("edit", "-", "night", "-o", "a.png", stdin=(folder / "street.png").read_bytes(), **HAS_KEY)

    assert result.stdout == "a.png\n"


def test_the_credits_are_a_number(run, mock):
    mock.credits = 6.97

    assert run("credits", **HAS_KEY).stdout == "6.97\n"
    assert objects(run("credits", "--json", **HAS_KEY).stdout) == [{"credits": 6.97}]


def test_a_dry_run_shows_the_request_its_picture_and_its_price_and_sends_nothing(edit, way, state):
    (said,) = objects(edit("--dry-run", "--json", "-o", "a.jpg", "--num-images", "2").stdout)

    assert said["request"]["input"] == {
        "prompt": "night",
        "image_url": "(the address of the uploaded picture)",
        "image_size": "square",
        "num_images": "2",
        "output_format": "jpeg",
    }
    (picture,) = said["pictures"]
    assert (picture["media_type"], picture["width"], picture["height"]) == ("image/png", 64, 48)
    assert said["credits"] == 2
    assert way.requests == []
    assert not state.exists()


def test_a_dry_run_needs_no_key_and_refuses_what_the_run_would(run, folder, way):
    words = ("edit", "street.png", "night", "--dry-run")

    assert "nothing was sent" in run(*words).stdout
    assert run(*words, "--max-credits", "1").exit_code == 4
    assert run(*words, "--num-images", "5").exit_code == 2
    assert run("edit", "missing.png", "night", "--dry-run").exit_code == 2
    assert way.requests == []


def test_a_dry_run_of_any_model_shows_its_request(run, way):
    result = run(
        *(
            "submit",
            "--model",
            "qwen/image-edit",
            "--input",
            '{"prompt": "a"}',
            "--file",
            "image_url=street.png",
        ),
        *("--dry-run", "--json"),
    )

    (said,) = objects(result.stdout)
    assert said["request"]["input"]["image_url"] == "(the address of the uploaded picture)"
    assert said["credits"] == 2.5
    assert way.requests == []


def test_an_error_of_the_service_cannot_steer_the_terminal(edit, way):
    way.faults["upload"] = [only_says(b'{"code": 400, "msg": "a\\u001b[2Jb"}')]

    assert "\x1b" not in edit().stderr


@pytest.mark.parametrize("command", ["wait", "collect"])
def test_a_task_is_found_by_the_key_of_its_submission(command, run, mock):
    run("submit", "street.png", "night", "--key", "order-1", **HAS_KEY)
    (task,) = mock.tasks

    result = run("tasks", command, "order-1", "--json", **HAS_KEY)

    assert result.exit_code == 0, result.output
    assert objects(result.stdout)[0]["task_id"] == task.id


@pytest.mark.parametrize("command", ["wait", "collect"])
def test_a_doubt_has_no_task_to_wait_for_and_says_how_to_settle_it(command, lost, run, way):
    asked = len(way.requests)

    result = run("tasks", command, "lost", "--json", **HAS_KEY)

    error = ends(result, 7, "SubmissionMoved")
    assert (error["key"], error["task_id"]) == ("lost", None)
    assert "is in doubt" in error["message"]
    assert "apikley tasks resolve lost --forget" in result.stderr
    assert len(way.requests) == asked


def test_of_several_tasks_each_is_named_before_its_states(run):
    ids = [run("submit", "street.png", f"night {at}", "-q", **HAS_KEY).stdout.strip() for at in (1, 2)]

    result = run("tasks", "wait", *ids, **HAS_KEY)

    assert [line for line in result.stderr.splitlines() if line.startswith("task ")] == [
        f"task {each}" for each in ids
    ]

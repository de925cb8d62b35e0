"""The command line: data on stdout, talk on stderr, and an exit code that says what to do."""

import base64
import io
import json
import re
import signal
import urllib.request

import httpx
import pytest
from PIL import Image

from apikley.cli import running
from apikley.mock import lasts, polls
from cli.conftest import KEY, ends, objects
from clients.harness import NeverConnects, loses, only_says, raises

LOST = loses(httpx.ReadError("reset"))


def opened(path):
    return Image.open(io.BytesIO(path.read_bytes()))


def test_an_edit_prints_where_the_picture_is_and_nothing_else(edit, folder):
    result = edit("-o", "night.png")

    assert result.exit_code == 0
    assert result.stdout == "night.png\n"
    assert opened(folder / "night.png").size == (512, 512)


def test_progress_goes_to_stderr_and_names_the_task(edit, mock):
    result = edit("-o", "night.png")

    (task,) = mock.tasks
    assert result.stderr.splitlines() == [
        "uploading the picture",
        "creating the task",
        f"task {task.id}",
        "success",
        "fetching the picture",
    ]


def test_what_is_tried_again_is_said_with_its_reason_and_the_same_reason_once(edit, way):
    refused, reset = NeverConnects(httpx.ConnectError("refused")), raises(httpx.ReadError("reset"))
    way.faults = {"createTask": [refused, refused], "upload": [reset, reset]}

    lines = edit("-o", "night.png").stderr.splitlines()

    trouble = "no answer from api.apikley.ru: "
    assert lines[:6] == [
        "uploading the picture",
        f"{trouble}ReadError: reset; again within 1 s",
        "creating the task",
        f"{trouble}ConnectError: refused; again within 1 s",
        "creating the task",
        f"{trouble}ConnectError: refused; again within 1 s",
    ]


def names_one(deliver):
    """The service's word on a task, with the first of its pictures alone."""
    said = json.loads(deliver().read())
    links = json.loads(said["data"]["resultJson"])["resultUrls"]
    said["data"]["resultJson"] = json.dumps({"resultUrls": links[:1]})
    return httpx.Response(200, json=said)


def test_fewer_pictures_than_were_asked_for_are_told_even_quietly(edit, way):
    way.faults["recordInfo"] = [names_one]

    result = edit("-o", "a.png", "--num-images", "4", "-q")

    assert (result.exit_code, result.stdout) == (0, "a.png\n")
    assert result.stderr == "4 pictures were asked for, and 1 came\n"


def test_another_format_than_was_asked_for_is_told(edit, way, folder):
    file = io.BytesIO()
    opened(folder / "street.png").save(file, "JPEG")
    way.faults["results"] = [only_says(file.getvalue())]

    result = edit("-o", "new/", "--output-format", "png", "-q")

    assert result.exit_code == 0
    assert result.stderr == f"{result.stdout.strip()} is image/jpeg, and image/png was asked for\n"


def test_an_object_that_a_task_made_is_printed(run, way):
    made = {"text": "night"}
    data = {"model": "other/words", "state": "success", "resultJson": {"resultObject": made}}
    way.faults["recordInfo"] = [only_says(json.dumps({"code": 200, "data": data}).encode())]

    result = run("tasks", "show", "7f3", "--fetch", "--json", APIKLEY_API_KEY=KEY)

    assert objects(result.stdout)[0]["service"]["result_object"] == made


def test_quiet_says_nothing_on_stderr(edit):
    assert edit("-o", "night.png", "--quiet").stderr == ""


def test_json_is_one_object(edit, mock):
    result = edit("-o", "ночь.png", "--json", "--num-images", "2")

    (said,) = objects(result.stdout)
    (task,) = mock.tasks
    assert (said["task_id"], said["state"], said["credits"]) == (task.id, "success", 2)
    assert [image["path"] for image in said["images"]] == ["ночь-1.png", "ночь-2.png"]
    assert all(re.fullmatch("[0-9a-f]{64}", image["sha256"]) for image in said["images"])


def test_several_pictures_are_several_lines(edit, folder):
    result = edit("-o", "new/", "--num-images", "3")

    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert all((folder / line).is_file() for line in lines)


@pytest.mark.parametrize(
    ("output", "format_"),
    [("a.png", "png"), ("a.jpg", "jpeg"), ("a.JPEG", "jpeg"), ("a", None), ("a.webp/", None)],
)
def test_the_suffix_chooses_the_format(output, format_, edit, way):
    edit("-o", output)

    assert way.created()[0]["input"].get("output_format") == format_


def test_what_is_said_wins_over_the_suffix(edit, way, folder):
    edit("-o", "a.jpg", "--output-format", "png")

    assert way.created()[0]["input"]["output_format"] == "png"
    assert opened(folder / "a.jpg").format == "PNG"


def test_without_a_name_the_picture_is_named_after_its_source(edit):
    assert edit().stdout == "street-edited.png\n"


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("https://pictures.test/a/улица.jpg?x=1", "улица-edited.png"),
        ("https://pictures.test/", "image-edited.png"),
    ],
)
def test_an_address_gives_its_last_part_as_name(image, name, run):
    assert run("edit", image, "night", "--mock").stdout == f"{name}\n"


@pytest.mark.parametrize(
    ("there", "arguments", "names"),
    [
        (["street-edited.png"], (), ["street-edited-2.png"]),
        (["street-edited.png", "street-edited-2.png"], (), ["street-edited-3.png"]),
        (["street-edited.jpg"], (), ["street-edited.png"]),
        (["street-edited.jpg"], ("--output-format", "jpeg"), ["street-edited-2.jpg"]),
        (["street-edited-1.png"], ("--num-images", "2"), ["street-edited-2-1.png", "street-edited-2-2.png"]),
        (["street-edited-2.png"], ("--num-images", "2"), ["street-edited-3-1.png", "street-edited-3-2.png"]),
    ],
)
def test_a_name_that_nobody_gave_replaces_no_picture(there, arguments, names, edit, folder):
    for name in there:
        (folder / name).write_bytes(b"paid for")

    assert edit(*arguments).stdout.splitlines() == names

    for name in there:
        assert (folder / name).read_bytes() == b"paid for"


def test_edits_at_once_whose_names_nobody_gave_lose_no_picture(start, served, mock, folder):
    mock.scenario = lasts(2)

    programs = [start("edit", "street.png", prompt, "-q", **served) for prompt in ("night", "day", "rain")]

    names = [program.communicate(timeout=60)[0].decode().strip() for program in programs]
    assert sorted(names) == ["street-edited-2.png", "street-edited-3.png", "street-edited.png"]
    assert len({(folder / name).read_bytes() for name in names}) == len(mock.tasks) == 3


def test_a_name_too_long_for_several_pictures_is_2_before_anything_is_paid(edit, mock):
    result = edit("-o", "x" * 251 + ".png", "--num-images", "4", "--json")

    assert "File name too long" in ends(result, 2, "InvalidRequest")["message"]
    assert not mock.tasks


def test_a_name_that_was_given_replaces_what_is_there(edit, folder):
    (folder / "a.png").write_bytes(b"old")

    edit("-o", "a.png")

    assert opened(folder / "a.png").format == "PNG"


def test_a_picture_in_the_argument_itself_has_a_name_too(run, folder):
    uri = "data:image/png;base64," + base64.b64encode((folder / "street.png").read_bytes()).decode()

    assert run("edit", uri, "night", "--mock").stdout == "image-edited.png\n"


def test_what_is_not_said_is_not_sent(edit, way):
    edit("-o", "a")

    assert way.created()[0]["input"].keys() == {"prompt", "image_url", "image_size"}


def test_everything_that_is_said_is_sent(run, way):
    run(
        *(
            "edit",
            "street.png",
            "сделай ночь",
            "--mock",
            "-o",
            "a/",
            "--image-size",
            "square",
            "--num-images",
            "2",
        ),
        *("--output-format", "jpeg", "--seed", "0", "--num-inference-steps", "2", "--guidance-scale", "0"),
        *("--acceleration", "high", "--negative-prompt", "", "--no-enable-safety-checker", "--no-sync-mode"),
        *("--callback-url", "https://cb.test/"),
    )

    (body,) = way.created()
    assert body["callBackUrl"].startswith("https://cb.test/?apikley=")
    del body["input"]["image_url"]
    assert body["input"] == {
        "prompt": "сделай ночь",
        "image_size": "square",
        "num_images": "2",
        "output_format": "jpeg",
        "seed": 0,
        "num_inference_steps": 2,
        "guidance_scale": 0,
        "acceleration": "high",
        "negative_prompt": "",
        "enable_safety_checker": False,
        "sync_mode": False,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("--num-images", "5"),
        ("--seed", str(2**64)),
        ("--guidance-scale", "nan"),
        ("--guidance-scale", "20.1"),
        ("--num-inference-steps", "1"),
        ("--callback-url", "here"),
        ("--timeout", "-1"),
        ("--timeout", "inf"),
        ("-o", "street.png/a.png"),
        ("-o", "a.webp"),
        ("--base-url", "nowhere"),
    ],
)
def test_2_for_what_is_wrong_and_nothing_is_sent(arguments, edit, way):
    error = ends(edit("--json", *arguments), 2, "InvalidRequest")

    assert error["parameter"]
    assert way.requests == []


@pytest.mark.parametrize("image", ["missing.png", ".", "text.png", "", "x" * 5000, "https://"])
def test_2_for_a_picture_that_is_none(image, run, folder, way):
    (folder / "text.png").write_text("not a picture")

    ends(run("edit", image, "night", "--mock", "--json", "-o", "a.png"), 2, "InvalidRequest")

    assert way.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("edit",),
        ("edit", "a"),
        ("edit", "a", "b", "--image-size", "huge"),
        ("edit", "a", "b", "--seed", "x"),
        ("x",),
    ],
)
def test_2_for_what_cannot_be_understood(arguments, run):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("image", ["http://[::1", "https://a:b/c.png", "x://["])
def test_2_for_an_address_that_is_none_though_nobody_gave_a_name(image, run, way):
    ends(run("edit", image, "night", "--mock", "--json"), 2, "InvalidRequest")

    assert way.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["edit", "--json"],
        ["edit", "a", "b", "--json", "--seed", "x"],
        ["x", "--json"],
        ["edit", "--json", "--x"],
    ],
)
def test_wrong_usage_is_told_as_json_too(arguments, capsys):
    assert running.run(arguments) == 2

    stdout, stderr = capsys.readouterr()
    (said,) = objects(stdout)
    assert said["exit_code"] == 2
    assert said["error"]["type"] == "UsageError"
    assert said["error"]["message"] in stderr


def test_wrong_usage_leaves_stdout_empty_without_json(capsys):
    assert running.run(["edit"]) == 2
    assert capsys.readouterr().out == ""


def test_3_without_a_key(run):
    error = ends(run("edit", "street.png", "night", "--json"), 3, "NotAuthenticated")

    assert "APIKLEY_API_KEY" in error["message"]


def test_3_for_a_wrong_key(run, served):
    result = run("edit", "street.png", "night", "--json", **served | {"APIKLEY_API_KEY": "wrong-5ecret"})

    assert ends(result, 3, "NotAuthenticated")["code"] == 401
    assert "5ecret" not in result.output


def test_4_when_credits_are_short(edit, mock):
    mock.credits = 0

    assert ends(edit("--json"), 4, "OutOfCredits")["code"] == 402


def test_5_when_the_task_failed(edit, mock):
    mock.scenario = polls(0, "fail")

    error = ends(edit("--json"), 5, "TaskFailed")

    assert error["task_id"] == next(iter(mock.tasks)).id
    assert error["code"] == "501"


def test_6_when_the_task_still_runs(edit, mock):
    mock.scenario = lasts(60)

    result = edit("--json", "--timeout", "0")

    (task,) = mock.tasks
    assert ends(result, 6, "TaskUnfinished")["task_id"] == task.id
    assert f"apikley tasks collect {task.id}" in result.stderr


def test_7_when_the_answer_was_lost(edit, mock, way):
    way.faults["createTask"] = [LOST]

    error = ends(edit("--json"), 7, "SubmissionUnknown")

    assert error["key"]
    assert len(mock.tasks) == 1
    assert len(way.to("createTask")) == 1


def test_7_with_the_id_when_a_no_names_a_task(edit, way):
    way.faults["createTask"] = [only_says(b'{"code": 402, "msg": "no", "data": {"taskId": "7f3"}}')]

    result = edit("--json")

    assert ends(result, 7, "SubmissionUnknown")["task_id"] == "7f3"
    assert "apikley tasks collect 7f3" in result.stderr


@pytest.mark.parametrize("breaks", [raises, loses])
def test_7_when_interrupted_while_a_task_was_being_created(breaks, edit, way):
    way.faults["createTask"] = [breaks(KeyboardInterrupt())]

    result = edit("--json")

    ends(result, 7, "KeyboardInterrupt")
    assert "createTask was under way" in result.stderr
    assert re.search("submission [0-9a-f]{32}", result.stderr)
    assert "tasks collect" not in result.stderr


def test_130_when_interrupted_before_a_task_could_be(edit, way):
    way.faults["upload"] = [raises(KeyboardInterrupt())]

    assert ends(edit("--json"), 130, "KeyboardInterrupt")["task_id"] is None
    assert way.created() == []


@pytest.mark.parametrize("where", ["recordInfo", "/results/"])
def test_130_with_the_id_when_interrupted_once_there_is_a_task(where, edit, way, mock):
    way.faults[where] = [raises(KeyboardInterrupt())]

    result = edit("--json")

    (task,) = mock.tasks
    assert ends(result, 130, "KeyboardInterrupt")["task_id"] == task.id
    assert f"apikley tasks collect {task.id}" in result.stderr


def test_130_with_the_id_when_interrupted_before_the_first_answer_of_a_collect(run, monkeypatch):
    def interrupt(self, request):
        raise KeyboardInterrupt

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", interrupt)

    result = run("tasks", "collect", "7f3", "--json", APIKLEY_API_KEY=KEY)

    assert ends(result, 130, "KeyboardInterrupt")["task_id"] == "7f3"
    assert "apikley tasks collect 7f3" in result.stderr


@pytest.mark.parametrize("code", [400, 402, 403, 433, 501])
def test_0_though_a_question_was_answered_no_once_there_is_a_task(code, edit, way):
    way.faults["recordInfo"] = [only_says(b'{"code": %d, "msg": "no"}' % code)]

    assert edit("--json").exit_code == 0


def test_8_for_a_place_that_cannot_be_written_once_there_is_a_task(edit, way, mock, folder):
    way.faults["createTask"] = [lambda deliver: [deliver(), (folder / "new").touch()][0]]

    result = edit("--json", "-o", "new/a.png")

    (task,) = mock.tasks
    assert ends(result, 8, "FileExistsError")["task_id"] == task.id
    assert f"apikley tasks collect {task.id}" in result.stderr


def test_pictures_that_were_saved_are_named_when_another_cannot_be_had(edit, way, folder):
    way.faults["/results/"] = [only_says(b"", 401)]

    result = edit("--json", "-o", "a.png", "--num-images", "3")

    ends(result, 8, "RequestRefused")
    said = [line for line in result.stderr.splitlines() if line.startswith("saved all the same")]
    assert said == ["saved all the same: a-2.png", "saved all the same: a-3.png"]
    assert (folder / "a-2.png").is_file()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (NeverConnects(httpx.ConnectError("refused")), "Unreachable"),
        (only_says(b"<html>", 502), "ServiceUnavailable"),
        (only_says(b"", 429), "RateLimited"),
        (only_says(b"<html>"), "AnswerUnreadable"),
        (only_says(b"", 403), "RequestRefused"),
    ],
)
def test_8_for_network_and_server(fault, kind, edit, way):
    way.faults["upload"] = [fault] * 9

    ends(edit("--json"), 8, kind)


def test_the_id_is_printed_when_the_picture_does_not_come(edit, way, mock, folder):
    way.faults["/results/"] = [only_says(b"", 500)] * 99

    result = edit("--json", "-o", "night.png")

    (task,) = mock.tasks
    assert ends(result, 8, "ServiceUnavailable")["task_id"] == task.id
    assert f"apikley tasks collect {task.id}" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["street.png"]


def test_an_error_without_json_leaves_stdout_empty(edit, mock):
    mock.credits = 0

    result = edit()

    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith("apikley: ")


def test_a_task_is_collected_by_its_id(edit, run, mock, served, folder):
    edit("--timeout", "0")
    (task,) = mock.tasks

    first = run("tasks", "collect", task.id, **served)
    second = run("tasks", "collect", task.id, "-o", "a.png", "--json", "-q", **served)

    assert first.stdout == f"{task.id}.png\n"
    assert objects(second.stdout)[0]["images"][0]["path"] == "a.png"
    assert (folder / "a.png").read_bytes() == (folder / first.stdout.strip()).read_bytes()


def test_an_empty_id_is_refused(run, served):
    ends(run("tasks", "collect", " ", "--json", **served), 2, "InvalidRequest")


def test_help_tells_the_exit_codes(run):
    text = run("edit", "--help").stdout

    for code in (0, 2, 3, 4, 5, 6, 7, 8, 130):
        assert re.search(rf"\b{code}  \w", text)


def test_a_program_that_is_interrupted_says_where_to_go_on(start, mock, served):
    mock.scenario = lasts(600)
    program = start("edit", "street.png", "night", "--json", **served)
    lines = iter(program.stderr.readline, b"")
    said = next(line for line in lines if line.startswith(b"task "))
    next(lines)  # it waits now

    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=15)

    (task,) = mock.tasks
    assert said.decode() == f"task {task.id}\n"
    assert program.returncode == 130
    assert objects(stdout.decode())[0]["error"]["task_id"] == task.id
    assert f"apikley tasks collect {task.id}" in stderr.decode()
    assert "Traceback" not in stderr.decode()
    assert KEY not in stdout.decode() + stderr.decode()


@pytest.mark.parametrize(
    ("name", "encoding"), [("caf\udce9.png", "utf-8"), ("ночь 🌙.png", "ascii"), ("ночь 🌙.png", "koi8-r")]
)
def test_a_name_that_stdout_cannot_spell_is_no_reason_to_fail(name, encoding, start, served, folder):
    arguments = ("edit", "street.png", "night", "--image-size", "square", "-q", "-o", name)
    plain = start(*arguments, PYTHONIOENCODING=encoding, **served)
    as_json = start(*arguments, "--json", PYTHONIOENCODING=encoding, **served)

    (_, stderr), (stdout, _) = plain.communicate(timeout=30), as_json.communicate(timeout=30)

    assert (plain.returncode, as_json.returncode) == (0, 0)
    assert stderr == b""
    said = json.loads(stdout.decode(encoding))
    assert said["images"][0]["path"] == name
    assert (folder / name).is_file()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_mock_says_where_it_listens_and_stops_when_told(ending, start):
    program = start("mock", "--port", "0", "--credits", "7.5")
    url = json.loads(program.stdout.readline())["url"]
    asked = urllib.request.Request(f"{url}/api/v1/chat/credit", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert json.load(answer)["data"] == 7.5

    program.send_signal(ending)
    stdout, stderr = program.communicate(timeout=15)

    assert program.returncode in (0, 130, -ending)
    assert stdout == b""
    assert b"Traceback" not in stderr


def test_a_port_that_is_taken_is_told(run, served):
    port = served["APIKLEY_BASE_URL"].rpartition(":")[2]

    result = run("mock", "--port", port)

    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr


@pytest.mark.parametrize(
    ("missing", "arguments", "extra"),
    [
        ("click", ["credits"], "apikley[cli]"),
        ("jsonschema_rs", ["edit", "street.png", "night", "--mock"], "apikley[mock]"),
        ("uvicorn", ["mock", "--port", "0"], "apikley[mock]"),
    ],
)
def test_a_missing_extra_is_named(missing, arguments, extra, start):
    program = start(*arguments, before=f"sys.modules[{missing!r}] = None")

    stdout, stderr = program.communicate(timeout=30)

    assert program.returncode == 2
    assert stdout == b""
    assert extra in stderr.decode()
    assert b"Traceback" not in stderr


@pytest.mark.parametrize("command", ["edit", "submit"])
def test_a_prompt_may_come_from_stdin(command, run, way):
    result = run(command, "street.png", "-", stdin="make it\nnight\n", APIKLEY_API_KEY=KEY)

    assert result.exit_code == 0, result.output
    (body,) = way.created()
    assert body["input"]["prompt"] == "make it\nnight"


def test_picture_and_prompt_cannot_both_come_from_stdin(run, way):
    result = run("edit", "-", "-", stdin="x", APIKLEY_API_KEY=KEY)

    assert result.exit_code == 2
    assert "only one of IMAGE and PROMPT can be -" in result.stderr
    assert way.requests == []


def test_wrong_usage_has_the_same_fields_as_any_error(capsys):
    assert running.run(["edit", "a.png", "--json"]) == 2

    (said,) = objects(capsys.readouterr().out)
    assert {"type", "message", "task_id"} <= said["error"].keys()

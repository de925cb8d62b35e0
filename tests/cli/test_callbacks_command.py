"""Callbacks at the command line: received on a port, and checked from a file."""

import json
import signal
import socket
import urllib.error
import urllib.request

import httpx
import pytest

from apikley import callbacks
from cli.conftest import KEY, ends, objects
from clients.harness import loses

SECRET = "hush-5ecret"


@pytest.fixture
def listening(start):
    """Starts `apikley callbacks listen --json`; gives the program and its address once it listens."""

    def listening(*words, **environment):
        program = start("callbacks", "listen", "--port", "0", "--json", *words, **environment)
        return program, json.loads(program.stdout.readline())["url"]

    return listening


def post(url, headers, body):
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_each_callback_is_an_object_and_the_last_of_a_count_ends_it(listening):
    program, url = listening("--count", "2", APIKLEY_CALLBACK_KEY=SECRET)

    assert post(url, *callbacks.write("7f3", key=SECRET)) == 200
    assert post(url, *callbacks.write("7f3", key=SECRET)) == 200  # again: answered, and not told
    assert post(url, *callbacks.write("8a4", code=501, key=SECRET)) == 200
    stdout, stderr = program.communicate(timeout=15)

    first, second = objects(stdout.decode())
    assert program.returncode == 0
    assert (first["task_id"], first["succeeded"], first["signed"]) == ("7f3", True, True)
    assert (second["task_id"], second["succeeded"], second["failure_message"]) == (
        "8a4",
        False,
        "Generation Failed",
    )
    assert SECRET not in stdout.decode() + stderr.decode()


def test_what_is_not_signed_is_rejected_and_told_on_stderr(listening):
    program, url = listening("--count", "1", "--key-env", "MY_KEY", MY_KEY=SECRET)

    assert post(url, *callbacks.write("7f3", key="other")) == 401
    assert post(url, *callbacks.write("8a4", key=SECRET)) == 200
    stdout, stderr = program.communicate(timeout=15)

    assert [said["task_id"] for said in objects(stdout.decode())] == ["8a4"]
    assert b"callback rejected: the signature is of another key" in stderr


def test_somebody_who_connects_and_says_nothing_keeps_nobody_waiting(listening):
    program, url = listening("--count", "1")

    with socket.create_connection(("127.0.0.1", int(url.split(":")[2].strip("/")))):
        assert post(url, *callbacks.write("7f3")) == 200
        program.communicate(timeout=10)

    assert program.returncode == 0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_told(ending, listening):
    program, _ = listening()

    program.send_signal(ending)
    stdout, stderr = program.communicate(timeout=15)

    assert (program.returncode, stdout) == (0, b"")
    assert b"Traceback" not in stderr


def test_it_listens_on_this_computer_only_unless_told(listening):
    _, url = listening()

    assert url.startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_told(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = run("callbacks", "listen", "--port", port)

    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr


def test_a_callback_that_may_be_a_task_in_doubt_says_how_to_settle_it(run, way, listening):
    way.faults["createTask"] = [loses(httpx.ReadError("reset"))]
    run("edit", "street.png", "night", "--key", "lost", APIKLEY_API_KEY=KEY)
    program, url = listening("--count", "1")

    assert post(callbacks.with_token(url, "lost"), *callbacks.write("7f3")) == 200
    _, stderr = program.communicate(timeout=15)

    assert b"submission lost is in doubt" in stderr
    assert b"apikley tasks show 7f3 --fetch" in stderr


@pytest.fixture
def came(folder):
    """A signed callback, as it came: the body and its headers in files."""
    headers, body = callbacks.write("7f3", key=SECRET, now=1769670760)
    (folder / "body.json").write_bytes(body)
    (folder / "headers.txt").write_text(
        "POST /done HTTP/1.1\r\n"
        + "".join(f"{name.lower()}:  {value}\r\n" for name, value in headers.items())
    )
    (folder / "headers.json").write_text(json.dumps(headers))
    return body


@pytest.mark.parametrize("headers", ["headers.txt", "headers.json"])
def test_a_callback_is_verified_from_files(headers, came, run):
    words = ("callbacks", "verify", "body.json", "--headers", headers, "--at", "1769670800", "--json")

    (said,) = objects(run(*words, APIKLEY_CALLBACK_KEY=SECRET).stdout)

    assert (said["task_id"], said["signed"], said["succeeded"]) == ("7f3", True, True)


def test_a_body_may_come_by_stdin_and_headers_one_by_one(came, run):
    signed = callbacks.sign("7f3", SECRET, 1769670760)
    headers = [word for name, value in signed.items() for word in ("-H", f"{name}: {value}")]

    result = run(
        *("callbacks", "verify", "-", *headers, "--at", "1769670760", "--key-env", "MY_KEY"),
        stdin=came,
        MY_KEY=SECRET,
    )

    assert result.stdout.startswith("7f3, success, signed")


@pytest.mark.parametrize(
    ("words", "key", "code", "kind"),
    [
        (("--at", "1769670760"), "other", 3, "CallbackRejected"),
        ((), SECRET, 3, "CallbackRejected"),  # an old one
        (("--at", "1769670760"), "", 3, "NotAuthenticated"),
    ],
)
def test_3_for_a_signature_that_does_not_hold(words, key, code, kind, came, run):
    result = run(
        *("callbacks", "verify", "body.json", "--headers", "headers.txt", "--json", *words),
        APIKLEY_CALLBACK_KEY=key,
    )

    ends(result, code, kind)
    assert SECRET not in result.output


def test_2_for_what_is_no_callback(run, folder):
    (folder / "body.json").write_text("[]")

    ends(run("callbacks", "verify", "body.json", "--unsigned", "--json"), 2, "CallbackRejected")
    ends(run("callbacks", "verify", "missing.json", "--unsigned", "--json"), 2, "InvalidRequest")


def test_a_body_that_was_changed_for_another_task_does_not_hold(came, run, folder):
    (folder / "body.json").write_bytes(came.replace(b"7f3", b"7f4"))

    result = run(
        *("callbacks", "verify", "body.json", "--headers", "headers.txt", "--at", "1769670760", "--json"),
        APIKLEY_CALLBACK_KEY=SECRET,
    )

    ends(result, 3, "CallbackRejected")

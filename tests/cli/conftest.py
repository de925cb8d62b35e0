"""The command line, played in this process on a mock, or run as a program on a port."""

import io
import json
import os
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner
from PIL import Image

from apikley import collecting, flows, submitting, uploading
from apikley.cli import mocking
from apikley.cli.commands import apikley
from apikley.mock import Mock, polls, running
from apikley.retrying import Retry
from clients.harness import Way

KEY = "sk-test-5ecret-0f-0urs"


@pytest.fixture
def mock():
    return Mock(scenario=polls(0))


@pytest.fixture
def way(mock):
    return Way(mock)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a picture in it."""
    file = io.BytesIO()
    Image.effect_noise((64, 48), 40).convert("RGB").save(file, "PNG")
    (tmp_path / "street.png").write_bytes(file.getvalue())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def home(tmp_path_factory):
    """The environment of somebody whose folders are empty."""
    home = tmp_path_factory.mktemp("home")
    folders = {"HOME": home, "XDG_STATE_HOME": home / "state", "XDG_CONFIG_HOME": home / "config"}
    return {name: str(path) for name, path in folders.items()}


@pytest.fixture
def run(folder, way, home, monkeypatch):
    """Plays a command in this process, with nothing set: all requests, and `--mock`, lead to the mock of the test."""
    for name in [name for name in os.environ if name.startswith("APIKLEY")]:
        monkeypatch.delenv(name)
    for name, value in home.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(mocking, "open_mock", lambda: way)
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: way.handle_request(request))
    for room in (collecting, flows, submitting, uploading):
        for name in {"READ", "UPLOAD", "DOWNLOAD", "CONNECT", "SUBMIT"} & {*vars(room)}:
            monkeypatch.setattr(room, name, Retry(getattr(room, name).attempts, 0.001, 0.001))

    def run(*arguments, stdin=None, **environment):
        words = [str(each) for each in arguments]
        return CliRunner().invoke(apikley, words, input=stdin, env=environment)

    return run


@pytest.fixture
def edit(run):
    """Plays `apikley edit street.png night` with a key, and what is said besides."""

    def edit(*arguments, **environment):
        words = ("edit", "street.png", "night", "--image-size", "square", *arguments)
        return run(*words, **{"APIKLEY_API_KEY": KEY, **environment})

    return edit


@pytest.fixture
def served(mock):
    with running(mock) as url:
        yield {"APIKLEY_BASE_URL": url, "APIKLEY_API_KEY": KEY}


@pytest.fixture
def start(folder, home):
    """Starts the command as a program; what still runs at the end is ended."""
    programs = []

    def start(*arguments, before="pass", **environment):
        code = f"import sys; {before}; from apikley.cli import main; main()"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("APIKLEY")}
        program = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean | home | environment,
        )
        programs.append(program)
        return program

    yield start
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.communicate()


def ends(result, code, kind):
    """One object on stdout and one sentence on stderr say the same."""
    assert result.exit_code == code, result.output
    *_, said = objects(result.stdout)
    assert said["exit_code"] == code
    assert said["error"]["type"] == kind
    assert f"apikley: {said['error']['message']}\n" in result.stderr
    assert "Traceback" not in result.output
    assert KEY not in result.output
    return said["error"]


def objects(text):
    """The JSON objects of an output, one a line."""
    return [json.loads(line) for line in text.splitlines()]

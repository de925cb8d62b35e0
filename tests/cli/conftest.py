"""The command line, played in this process on a mock, or run as a program on a port."""

import io
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from PIL import Image

from apikley import collecting, flows, submitting, uploading
from apikley.cli import mocking
from apikley.cli.commands import apikley
from apikley.mock import Mock, polls, running
from apikley.schedule import Retry
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
def run(folder, way, monkeypatch):
    """Plays a command in this process; `--mock` is the mock of the test."""
    monkeypatch.delenv("APIKLEY_API_KEY", raising=False)
    monkeypatch.delenv("APIKLEY_BASE_URL", raising=False)
    monkeypatch.setattr(mocking, "open_mock", lambda: way)
    for room in (collecting, flows, submitting, uploading):
        for name in {"READ", "UPLOAD", "DOWNLOAD", "SUBMIT"} & {*vars(room)}:
            monkeypatch.setattr(room, name, Retry(getattr(room, name).attempts, 0.001, 0.001))

    def run(*arguments, **environment):
        return CliRunner().invoke(apikley, [str(each) for each in arguments], env=environment)

    return run


@pytest.fixture
def edit(run):
    """Plays `apikley edit street.png night --mock` and what is said besides."""

    def edit(*arguments, **environment):
        return run(
            "edit", "street.png", "night", "--mock", "--image-size", "square", *arguments, **environment
        )

    return edit


@pytest.fixture
def served(mock):
    with running(mock) as url:
        yield {"APIKLEY_BASE_URL": url, "APIKLEY_API_KEY": KEY}


@pytest.fixture
def start(folder):
    """Starts the command as a program; what still runs at the end is ended."""
    programs = []

    def start(*arguments, before="pass", **environment):
        code = f"import sys; {before}; from apikley.cli import main; main()"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("APIKLEY")}
        program = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean | environment,
        )
        programs.append(program)
        return program

    yield start
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.communicate()


def objects(text):
    """The JSON objects of an output, one a line."""
    return [json.loads(line) for line in text.splitlines()]

"""Whether a key is seen where none may be: in a log, an error, an output, a file or a download of the whole run.

The keys are those that clients were made with, and those in the environment of the programs that tests start. What
is looked at is what the run itself leaves: nothing is acted out for it.
"""

import functools
import logging
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from apikley import errors, settings
from apikley.mock import engine

# The command line tells everybody of this one, which opens only a mock.
_TOLD = "sk-test-mock"
# Whoever keeps the key in one of these put it there.
_KEPT_IN = ("config.toml", "*.key", "key.txt", "*.py")
# Sources, where examples have keys.
_SOURCES = {"site-packages", "__pycache__"}
_LONGEST = 64 * 1024 * 1024
_DOWNLOADS = ("/files/", "/results/")
_LOGGERS = ("apikley", "httpx", "httpcore")


class KeyWatch:
    """The keys of a run, and where they were seen."""

    def __init__(self):
        self.keys: set[str] = set()
        self.seen: list[str] = []

    def know(self, key):
        """Look out for a key; only those of the tests' usual form, since others are words like any."""
        if isinstance(key, str) and key.startswith("sk-") and key != _TOLD:
            self.keys.add(key)

    def look(self, where, text):
        """Note each key in a text or in bytes, and in which test that was."""
        for key in self.keys:
            if (key.encode() if isinstance(text, bytes | bytearray) else key) in text:
                self.seen.append(f"{key} in {where}, in {os.environ.get('PYTEST_CURRENT_TEST', 'the end')}")

    def look_into(self, folder):
        """Note each key in a file of a folder."""
        for path in Path(folder).rglob("*"):
            if (
                _SOURCES & {*path.parts}
                or path.is_symlink()
                or not path.is_file()
                or any(path.match(name) for name in _KEPT_IN)
            ):
                continue
            if path.stat().st_size <= _LONGEST:
                self.look(f"the file {path.relative_to(folder)}", path.read_bytes())


class _Logs(logging.Handler):
    """Logs on their way, in full."""

    def __init__(self, watch):
        super().__init__(logging.DEBUG)
        self._watch = watch

    def emit(self, record):
        self._watch.look(f"the log {record.name}", self.format(record))


@pytest.fixture(scope="session", autouse=True)
def no_key_is_seen(tmp_path_factory):
    """Fail the run if a key was seen anywhere in it."""
    watch = KeyWatch()
    with watching(watch):
        yield
    watch.look_into(tmp_path_factory.getbasetemp())
    if watch.seen:
        pytest.fail("\n".join(watch.seen), pytrace=False)


@contextmanager
def watching(watch):
    """Look at everything that happens in the block."""
    with pytest.MonkeyPatch.context() as patch, _heard(_Logs(watch)):
        _know_keys(patch, watch)
        _look_at_errors(patch, watch)
        _look_at_outputs(patch, watch)
        _look_at_downloads(patch, watch)
        yield


@contextmanager
def _heard(logs):
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(logs)
        logger.setLevel(logging.DEBUG)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(logs)
        logger.setLevel(level)


def _know_keys(patch, watch):
    load, start = settings.load, subprocess.Popen.__init__

    @functools.wraps(load)
    def loading(*said, **more):
        loaded = load(*said, **more)
        watch.know(loaded.api_key)
        return loaded

    @functools.wraps(start)
    def starting(self, *args, **kwargs):
        watch.know((kwargs.get("env") or {}).get(settings.KEY_VARIABLE))
        start(self, *args, **kwargs)

    patch.setattr(settings, "load", loading)
    patch.setattr(subprocess.Popen, "__init__", starting)


def _look_at_errors(patch, watch):
    make = errors.ApikleyError.__init__

    @functools.wraps(make)
    def making(self, message):
        make(self, message)
        watch.look(f"a {type(self).__name__}", repr(message))

    patch.setattr(errors.ApikleyError, "__init__", making)


def _look_at_outputs(patch, watch):
    end = subprocess.CompletedProcess.__init__

    @functools.wraps(end)
    def ending(self, args, returncode, stdout=None, stderr=None):
        end(self, args, returncode, stdout, stderr)
        for name, text in (("output", stdout), ("errors", stderr)):
            watch.look(f"the {name} of a program", text or "")

    patch.setattr(subprocess.CompletedProcess, "__init__", ending)


def _look_at_downloads(patch, watch):
    start = engine.Mock.start

    @functools.wraps(start)
    def starting(self, request):
        is_ours = request.headers.get("user-agent", "").startswith("apikley/")
        if is_ours and request.path.startswith(_DOWNLOADS):
            watch.look("a download", repr(dict(request.headers)))
        return start(self, request)

    patch.setattr(engine.Mock, "start", starting)

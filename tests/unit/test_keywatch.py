"""The watch for keys would see one."""

import logging
import subprocess
import sys

import httpx
import pytest

from apikley import Apikley, RequestRefused
from apikley.mock import Mock, MockTransport
from keywatch import KeyWatch, watching

KEY = "sk-test-seen-somewhere"


@pytest.fixture
def watch():
    watch = KeyWatch()
    watch.know(KEY)  # and not by a client, of which the watch over the whole run would know too
    with watching(watch):
        yield watch


def test_the_key_of_a_client_is_known(watch):
    Apikley("sk-test-of-a-client").close()
    assert "sk-test-of-a-client" in watch.keys


def test_a_key_in_a_log_is_seen(watch):
    logging.getLogger("httpx").debug("sent %s", KEY)
    assert [f"{KEY} in the log httpx"] == [line.partition(", in ")[0] for line in watch.seen]


def test_a_key_in_an_error_is_seen(watch):
    RequestRefused(f"the key {KEY} is wrong", 401)
    assert [f"{KEY} in a RequestRefused"] == [line.partition(", in ")[0] for line in watch.seen]


def test_a_key_that_a_program_prints_is_seen(watch):
    subprocess.run([sys.executable, "-c", f"print('{KEY}')"], capture_output=True, check=True)
    assert len(watch.seen) == 1


def test_the_key_in_a_program_s_environment_is_known(watch):
    subprocess.run([sys.executable, "-c", ""], env={"APIKLEY_API_KEY": "sk-test-of-a-program"}, check=True)
    assert "sk-test-of-a-program" in watch.keys


def test_a_key_in_a_file_is_seen_but_for_those_that_are_there_to_keep_it(watch, tmp_path):
    (tmp_path / "recording.har").write_bytes(b"..." + KEY.encode())
    (tmp_path / "config.toml").write_text(KEY)
    watch.look_into(tmp_path)
    assert [line.partition(", in ")[0] for line in watch.seen] == [f"{KEY} in the file recording.har"]


def test_a_key_sent_with_a_download_is_seen(watch):
    for agent in ("apikley/0", "curl/8"):  # of others it is not for us to tell
        headers = {"Authorization": f"Bearer {KEY}", "User-Agent": agent}
        with httpx.Client(transport=MockTransport(Mock()), headers=headers) as client:
            client.get("https://api.apikley.ru/results/a/1.png")
    assert [f"{KEY} in a download"] == [line.partition(", in ")[0] for line in watch.seen]

"""What the doctor finds, and with which code it ends."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from cli.conftest import KEY, objects
from clients.harness import NeverConnects, only_says, raises

HAS_KEY = {"APIKLEY_API_KEY": KEY}


@pytest.fixture
def found(run, monkeypatch):
    """What `apikley doctor` finds, by check; the code; all that it says."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def found(*words, **environment):
        result = run("doctor", "--json", *words, **environment)
        assert KEY not in result.output
        return {said["check"]: said for said in objects(result.stdout)}, result.exit_code

    return found


def test_a_healthy_house(found, mock, way):
    mock.credits = 6.97

    said, code = found(**HAS_KEY)

    assert code == 0
    assert {each["level"] for check, each in said.items() if check != "clock"} == {"ok"}
    assert "6.97 credits" in said["service"]["says"]
    assert f"{len(KEY)} characters, from $APIKLEY_API_KEY" in said["key"]["says"]
    assert [request.url.path for request in way.requests] == ["/api/v1/chat/credit"]


def test_a_line_for_people_has_level_check_and_what_to_do(run):
    result = run("doctor", "--offline")

    assert "\nfail  key       no API key" in result.stdout
    assert "→ apikley config set api_key" in result.stdout
    assert result.exit_code == 3


def test_without_a_key_nobody_is_asked(found, way):
    said, code = found()

    assert (code, said["key"]["level"], said["service"]["level"]) == (3, "fail", "skip")
    assert way.requests == []


def test_the_mock_needs_no_key(found):
    said, code = found("--mock")

    assert (code, said["service"]["level"]) == (0, "ok")


def test_offline_asks_nobody(found, way):
    said, code = found("--offline", **HAS_KEY)

    assert (code, said["service"]["level"]) == (0, "skip")
    assert way.requests == []


@pytest.mark.parametrize(
    ("fault", "code", "level"),
    [
        (only_says(b'{"code": 401, "msg": "no"}'), 3, "fail"),
        (NeverConnects(httpx.ConnectError("refused")), 8, "fail"),
        (only_says(b"<html>"), 8, "fail"),
        (only_says(b'{"code": 200, "msg": "ok", "data": 0}'), 0, "warn"),
    ],
)
def test_what_the_service_says_decides(fault, code, level, found, way):
    way.faults["credit"] = [fault]

    said, ended = found(**HAS_KEY)

    assert (ended, said["service"]["level"]) == (code, level)
    assert len(way.requests) == 1


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (120, "warn"), (-120, "warn")])
def test_a_wrong_clock_is_warned_of(seconds, level, found, way):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    way.faults["credit"] = [only_says(b'{"code": 200, "msg": "ok", "data": 1}', date=date)]

    said, code = found(**HAS_KEY)

    assert (code, said["clock"]["level"]) == (0, level)


def test_an_answer_without_a_date_tells_nothing_of_the_clock(found, way):
    way.faults["credit"] = [only_says(b'{"code": 200, "msg": "ok", "data": 1}')]

    assert found(**HAS_KEY)[0]["clock"]["level"] == "skip"


@pytest.mark.parametrize(
    ("url", "level", "code"),
    [
        ("http://far.test", "warn", 0),
        ("http://127.0.0.1:1", "ok", 0),
        ("https://far.test", "ok", 0),
        ("nowhere", "fail", 2),
    ],
)
def test_an_address_over_which_the_key_would_be_read_is_warned_of(url, level, code, found):
    said, ended = found("--offline", "--base-url", url, **HAS_KEY)

    assert (said["address"]["level"], ended) == (level, code)


def test_proxies_are_named_without_their_password(found):
    said, _ = found("--offline", HTTPS_PROXY="http://me:hush@proxy.test:3128", **HAS_KEY)

    assert said["proxy"]["says"] == "HTTPS_PROXY=http://…@proxy.test:3128"


@pytest.mark.parametrize(("name", "level"), [("SSL_CERT_FILE", "fail"), ("REQUESTS_CA_BUNDLE", "warn")])
def test_certificates_that_are_not_there_or_not_heeded_are_told(name, level, found):
    said, _ = found("--offline", **HAS_KEY, **{name: "/missing.pem"})

    assert said["trust"]["level"] == level


def test_doubts_are_warned_of(found, edit, way):
    way.faults["createTask"] = [raises(httpx.ReadError("reset"))]
    edit()

    said, code = found("--offline", **HAS_KEY)

    assert (code, said["ledger"]["level"]) == (0, "warn")
    assert "1 in doubt" in said["ledger"]["says"]


def test_a_ledger_that_cannot_be_is_2_and_none_is_made(found, folder):
    (folder / "a").write_text("")

    assert found("--offline", "--ledger", "a/b.db", **HAS_KEY)[1] == 2
    assert found("--offline", "--ledger", "c/b.db", **HAS_KEY)[1] == 0
    assert not (folder / "c").exists()


def test_a_missing_extra_is_named(found, monkeypatch):
    from importlib.util import find_spec

    from apikley.cli import checkup

    monkeypatch.setattr(
        checkup, "find_spec", lambda name: None if name == "schemathesis" else find_spec(name)
    )

    said, code = found("--offline", **HAS_KEY)

    assert code == 0
    assert "pip install 'apikley[contract]'" in said["packages"]["todo"]

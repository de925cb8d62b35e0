"""What a run recorded holds no secret, and is judged again as it was."""

import base64
import html
import json
from functools import cache
from urllib.parse import quote

import httpx
import pytest

from apikley.contract import plan as names
from apikley.contract.checking import Checker
from apikley.contract.document import Document
from apikley.contract.har_reading import to_recording
from apikley.contract.har_writing import save, to_har
from apikley.contract.junit import to_junit
from apikley.contract.verdicts import exit_code
from contract.live.doors import KEY, Door, open_mock, run_through, takes_everything
from contract.live.test_drift_found import DRIFT, TWISTED, drifted, twisted
from contract.live.test_money import SPOILS, paid


def replayed(recording, base_url="https://api.apikley.ru"):
    """The verdicts on a recording that has been a file meanwhile."""
    read = to_recording(json.loads(json.dumps(to_har(recording))), base_url)
    return [*Checker(Document.shipped()).verdicts(read)]


DOORS = {
    "a good service": lambda: Door(open_mock()),
    "a service that takes everything": lambda: Door(open_mock(), takes_everything),
    "a service that fails": lambda: Door(open_mock(chance={"html": 0.1, "500": 0.1, "reset-after": 0.1})),
    "an account that cannot pay": lambda: Door(open_mock(credits=0.1)),
}


@cache
def through(what):
    is_good = what == "a good service"
    run = run_through(DOORS[what](), uploads=is_good, rows=None if is_good else 14)
    return run, {each.name: each for each in run.verdicts()}


RUNS = (
    {what: lambda what=what: through(what) for what in DOORS}
    | {what: lambda what=what: drifted(what) for what in DRIFT}
    | {what: lambda what=what: twisted(what) for what in TWISTED}
    | {f"paid and {what}": lambda what=what: paid(what)[1:] for what in SPOILS}
)


@pytest.mark.parametrize("what", RUNS)
def test_a_recording_has_the_verdicts_of_the_run(what):
    run, found = RUNS[what]()
    live = [*found.values()]

    again = replayed(run.recording)

    assert again == live
    assert exit_code(again) == exit_code(live)


def test_a_recording_that_was_cut_short_has_the_verdicts_of_what_was_done():
    def interrupt(number, deliver):
        deliver()
        raise KeyboardInterrupt

    run = run_through(Door(open_mock(), interrupt), rows=1)
    with pytest.raises(KeyboardInterrupt):
        list(run.verdicts())
    found = {each.name: each for each in replayed(run.recording)}

    assert found["credits"].outcome == "passed"
    assert found[names.PAID_CREATE].trouble == "doubt"
    assert found[names.PAID_POLL].outcome == "skipped"
    assert exit_code(found.values()) == 7


NEWER = {
    "a number is a text": ('"type": "number"', '"type": "string"', "credits", ("type", "/data")),
    "a route is another": ("/api/v1/chat/credit", "/api/v2/credit", "credits", ("operation", "")),
    "a member is required": (
        '"required": ["taskId"], "properties": {"taskId"',
        '"required": ["taskId", "position"], "properties": {"taskId"',
        names.PAID_CREATE,
        ("required", "/data"),
    ),
}


@pytest.mark.parametrize("what", NEWER)
def test_a_newer_document_that_does_not_fit_what_the_service_said_is_told(what):
    old, new, name, fault = NEWER[what]
    text = json.dumps(Document.shipped().json)
    assert old in text, "the change changes nothing"
    run, _ = through("a good service")

    found = {
        each.name: each
        for each in Checker(Document(json.loads(text.replace(old, new)))).verdicts(run.recording)
    }

    assert fault in [(each.rule, each.pointer) for each in found[name].faults]
    assert exit_code(found.values()) in (7, 9)


class Telltale(Door):
    """A service that tells whatever it was told, in every way it knows, and signs its links."""

    def handle_request(self, request):
        response = super().handle_request(request)
        content = response.read()
        key = request.headers.get("authorization", "").removeprefix("Bearer ") or KEY
        headers = [(name, value) for name, value in response.headers.items() if name != "content-length"]
        headers += [
            ("Set-Cookie", f"session={key}"),
            ("X-Echo", key),
            ("Server", f"echo {key}"),
            ("Allow", quote(key, safe="")),
        ]
        try:
            value = json.loads(content)
        except ValueError:
            return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(content))
        text = json.dumps(value).replace(".png", ".png?X-Amz-Signature=5igned-5ecret&Expires=1")
        value = json.loads(text)
        value["msg"] = " ".join(FORMS(key).values())
        if isinstance(value.get("data"), dict) and "downloadUrl" in value["data"]:
            value["data"]["filePath"] = f"kept/{key}"
        body = json.dumps(value).replace("/", "\\/").encode()
        return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(body))


def FORMS(key):  # noqa: N802
    """The key in every way in which it could come back."""
    raw = key.encode()
    return {
        "bare": key,
        "in a URL": quote(key, safe=""),
        "in lower case in a URL": quote(key, safe="").lower(),
        "twice in a URL": quote(quote(key, safe=""), safe=""),
        "every letter in a URL": "".join(f"%{letter:02X}" for letter in raw),
        "in JSON": json.dumps(key)[1:-1],
        "in JSON of PHP": key.replace("/", "\\/"),
        "in JSON, letter by letter": "".join(f"\\u{letter:04x}" for letter in raw),
        "in JSON in JSON": "".join(f"\\\\u{letter:04X}" for letter in raw),
        "in HTML": html.escape(key),
        "in HTML by number": "".join(f"&#{letter};" for letter in raw),
        "in HTML by hexadecimal number": "".join(f"&#x{letter:X};" for letter in raw),
        "in hexadecimal": raw.hex(),
        "in upper case": key.upper(),
        "in Base64": base64.b64encode(raw).decode(),
        "in Base64 behind one byte": base64.b64encode(b":" + raw).decode(),
        "in Base64 behind two bytes": base64.b64encode(b"ab" + raw + b"cd").decode(),
        "in Base64 of a header": base64.b64encode(b"Bearer " + raw).decode(),
        "in Base64 for URLs": base64.urlsafe_b64encode(b"x:" + raw).decode(),
    }


def traces(key):
    """What must not be found: the key, decoded or not, and pieces of it that no other text holds."""
    raw = key.encode()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode()[4:-4]
        yield from (coded, coded.replace("+", "-").replace("/", "_"))
    yield from (
        key,
        key[3:],
        quote(key, safe=""),
        key.replace("/", "\\/"),
        raw.hex(),
        "5ecret",
        "%35%65%63",
        "\\u0035\\u0065",
    )
    yield from ("".join(f"%{letter:02X}" for letter in raw), "&#53;&#101;", "&#x35;&#x65;")


@pytest.mark.parametrize("is_spoilt", [False, True])
def test_no_secret_is_in_what_is_written(tmp_path, is_spoilt):
    spoil = takes_everything if is_spoilt else None
    run = run_through(Telltale(open_mock(), spoil), uploads=True, image_url=None)
    found = [*run.verdicts()]
    save(run.recording, tmp_path / "a.har")
    written = (
        (tmp_path / "a.har").read_bytes() + to_junit(found, run.recording.base_url) + repr(found).encode()
    )

    text = written.decode("utf-8").lower()
    for trace in traces(KEY):
        assert trace.lower() not in text, trace
    for header in ("set-cookie", "x-echo", "session="):
        assert header not in text
    assert "[key]" in text
    assert len(run.recording.exchanges) > 20 or is_spoilt


@pytest.mark.parametrize("form", FORMS(KEY))
def test_the_key_is_taken_out_in_every_form(form):
    from apikley.contract.redaction import Redactor

    text = f"before {FORMS(KEY)[form]} after"
    clean = Redactor(KEY).text(text)

    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert "[key]" in clean
    # Of Base64, the letters that are shared with the neighbours stay.
    assert len(clean) < len("before [key] after") + 14


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://a.test/b.png?sig=1%2F2&x=3", "https://a.test/b.png?sig=redacted&x=redacted"),
        ("https://a.test/b.png?token", "https://a.test/b.png?redacted"),
        ('{"a":"https:\\/\\/a.test\\/b.png?sig=1\\/2","b":"c?d=e"}',
         '{"a":"https:\\/\\/a.test\\/b.png?sig=redacted","b":"c?d=e"}'),
        ('"{\\"u\\":\\"https://a.test/b?s=1\\"}"', '"{\\"u\\":\\"https://a.test/b?s=redacted\\"}"'),
        ('"https://a.test/b?s=1\\u0026t=2"', '"https://a.test/b?s=redacted\\u0026t=redacted"'),
        ('"\\"https://a.test/b?s=1\\\\u0026t=2\\""', '"\\"https://a.test/b?s=redacted\\\\u0026t=redacted\\""'),
        ("<a href='https://a.test/b?s=1&amp;t=2'>", "<a href='https://a.test/b?s=redacted&amp;t=redacted'>"),
        ("/b.png?X-Amz-Signature=1&x=2", "/b.png?X-Amz-Signature=redacted&x=2"),
        ("https://a.test/b.png, then", "https://a.test/b.png, then"),
        ('"https://a.test/b?s\\u003d1"', '"https://a.test/b?s\\u003dredacted"'),
    ],
)  # fmt: skip
def test_links_lose_the_values_of_their_queries_and_nothing_else(text, clean):
    from apikley.contract.redaction import Redactor

    assert Redactor().text(text) == clean


def test_a_recording_is_for_its_owners_eyes_and_replaces_a_file_whole(tmp_path):
    run = run_through(Door(open_mock()), budget=None)
    [*run.verdicts()]
    path = tmp_path / "a.har"
    path.write_text("old")

    save(run.recording, path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a.har"]
    log = json.loads(path.read_text())["log"]
    assert log["version"] == "1.2"
    for entry in log["entries"]:
        assert entry.keys() >= {"startedDateTime", "time", "request", "response", "cache", "timings"}
        assert entry["request"].keys() >= {
            "method",
            "url",
            "httpVersion",
            "cookies",
            "headers",
            "queryString",
            "headersSize",
            "bodySize",
        }
        assert entry["response"].keys() >= {
            "status",
            "statusText",
            "httpVersion",
            "cookies",
            "headers",
            "content",
            "redirectURL",
        }

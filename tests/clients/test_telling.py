"""What the log says, and what it never says."""

import json
import logging
import re

import httpx
import pytest

from apikley import ApikleyError, OverBudget, SubmissionUnknown
from clients.harness import KEY, SWIFT, NeverConnects, loses, only_says, raises

LINK = "https://pictures.test/street.jpg"
PROMPT = "the crown jewels on my kitchen table"
LOST = loses(httpx.ReadError("connection reset"))


@pytest.fixture
def lines(caplog):
    """The lines of our own logger at some level, as they would be printed."""
    caplog.set_level(logging.DEBUG, "apikley")

    def lines(level):
        return [
            record.getMessage()
            for record in caplog.records
            if record.name == "apikley" and record.levelname == level
        ]

    return lines


def test_each_request_has_a_line_with_its_way_its_answer_its_time_and_its_task(client, lines, way, picture):
    edit = client.edit(picture, PROMPT, key="order-17", image_size="square")

    said = [re.sub(r"\d+ ms", "# ms", line) for line in lines("DEBUG")]
    fetched = f"GET /api/v1/jobs/recordInfo: HTTP 200 in # ms, task {edit.task_id}"
    (result,) = edit.task.result_urls
    assert said == [
        "POST /file-upload/api/file-stream-upload: HTTP 200 in # ms",
        "POST /api/v1/jobs/createTask: HTTP 200 in # ms, submission order-17",
        *[fetched] * len(way.to("recordInfo")),
        f"GET {result}: ok in # ms",
    ]


def test_a_refusal_is_told_by_its_code_whatever_the_status(client, lines, way):
    way.faults["recordInfo"] = [only_says(b'{"code": 404, "msg": "no"}'), only_says(b"<html>", 503)]
    for _ in range(2):
        with pytest.raises(ApikleyError):
            client.task("7f3").fetch()

    first, second = lines("DEBUG")
    assert "HTTP 200, code 404" in first
    assert "HTTP 503, code 503" in second


def test_half_a_character_in_a_link_breaks_no_line(client, lines, way):
    data = {
        "taskId": "7f3",
        "state": "success",
        "resultJson": '{"resultUrls": ["https://cdn.test/\\ud800.png"]}',
    }
    body = json.dumps({"code": 200, "msg": "success", "data": data}).encode()
    way.faults["recordInfo"] = [only_says(body)] * 2
    with pytest.raises(ApikleyError):
        client.task("7f3").collect()

    assert "GET https://cdn.test/\\ud800.png" in "".join(lines("DEBUG"))
    for line in [*lines("DEBUG"), *lines("INFO")]:
        line.encode()


def test_a_request_without_an_answer_has_its_line(client, lines, way):
    way.faults["recordInfo"] = [raises(httpx.ReadTimeout("timed out"))]
    with pytest.raises(ApikleyError):
        client.task("7f3").fetch()

    (line,) = lines("DEBUG")
    assert re.fullmatch(
        r"get_task: no answer from api\.apikley\.ru: ReadTimeout: timed out in \d+ ms, task 7f3", line
    )


def test_a_listener_is_told_what_is_tried_again_why_and_within_which_time(client, way):
    way.faults["createTask"] = [NeverConnects(httpx.ConnectError("refused"))]
    events = []

    client.submit(LINK, PROMPT, on_event=events.append)

    assert [event.kind for event in events] == ["submitting", "retrying", "submitting", "submitted"]
    assert "api.apikley.ru: ConnectError: refused" in str(events[1].error)
    assert 0 < events[1].within <= 1


def test_what_is_tried_again_is_told_with_its_reason_and_the_wait(client, lines, way):
    way.faults["createTask"] = [
        only_says(b'{"code": 429, "msg": "slow down"}'),
        NeverConnects(httpx.ConnectError("refused")),
    ]
    client.submit(LINK, PROMPT)

    assert lines("INFO") == [
        "RateLimited (code 429); again within 0.0 s",
        "no answer from api.apikley.ru: ConnectError: refused; again within 0.0 s",
    ]


def test_a_wait_in_trouble_tells_why_it_asks_again(client, lines, way):
    way.faults["recordInfo"] = [only_says(b"<html>")]
    client.edit(LINK, PROMPT, image_size="square")

    assert lines("INFO") == ["AnswerUnreadable; again within 0.0 s"]


def test_a_doubt_is_a_warning_that_names_the_submission(client, lines, way):
    way.faults["createTask"] = [LOST]
    with pytest.raises(SubmissionUnknown):
        client.submit(LINK, PROMPT, key="order-17")

    assert lines("WARNING") == ["submission order-17 is in doubt: its task may exist and be billed"]


def test_a_budget_that_says_no_is_told(opens, lines, way):
    with opens(KEY, transport=way, max_credits=1) as client, pytest.raises(OverBudget) as caught:
        client.submit(LINK, PROMPT)

    assert lines("INFO") == [str(caught.value)]


def test_neither_the_key_nor_a_signature_is_in_any_line(client, caplog, way, mock):
    caplog.set_level(logging.DEBUG)
    signed = '{"resultUrls": ["https://cdn.test/1.png?signature=5igned"]}'.replace('"', '\\"')
    record = '{"code": 200, "msg": "", "data": {"taskId": "7f3", "state": "success", "resultJson": "%s"}}'
    way.faults["credit"] = [only_says(f'{{"code": 500, "msg": "Bearer {KEY}"}}'.encode())] * 2 + [
        raises(httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"))
    ]
    way.faults["recordInfo"] = [only_says((record % signed).encode())]
    client.credits()
    with pytest.raises(ApikleyError):
        client.task("7f3").collect()

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name == "apikley")
    assert "[key]" in ours
    assert "GET https://cdn.test/1.png: " in ours
    assert "5igned" not in ours
    assert KEY not in caplog.text


def test_no_prompt_is_in_a_line_that_is_no_debugging(client, lines, way):
    way.faults["createTask"] = [
        only_says(f'{{"code": 429, "msg": "too many of {PROMPT}"}}'.encode()),
        only_says(f'{{"code": 500, "msg": "what is {PROMPT}"}}'.encode()),
    ]
    with pytest.raises(SubmissionUnknown):
        client.submit(LINK, PROMPT)

    said = [*lines("INFO"), *lines("WARNING")]
    assert len(said) == 2
    assert PROMPT not in "".join(said)


def test_who_sets_nothing_up_hears_of_doubts_only(opens, way, capfd):
    """Python prints warnings to those without handlers, and so do libraries without a handler of their own."""
    way.faults["createTask"] = [only_says(b'{"code": 429}'), LOST]
    logger, root = logging.getLogger("apikley"), logging.getLogger()
    # Those that are there are the tests' own.
    assert not [each for each in logger.handlers if type(each).__module__.startswith(("apikley", "logging"))]
    heard, root.handlers, logger.handlers = (root.handlers, logger.handlers, logger.level), [], []
    logger.setLevel(logging.NOTSET)
    try:
        with opens(KEY, transport=way, schedule=SWIFT) as client, pytest.raises(SubmissionUnknown):
            client.submit(LINK, PROMPT, key="order-17")
    finally:
        root.handlers, logger.handlers, level = heard
        logger.setLevel(level)

    assert capfd.readouterr().err == "submission order-17 is in doubt: its task may exist and be billed\n"

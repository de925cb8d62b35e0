"""How often a key may ask."""

import copy
import json

import pytest

from apikley.mock import Document, DocumentError, VirtualClock

CREATE = "/api/v1/jobs/createTask"
WISH = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}


def codes(ask, number, key="Bearer sk-test-1"):
    return [json.loads(ask("POST", CREATE, body=WISH, key=key).body)["code"] for _ in range(number)]


def test_the_21st_task_in_10_seconds_is_refused_and_not_made(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    assert codes(ask, 22) == [200] * 20 + [429] * 2
    assert len(ask.mock.tasks) == 20
    assert ask.mock.credits == 1000 - 20 * 2.5


def test_the_limit_slides_with_the_clock(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    codes(ask, 10)
    ask.mock.advance(6)
    codes(ask, 10)
    assert codes(ask, 1) == [429]
    ask.mock.advance(4)
    assert codes(ask, 11) == [200] * 10 + [429]


def test_each_key_has_its_own_limit(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    codes(ask, 20)
    assert codes(ask, 1) == [429]
    assert codes(ask, 1, key="Bearer sk-test-2") == [200]


def test_what_is_refused_for_another_reason_counts_too_but_not_a_wrong_key(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    for _ in range(5):
        ask("POST", CREATE, body={})
        ask("POST", CREATE, body=WISH, key="Bearer 1")
    assert codes(ask, 16) == [200] * 15 + [429]


def test_a_task_can_be_asked_for_10_times_a_second(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    task_id = ask.create()
    assert [ask.fetch(task_id) is None for _ in range(11)] == [False] * 10 + [True]
    ask.mock.advance(1)
    assert ask.fetch(task_id)


def test_there_is_no_limit_unless_it_is_wished(ask):
    assert codes(ask, 30) == [200] * 30
    ask.mock.rate_limit = True
    assert codes(ask, 21)[-1] == 429


def test_the_limits_are_the_documents(asker):
    document = copy.deepcopy(Document.shipped().json)
    document["x-apikley-rate-limits"]["create-task"] |= {"requests": 2, "seconds": 60}
    ask = asker(document=Document.of(document), rate_limit=True, clock=VirtualClock())
    assert codes(ask, 3) == [200, 200, 429]


def test_a_document_that_limits_what_nobody_does_cannot_be_played():
    document = copy.deepcopy(Document.shipped().json)
    document["x-apikley-rate-limits"]["fly"] = {"requests": 1, "seconds": 1}
    with pytest.raises(DocumentError, match="x-apikley-rate-limits/fly"):
        Document.of(document)

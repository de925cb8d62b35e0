"""How often may be asked."""

import copy
import json

import pytest

from apikley.mock import Document, DocumentError, VirtualClock

CREATE = "/api/v1/jobs/createTask"
FETCH = "/api/v1/jobs/recordInfo"
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


def test_all_keys_of_the_account_share_its_limit_of_new_tasks(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    assert codes(ask, 12) == [200] * 12
    assert codes(ask, 9, key="Bearer sk-test-2") == [200] * 8 + [429]


def test_a_key_that_is_acted_out_is_refused_for_its_own_reason_however_busy_the_account_is(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    assert codes(ask, 20) == [200] * 20
    assert codes(ask, 30, key="Bearer sk-test-poor") == [402] * 30
    assert codes(ask, 30, key="Bearer sk-test-capped") == [433] * 30


def test_a_request_that_is_refused_uses_up_nothing(asker):
    ask = asker(rate_limit=True, clock=VirtualClock(), credits=20 * 2.5)
    for _ in range(30):
        ask("POST", CREATE, body={})
        ask("POST", CREATE, body=WISH, key="Bearer 1")
    assert codes(ask, 19) == [200] * 19
    ask.mock.credits = 0
    assert codes(ask, 5) == [402] * 5
    ask.mock.credits = 1000
    assert codes(ask, 5) == [200] + [429] * 4
    ask.mock.advance(10)
    assert codes(ask, 1) == [200]


def test_a_request_that_a_fault_refused_uses_up_nothing_but_one_whose_answer_was_lost_does(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    for what in ("429", "500", "html", "reset-before", "reset-after"):
        ask.mock.fail_next(what, on="create-task")
        ask("POST", CREATE, body=WISH)
    assert codes(ask, 20) == [200] * 19 + [429]


def test_each_key_can_ask_for_tasks_10_times_a_second(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    task_id = ask.create()
    assert [ask.fetch(task_id) is None for _ in range(11)] == [False] * 10 + [True]
    assert ask("GET", FETCH, query=f"taskId={task_id}", key="Bearer sk-test-2").status == 200
    ask.mock.advance(1)
    assert ask.fetch(task_id)


def test_a_look_by_head_uses_up_nothing(asker):
    ask = asker(rate_limit=True, clock=VirtualClock())
    query = f"taskId={ask.create()}"
    assert {ask("HEAD", FETCH, query=query).status for _ in range(30)} == {200}
    assert [ask("GET", FETCH, query=query).status for _ in range(11)] == [200] * 10 + [429]
    assert ask("HEAD", FETCH, query=query).status == 429


def test_a_limit_does_not_outlast_a_clock_that_was_set_back(asker):
    now = [1_765_179_676.0]
    ask = asker(rate_limit=True, clock=lambda: now[0])
    codes(ask, 20)
    now[0] -= 3600
    assert codes(ask, 1) == [200]


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
    document["x-apikley-rate-limits"]["fly"] = {"requests": 1, "seconds": 1, "per": "key"}
    with pytest.raises(DocumentError, match="x-apikley-rate-limits/fly"):
        Document.of(document)


def test_whose_limit_it_is_stands_in_the_document(asker):
    document = copy.deepcopy(Document.shipped().json)
    document["x-apikley-rate-limits"]["create-task"]["per"] = "key"
    ask = asker(document=Document.of(document), rate_limit=True, clock=VirtualClock())
    assert codes(ask, 21) == [200] * 20 + [429]
    assert codes(ask, 1, key="Bearer sk-test-2") == [200]


@pytest.mark.parametrize("per", [None, "house"])
def test_a_document_that_does_not_say_whose_limit_it_is_cannot_be_played(per):
    document = copy.deepcopy(Document.shipped().json)
    limit = document["x-apikley-rate-limits"]["create-task"]
    del limit["per"]
    limit |= {} if per is None else {"per": per}
    with pytest.raises(DocumentError, match="x-apikley-rate-limits/create-task"):
        Document.of(document)

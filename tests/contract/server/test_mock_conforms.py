"""Whether the mock answers as the document says, judged by schemathesis, which read it on its own."""

import copy
import json

import pytest
from attrs import evolve
from schemathesis import openapi
from schemathesis.python.asgi import HOST

from apikley.mock import App, Mock, polls
from contract.server import conforming
from contract.server.conforming import CHECKS, IN_BOTH, OURS, TASK, Twins, failures, holding_the_example


@pytest.fixture(autouse=True)
def at_hand(monkeypatch):
    """No proxy is looked for on the way to the mock, which takes a tenth of the time."""
    monkeypatch.setenv("no_proxy", HOST)


def test_every_answer_of_the_mock_is_one_that_the_document_describes_however_it_sends_refusals():
    twins = Twins(
        *(holding_the_example(Mock(errors=errors, credits=1e9, scenario=polls(2))) for errors in CHECKS)
    )
    assert [*failures(twins, IN_BOTH)] == []
    for mock in (twins.mock, twins.other):
        met = {(exchange.operation, exchange.code) for exchange in mock.requests}
        assert {name for name, code in met if code == 200} >= {"create_task", "get_task"}  # of the last 1000


def spoil(reply, *, status=None, drop="", **said):
    """The reply with another status, without a header, or with something else said in its body."""
    body = json.dumps(json.loads(reply.body) | said).encode() if said else reply.body
    headers = tuple(pair for pair in reply.headers if pair[0] not in (drop, "content-length"))
    return evolve(reply, status=status or reply.status, body=body, headers=headers)


SPOILT = [
    # check, errors, request, and what a mock would do that breaks the promise
    ("the_code_is_the_status_or_the_envelopes", "status", ("GET", {"taskId": "nobody"}), {"status": 400}),
    ("the_code_is_the_status_or_the_envelopes", "envelope", ("GET", {"taskId": "nobody"}), {"status": 422}),
    ("the_code_is_the_status_or_the_envelopes", "status", ("GET", {"taskId": TASK}), {"code": 401}),
    ("status_and_code_are_documented_ones", "status", ("GET", {"taskId": "nobody"}), {"status": 418}),
    ("status_and_code_are_documented_ones", "envelope", ("GET", {"taskId": "nobody"}), {"code": 418}),
    ("the_media_type_is_the_documented_one", "status", ("GET", {"taskId": TASK}), {"drop": "content-type"}),
    ("a_405_says_what_is_allowed", "status", ("PUT", {}), {"drop": "allow"}),
    ("a_refusal_says_why", "envelope", ("GET", {"taskId": "nobody"}), {"msg": ""}),
    ("a_refusal_has_no_data", "status", ("GET", {"taskId": "nobody"}), {"data": {}}),
    ("a_refusal_has_no_data", "envelope", ("GET", {"taskId": "nobody"}), {"data": {}}),
    ("a_500_is_a_documented_one", "envelope", ("GET", {"taskId": TASK}), {"code": 500}),
    (
        "a_record_is_the_task_that_was_asked_for",
        "status",
        ("GET", {"taskId": TASK}),
        {"data": {"taskId": "b"}},
    ),
]


@pytest.mark.parametrize(("name", "errors", "request_", "spoilt"), SPOILT)
def test_each_check_of_ours_lets_the_mock_pass_and_notices_a_broken_promise(name, errors, request_, spoilt):
    mock = holding_the_example(Mock(errors=errors))
    schema = openapi.from_dict(copy.deepcopy(mock.document.json))
    schema.app = App(mock)
    method, query = request_
    operation = schema["/api/v1/jobs/recordInfo"]["GET"]
    case = operation.Case(method=method, query=query, headers={"Authorization": "Bearer sk-test-1"})
    check = getattr(conforming, name)
    check(None, case.call(), case)
    start = mock.start
    mock.start = lambda request: spoil(start(request), **spoilt)
    with pytest.raises((AssertionError, KeyError)):
        check(None, case.call(), case)


@pytest.mark.parametrize("spoilt", [spoilt for _, errors, _, spoilt in SPOILT if errors == "envelope"])
def test_a_promise_that_is_broken_in_an_envelope_alone_is_noticed(spoilt):
    twins = Twins(*(holding_the_example(Mock(errors=errors)) for errors in CHECKS))
    schema = openapi.from_dict(copy.deepcopy(twins.mock.document.json))
    schema.app = twins
    query = {"taskId": TASK if spoilt == {"code": 500} else "nobody"}
    case = schema["/api/v1/jobs/recordInfo"]["GET"].Case(
        query=query, headers={"Authorization": "Bearer sk-test-1"}
    )
    conforming.an_envelope_keeps_the_same_promises(None, case.call(), case)
    answered = twins.other.handle
    twins.other.handle = lambda request: spoil(answered(request), **spoilt)
    response = case.call()
    for name in OURS:
        getattr(conforming, name)(None, response, case)
    with pytest.raises(AssertionError):
        conforming.an_envelope_keeps_the_same_promises(None, response, case)

"""What an answer of the mock is held against, and how schemathesis is made to ask.

APIKLEY_DEEP=1 asks fifty times as much, and takes a minute or two.
"""

import copy
import json
import os
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import schemathesis
from attrs import evolve
from schemathesis import Response, openapi
from schemathesis.checks import CHECKS as KNOWN
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import core as _core  # noqa: F401 - these are imported late; that is no test's time
from schemathesis.engine import events, from_schema
from schemathesis.specs.openapi import checks as openapi_checks
from schemathesis.specs.openapi import schemas as _schemas  # noqa: F401

from apikley.mock import App, Mock, Reply, Request

DEEP = "APIKLEY_DEEP" in os.environ
EXAMPLES = 200 if DEEP else 4
ALWAYS = (
    "allow_header_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
OURS = (
    "the_code_is_the_status_or_the_envelopes",
    "status_and_code_are_documented_ones",
    "the_media_type_is_the_documented_one",
    "a_405_says_what_is_allowed",
    "a_refusal_says_why",
    "a_refusal_has_no_data",
    "a_500_is_a_documented_one",
    "a_record_is_the_task_that_was_asked_for",
)
BY_STATUS = ("ignored_auth", "missing_required_header", "negative_data_rejection", "positive_data_acceptance")
BY_CODE = ("bad_data_is_refused_by_code", "good_data_is_accepted_by_code", "no_key_is_refused_by_code")
CHECKS = {"status": (*ALWAYS, *OURS, *BY_STATUS, *BY_CODE), "envelope": (*ALWAYS, *OURS, *BY_CODE)}
IN_BOTH = (*ALWAYS, *OURS, *BY_STATUS, "an_envelope_keeps_the_same_promises")
NUMBER = "x-number"
# What no schema can tell: whether the mock has such a task or file, and whether a text is Base64.
BEYOND_SCHEMAS = {"task-unknown", "link-foreign", "file-link", "file-base64"}
TASK = "task_qwen_1765179676651"  # the document's example of an id
ONLY_STATUSES = (404, 405)  # a wrong route or method never reaches what puts refusals into envelopes


class Twins(App):
    """A mock, and another that is asked whatever the first is, and whose replies to these are kept.

    The first says in a header which of them is to the same request.
    """

    def __init__(self, mock: Mock, other: Mock) -> None:
        super().__init__(mock)
        self.other = other
        self.replies: list[Reply] = []
        self._start = mock.start
        mock.start = self._both

    def _both(self, request: Request) -> Reply:
        reply = self._start(request)
        reply = reply if isinstance(reply, Reply) else reply.finish()
        self.replies.append(self.other.handle(request))
        return evolve(reply, headers=(*reply.headers, (NUMBER, str(len(self.replies) - 1))))


def effective_code(response) -> int:
    """As a client has to read it: the status where it is not 2xx, else the code in the body."""
    return response.status_code if not 200 <= response.status_code < 300 else response.json()["code"]


def _is_bare(case, response) -> bool:
    return case.method.upper() == "HEAD" or not response.content


@schemathesis.check
def the_code_is_the_status_or_the_envelopes(ctx, response, case):
    app = case.operation.schema.app
    mock = app.mock if NUMBER in response.headers or not isinstance(app, Twins) else app.other
    if _is_bare(case, response):
        return
    code = response.json()["code"]
    sent_as_status = mock.errors == "status" or code in ONLY_STATUSES
    assert response.status_code == (code if sent_as_status else 200), (response.status_code, code)


def _documented(case) -> dict[int, dict]:
    """The responses of the operation by status, as the document has them."""
    responses = case.operation.definition.raw["responses"].items()
    shared = case.operation.schema.app.mock.document.json["components"]["responses"]
    return {
        int(status): shared[said["$ref"].rpartition("/")[2]] if "$ref" in said else said
        for status, said in responses
    }


@schemathesis.check
def status_and_code_are_documented_ones(ctx, response, case):
    documented = {*_documented(case)}
    if case.method.upper() != case.operation.method.upper():
        documented = {405}  # of a method that an address does not have the document is silent
    assert response.status_code in documented, response.status_code
    assert _is_bare(case, response) or effective_code(response) in documented, effective_code(response)


@schemathesis.check
def the_media_type_is_the_documented_one(ctx, response, case):
    documented = _documented(case).get(response.status_code, {"content": {"application/json": {}}})["content"]
    assert response.headers["content-type"] == [*documented]
    assert _is_bare(case, response) or isinstance(response.json(), dict)


@schemathesis.check
def a_405_says_what_is_allowed(ctx, response, case):
    if response.status_code != 405:
        return
    allowed = {each.strip() for each in response.headers["allow"][0].split(",")}
    documented = {method.upper() for method in case.operation.schema[case.operation.path]}
    assert allowed == documented | ({"HEAD"} if "GET" in documented else set())  # which goes with it
    assert case.method.upper() not in allowed


@schemathesis.check
def a_refusal_has_no_data(ctx, response, case):
    if _is_bare(case, response) or effective_code(response) == 200:
        return
    said = response.json()
    if case.operation.path.startswith("/file-upload/"):
        assert (said["success"], said.get("data")) == (False, None)
    else:
        assert said["data"] is None


@schemathesis.check
def a_refusal_says_why(ctx, response, case):
    if _is_bare(case, response):
        return
    rule = response.headers.get("x-mock-rule")
    assert bool(rule) is (effective_code(response) != 200), rule
    assert rule is None or response.json()["msg"]


@schemathesis.check
def a_500_is_a_documented_one(ctx, response, case):
    if _is_bare(case, response) or effective_code(response) < 500:
        return
    assert effective_code(response) == 500
    assert response.json()["msg"] == "prompt is required"
    assert case.operation.label.endswith("/createTask")


@schemathesis.check
def a_record_is_the_task_that_was_asked_for(ctx, response, case):
    is_fetch = case.method.upper() == "GET" and case.operation.path.endswith("/recordInfo")
    if not is_fetch or effective_code(response) != 200:
        return
    query = parse_qs(urlsplit(response.request.url).query)
    assert response.json()["data"]["taskId"] == query["taskId"][-1]


def _with_code_as_status(response):
    twin = copy.copy(response)
    twin.status_code = effective_code(response)
    return twin


@schemathesis.check
def bad_data_is_refused_by_code(ctx, response, case):
    if not _is_bare(case, response):
        openapi_checks.negative_data_rejection(ctx, _with_code_as_status(response), case)


@schemathesis.check
def good_data_is_accepted_by_code(ctx, response, case):
    if not _is_bare(case, response):
        openapi_checks.positive_data_acceptance(ctx, _with_code_as_status(response), case)


@schemathesis.check
def no_key_is_refused_by_code(ctx, response, case):
    if "authorization" not in {name.lower() for name in response.request.headers} and not _is_bare(
        case, response
    ):
        assert effective_code(response) in (401, *ONLY_STATUSES)


@schemathesis.check
def an_envelope_keeps_the_same_promises(ctx, response, case):
    reply = case.operation.schema.app.replies[int(response.headers[NUMBER][0])]
    headers = {name: [value] for name, value in reply.headers}
    told = Response(
        reply.status, headers, reply.body, response.request, elapsed=response.elapsed, verify=response.verify
    )
    assert _is_bare(case, response) or effective_code(told) == effective_code(response)
    for check in KNOWN.get_by_names(CHECKS["envelope"]):
        try:
            check(ctx, told, case)
        except AssertionError as failure:
            rule = dict(reply.headers).get("x-mock-rule", "")
            if not _is_beside_the_point(case.operation.label, check.__name__, failure, rule):
                raise


def config(checks: tuple[str, ...]) -> SchemathesisConfig:
    off = {"enabled": False}
    some = {"generation": {"max-examples": EXAMPLES}}
    return SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": "Bearer sk-test-schemathesis"},
            "seed": 1,
            "workers": 1,
            "continue-on-failure": True,
            "checks": {"enabled": False, **{name: {"enabled": True} for name in checks}},
            "generation": {"database": "none", "deterministic": not DEEP},
            "phases": {
                "examples": {},
                "coverage": {},
                "fuzzing": some,
                "stateful": {**some, "max-steps": 6, "inference": {"algorithms": []}},
            },
            "analysis": {"constants": off},
            "cache": off,
            "suppress-health-check": ["all"],
        }
    )


def holding_the_example(mock: Mock) -> Mock:
    """With a task whose id is the document's example, so that whoever takes it finds a record."""
    body = {"model": "qwen/image-edit", "input": {"prompt": "a", "image_url": "https://example.com/a.jpg"}}
    headers = {"authorization": "Bearer sk-test-1", "content-type": "application/json"}
    mock.handle(Request("POST", "/api/v1/jobs/createTask", headers=headers, body=json.dumps(body).encode()))
    (task,) = mock.tasks
    mock.tasks.put(evolve(task, id=TASK))
    return mock


def failures(app: App, checks: tuple[str, ...]) -> Iterator[str]:
    """What the checks find."""
    schema = openapi.from_dict(copy.deepcopy(app.mock.document.json), config=config(checks))
    schema.app = app
    phases = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield repr(event)
        if isinstance(event, events.ScenarioFinished):
            phases.add(event.phase.name)
            yield from failures_of(event.recorder)
    assert phases == {"EXAMPLES", "COVERAGE", "FUZZING", "STATEFUL_TESTING"}, phases


def failures_of(recorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        rule = response.headers.get("x-mock-rule", [""])[0] if response else ""
        for check in checks:
            if not check.failure_info:
                continue
            failure = check.failure_info.failure
            if not _is_beside_the_point(recorder.label, check.name, failure, rule):
                yield f"{recorder.label}: {check.name}: {failure} ({rule})"


def _is_beside_the_point(operation: str, check: str, failure: AssertionError, rule: str) -> bool:
    if check in ("positive_data_acceptance", "good_data_is_accepted_by_code"):
        return rule in BEYOND_SCHEMAS
    if check in ("negative_data_rejection", "bad_data_is_refused_by_code"):
        violated = {*re.findall(r"violates `(\w+)`", str(failure))}
        return operation.endswith("/file-stream-upload") and violated == {"type"}  # in a form all is text
    return False

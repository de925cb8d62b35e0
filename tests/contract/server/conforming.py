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
from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import core as _core  # noqa: F401 - these are imported late; that is no test's time
from schemathesis.engine import events, from_schema
from schemathesis.specs.openapi import checks as openapi_checks
from schemathesis.specs.openapi import schemas as _schemas  # noqa: F401

from apikley.mock import App, Mock, Request

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
# What no schema can tell: whether the mock has such a task or file, and whether a text is Base64.
BEYOND_SCHEMAS = {"task-unknown", "link-foreign", "file-link", "file-base64"}
TASK = "task_qwen_1765179676651"  # the document's example of an id
ONLY_STATUSES = (404, 405)  # a wrong route or method never reaches what puts refusals into envelopes


def effective_code(response) -> int:
    """As a client has to read it: the status where it is not 2xx, else the code in the body."""
    return response.status_code if not 200 <= response.status_code < 300 else response.json()["code"]


def _is_bare(case, response) -> bool:
    return case.method.upper() == "HEAD" or not response.content


@schemathesis.check
def the_code_is_the_status_or_the_envelopes(ctx, response, case):
    if _is_bare(case, response):
        return
    code = response.json()["code"]
    mode = case.operation.schema.app.mock.errors
    sent_as_status = mode == "status" or code in ONLY_STATUSES
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


def config(checks: tuple[str, ...], *, is_at_random: bool) -> SchemathesisConfig:
    off = {"enabled": False}
    some = {"enabled": is_at_random, "generation": {"max-examples": EXAMPLES}}
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


def failures(mock: Mock, checks: tuple[str, ...], *, is_at_random: bool = True) -> Iterator[str]:
    """What the checks find, without requests at random if these are not wanted."""
    asked = config(checks, is_at_random=is_at_random)
    schema = openapi.from_dict(copy.deepcopy(mock.document.json), config=asked)
    schema.app = App(mock)
    phases = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield repr(event)
        if isinstance(event, events.ScenarioFinished):
            phases.add(event.phase.name)
            yield from failures_of(event.recorder)
    at_random = {"FUZZING", "STATEFUL_TESTING"} if is_at_random else set()
    assert phases == {"EXAMPLES", "COVERAGE"} | at_random, phases


def failures_of(recorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        rule = response.headers.get("x-mock-rule", [""])[0] if response else ""
        for check in checks:
            if check.failure_info and not _is_beside_the_point(recorder, check, rule):
                yield f"{recorder.label}: {check.name}: {check.failure_info.failure} ({rule})"


def _is_beside_the_point(recorder, check, rule: str) -> bool:
    if check.name in ("positive_data_acceptance", "good_data_is_accepted_by_code"):
        return rule in BEYOND_SCHEMAS
    if check.name in ("negative_data_rejection", "bad_data_is_refused_by_code"):
        violated = {*re.findall(r"violates `(\w+)`", str(check.failure_info.failure))}
        return recorder.label.endswith("/file-stream-upload") and violated == {
            "type"
        }  # in a form all is text
    return False

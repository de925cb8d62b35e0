"""Whether the mock answers as the document says, judged by schemathesis, which read it on its own."""

import copy
from collections.abc import Iterator

import pytest
from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from apikley.mock import App, Mock

ALWAYS = (
    "allow_header_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
BY_STATUS = (
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "positive_data_acceptance",
)
# What no schema can tell: whether the mock has such a task or file, and whether a text is Base64.
BEYOND_SCHEMAS = {"task-unknown", "link-foreign", "file-link", "file-base64"}


def config(checks: tuple[str, ...]) -> SchemathesisConfig:
    off = {"enabled": False}
    enabled = {name: {"enabled": True} for name in checks}
    if "not_a_server_error" in checks:  # a missing prompt is answered with 500, and the document says so
        enabled["not_a_server_error"]["expected-statuses"] = ["2xx", "4xx", "500"]
    return SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": "Bearer sk-test-schemathesis"},
            "seed": 1,
            "workers": 1,
            "continue-on-failure": True,
            "checks": {"enabled": False, **enabled},
            "generation": {"database": "none", "deterministic": True},
            "phases": {"examples": {}, "coverage": {}, "fuzzing": off, "stateful": off},
            "cache": off,
        }
    )


def failures(mock: Mock, checks: tuple[str, ...]) -> Iterator[str]:
    schema = openapi.from_dict(copy.deepcopy(mock.document.json), config=config(checks))
    schema.app = App(mock)
    tried = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield repr(event)
        if isinstance(event, events.ScenarioFinished):
            tried.add(event.recorder.label)
            yield from _failures(event.recorder)
    assert len(tried) >= len(mock.document.operations())


def _failures(recorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        rule = response.headers.get("x-mock-rule", [""])[0] if response else ""
        for check in checks:
            if check.failure_info and not (
                check.name == "positive_data_acceptance" and rule in BEYOND_SCHEMAS
            ):
                yield f"{recorder.label}: {check.name}: {check.failure_info.failure} ({rule})"


@pytest.mark.parametrize(("errors", "checks"), [("status", ALWAYS + BY_STATUS), ("envelope", ALWAYS)])
def test_every_answer_of_the_mock_is_one_that_the_document_describes(errors, checks):
    assert [*failures(Mock(errors=errors, credits=1e9), checks)] == []

"""Whether the mock says what the document says, as schemathesis reads it."""

from collections.abc import Iterator

import pytest
from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from apikley.mock import App, Document, Mock

CHECKS = (
    "allow_header_conformance",
    "content_type_conformance",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
OFF = {"enabled": False}
CONFIG = {
    "headers": {"Authorization": "Bearer sk-test-schemathesis"},
    "seed": 1,
    "workers": 1,
    "checks": {
        "enabled": False,
        **{name: {"enabled": True} for name in CHECKS},
        # The service answers a missing prompt with 500, and the document says so.
        "not_a_server_error": {"enabled": True, "expected-statuses": ["2xx", "4xx", "500"]},
    },
    "generation": {"database": "none", "deterministic": True},
    "phases": {"examples": {}, "coverage": {}, "fuzzing": OFF, "stateful": OFF},
    "cache": OFF,
}

"""What is told of a document that contradicts itself."""

from typing import Any

import pytest

from regeneration import documents
from regeneration.documents import DocumentError
from updating import oddities, soundness


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"minimum": 90, "maximum": 49}, "allows nothing: minimum 90 is above maximum 49"),
        ({"minLength": 2, "maxLength": 1}, "allows nothing: minLength 2 is above maxLength 1"),
        ({"enum": ["a", "b", "a"]}, "lists a value twice"),
        ({"enum": ["a"], "default": "b"}, "has the default 'b', which is none of its values"),
        ({"properties": {"a": {}}, "required": ["b"]}, "requires b, and has no such property"),
        (
            {"pattern": "^(a+)+$"},
            "has the pattern '^(a+)+$', which repeats what repeats: some texts take for ever to check",
        ),
        ({"minimum": 1, "maximum": 1, "enum": [1], "default": 1, "pattern": "^(ab)+[a-z]*$"}, None),
        ({"example": {"minimum": 2, "maximum": 1}}, None),
    ],
)
def test_a_schema_that_contradicts_itself_is_told(schema: dict[str, Any], told: str | None):
    found = [*oddities.oddities({"components": {"schemas": {"A": schema}}})]
    assert found == ([f"/components/schemas/A {told}."] if told else [])


def test_a_pattern_that_is_no_regular_expression_is_refused():
    document = documents.loads(
        "openapi: 3.0.0\ninfo: {title: A, version: '1'}\npaths: {}\n"
        "components: {schemas: {A: {type: string, pattern: '[('}}}\n",
        "a.yaml",
    )
    with pytest.raises(DocumentError, match="/components/schemas/A/pattern is no regular expression: "):
        soundness.check(document, "a.yaml")

"""What a schema allows, and what it does not."""

import math
from pathlib import Path

import pytest

from apikley.errors import InvalidRequest
from apikley.schemas import as_sent, check, to_limit

TEXT = {"type": "string"}
LINK = {"type": "string", "format": "uri", "pattern": "^https?://"}
WISH = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "minLength": 1, "maxLength": 5},
        "image_urls": {"type": "array", "items": LINK, "minItems": 1, "maxItems": 2},
        "size": {"type": "object", "properties": {"width": {"type": "integer", "minimum": 1}}},
    },
}

ALLOWED = [
    (TEXT, ""),
    ({"type": "string", "minLength": 2, "maxLength": 3}, "жжж"),
    ({"type": "string", "pattern": "^a+$"}, "aa"),
    ({"type": "string", "pattern": "(?<name>"}, "what Python cannot read is left to the service"),
    ({"type": "string", "enum": ["1", "2"]}, "2"),
    ({"enum": ["1", 2]}, 2),
    ({"const": "a"}, "a"),
    (LINK, "https://example.com/ä b.png"),
    ({"type": "integer", "minimum": 1, "maximum": 3}, 3),
    ({"type": "number"}, 3),
    ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, 0.001),
    ({"type": "number", "minimum": 0, "exclusiveMinimum": False}, 0),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
    ({"type": "boolean"}, False),
    ({"type": "string", "nullable": True}, None),
    ({"type": ["string", "null"]}, None),
    ({"type": "array", "items": TEXT}, []),
    ({"type": "array", "items": TEXT}, ("a", "b")),
    ({"type": "object"}, {"anything": [1, None]}),
    ({}, [None, {"a": object}]),
    (WISH, {"prompt": "night", "image_urls": ["https://a.test/"], "size": {"width": 1}}),
]

REFUSED = [
    (TEXT, 1, "x must be text, not 1"),
    (TEXT, None, "x must be text, not None"),
    (TEXT, "\ud83d", "x holds half a character (a lone surrogate)"),
    ({"type": "string", "minLength": 1}, " ", "x is empty"),
    ({"type": "string", "minLength": 2}, "a", "x has 1 characters; at least 2 are needed"),
    ({"type": "string", "maxLength": 2}, "жжж", "x has 3 characters; at most 2 are allowed"),
    ({"type": "string", "pattern": "^a+$"}, "ab", "x does not match ^a+$: 'ab'"),
    ({"type": "string", "enum": ["1", "2"]}, "3", "x must be one of 1, 2, not '3'"),
    ({"type": "string", "enum": ["1", "2"]}, 1, "x must be text, not 1"),
    ({"const": "a"}, "b", "x must be one of a, not 'b'"),
    (LINK, "ftp://a.test/", "x must be a public http or https address, not 'ftp://a.test/'"),
    ({"type": "integer"}, 1.0, "x must be a whole number, not 1.0"),
    ({"type": "integer"}, True, "x must be a whole number, not True"),
    ({"type": "number"}, math.nan, "x must be a finite number, not nan"),
    ({"type": "number", "minimum": 0}, -1, "x must be at least 0, not -1"),
    ({"type": "number", "maximum": 1}, 1.5, "x must be at most 1, not 1.5"),
    ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, 0, "x must be more than 0, not 0"),
    ({"type": "number", "exclusiveMaximum": 1}, 1.0, "x must be less than 1, not 1.0"),
    ({"type": "boolean"}, 1, "x must be True or False, not 1"),
    ({"type": "array", "items": TEXT}, "ab", "x must be a list, not 'ab'"),
    ({"type": "array", "items": TEXT}, ["a", 2], "x[1] must be text, not 2"),
    ({"type": "array", "items": TEXT}, ("a", 2), "x[1] must be text, not 2"),
    ({"type": "array", "maxItems": 1}, [1, 2], "x has 2 elements; at most 1 are allowed"),
    ({"type": "object"}, [("a", 1)], "x must be a mapping of names to values, not [('a', 1)]"),
    ({"type": "object"}, {1: 2}, "x has 1 for a name, which is no text"),
    (WISH, {}, "x.prompt is required"),
    (WISH, {"prompt": "nights"}, "x.prompt has 6 characters; at most 5 are allowed"),
    (WISH, {"prompt": "a", "promt": 1}, "x.promt is not in the model's document; did you mean 'prompt'?"),
    (
        WISH,
        {"prompt": "a", "qq": 1},
        "x.qq is not in the model's document; there are prompt, image_urls, size",
    ),
    (WISH, {"prompt": "a", "image_urls": []}, "x.image_urls has 0 elements; at least 1 are needed"),
    (
        WISH,
        {"prompt": "a", "image_urls": ["a.png"]},
        "x.image_urls[0] must be a public http or https address, not 'a.png'",
    ),
    (WISH, {"prompt": "a", "size": {"width": 0}}, "x.size.width must be at least 1, not 0"),
]


@pytest.mark.parametrize(("schema", "value"), ALLOWED)
def test_what_a_schema_allows_passes(schema, value):
    check("x", value, to_limit(schema))


@pytest.mark.parametrize(("schema", "value", "told"), REFUSED)
def test_what_it_does_not_is_refused_by_place_and_rule(schema, value, told):
    with pytest.raises(InvalidRequest) as caught:
        check("x", value, to_limit(schema))

    assert str(caught.value) == told
    assert caught.value.parameter == told.split(" ")[0]
    assert caught.value.bound is not None


def test_a_reference_is_followed():
    named = {"#/text": TEXT}

    limit = to_limit(
        {"items": {"$ref": "#/text"}, "type": "array"}, lambda each: named.get(each.get("$ref"), each)
    )

    with pytest.raises(InvalidRequest, match=r"x\[0\] must be text"):
        check("x", [1], limit)


def test_links_are_quoted_where_they_stand_and_nothing_else_is_touched():
    said = {"prompt": "a b", "image_urls": ["https://a.test/ä b"], "size": {"width": 1}, "more": ["a b"]}

    assert as_sent(said, to_limit(WISH)) == {**said, "image_urls": ["https://a.test/%C3%A4%20b"]}


def test_what_cannot_be_a_link_is_not_sent():
    with pytest.raises(InvalidRequest):
        as_sent(str(Path("a.png")), to_limit(LINK))


@pytest.mark.parametrize("kind", ["number", "integer"])
@pytest.mark.parametrize("value", [True, False])
def test_yes_and_no_are_no_numbers(kind, value):
    with pytest.raises(InvalidRequest, match="must be a"):
        check("seed", value, to_limit({"type": kind}))

"""Which corrections of one model's document fit another's, and what its text tells of its own."""

from typing import Any

import pytest

from regeneration import carrying, documents, telling


def carried(known: dict[str, Any], new: dict[str, Any], *actions: dict[str, Any]) -> carrying.Carried:
    """What fits of corrections of a body with the properties `known` for one with the properties `new`."""

    def whole(properties: dict[str, Any]) -> documents.Document:
        return {"body": {"type": "object", "properties": properties}}

    reasoned = [{"description": "Because.", **action} for action in actions]
    return carrying.carry(
        carrying.Known("ink/pen", whole(known), reasoned), whole(new), "ink/brush", ("body",)
    )


def of(name: str, **update: Any) -> dict[str, Any]:
    return {"target": f"$.body.properties.{name}", "update": update}


def updates(given: carrying.Carried) -> list[Any]:
    return [action["update"] for action in given.actions if "update" in action]


ROLE = {"x-apikley-role": "size"}


@pytest.mark.parametrize(
    "new",
    [
        pytest.param({}, id="not there"),
        pytest.param({"type": "array"}, id="of another type"),
        pytest.param({"type": "string"}, id="without a list of values"),
        pytest.param({"type": "string", "enum": ["1:1", "4:3"]}, id="with other values"),
    ],
)
def test_a_property_that_means_something_else_gets_no_role(new: dict[str, Any]):
    known = {"size": {"type": "string", "enum": ["square", "wide"]}}
    given = carried(known, {"size": new} if new else {}, of("size", **ROLE))
    assert updates(given) == []
    assert any("no role known for size" in note for note in given.notes) == bool(new)


def test_a_property_with_some_of_the_values_gets_what_is_said_of_these():
    known = {"size": {"type": "string", "enum": ["square", "wide"]}}
    new = {"size": {"type": "string", "enum": ["square", "tall"]}}
    pixels = {"square": [512, 512], "wide": [1024, 512]}
    given = carried(known, new, of("size", **ROLE, **{"x-apikley-pixels": pixels}))
    assert updates(given) == [{**ROLE, "x-apikley-pixels": {"square": [512, 512]}}]
    assert "size: x-apikley-pixels lacks tall" in given.notes


def test_the_new_document_s_own_words_stay_and_only_the_same_fault_is_corrected():
    known = {"a": {"type": "number", "description": "a"}, "b": {"type": "number", "description": "b"}}
    new = {"a": {"type": "integer", "description": "a"}, "b": {"type": "number", "description": "Better."}}
    given = carried(
        known,
        new,
        of("a", type="integer", description="Said."),
        of("b", type="integer", description="Said.", minimum=1),
    )
    assert updates(given) == [{"description": "Said."}, {"type": "integer", "minimum": 1}]


def test_a_correction_that_the_new_document_does_not_need_is_left_out():
    known = {"a": {"type": "string"}}
    assert updates(carried(known, {"a": {"type": "string", "format": "uri"}}, of("a", format="uri"))) == []


def test_what_a_text_says_of_files_is_its_own():
    known = {"a": {"type": "string", "description": "Accepted types: image/png; Max size: 1MB"}}
    text = "The mask. (Accepted types: image/png, image/webp; Max size: 2.5MB)"
    facts = {
        "x-apikley-role": "source",
        "x-apikley-file": {"mediaTypes": ["image/png"], "maximumBytes": 1048576},
    }
    given = carried(known, {"a": {"type": "string", "description": text}}, of("a", **facts))
    assert updates(given)[0]["x-apikley-file"] == {
        "mediaTypes": ["image/png", "image/webp"],
        "maximumBytes": 2621440,
    }
    silent = carried(known, {"a": {"type": "string"}}, of("a", **facts))
    assert updates(silent) == [{"x-apikley-role": "source"}]
    assert "a: its text says nothing of types and size, so it has no x-apikley-file" in silent.notes


@pytest.mark.parametrize(
    ("schema", "default", "is_doubted"),
    [
        ({"type": "number", "default": 4}, 4, False),
        ({"type": "number", "default": 4, "description": "Default value: 4 (Min: 0)"}, 4, False),
        ({"type": "number", "default": 25, "description": "Default value: 30 (Min: 2)"}, 30, True),
        ({"type": "number", "description": "Default value: 2.5 (Min: 0)"}, 2.5, False),
        ({"type": "boolean", "description": "Default\nvalue: true (Boolean value)"}, True, False),
        ({"type": "string", "enum": ["png"], "description": 'Default value: "png"'}, "png", False),
        ({"type": "string", "enum": ["png"], "description": 'Default value: "gif"'}, None, False),
        ({"type": "string", "description": 'Default value: " " (Max length: 500 characters)'}, None, False),
        ({"type": "string"}, None, False),
    ],
)
def test_a_default_is_what_the_text_says_or_else_the_schema(schema, default, is_doubted):
    found, doubt = telling.default(schema)
    assert found == default
    assert bool(doubt) == is_doubted

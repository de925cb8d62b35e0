"""Joining: what unites, what clashes, and what must hold of the whole."""

import re
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regeneration.documents import Document, Json, is_same
from regeneration.joining import JoinError, check, join

KEYS = st.sampled_from(["get", "post", "schemas", "x", "y", "~/"])
LEAVES = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def documents(prefix: str = "") -> st.SearchStrategy[Document]:
    return st.dictionaries(KEYS.map(lambda key: prefix + key), VALUES, max_size=3)


def operation(name: str) -> dict[str, Json]:
    return {"operationId": name, "responses": {}}


def test_objects_unite_at_every_depth() -> None:
    market: Document = {"openapi": "3.0.1", "paths": {"/a": {"get": {"summary": "A"}}}}
    files: Document = {"openapi": "3.0.1", "paths": {"/a": {"get": {"deprecated": True}}, "/b": {}}}
    assert join({"market": market, "files": files}) == {
        "openapi": "3.0.1",
        "paths": {"/a": {"get": {"summary": "A", "deprecated": True}}, "/b": {}},
    }


def test_the_keys_of_the_leading_document_come_first() -> None:
    assert list(join({"a": {"z": 1, "m": 1}, "b": {"b": 1, "m": 1}})) == ["z", "m", "b"]


def test_info_is_the_leading_documents_alone() -> None:
    joined = join({"a": {"info": {"title": "A"}}, "b": {"info": {"title": "B", "version": "2"}}})
    assert joined == {"info": {"title": "A"}}


def test_only_the_info_at_the_root_is_anybodys_alone() -> None:
    with pytest.raises(JoinError, match="/components/info"):
        join({"a": {"components": {"info": 1}}, "b": {"components": {"info": 2}}})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a", "b", id="two strings"),
        pytest.param(1, True, id="one and true"),
        pytest.param(1, 1.0, id="one and one point nought"),
        pytest.param(None, {}, id="null and an object"),
        pytest.param({}, [], id="an object and an array"),
        pytest.param([1, 2], [2, 1], id="an array in another order"),
        pytest.param([1], [1, 2], id="an array and a longer one"),
    ],
)
def test_equal_places_must_hold_equal_values(one: Json, other: Json) -> None:
    with pytest.raises(JoinError) as caught:
        join({"a": {"paths": {"/x": {"v": one}}}, "b": {"paths": {"/x": {"v": other}}}})
    assert caught.value.pointer == "/paths/~1x/v"


def test_a_clash_names_both_documents_and_both_values() -> None:
    with pytest.raises(JoinError) as caught:
        join({"a": {}, "b": {"v": "left"}, "c": {"v": "left"}, "d": {"v": ["right"]}})
    assert str(caught.value) == '/v: b says "left", d says ["right"]'


def test_a_long_value_is_shortened_in_the_error() -> None:
    with pytest.raises(JoinError) as caught:
        join({"a": {"v": "x" * 500}, "b": {"v": 1}})
    assert str(caught.value) == f'/v: a says "{"x" * 58}…, b says 1'


def test_tags_unite_by_name_in_the_order_of_the_documents() -> None:
    one: Json = {"name": "one"}
    two: Json = {"name": "two"}
    three: Json = {"name": "three"}
    joined = join({"a": {"tags": [one, two]}, "b": {"tags": [two, three]}})
    assert joined == {"tags": [one, two, three]}


def test_tags_of_one_name_must_be_equal() -> None:
    with pytest.raises(JoinError, match=r"/tags/0: a says .* b says"):
        join({"a": {"tags": [{"name": "x"}]}, "b": {"tags": [{"name": "x", "description": "X"}]}})


def test_servers_unite_by_url() -> None:
    one: Json = {"url": "https://one"}
    two: Json = {"url": "https://two"}
    assert join({"a": {"servers": [one]}, "b": {"servers": [one, two]}}) == {"servers": [one, two]}


def test_servers_of_one_url_must_be_equal() -> None:
    with pytest.raises(JoinError, match="/servers/0"):
        join({"a": {"servers": [{"url": "u"}]}, "b": {"servers": [{"url": "u", "description": "U"}]}})


def test_a_list_called_tags_elsewhere_does_not_unite() -> None:
    with pytest.raises(JoinError, match="/paths/tags"):
        join({"a": {"paths": {"tags": ["x"]}}, "b": {"paths": {"tags": ["y"]}}})


def test_an_operation_id_belongs_to_one_operation_of_the_whole() -> None:
    one: Document = {"paths": {"/a": {"get": operation("x")}}}
    two: Document = {"paths": {"/b": {"post": operation("x")}}}
    with pytest.raises(JoinError) as caught:
        join({"a": one, "b": two})
    assert str(caught.value) == "/paths/~1b/post: operationId x is also that of /paths/~1a/get"


def test_an_operation_id_inside_a_callback_counts() -> None:
    inner: Json = {"done": {"{$url}": {"post": operation("x")}}}
    with pytest.raises(JoinError, match="operationId x"):
        check({"paths": {"/a": {"get": {"operationId": "x", "callbacks": inner}}}})


def test_a_link_may_mention_an_operation_id() -> None:
    links: Json = {"get": {"operationId": "x"}, "next": {"operationId": "x"}}
    check({"paths": {"/a": {"get": operation("x")}}, "components": {"links": links}})


@pytest.mark.parametrize(
    "reference",
    ["#", "#/a~1b/0", "#/a~1b/1/c~0d", "#/%7Bid%7D", "#/a%7E1b/0", "other.yaml#/x", "https://x/y#/z"],
)
def test_a_reference_that_leads_somewhere_or_out_is_fine(reference: str) -> None:
    check({"a/b": [0, {"c~d": 1}], "{id}": 1, "use": {"$ref": reference}})


@pytest.mark.parametrize("reference", ["#/none", "#/a/2", "#/a/-1", "#/a/01", "#/a/0/x", "#/A", "#a", "#/a/"])
def test_a_local_reference_must_lead_somewhere(reference: str) -> None:
    expected = f"/paths/~1x: $ref {reference} leads nowhere"
    with pytest.raises(JoinError, match=re.escape(expected) + "$"):
        check({"a": [0, 1], "paths": {"/x": {"$ref": reference}}})


def test_a_reference_may_lead_into_another_document() -> None:
    schema: Json = {"type": "string"}
    joined = join({"a": {"use": {"$ref": "#/schemas/S"}}, "b": {"schemas": {"S": schema}}})
    assert joined["schemas"] == {"S": schema}


def test_a_property_called_ref_is_no_reference() -> None:
    check({"properties": {"$ref": {"type": "string"}}})


def test_what_comes_out_shares_nothing_with_what_went_in() -> None:
    given_document: Document = {"paths": {"/a": {"tags": ["x"]}}}
    before = deepcopy(given_document)
    joined = join({"a": given_document})
    joined["paths"]["/a"]["tags"].append("y")  # type: ignore[index, call-overload, union-attr]
    assert given_document == before


@given(documents())
def test_one_document_joined_is_itself(document: Document) -> None:
    assert is_same(join({"a": document}), document)


@given(documents())
def test_a_document_joined_with_itself_is_itself(document: Document) -> None:
    assert is_same(join({"a": document, "b": document}), document)


@given(documents("a"), documents("b"))
def test_disjoint_documents_join_in_any_order(one: Document, other: Document) -> None:
    joined = join({"a": one, "b": other})
    assert is_same(joined, join({"b": other, "a": one}))
    assert is_same(joined, {**one, **other})


@given(documents(), documents())
def test_joining_never_changes_what_it_is_given(one: Document, other: Document) -> None:
    before = deepcopy((one, other))
    with suppress(JoinError):
        join({"a": one, "b": other})
    assert (one, other) == before


# Bodies of several models ----------------------------------------------------------------------------


def body_of(model: str, title: str, **more: Json) -> Document:
    """The schema of one model's body."""
    told: Document = {"type": "string", "enum": [model]}
    values: Document = {"model": told, "input": {"type": "object", "title": f"{title}Input"}}
    return {"title": title, "type": "object", "required": ["model"], "properties": values, **more}


def creating(media: Document, **more: Json) -> Document:
    """A document with the one operation and this JSON body."""
    body: Document = {"required": True, "content": {"application/json": media}}
    return {"paths": {"/create": {"post": {"operationId": "create", "requestBody": body, **more}}}}


def joined_media(*documents: Document) -> Document:
    joined = join({str(number): document for number, document in enumerate(documents)})
    return joined["paths"]["/create"]["post"]["requestBody"]["content"]["application/json"]  # type: ignore[index, call-overload, return-value]


PEN = creating({"schema": body_of("ink/pen", "Pen"), "example": {"model": "ink/pen"}})
BRUSH = creating({"schema": body_of("ink/brush", "Brush"), "example": {"model": "ink/brush"}})
CHALK = creating({"schema": body_of("dry/chalk", "Chalk")})


def test_bodies_that_a_model_tells_apart_become_one_of_them() -> None:
    assert joined_media(PEN, BRUSH, CHALK)["schema"] == {
        "oneOf": [{"$ref": f"#/components/schemas/{title}"} for title in ("Pen", "Brush", "Chalk")],
        "discriminator": {
            "propertyName": "model",
            "mapping": {
                "ink/pen": "#/components/schemas/Pen",
                "ink/brush": "#/components/schemas/Brush",
                "dry/chalk": "#/components/schemas/Chalk",
            },
        },
    }


def test_each_of_them_is_a_component_by_its_title() -> None:
    joined = join({"a": PEN, "b": BRUSH})
    assert joined["components"] == {
        "schemas": {"Pen": body_of("ink/pen", "Pen"), "Brush": body_of("ink/brush", "Brush")}
    }


def test_their_examples_stand_side_by_side_by_the_names_of_their_models() -> None:
    assert joined_media(PEN, CHALK, BRUSH)["examples"] == {
        "ink/pen": {"value": {"model": "ink/pen"}},
        "ink/brush": {"value": {"model": "ink/brush"}},
    }


def test_a_model_may_be_told_as_a_constant() -> None:
    chalk = body_of("dry/chalk", "Chalk", properties={"model": {"const": "dry/chalk"}})
    assert "oneOf" in joined_media(PEN, creating({"schema": chalk}))["schema"]  # type: ignore[operator]


def test_what_else_an_operation_says_must_be_equal_all_the_same() -> None:
    brush = creating({"schema": body_of("ink/brush", "Brush")}, summary="Paint")
    with pytest.raises(JoinError) as caught:
        join({"a": creating({"schema": body_of("ink/pen", "Pen")}, summary="Draw"), "b": brush})
    assert str(caught.value) == '/paths/~1create/post/summary: a says "Draw", b says "Paint"'


def test_one_document_with_a_model_stays_as_it_is() -> None:
    assert join({"a": PEN, "b": {"info": {"title": "B"}}})["paths"] == PEN["paths"]


def test_documents_that_say_the_same_of_one_model_stay_as_they_are() -> None:
    assert (
        joined_media(PEN, PEN)
        == PEN["paths"]["/create"]["post"]["requestBody"]["content"]["application/json"]
    )  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"schema": body_of("ink/pen", "Fountain")}, id="the same model"),
        pytest.param({"schema": body_of("ink/brush", "Pen")}, id="the same title"),
        pytest.param({"schema": body_of("ink/brush", "Brush") | {"title": None}}, id="no title"),
        pytest.param(
            {"schema": body_of("ink/brush", "Brush", required=["input"])}, id="a model that may be missing"
        ),
        pytest.param({"schema": body_of("ink/brush", "Brush", type="array")}, id="no object"),
        pytest.param(
            {
                "schema": body_of(
                    "ink/brush", "Brush", properties={"model": {"enum": ["ink/brush", "ink/pen"]}}
                )
            },
            id="several models",
        ),
        pytest.param(
            {"schema": body_of("ink/brush", "Brush"), "encoding": {}}, id="more than schema and example"
        ),
    ],
)
def test_bodies_that_are_not_told_apart_must_be_equal(other: Document) -> None:
    with pytest.raises(
        JoinError, match=r"^/paths/~1create/post/requestBody/content/application~1json/schema/"
    ):
        join({"a": PEN, "b": creating(other)})


def test_a_body_does_not_take_the_place_of_a_component_of_its_name() -> None:
    brush = {**BRUSH, "components": {"schemas": {"Brush": {"type": "string"}}}}
    with pytest.raises(JoinError, match="/schema/"):
        join({"a": PEN, "b": brush})
    with pytest.raises(JoinError, match="/components/schemas/Brush"):
        join({"a": PEN, "b": BRUSH, "c": {"components": {"schemas": {"Brush": {"type": "string"}}}}})


def test_uniting_bodies_leaves_the_documents_as_they_were() -> None:
    before = deepcopy((PEN, BRUSH))
    join({"a": PEN, "b": BRUSH})
    assert before == (PEN, BRUSH)

"""Overlays: each rule of the specification, each of our own, and whole corrections worked through."""

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regeneration.applying import apply
from regeneration.documents import Document, DocumentError, Json, is_same, loads
from regeneration.overlays import (
    CorrectionNotNeeded,
    Overlay,
    OverlayError,
    TargetMissing,
    read,
    to_overlay,
)

NAME = "spec/overlays/10-names.yaml"


def written(*actions: dict[str, Json], **fields: Json) -> Document:
    """An overlay document around some actions; a `description` comes by itself."""
    return {
        "overlay": "1.1.0",
        "info": {"title": "Names", "version": "1"},
        "actions": [{"description": "because", **action} for action in actions],
        **fields,
    }


def overlay(*actions: dict[str, Json]) -> Overlay:
    return to_overlay(written(*actions), NAME)


def corrected(document: str, *actions: str) -> Document:
    """What YAML actions make of a YAML document."""
    return apply(overlay(*(loads(action, "action") for action in actions)), loads(document, "document"))


# The specification's rules ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "action", "result"),
    [
        pytest.param(
            "{a: {keep: 1}}",
            "{target: $.a, update: {new: 2}}",
            "{a: {keep: 1, new: 2}}",
            id="a property only in the target is left, one only in the update is inserted",
        ),
        pytest.param(
            "{a: {b: {c: 1, d: 1}}}",
            "{target: $.a, update: {b: {d: 2, e: 3}}}",
            "{a: {b: {c: 1, d: 2, e: 3}}}",
            id="objects merge recursively",
        ),
        pytest.param(
            "{a: {b: 1}}",
            "{target: $.a, update: {b: text}}",
            "{a: {b: text}}",
            id="a primitive property replaces a primitive of another type",
        ),
        pytest.param(
            "{a: {b: null}}",
            "{target: $.a, update: {b: 0}}",
            "{a: {b: 0}}",
            id="null is a primitive that is replaced",
        ),
        pytest.param(
            "{a: {b: 1}}",
            "{target: $.a, update: {b: null}}",
            "{a: {b: null}}",
            id="null is a primitive that replaces, and removes nothing",
        ),
        pytest.param(
            "{a: {b: [1, 2]}}",
            "{target: $.a, update: {b: [2, 3]}}",
            "{a: {b: [1, 2, 2, 3]}}",
            id="an array property is concatenated, equal entries and all",
        ),
        pytest.param(
            "{a: [1]}",
            "{target: $.a, update: [2, [3]]}",
            "{a: [1, 2, [3]]}",
            id="an array is concatenated with an array target",
        ),
        pytest.param(
            "{a: [1]}",
            "{target: $.a, update: {b: 1}}",
            "{a: [1, {b: 1}]}",
            id="an object is appended to an array target",
        ),
        pytest.param(
            "{a: [1]}",
            "{target: $.a, update: x}",
            "{a: [1, x]}",
            id="a string is appended to an array target",
        ),
        pytest.param(
            "{a: [1]}",
            "{target: $.a, update: null}",
            "{a: [1, null]}",
            id="null is appended to an array target",
        ),
        pytest.param("{a: 1}", "{target: $.a, update: x}", "{a: x}", id="a primitive target is replaced"),
        pytest.param("{a: 1}", "{target: $.a, update: null}", "{a: null}", id="update: null is an update"),
        pytest.param(
            "{a: 1, b: 2}",
            "{target: '$[?@ == 2]', update: 3}",
            "{a: 1, b: 3}",
            id="a primitive chosen by a filter is replaced",
        ),
        pytest.param(
            "{a: [1, 2]}",
            "{target: '$.a[0]', update: x}",
            "{a: [x, 2]}",
            id="a primitive inside an array is replaced",
        ),
        pytest.param("{a: 1}", "{target: $, update: {b: 2}}", "{a: 1, b: 2}", id="the root may be updated"),
        pytest.param(
            "{a: {x: 1}, b: {x: 2}}",
            "{target: $.*, update: {y: [0]}}",
            "{a: {x: 1, y: [0]}, b: {x: 2, y: [0]}}",
            id="every node that matches is updated",
        ),
        pytest.param(
            "{a: {b: {x: 1}}}",
            "{target: '$..[?@.x || @.b]', update: {y: 1}}",
            "{a: {b: {x: 1, y: 1}, y: 1}}",
            id="a target inside another target is updated too",
        ),
        pytest.param(
            "{a: [1]}",
            "{target: '$[''a'',''a'']', update: 2}",
            "{a: [1, 2]}",
            id="a node selected twice is updated once",
        ),
        pytest.param(
            "{a: 1, b: 2}", "{target: $.a, remove: true}", "{b: 2}", id="remove takes out of an object"
        ),
        pytest.param(
            "{a: [x, y]}", "{target: '$.a[0]', remove: true}", "{a: [y]}", id="remove takes out of an array"
        ),
        pytest.param(
            "{a: [1, {n: 2}, 1, 3, 1]}",
            "{target: '$.a[?@ == 1]', remove: true}",
            "{a: [{n: 2}, 3]}",
            id="removing several array elements shifts no index",
        ),
        pytest.param(
            "{a: [0, 1, 2, 3]}",
            "{target: '$.a[0, -1, 1]', remove: true}",
            "{a: [2]}",
            id="elements are removed by the indices they had",
        ),
        pytest.param(
            "{a: {x: 1, b: {x: 2}}, x: 3}",
            "{target: $..x, remove: true}",
            "{a: {b: {}}}",
            id="remove takes out at every depth",
        ),
        pytest.param(
            "{x: {x: {x: 1}}, y: 1}",
            "{target: $..x, remove: true}",
            "{y: 1}",
            id="a removed node may hold another removed node",
        ),
        pytest.param(
            "{a: 1, b: 1}",
            "{target: $.a, remove: true, update: 2}",
            "{b: 1}",
            id="remove wins over update",
        ),
        pytest.param(
            "{a: 1, b: 1}", "{target: $.a, remove: true, copy: $.b}", "{b: 1}", id="remove wins over copy"
        ),
        pytest.param(
            "{a: 1}",
            "{target: $.a, remove: false, update: 2}",
            "{a: 2}",
            id="remove: false is as good as no remove",
        ),
        pytest.param(
            "{a: {x: 1}, b: {y: {z: 1}}}",
            "{target: $.a, copy: $.b}",
            "{a: {x: 1, y: {z: 1}}, b: {y: {z: 1}}}",
            id="a copied object merges with the target",
        ),
        pytest.param(
            "{a: [1], b: [2]}",
            "{target: $.a, copy: $.b}",
            "{a: [1, 2], b: [2]}",
            id="a copied array is concatenated",
        ),
        pytest.param(
            "{a: [1], b: {c: 2}}",
            "{target: $.a, copy: $.b}",
            "{a: [1, {c: 2}], b: {c: 2}}",
            id="a copied object is appended to an array target",
        ),
        pytest.param(
            "{a: 1, b: 2}",
            "{target: $.a, copy: $.b}",
            "{a: 2, b: 2}",
            id="a copied primitive replaces a primitive",
        ),
        pytest.param(
            "{a: {b: {c: 1}}}",
            "{target: $.a.b, copy: $.a}",
            "{a: {b: {c: 1, b: {c: 1}}}}",
            id="what is copied is what was there before the action",
        ),
        pytest.param(
            "{a: 1, '1': 2}",
            "{target: '$[''1'']', update: 3}",
            "{a: 1, '1': 3}",
            id="a key of digits is a key",
        ),
        pytest.param(
            "{a: true, b: 1}",
            "{target: '$[?@ == 1]', update: 2}",
            "{a: true, b: 2}",
            id="a filter tells true and 1 apart",
        ),
    ],
)
def test_one_action_by_the_specification(document: str, action: str, result: str) -> None:
    assert is_same(corrected(document, action), loads(result, "result"))


@pytest.mark.parametrize(
    ("target", "update"),
    [
        pytest.param("$.object", "text", id="no primitive merges with an object"),
        pytest.param("$.object", "[1]", id="no array merges with an object"),
        pytest.param("$.object", "null", id="null does not merge with an object"),
        pytest.param("$.text", "{a: 1}", id="no object replaces a primitive"),
        pytest.param("$.text", "[1]", id="no array replaces a primitive"),
        pytest.param("$", "[1]", id="no array merges with the root"),
        pytest.param("$", "{object: 1}", id="no primitive property replaces an object"),
        pytest.param("$", "{object: [1]}", id="no array property replaces an object"),
        pytest.param("$", "{array: x}", id="no primitive property is appended to an array"),
        pytest.param("$", "{array: {a: 1}}", id="no object property is appended to an array"),
        pytest.param("$", "{array: null}", id="no null property empties an array"),
        pytest.param("$", "{text: {a: 1}}", id="no object property replaces a primitive"),
        pytest.param("$", "{text: [1]}", id="no array property replaces a primitive"),
    ],
)
def test_other_combinations_are_incompatible(target: str, update: str) -> None:
    with pytest.raises(OverlayError, match="cannot merge"):
        corrected("{object: {a: 1}, array: [1], text: x}", f"{{target: {target}, update: {update}}}")


def test_an_incompatible_update_says_what_and_where() -> None:
    with pytest.raises(OverlayError) as caught:
        corrected("{a: {'b/c': [1]}}", "{target: $.a, update: {b/c: 1}}")
    assert str(caught.value) == f"{NAME}, action 1 ($.a): cannot merge primitive into array at /a/b~1c"


@pytest.mark.parametrize("change", ["update: {z: 1}", "copy: $.source"])
@pytest.mark.parametrize("targets", ["object,array", "object,text", "array,text"])
def test_several_targets_must_be_all_objects_or_all_arrays_or_all_primitives(
    targets: str, change: str
) -> None:
    names = ",".join(f"''{name}''" for name in targets.split(","))
    with pytest.raises(OverlayError, match="several kinds"):
        corrected("{object: {}, array: [], text: x, source: {}}", f"{{target: '$[{names}]', {change}}}")


def test_removed_nodes_may_be_of_several_kinds() -> None:
    assert corrected("{a: {x: {}, y: [], z: 1}}", "{target: $.a.*, remove: true}") == {"a": {}}


@pytest.mark.parametrize("source", ["$.none", "$.*"])
def test_a_copy_has_exactly_one_source(source: str) -> None:
    with pytest.raises(OverlayError, match=r"which matches [03], not 1"):
        corrected("{a: {}, b: {}, c: {}}", f"{{target: $.a, copy: {source}}}")


def test_actions_apply_in_order_each_to_what_the_one_before_left() -> None:
    result = corrected(
        "{enum: [old], text: a}",
        "{target: $.enum, remove: true}",
        "{target: $, update: {enum: [new]}}",
        "{target: '$[?@ == ''a'']', update: b}",
        "{target: '$[?@ == ''b'']', update: c}",
    )
    assert result == {"enum": ["new"], "text": "c"}


@pytest.mark.parametrize("version", ["1.1.0", "1.1.1", "1.1.27"])
def test_the_patch_version_makes_no_difference(version: str) -> None:
    assert to_overlay(written({"target": "$", "update": {}}, overlay=version), NAME)


@pytest.mark.parametrize(
    "version", ["1.0.0", "1.2.0", "1.1", "1.1.0-rc1", "11.1.0", "1.1.x", "1.1.٣", "1.1.0\n"]
)
def test_another_feature_set_is_refused(version: str) -> None:
    with pytest.raises(OverlayError, match=r"only 1\.1\.x is understood"):
        to_overlay(written({"target": "$", "update": {}}, overlay=version), NAME)


def test_an_overlay_carries_title_extends_and_reasons() -> None:
    document = written({"target": "$", "update": {}, "description": "why"}, extends="../upstream/a.yaml")
    found = to_overlay(document, NAME)
    assert (found.name, found.title, found.extends) == (NAME, "Names", "../upstream/a.yaml")
    assert [action.reason for action in found.actions] == ["why"]


def test_an_overlay_need_not_say_what_it_extends() -> None:
    assert overlay({"target": "$", "update": {}}).extends is None


def test_extensions_are_allowed_at_the_root_and_in_info() -> None:
    info: Json = {"title": "T", "version": "1", "description": "d", "x-team": [1]}
    found = to_overlay(written({"target": "$", "update": {}}, info=info, **{"x-any": None}), NAME)
    assert found.title == "T"


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        pytest.param("overlay", None, "`overlay` is missing or not a string", id="overlay is a string"),
        pytest.param("overlay", 1.1, "`overlay` is missing or not a string", id="overlay is not a number"),
        pytest.param("info", None, ", info: is missing or not an object", id="info is required"),
        pytest.param("info", [], ", info: is missing or not an object", id="info is an object"),
        pytest.param("info", {"version": "1"}, ", info: `title` is missing", id="a title is required"),
        pytest.param("info", {"title": "t"}, ", info: `version` is missing", id="a version is required"),
        pytest.param(
            "info", {"title": "t", "version": 1.0}, ", info: `version`", id="the version is a string"
        ),
        pytest.param(
            "info",
            {"title": "t", "version": "1", "description": 1},
            ", info: `description`",
            id="the description is a string",
        ),
        pytest.param(
            "info",
            {"title": "t", "version": "1", "licence": "x"},
            ", info: has the unknown field `licence`",
            id="info has no unknown field",
        ),
        pytest.param("extends", 1, "`extends` is missing or not a string", id="extends is a string"),
        pytest.param("extends", None, "`extends` is missing or not a string", id="extends is not null"),
        pytest.param("actions", None, "`actions` must be a list", id="actions are required"),
        pytest.param("actions", {}, "`actions` must be a list", id="actions are a list"),
        pytest.param("actions", [], "at least one action", id="there is at least one action"),
        pytest.param("actions", ["x"], "action 1: is missing or not an object", id="an action is an object"),
        pytest.param("action", [], "has the unknown field `action`", id="the root has no unknown field"),
        pytest.param("X-any", 1, "has the unknown field `X-any`", id="field names are case sensitive"),
    ],
)
def test_an_overlay_document_is_checked_whole(field: str, value: Json, problem: str) -> None:
    document = {**written({"target": "$", "update": {}}), field: value}
    with pytest.raises(OverlayError) as caught:
        to_overlay(document, NAME)
    assert str(caught.value).startswith(NAME)
    assert problem in str(caught.value)


def test_an_overlay_is_an_object() -> None:
    with pytest.raises(OverlayError, match="is missing or not an object"):
        to_overlay(cast("Document", []), NAME)


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        pytest.param("{update: 1}", "`target` is missing or not a string", id="a target is required"),
        pytest.param("{target: 1, update: 1}", "`target` is missing", id="a target is a string"),
        pytest.param("{target: $.a}", "needs one of", id="an action changes something"),
        pytest.param("{target: $.a, remove: false}", "needs one of", id="remove: false alone is no change"),
        pytest.param(
            "{target: $.a, update: 1, copy: $.b}", "needs one of", id="update and copy exclude each other"
        ),
        pytest.param(
            "{target: $.a, update: null, copy: $.b}",
            "needs one of",
            id="update: null and copy exclude each other",
        ),
        pytest.param("{target: $.a, remove: 'true'}", "`remove` must be true", id="remove is a boolean"),
        pytest.param("{target: $.a, remove: 1}", "`remove` must be true", id="remove is not 1"),
        pytest.param("{target: $.a, copy: {}}", "`copy` is missing or not a string", id="copy is a string"),
        pytest.param("{target: $.a, copy: b}", "`copy` is no RFC 9535 JSONPath", id="copy is a JSONPath"),
        pytest.param("{target: $.a, update: 1, description: 5}", "`description`", id="a reason is a string"),
        pytest.param("{target: $.a, update: 1, description: ''}", "its reason", id="a reason is not empty"),
        pytest.param(
            "{target: $.a, update: 1, description: ' \t'}", "its reason", id="a reason is not blank"
        ),
        pytest.param(
            "{target: $.a, updates: 1}", "unknown field `updates`", id="an action has no unknown field"
        ),
        pytest.param(
            "{target: $.a, update: 1, x-macthes: 7}",
            "unknown field `x-macthes`",
            id="an action has no extension but x-matches, which may be mistyped",
        ),
        pytest.param(
            "{target: $.a, update: 1, x-matches: 0}", "whole number from 1", id="x-matches is positive"
        ),
        pytest.param(
            "{target: $.a, update: 1, x-matches: 1.0}", "whole number", id="x-matches is an integer"
        ),
        pytest.param("{target: $.a, update: 1, x-matches: true}", "whole number", id="x-matches is not true"),
        pytest.param("{target: $.a, update: 1, x-matches: null}", "whole number", id="x-matches is not null"),
    ],
)
def test_a_wrong_action_is_refused_before_anything_is_applied(action: str, problem: str) -> None:
    with pytest.raises(OverlayError) as caught:
        overlay({"target": "$", "update": {}}, loads(action, "action"))
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{NAME}, action 2")


def test_an_action_without_a_reason_is_refused() -> None:
    document = written()
    document["actions"] = [{"target": "$", "update": {}}]
    with pytest.raises(OverlayError, match="`description` is missing"):
        to_overlay(document, NAME)


def test_two_equal_actions_are_refused() -> None:
    action: dict[str, Json] = {"target": "$.a", "update": [1]}
    with pytest.raises(OverlayError) as caught:
        overlay(action, {"target": "$.a", "update": [1.0]}, action)
    assert str(caught.value) == f"{NAME}, action 3 ($.a): says what action 1 said"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("a.b", id="a path without a root"),
        pytest.param("", id="nothing"),
        pytest.param(" $.a", id="space before the root"),
        pytest.param("$.a ", id="space after the path"),
        pytest.param("$.a[", id="an open bracket"),
        pytest.param("$.a|$.b", id="a union of paths"),
        pytest.param("$.a & $.b", id="an intersection of paths"),
        pytest.param("$.~", id="the keys of an object"),
        pytest.param("^.a", id="a root above the root"),
        pytest.param("$[a]", id="a bare name in brackets"),
        pytest.param("$[$.a]", id="a path inside a path"),
        pytest.param("$[?@ =~ /a/]", id="a regular expression"),
        pytest.param("$[?@ in ['a']]", id="in"),
        pytest.param("$[?@ contains 'a']", id="contains"),
        pytest.param("$[?@ == 'a' and @ == 'b']", id="and"),
        pytest.param("$[?@ == None]", id="None"),
        pytest.param("$[?@ <> 'a']", id="another spelling of unequal"),
        pytest.param("$[?# == 'a']", id="the key itself"),
        pytest.param("$[?typeof(@) == 'string']", id="a function of no standard"),
        pytest.param("$[?startswith(@, 'a')]", id="another function of no standard"),
    ],
)
def test_what_rfc_9535_does_not_know_is_no_target(target: str) -> None:
    with pytest.raises(OverlayError, match="`target` is no RFC 9535 JSONPath"):
        overlay({"target": target, "update": 1})


@pytest.mark.parametrize(
    "target", ["$.text[0:2]", "$.text[0]", "$.text.*", "$.list[?@[0:1]]", "$['0']", "$[0]"]
)
def test_a_string_is_no_array_and_an_object_no_list(target: str) -> None:
    with pytest.raises(TargetMissing):
        corrected("{text: string, list: [string], object: {'0': 1}}", f'{{target: "{target}", remove: true}}')


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ("it's", r"$['it\'s']"),
        ("it's", '$["it\'s"]'),
        ('say "x"', "$['say \"x\"']"),
        ("a.b", "$['a.b']"),
        ("/tasks/{id}", "$['/tasks/{id}']"),
        ("~0/~1", "$['~0/~1']"),
        ("back\\slash", r"$['back\\slash']"),
        ("$ref", "$['$ref']"),
        ("", "$['']"),
        ("ключ", "$.ключ"),
        ("😀", "$['😀']"),
        ("😀", r"$['\ud83d\ude00']"),
        ("*", "$['*']"),
    ],
)
def test_any_key_can_be_a_target(key: str, target: str) -> None:
    document: Document = {key: 1, "other": 1, "a": {"b": 1}}
    updated = apply(overlay({"target": target, "update": 2}), document)
    removed = apply(overlay({"target": target, "remove": True}), document)
    assert updated == {**document, key: 2}
    assert removed == {"other": 1, "a": {"b": 1}}


# Our own rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", ["update: {x: 1}", "copy: $.b", "remove: true", "remove: true, x-matches: 1"]
)
def test_a_target_that_matches_nothing_is_an_error(change: str) -> None:
    with pytest.raises(TargetMissing) as caught:
        corrected("{b: {}}", f"{{target: '$.paths[''/x'']', {change}}}")
    assert str(caught.value) == f"{NAME}, action 1 ($.paths['/x']): matches nothing"


@pytest.mark.parametrize(
    ("document", "action"),
    [
        pytest.param(
            "{a: {b: {c: 1}, d: 1}}", "{target: $.a, update: {b: {c: 1}}}", id="an object already merged"
        ),
        pytest.param("{a: x}", "{target: $.a, update: x}", id="a primitive already there"),
        pytest.param("{a: {}}", "{target: $.a, update: {}}", id="an empty object"),
        pytest.param("{a: [1]}", "{target: $.a, update: []}", id="an empty array"),
        pytest.param("{a: {x: 1}, b: {x: 1}}", "{target: $.a, copy: $.b}", id="a copy already there"),
    ],
)
def test_an_action_that_changes_nothing_is_not_needed_any_more(document: str, action: str) -> None:
    with pytest.raises(CorrectionNotNeeded, match=r"action 1 \(\$\.a\): .* not needed any more"):
        corrected(document, action)


@pytest.mark.parametrize(
    ("document", "action", "place"),
    [
        pytest.param("{a: [x, y]}", "{target: $.a, update: [y, x]}", "/a", id="elements"),
        pytest.param("{a: [x]}", "{target: $.a, update: x}", "/a", id="one element"),
        pytest.param("{a: [{x: 1, y: 2}]}", "{target: $.a, update: {y: 2, x: 1}}", "/a", id="an object"),
        pytest.param("{a: [x], b: [x]}", "{target: $.a, copy: $.b}", "/a", id="a copy"),
        pytest.param("{a: {list: [x]}}", "{target: $.a, update: {list: [x]}}", "/a/list", id="further in"),
        pytest.param("{a: [1]}", "{target: $, update: {a: [1], b: 2}}", "/a", id="beside a real change"),
        pytest.param("{a: [1], b: []}", "{target: $.*, update: [1]}", "/a", id="one target of several"),
    ],
)
def test_what_an_array_holds_already_is_not_appended_again(document: str, action: str, place: str) -> None:
    with pytest.raises(CorrectionNotNeeded, match=f"\\): {place} holds what it would append: .* any more"):
        corrected(document, action)


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [("[x]", "[x, y]", "[x, x, y]"), ("[1]", "[true]", "[1, true]"), ("[]", "[1]", "[1]")],
)
def test_what_an_array_lacks_in_part_is_appended_as_the_standard_says(
    old: str, new: str, result: str
) -> None:
    assert is_same(corrected(f"a: {old}", f"{{target: $.a, update: {new}}}"), loads(f"a: {result}", "result"))


@pytest.mark.parametrize(("old", "new"), [("1", "true"), ("1", "1.0"), ("1", "'1'"), ("null", "false")])
def test_a_change_of_type_is_a_change(old: str, new: str) -> None:
    assert is_same(corrected(f"a: {old}", f"{{target: $.a, update: {new}}}"), loads(f"a: {new}", "new"))


def test_one_target_of_several_may_be_right_already() -> None:
    assert corrected("{a: 1, b: 2}", "{target: $.*, update: 2}") == {"a": 2, "b": 2}


def test_a_stated_number_of_matches_must_hold() -> None:
    document = "{a: 1, b: 1}"
    assert corrected(document, "{target: $.*, update: 2, x-matches: 2}") == {"a": 2, "b": 2}
    with pytest.raises(OverlayError) as caught:
        corrected(document, "{target: $.*, update: 2, x-matches: 3}")
    assert str(caught.value) == f"{NAME}, action 1 ($.*): matches 2, and x-matches says 3"


def test_a_node_selected_twice_counts_once() -> None:
    assert corrected("{a: 1}", "{target: '$[''a'',''a'']', update: 2, x-matches: 1}") == {"a": 2}


def test_the_root_cannot_be_removed() -> None:
    with pytest.raises(OverlayError, match="would remove the whole document"):
        corrected("{a: 1}", "{target: $, remove: true}")


def test_an_error_names_the_action_by_its_number() -> None:
    with pytest.raises(OverlayError, match=r"10-names\.yaml, action 2 \(\$\.b\): matches nothing"):
        corrected("{a: 1}", "{target: $.a, update: 2}", "{target: $.b, update: 2}")


def test_no_path_descends_for_ever() -> None:
    deep: Json = 1
    for _ in range(120):
        deep = {"a": deep}
    with pytest.raises(OverlayError, match=r"action 2 .* cannot follow \$\.\.b: recursion limit"):
        apply(overlay({"target": "$", "update": deep}, {"target": "$..b", "remove": True}), {})


def test_a_value_inserted_at_several_places_is_a_value_for_each() -> None:
    result = corrected("{a: {}, b: {}}", "{target: $.*, update: {x: {y: []}}}")
    result["a"]["x"]["y"].append(1)  # type: ignore[index, call-overload, union-attr]
    assert result["b"] == {"x": {"y": []}}


@pytest.mark.parametrize(
    "action",
    [
        "{target: $.a, update: {x: {y: []}}}",
        "{target: $.a.list, update: {y: []}}",
        "{target: $.a, update: {list: [{y: []}]}}",
        "{target: $.a, copy: $.b}",
    ],
)
def test_a_result_shares_nothing_with_overlay_or_document(action: str) -> None:
    document = loads("{a: {list: [{}]}, b: {x: {y: []}}}", "document")
    correction = overlay(loads(action, "action"))
    before = deepcopy((document, correction))
    _spoil(apply(correction, document))
    assert (document, correction) == before


def _spoil(value: Json) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _spoil(item)
        value["spoilt"] = True
    elif isinstance(value, list):
        for item in value:
            _spoil(item)
        value.append("spoilt")


# Whole corrections --------------------------------------------------------------------------------

SCENARIOS = {
    "a licence is added": (
        "{openapi: 3.1.0, info: {title: Pictures, version: '2'}}",
        "- {target: $.info, update: {license: {name: MIT, identifier: MIT}}}",
        "{openapi: 3.1.0, info: {title: Pictures, version: '2', license: {name: MIT, identifier: MIT}}}",
    ),
    "a property is removed from a schema and from its list of required ones": (
        """
        components:
          schemas:
            Picture: {type: object, required: [id, secret, url], properties: {id: {}, secret: {}, url: {}}}
        """,
        """
        - {target: $.components.schemas.Picture.properties.secret, remove: true}
        - {target: "$.components.schemas.Picture.required[?@ == 'secret']", remove: true, x-matches: 1}
        """,
        """
        components:
          schemas:
            Picture: {type: object, required: [id, url], properties: {id: {}, url: {}}}
        """,
    ),
    "servers are replaced": (
        "{servers: [{url: 'https://live.example'}, {url: 'https://eu.example'}], paths: {}}",
        """
        - {target: '$.servers[*]', remove: true, x-matches: 2}
        - {target: $.servers, update: {url: 'https://sandbox.example', description: Play here}}
        """,
        "{servers: [{url: 'https://sandbox.example', description: Play here}], paths: {}}",
    ),
    "one server is removed and the order of the others stays": (
        "servers: [{url: one, x-internal: true}, {url: two}, {url: three, x-internal: true}, {url: four}]",
        "- {target: '$.servers[?@.x-internal == true]', remove: true}",
        "servers: [{url: two}, {url: four}]",
    ),
    "the root is updated along the structure of the document": (
        """
        info: {title: Old}
        paths: {/a: {get: {summary: A, tags: [one]}}, /b: {get: {}}}
        """,
        """
        - target: $
          update:
            info: {title: New, x-overlaid: true}
            paths: {/a: {get: {tags: [two]}}, /c: {post: {}}}
            tags: [{name: one}]
        """,
        """
        info: {title: New, x-overlaid: true}
        paths: {/a: {get: {summary: A, tags: [one, two]}}, /b: {get: {}}, /c: {post: {}}}
        tags: [{name: one}]
        """,
    ),
    "every operation with a wildcard": (
        "paths: {/a: {get: {responses: {'200': {}}}, post: {responses: {}}}, /b: {delete: {responses: {}}}}",
        "- {target: '$.paths.*.*.responses', update: {'401': {description: Who are you?}}, x-matches: 3}",
        """
        paths:
          /a:
            get: {responses: {'200': {}, '401': {description: Who are you?}}}
            post: {responses: {'401': {description: Who are you?}}}
          /b: {delete: {responses: {'401': {description: Who are you?}}}}
        """,
    ),
    "responses are removed by a filter": (
        """
        paths:
          /a: {get: {responses: {'200': {x-internal: false}, '418': {x-internal: true}}}}
          /b: {get: {responses: {'200': {}, '500': {x-internal: true}, '503': {x-internal: true}}}}
        """,
        "- {target: '$.paths.*.get.responses[?@.x-internal == true]', remove: true, x-matches: 3}",
        "paths: {/a: {get: {responses: {'200': {x-internal: false}}}}, /b: {get: {responses: {'200': {}}}}}",
    ),
    "a parameter is found by name and place and gets another schema": (
        """
        paths:
          /a: {get: {parameters: [{name: top, in: query, schema: {type: string}}, {name: top, in: header}]}}
        """,
        """
        - target: $.paths.*.*.parameters[?@.name == 'top' && @.in == 'query'].schema
          update: {type: integer, minimum: 1}
        """,
        """
        paths:
          /a:
            get:
              parameters:
                - {name: top, in: query, schema: {type: integer, minimum: 1}}
                - {name: top, in: header}
        """,
    ),
    "a path item is copied and the copy edited": (
        "paths: {/items: {get: {operationId: items, responses: {'200': {description: OK}}}}}",
        """
        - {target: $.paths, update: {/things: {}}}
        - {target: "$.paths['/things']", copy: "$.paths['/items']"}
        - {target: "$.paths['/things'].get.operationId", update: things}
        """,
        """
        paths:
          /items: {get: {operationId: items, responses: {'200': {description: OK}}}}
          /things: {get: {operationId: things, responses: {'200': {description: OK}}}}
        """,
    ),
    "a path is moved by making room, copying and removing": (
        "paths: {'/old/{id}': {get: {parameters: [{name: id, in: path}]}}, /stays: {}}",
        """
        - {target: $.paths, update: {/new: {}}}
        - {target: "$.paths['/new']", copy: "$.paths['/old/{id}']"}
        - {target: "$.paths['/old/{id}']", remove: true}
        """,
        "paths: {/stays: {}, /new: {get: {parameters: [{name: id, in: path}]}}}",
    ),
    "an enum is replaced by removing and adding": (
        "schema: {type: string, enum: [png, jpg], default: png}",
        """
        - {target: $.schema.enum, remove: true}
        - {target: $.schema, update: {enum: [png, jpeg]}}
        """,
        "schema: {type: string, enum: [png, jpeg], default: png}",
    ),
    "request defaults are removed at every depth, and responses keep theirs": (
        """
        request: {properties: {steps: {type: number, default: 25}, more: {properties: {seed: {default: 0}}}}}
        response: {default: {description: Something else}}
        """,
        "- {target: $.request..default, remove: true, x-matches: 2}",
        """
        request: {properties: {steps: {type: number}, more: {properties: {seed: {}}}}}
        response: {default: {description: Something else}}
        """,
    ),
    "operations that carry a trait get what the trait says": (
        "paths: {/a: {get: {x-traits: [paged]}}, /b: {get: {x-traits: [odd], tags: []}}, /c: {get: {}}}",
        """
        - target: $.paths[?@.get['x-traits'][?@ == 'paged']].get
          update: {parameters: [{name: top}]}
        """,
        """
        paths:
          /a: {get: {x-traits: [paged], parameters: [{name: top}]}}
          /b: {get: {x-traits: [odd], tags: []}}
          /c: {get: {}}
        """,
    ),
}


@pytest.mark.parametrize(("document", "actions", "result"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_whole_correction(document: str, actions: str, result: str) -> None:
    listed = cast("list[dict[str, Json]]", loads(f"actions:\n{actions}", "actions")["actions"])
    assert is_same(apply(overlay(*listed), loads(document, "document")), loads(result, "result"))


def test_an_overlay_is_read_from_a_file_and_named_after_it(tmp_path: Path) -> None:
    path = tmp_path / "a.overlay.yaml"
    path.write_text(
        "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions: [{target: $.a, description: d, update: 2}]"
    )
    assert apply(read(path), {"a": 1}) == {"a": 2}
    with pytest.raises(TargetMissing) as caught:
        apply(read(path), {"b": 1})
    assert caught.value.where == f"{path}, action 1 ($.a)"


def test_an_overlay_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"overlay": "1.1.0", "info": {"title": "T", "version": "1"},'
        ' "actions": [{"target": "$.a", "description": "d", "remove": true}]}'
    )
    assert apply(read(path), loads("{a: 1, b: 2}", "document")) == {"b": 2}


def test_an_overlay_file_that_is_no_yaml_is_a_document_error(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("actions: [")
    with pytest.raises(DocumentError):
        read(path)


# What holds of every overlay ----------------------------------------------------------------------

KEYS = st.sampled_from(["a", "b", "it's", "x.y"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.just("text"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
TARGETS = st.sampled_from(
    ["$", "$.a", "$.*", "$..a", "$..*", "$.a[0]", "$..[?@ == 1]", "$['x.y']", "$..[-1]", "$[?@.a]"]
)
CHANGES = st.one_of(
    st.fixed_dictionaries({"update": VALUES}),
    st.fixed_dictionaries({"copy": st.sampled_from(["$", "$.a", "$['it\\'s']"])}),
    st.just({"remove": True}),
)
ACTIONS = st.lists(
    st.builds(lambda target, change: {"target": target, **change}, TARGETS, CHANGES),
    min_size=1,
    max_size=3,
    unique_by=repr,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def test_a_property_that_is_told_something_has_to_be_there() -> None:
    document: Document = {"properties": {"a": {"type": "string"}}}
    told = overlay({"target": "$.properties", "update": {"a": {"x-b": 1}, "c": {"x-b": 2}, "d": {"x-b": 3}}})
    with pytest.raises(TargetMissing, match="tells something of c, d, and /properties has no such property"):
        apply(told, document)


def test_a_property_that_is_a_whole_schema_may_be_new() -> None:
    document: Document = {"properties": {"a": {"type": "string"}}}
    told = overlay({"target": "$.properties", "update": {"c": {"type": "integer", "x-b": 2}}})
    assert apply(told, document) == {
        "properties": {"a": {"type": "string"}, "c": {"type": "integer", "x-b": 2}}
    }


@given(DOCUMENTS, ACTIONS)
def test_applying_never_changes_document_or_overlay(
    document: Document, actions: list[dict[str, Json]]
) -> None:
    correction = overlay(*actions)
    before = deepcopy((document, correction))
    with suppress(OverlayError):
        _spoil(apply(correction, document))
    assert (document, correction) == before


@given(DOCUMENTS, ACTIONS)
def test_applying_twice_gives_the_same_twice(document: Document, actions: list[dict[str, Json]]) -> None:
    def outcome() -> object:
        try:
            return apply(overlay(*actions), document)
        except OverlayError as error:
            return str(error)

    assert repr(outcome()) == repr(outcome())


@given(DOCUMENTS, TARGETS)
def test_what_was_removed_is_not_there_to_remove(document: Document, target: str) -> None:
    removal = overlay({"target": target, "remove": True})
    with suppress(OverlayError):
        once = apply(removal, document)
        if target in {"$.a", "$.*", "$..a", "$..*", "$['x.y']", "$..[?@ == 1]"}:
            with pytest.raises(TargetMissing):
                apply(removal, once)

"""Documents: what is let in, what is refused and in which words, what is written."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regeneration.documents import (
    MAX_BYTES,
    MAX_DEPTH,
    DocumentError,
    Json,
    dumps,
    is_same,
    load,
    loads,
    to_pointer,
)

NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
# ruamel.yaml takes three of these characters for line breaks, and control characters for none at all.
TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("plain", "meaning"),
    [
        pytest.param("", None, id="nothing is null"),
        pytest.param("~", None, id="a tilde is null"),
        pytest.param("Null", None, id="Null is null"),
        pytest.param("true", True, id="true is true"),
        pytest.param("FALSE", False, id="FALSE is false"),
        pytest.param("no", "no", id="no is a string, as Norway would have it"),
        pytest.param("on", "on", id="on is a string"),
        pytest.param("12", 12, id="digits are an integer"),
        pytest.param("-12", -12, id="a sign belongs to an integer"),
        pytest.param("014", 14, id="a leading zero does not make octals"),
        pytest.param("0o14", 12, id="0o makes octals"),
        pytest.param("0xff", 255, id="0x makes hexadecimals"),
        pytest.param("0b11", "0b11", id="0b makes a string"),
        pytest.param("1_000", "1_000", id="an underscore makes a string"),
        pytest.param("12:30", "12:30", id="a time is a string, not base 60"),
        pytest.param("1.0", 1.0, id="a point makes a float"),
        pytest.param("1e3", 1000.0, id="an exponent makes a float"),
        pytest.param(".5", 0.5, id="a float may begin with its point"),
        pytest.param("1.1.0", "1.1.0", id="a version is a string"),
        pytest.param("'200'", "200", id="quotes make a string of digits"),
        pytest.param('"null"', "null", id="quotes make a string of null"),
        pytest.param("'2024-01-01'", "2024-01-01", id="quotes make a string of a date"),
        pytest.param("on 2024-01-01", "on 2024-01-01", id="a date within a text is text"),
        pytest.param("٣", "٣", id="digits of other scripts are a string"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(plain: str, meaning: Json) -> None:
    assert is_same(loads(f"key: {plain}", "a.yaml"), {"key": meaning})


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param("a: 1\nb: 2\na: 3", 3, "the key 'a' stands twice", id="a key stands once"),
        pytest.param(
            "x:\n  a: 1\n  'a': 1", 3, "'a' stands twice at /x", id="quoted or not, a key stands once"
        ),
        pytest.param("a: &x 1", 1, "anchor or alias at /a", id="an anchor is refused"),
        pytest.param("a: &x [*x]", 1, "anchor or alias at /a", id="a circle is refused"),
        pytest.param("a:\n  - *x", 2, "anchor or alias at /a/0", id="an alias is refused"),
        pytest.param("&x a: 1", 1, "anchor or alias", id="an anchor on a key is refused"),
        pytest.param(
            "r:\n  200: x", 2, "the key 200 at /r is no string; put it in quotes", id="no int is a key"
        ),
        pytest.param("true: x", 1, "the key true is no string", id="no boolean is a key"),
        pytest.param("~: x", 1, "the key ~ is no string", id="no null is a key"),
        pytest.param("1.5: x", 1, "the key 1.5 is no string", id="no float is a key"),
        pytest.param("? [a]\n: x", 1, "a mapping or list as a key", id="no list is a key"),
        pytest.param("a:\n  2024-01-01: x", 2, "2024-01-01 at /a reads as a date", id="no date is a key"),
        pytest.param("a: 2024-01-01", 1, "2024-01-01 at /a reads as a date", id="a date is refused"),
        pytest.param("a: [2024-1-1T12:00:00Z]", 1, " at /a/0 reads as a date", id="a timestamp is refused"),
        pytest.param("a: .nan", 1, ".nan at /a is no JSON number", id="NaN is refused"),
        pytest.param("a: -.INF", 1, "-.INF at /a is no JSON number", id="infinity is refused"),
        pytest.param("a: 1e999", 1, "too large for JSON", id="a float that overflows is refused"),
        pytest.param("a: " + "9" * 400, 1, "too large for JSON", id="an int no float holds is refused"),
        pytest.param(
            "a: " + "9" * 5000, 1, "too large for JSON", id="an int Python will not read is refused"
        ),
        pytest.param(
            "a: !!python/name:os.system x", 1, "python/name:os.system at /a", id="a python tag is refused"
        ),
        pytest.param("a: !!str 5", 1, "the tag tag:yaml.org,2002:str at /a", id="a standard tag is refused"),
        pytest.param("a: ! 5", 1, "the tag ! at /a", id="the bare tag is refused"),
        pytest.param("!!map {a: 1}", 1, "the tag tag:yaml.org,2002:map", id="a tag on the root is refused"),
        pytest.param("a:\n  <<: {b: 1}", 2, "<< at /a reads as a merge key", id="a merge key is refused"),
        pytest.param("a: 1\n---\nb: 1", 2, "holds a second document", id="a second document is refused"),
        pytest.param("%YAML 1.1\n---\na: yes", 2, "another YAML than 1.2", id="YAML 1.1 is refused"),
        pytest.param("a: 1\nb: c: d", 2, "is not YAML: mapping values", id="a syntax error names its line"),
        pytest.param("a: \x00", None, "is not YAML: unacceptable character", id="a NUL is refused"),
        pytest.param('a: "\\U99999999"', None, "is not YAML", id="an impossible character is refused"),
        pytest.param('a: "\\ud83d"', 1, "half a character at /a", id="half a surrogate pair is refused"),
        pytest.param(
            "a: 1\nb: x\u2028y", 2, "holds U+2028 itself", id="a separator read as a line break is refused"
        ),
        pytest.param("a: x\x85y", 1, "holds U+0085 itself", id="a C1 line break is refused"),
        pytest.param("", None, "is empty", id="an empty document is refused"),
        pytest.param("# only a comment", None, "is empty", id="a comment alone is an empty document"),
        pytest.param("- a", None, "is not a mapping", id="a list is no document"),
        pytest.param("--- null", None, "is not a mapping", id="null is no document"),
    ],
)
def test_what_json_cannot_say_is_refused_with_file_line_and_pointer(
    text: str, line: int | None, problem: str
) -> None:
    with pytest.raises(DocumentError, match=re.escape(problem)) as caught:
        loads(text, "spec/a.yaml")
    assert (caught.value.name, caught.value.line) == ("spec/a.yaml", line)
    assert str(caught.value).startswith("spec/a.yaml, line" if line else "spec/a.yaml: ")


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_a_document_is_as_deep_as_the_limit_and_no_deeper(brackets: str) -> None:
    opening, closing = (bracket.replace("{", '{"a": ') for bracket in brackets)

    def nested(levels: int) -> str:
        return '{"a": ' + opening * (levels - 2) + "1" + closing * (levels - 2) + "}"

    assert loads(nested(MAX_DEPTH), "a.yaml")
    with pytest.raises(DocumentError, match=f"deeper than {MAX_DEPTH} levels at /a/"):
        loads(nested(MAX_DEPTH + 1), "a.yaml")
    with pytest.raises(DocumentError, match=f"deeper than {MAX_DEPTH} levels at /a/"):
        loads(nested(100_000), "a.yaml")  # read to its end, this would take hours


def test_keys_keep_the_order_of_the_document() -> None:
    assert list(loads("b: 1\na: 2\nc: 3", "a.yaml")) == ["b", "a", "c"]


def test_json_is_read_whatever_it_is_indented_with() -> None:
    assert loads('{\r\n\t"a": [\r\n\t\t1]}', "a.json") == {"a": [1]}


def test_a_file_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("- a")
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: is not a mapping"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert load(path) == {"a": 1}


def test_a_missing_file_is_a_document_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")


def test_another_encoding_than_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: é".encode("latin-1"))
    with pytest.raises(DocumentError, match="is not UTF-8 at byte 3"):
        load(path)


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n#".ljust(MAX_BYTES + 1, b"#"))
    with pytest.raises(DocumentError, match=f"larger than {MAX_BYTES} bytes"):
        load(path)


def test_data_is_written_readably_in_its_own_order() -> None:
    assert dumps({"b": ["é"], "a": None}) == '{\n  "b": [\n    "é"\n  ],\n  "a": null\n}\n'


def test_a_number_json_has_no_word_for_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"a": float("nan")})


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), (1, 1.0), ("1", 1), (None, False), ([], {}), ([1, 2], [2, 1]), ({"a": None}, {})],
)
def test_values_that_json_spells_differently_are_not_the_same(one: Json, other: Json) -> None:
    assert not is_same({"key": [one]}, {"key": [other]})


def test_the_order_of_keys_makes_no_difference() -> None:
    assert is_same({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}})


def test_a_pointer_escapes_slashes_and_tildes() -> None:
    assert to_pointer(("paths", "/a~b", 0)) == "/paths/~1a~0b/0"


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_back_as_it_was(data: dict[str, Json]) -> None:
    assert json.loads(dumps(data)) == data
    assert is_same(loads(dumps(data), "a.json"), data)


@given(
    st.lists(
        st.sampled_from([*"ab1:-?{}[],&*!|>'\"%@# \n\t\\x\0", "---", "? ", "%YAML 1.2\n", "!!int "])
    ).map("".join)
)
def test_any_text_is_a_document_or_a_document_error(text: str) -> None:
    try:
        document: object = loads(text, "a.yaml")
    except DocumentError as error:
        document = {str(error): error.name}
    assert isinstance(document, dict)

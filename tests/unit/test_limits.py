"""The document's bounds, kept before anything is sent."""

import math

import pytest
from attrs import evolve

from apikley import limits
from apikley.errors import InvalidRequest
from apikley.requests import EditRequest

REQUEST = EditRequest(prompt="night", image_url="https://pictures.test/a.png")
OURS = {attribute.name for attribute in EditRequest.__attrs_attrs__}
LIMITS = {name: limit for name, limit in limits.edit_limits().items() if name in OURS}
"""Those of what an edit offers; the document may know more."""
NUMBERS = {name: limit for name, limit in LIMITS.items() if limit.minimum is not None}
TEXTS = {name: limit for name, limit in LIMITS.items() if limit.max_length is not None}
CHOICES = {name: limit for name, limit in LIMITS.items() if limit.values}
BARE = set(LIMITS) - NUMBERS.keys() - TEXTS.keys() - CHOICES.keys()


def check(**values: object) -> None:
    limits.check(evolve(REQUEST, **values))


def refusal(**values: object) -> InvalidRequest:
    ((name, value),) = values.items()
    with pytest.raises(InvalidRequest) as caught:
        check(**values)
    error = caught.value
    assert error.parameter == name
    assert error.value is value or error.value == value
    assert name in str(error)
    assert error.bound is not None
    return error


def test_every_parameter_has_its_limit_in_the_document():
    assert LIMITS.keys() == OURS
    assert {*NUMBERS} == {"num_inference_steps", "guidance_scale"}
    assert {*TEXTS} == {"prompt", "negative_prompt"}
    assert {*CHOICES} == {"image_size", "num_images", "output_format", "acceleration"}
    assert {"image_url", "seed", "enable_safety_checker", "sync_mode", "callback_url"} == BARE


def test_the_bounds_are_the_page_s():
    assert (NUMBERS["num_inference_steps"].minimum, NUMBERS["num_inference_steps"].maximum) == (2, 49)
    assert (NUMBERS["guidance_scale"].minimum, NUMBERS["guidance_scale"].maximum) == (0, 20)
    assert (TEXTS["prompt"].max_length, TEXTS["negative_prompt"].max_length) == (2000, 500)
    assert CHOICES["num_images"].values == (1, 2, 3, 4)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_allowed_at_its_bounds_and_refused_beyond(name):
    limit = NUMBERS[name]
    check(**{name: limit.minimum})
    check(**{name: limit.maximum})

    for beyond, bound in ((limit.minimum - 1, limit.minimum), (limit.maximum + 1, limit.maximum)):
        error = refusal(**{name: beyond})
        assert error.bound == bound
        assert str(bound) in str(error)
        assert str(beyond) in str(error)


@pytest.mark.parametrize("value", [20.000001, -0.000001, math.nextafter(20, 21)])
def test_a_bound_is_exact(value):
    refusal(guidance_scale=value)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("character", ["a", "ж", "😀", "\u0301"])
def test_a_text_s_length_is_counted_in_characters_and_not_in_bytes(name, character):
    longest = TEXTS[name].max_length
    check(**{name: character * longest})

    error = refusal(**{name: character * (longest + 1)})
    assert error.bound == longest
    assert f"has {longest + 1} characters" in str(error)


@pytest.mark.parametrize("prompt", ["", " ", "\n\t\u00a0", "\u200b", "\ufeff\u2060 "])
def test_a_prompt_that_says_nothing_is_refused(prompt):
    assert str(refusal(prompt=prompt)) == "prompt is empty"


def test_a_negative_prompt_may_say_nothing():
    check(negative_prompt=" ")


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_one_of_the_document_s(name):
    for value in CHOICES[name].values:
        check(**{name: value})
    other = 5 if name == "num_images" else "other"

    error = refusal(**{name: other})
    assert error.bound == CHOICES[name].values
    for value in CHOICES[name].values:
        assert str(value) in str(error)


WRONG = {
    "string": [1, 1.5, True, b"night", ["night"], {}],
    "integer": [1.0, 1.5, "1", True, False, b"1", [1]],
    "number": ["1", True, b"1", [1], 1j],
    "boolean": [0, 1, "true", 1.0, []],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, limit in LIMITS.items() for value in WRONG[limit.type]],
)
def test_a_value_of_the_wrong_type_is_refused(name, value):
    error = refusal(**{name: value})

    assert repr(value) in str(error)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(value):
    refusal(guidance_scale=value)


@pytest.mark.parametrize("seed", [0, -1, 2**63 - 1, -(2**63) + 1])
def test_any_seed_of_64_bits_is_allowed(seed):
    check(seed=seed)


@pytest.mark.parametrize("seed", [2**63, -(2**64), 10**5000], ids=["just", "below", "beyond all floats"])
def test_a_seed_that_no_64_bits_hold_is_refused(seed):
    with pytest.raises(InvalidRequest, match="seed"):
        check(seed=seed)


@pytest.mark.parametrize("name", ["prompt", "negative_prompt", "image_url", "callback_url"])
def test_half_a_character_is_refused(name):
    error = refusal(**{name: "https://a.test/ночь \ud83d"})

    str(error).encode()


@pytest.mark.parametrize("name", ["image_url", "callback_url"])
@pytest.mark.parametrize("value", ["photo.png", "ftp://a.test/", "https://", ""])
def test_a_link_must_be_one(name, value):
    refusal(**{name: value})


def test_what_is_long_is_shown_cut():
    assert len(str(refusal(acceleration="x" * 10_000))) < 200


def test_a_file_may_have_ten_mebibytes_and_not_a_byte_more():
    limits.check_size(10 * 1024 * 1024)

    with pytest.raises(InvalidRequest, match=r"has 10485761 bytes; at most 10\.0 MB") as caught:
        limits.check_size(10 * 1024 * 1024 + 1)

    assert (caught.value.parameter, caught.value.bound) == ("image", 10 * 1024 * 1024)


@pytest.mark.parametrize("task_id", ["", " ", None, 7, b"id", "\ud800"])
def test_a_task_id_must_be_a_text(task_id):
    with pytest.raises(InvalidRequest, match="task_id"):
        limits.check_task_id(task_id)


@pytest.mark.parametrize("task_id", ["task_qwen_1", "0" * 32, "ид/?&#", "x" * 999])
def test_a_task_id_may_have_any_form(task_id):
    assert limits.check_task_id(task_id) == task_id

"""Wishes: which options there are, and what the name of a file asks for."""

import pytest

from apikley.errors import InvalidRequest
from apikley.files import suffix_of
from apikley.requests import to_request


@pytest.mark.parametrize(
    ("suffix", "asked"), [(".png", "png"), (".jpg", "jpeg"), (".jpeg", "jpeg"), (".JPG", "jpeg"), ("", None)]
)
def test_the_suffix_of_a_file_asks_for_its_format(suffix, asked):
    assert to_request("night", {}, suffix).output_format == asked
    assert to_request("night", {"output_format": None}, suffix).output_format == asked


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".txt"])
def test_a_format_that_is_asked_for_wins_over_the_suffix(suffix):
    assert to_request("night", {"output_format": "png"}, suffix).output_format == "png"


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".heic", ".v2", ". png"])
def test_a_suffix_that_the_service_cannot_make_is_refused(suffix):
    with pytest.raises(InvalidRequest, match=r"must end in one of \.png, \.jpg, \.jpeg") as caught:
        to_request("night", {}, suffix)

    assert (caught.value.parameter, caught.value.value) == ("to", suffix)


@pytest.mark.parametrize("to", [None, "new.webp/", "a", ".png", "there.webp"])
def test_a_folder_and_a_name_without_a_suffix_ask_for_nothing(to, tmp_path, monkeypatch):
    (tmp_path / "there.webp").mkdir()
    monkeypatch.chdir(tmp_path)

    assert suffix_of(to) == ""


@pytest.mark.parametrize(
    ("option", "near"),
    [
        ("num_image", "num_images"),
        ("size", "image_size"),
        ("format", "output_format"),
        ("negativeprompt", "negative_prompt"),
    ],
)
def test_an_option_that_nobody_knows_is_refused_with_the_nearest(option, near):
    with pytest.raises(TypeError, match=f"no option '{option}'; did you mean '{near}'"):
        to_request("night", {option: 1})


def test_an_option_that_is_near_to_none_is_refused_without_a_guess():
    with pytest.raises(TypeError) as caught:
        to_request("night", {"qqqq": 1})

    assert str(caught.value) == "there is no option 'qqqq'"

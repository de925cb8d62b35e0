"""What a user's words ask for is checked at once; the flow that comes of them is played later."""

import pytest

from apikley import wishes
from apikley.errors import InvalidRequest
from apikley.schedule import DOCUMENTED_PACE
from unit.playing import TASK, created, player

LINK = "https://p.test/a.png"


def asked_edit(to, **options):
    return wishes.edit(
        LINK, "night", options, to=to, schedule=DOCUMENTED_PACE, max_credits=None, key="wish-1"
    )


def asked_task(image=None, prompt=None, model=None, given=None, key="wish-1", **options):
    return wishes.submit(image, prompt, model, given, options, max_credits=None, key=key)


@pytest.mark.parametrize(
    "ask",
    [
        asked_edit,
        lambda to: wishes.plan(LINK, "night", {}, to=to, key="wish-1"),
        lambda to: wishes.advance("wish-1", to=to, schedule=DOCUMENTED_PACE, max_credits=None),
    ],
    ids=["edit", "plan", "advance"],
)
def test_a_target_that_cannot_be_written_is_refused_before_anything_is_played(ask, tmp_path):
    in_the_way = tmp_path / "a file"
    in_the_way.write_bytes(b"")

    with pytest.raises(InvalidRequest, match="to cannot be written"):
        ask(in_the_way / "night.png")


def test_a_file_s_suffix_decides_on_the_format(tmp_path):
    stage = player(created(), then=[KeyboardInterrupt()])

    with pytest.raises(KeyboardInterrupt):
        stage.play(asked_edit(tmp_path / "night.jpg"))

    assert b'"output_format":"jpeg"' in stage.requests[0].content.replace(b" ", b"")


def test_a_picture_and_a_sentence_ask_for_an_edit():
    stage = player(created())

    assert stage.play(asked_task(LINK, "night", seed=7)) == TASK
    assert b"night" in stage.requests[0].content
    assert b'"seed":7' in stage.requests[0].content.replace(b" ", b"")


def test_a_model_and_an_input_ask_for_a_task_of_that_model():
    stage = player(created())

    given = {"prompt": "dusk", "image_url": LINK}
    assert stage.play(asked_task(model="qwen/image-edit", given=given)) == TASK
    assert b"dusk" in stage.requests[0].content


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"model": "qwen/image-edit"},
        {"image": LINK, "prompt": "night", "model": "qwen/image-edit", "given": {}},
        {"image": LINK, "prompt": "night", "given": {}},
        {"model": "qwen/image-edit", "given": {}, "seed": 7},
    ],
)
def test_half_of_either_or_a_mixture_of_both_is_refused_at_once(words):
    with pytest.raises(TypeError, match="submit takes image and prompt"):
        asked_task(**words)


def test_a_name_that_cannot_be_kept_is_refused_at_once():
    with pytest.raises(InvalidRequest, match="key must be"):
        asked_task(LINK, "night", key="")

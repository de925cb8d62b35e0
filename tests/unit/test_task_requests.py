"""Tasks of any model that the document knows, asked for in the words of its document."""

import json
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from attrs import evolve

from apikley import Apikley, catalogue, flows, submitting
from apikley.errors import InvalidRequest
from apikley.requests import EDIT_MODEL, TaskRequest
from apikley.schemas import Limit
from unit.playing import PNG, TASK, created, player, refused, says

KNOWN = ", ".join(catalogue.models())
LINK = "https://pictures.test/a.png"
UPLOADED = "https://files.test/ä b.png"
INPUT = {"prompt": "night", "image_url": LINK}


def request(callback_url: str | None = None, model: str = EDIT_MODEL, **values: object) -> TaskRequest:
    return TaskRequest(model=model, input={**INPUT, **values}, callback_url=callback_url)


def uploaded(link: str = UPLOADED) -> object:
    data = dict.fromkeys(("fileName", "filePath", "mimeType"), "a") | {"downloadUrl": link, "fileSize": 1}
    return says(
        {"success": True, "code": 200, "msg": "", "data": data | {"uploadedAt": "2026-11-22T08:00:00Z"}}
    )


def sent(asked: TaskRequest, *answers: object) -> dict[str, object]:
    """What createTask is asked; `answers` are those to the uploads before."""
    playing = player(*answers, created())
    assert playing.play(flows.submit_task(asked, "key")) == TASK
    assert playing.paths() == ["file-stream-upload"] * len(answers) + ["createTask"]
    return json.loads(playing.requests[-1].content)


def refusal(asked: TaskRequest) -> InvalidRequest:
    playing = player()
    with pytest.raises(InvalidRequest) as caught:
        playing.play(flows.submit_task(asked, "key"))
    assert playing.requests == []
    return caught.value


def test_what_is_said_is_sent_and_nothing_else():
    said = request(num_images="2", guidance_scale=4, callback_url="https://mine.test/done")

    body = sent(said)

    assert body.pop("callBackUrl").startswith("https://mine.test/done")
    assert body == {
        "model": EDIT_MODEL,
        "input": {**INPUT, "num_images": "2", "guidance_scale": 4},
    }


def test_links_are_quoted_as_those_of_an_edit_are():
    said = request(image_url="https://pictures.test/ä b.png", callback_url="https://mine.test/ä")

    body = sent(said)

    assert body["input"]["image_url"] == "https://pictures.test/%C3%A4%20b.png"
    assert body["callBackUrl"].startswith("https://mine.test/%C3%A4")


def test_a_model_that_the_document_does_not_know_is_refused_with_those_it_knows():
    error = refusal(request(model="qwen/image-edits"))

    assert str(error) == f"model must be one of {KNOWN}, not 'qwen/image-edits'"
    assert (error.parameter, error.bound, error.value) == (
        "model",
        (*catalogue.models(),),
        "qwen/image-edits",
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (request(prompt=""), "input.prompt is empty"),
        (request(image_url="a.png"), "input.image_url must be a public http or https address, not 'a.png'"),
        (request(num_inference_steps=50), "input.num_inference_steps must be at most 49, not 50"),
        (request(num_images=2), "input.num_images must be text, not 2"),
        (
            request(image_sise="square"),
            "input.image_sise is not in the model's document; did you mean 'image_size'?",
        ),
        (request(seed=None), "input.seed must be a whole number, not None"),
        (request(callback_url="mine"), "callback_url must be a public http or https address, not 'mine'"),
        (TaskRequest(model=EDIT_MODEL, input={"prompt": "a"}), "input.image_url is required"),
        (
            TaskRequest(model=EDIT_MODEL, input="night"),
            "input must be a mapping of names to values, not 'night'",
        ),
        (TaskRequest(model=7, input={}), f"model must be one of {KNOWN}, not 7"),
        (TaskRequest(model=[], input={}), f"model must be one of {KNOWN}, not []"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_model_s_document_does_not_allow_is_refused_before_anything_is_sent(asked, told):
    assert str(refusal(asked)) == told


@pytest.mark.parametrize(
    "value",
    [object(), float("nan"), {"a": b"b"}, "\ud83d"],
    ids=["an object", "nan", "bytes", "half a character"],
)
def test_what_json_cannot_say_is_refused_where_the_document_allows_anything(value, monkeypatch):
    model = catalogue.find(EDIT_MODEL)
    open_input = evolve(model.input, members={**model.input.members, "more": Limit()})
    known = {EDIT_MODEL: evolve(model, input=open_input)}
    monkeypatch.setattr(catalogue, "models", lambda: known)

    assert str(refusal(request(more=value))).startswith("input")


@pytest.mark.parametrize("kind", ["path", "bytes", "bytearray"])
def test_a_file_in_the_place_of_a_source_is_uploaded_first(kind, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(PNG)
    file = {"path": tmp_path / "a.png", "bytes": PNG, "bytearray": bytearray(PNG)}[kind]

    body = sent(request(image_url=file), uploaded())

    assert body["input"] == {"prompt": "night", "image_url": "https://files.test/%C3%A4%20b.png"}


def test_nothing_is_uploaded_for_a_request_that_is_wrong_elsewhere():
    assert str(refusal(request(image_url=PNG, prompt=""))) == "input.prompt is empty"


def test_a_file_in_the_place_of_anything_else_is_refused():
    assert refusal(request(negative_prompt=Path("a.png"))).parameter == "input.negative_prompt"


def test_a_file_that_is_no_picture_is_refused():
    assert refusal(request(image_url=b"%PDF-1.7")).parameter == "image"


def test_files_in_a_list_of_sources_are_uploaded_one_by_one(monkeypatch):
    model = catalogue.find(EDIT_MODEL)
    sources = Limit("array", items=model.input.members["image_url"], max_length=3)
    several = evolve(model.input, members={"image_urls": sources}, required=("image_urls",))
    known = {EDIT_MODEL: evolve(model, input=several, roles={"source": "image_urls"})}
    monkeypatch.setattr(catalogue, "models", lambda: known)
    playing = player(uploaded("https://files.test/1"), uploaded("https://files.test/2"))

    asked = TaskRequest(model=EDIT_MODEL, input={"image_urls": [PNG, LINK, bytearray(PNG + b"\0")]})
    prepared = playing.play(submitting.prepare_task(asked))

    assert prepared.input == {"image_urls": ["https://files.test/1", LINK, "https://files.test/2"]}


def test_a_refused_task_is_noted_as_that_of_an_edit_is():
    playing = player(refused(402, "credits"))

    with pytest.raises(Exception, match="credits"):
        playing.play(flows.submit_task(request(), "key"))

    assert [wish.state for wish in playing.notes][-1] == "refused"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"model": EDIT_MODEL},
        {"input": INPUT},
        {"image": LINK, "prompt": "night", "model": EDIT_MODEL},
        {"image": LINK, "model": EDIT_MODEL, "input": INPUT},
        {"model": EDIT_MODEL, "input": INPUT, "seed": 7},
    ],
    ids=", ".join,
)
def test_a_submission_is_either_an_edit_or_a_model_s_task(given):
    client = Apikley("sk-test-1", transport=httpx.MockTransport(lambda asked: pytest.fail("sent")))

    with pytest.raises(TypeError, match=r"^submit takes image and prompt.* or model and input") as caught:
        client.submit(**given)

    told = str(caught.value).partition("it was given ")[2]
    assert {*told.split(", ")} == ({*given} or {"nothing"})


def test_a_file_that_is_open_is_no_source_here():
    assert refusal(request(image_url=BytesIO(PNG))).parameter == "input.image_url"
